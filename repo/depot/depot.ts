import { isDepotOperation, type PublisherName, unquote } from '#model'
import type { DepotAnswer } from './depot-answer.ts'
import { errorAnswer } from './depot-answer.ts'
import { createDepotCatalogs } from './depot-catalogs.ts'
import { createDepotFacts } from './depot-facts.ts'
import { type DepotOptions, operations } from './depot-operations.ts'

/** The parts of a request that a depot reads. */
export interface DepotRequest {
  readonly method: string
  /** As sent: undecoded, with leading slash. */
  readonly url: string
  readonly ifModifiedSince: string | undefined
}

/**
 * Answers requests to a version 4 repository: the read operations of a depot. Source: repository-v4 §5.
 */
export function createDepot(options: DepotOptions): (request: DepotRequest) => Promise<DepotAnswer> {
  const catalogs = createDepotCatalogs(options.root)
  const factsNow = createDepotFacts(options.root, options.now)
  return async ({ method, url, ifModifiedSince }) => {
    if (method !== 'GET' && method !== 'HEAD') return errorAnswer(405, 'This depot only reads.')
    if (url.length > 8192) return errorAnswer(414, 'The address is too long.')
    const facts = await factsNow()
    if (facts === undefined) return errorAnswer(500, 'The repository cannot be read.')
    const segments = (url.split('?')[0] ?? '').split('/').slice(1)
    let publisher: PublisherName | undefined
    const [first = ''] = segments
    if (!isDepotOperation(first) && segments.length > 1) {
      const name = unquote(first)
      publisher = facts.publishers.find((known) => known === name)
      if (publisher === undefined) return errorAnswer(400, 'Unknown publisher')
      segments.shift()
    }
    const [name = '', version = '', ...rest] = segments
    const operation = operations.get(name)
    if (operation === undefined) return errorAnswer(404, 'There is no such operation.')
    if (!/^\d{1,6}$/.test(version)) return errorAnswer(400, 'The operation needs a version.')
    if (!operation.versions.includes(Number(version)))
      return errorAnswer(404, 'The operation is not offered in this version.')
    return operation.answer({
      ...options,
      ...facts,
      catalogs,
      publisher,
      object: unquote(rest.join('/')),
      ifModifiedSince,
    })
  }
}
