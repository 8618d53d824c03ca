import type { Action, PublisherName, Result } from '#model'
import { transferSize } from '#model'
import type { RepositoryProblem } from '../problems.ts'

/** One payload to fetch. */
export interface PayloadRequest {
  readonly publisher: PublisherName
  readonly action: Action
  /** Absolute path of the file to make; its folder exists. */
  readonly destination: string
}

/** A payload that could not be fetched; nothing is left at its destination. */
export interface PayloadFailure {
  readonly request: PayloadRequest
  readonly problem: RepositoryProblem
}

/** Progress of a batch. Bytes are stored sizes, as the actions state them; failed items count as done. */
export interface PayloadProgress {
  readonly itemsDone: number
  readonly itemsTotal: number
  readonly bytesDone: number
  readonly bytesTotal: number
}

/** Runs a batch with bounded parallelism; see `OriginChain.fetchPayloads`. */
export async function fetchPayloadBatch(
  requests: readonly PayloadRequest[],
  how: {
    readonly concurrency: number
    readonly onProgress: (progress: PayloadProgress) => void
    readonly fetchOne: (request: PayloadRequest) => Promise<Result<void, RepositoryProblem>>
  },
): Promise<readonly PayloadFailure[]> {
  const unique = onceEach(requests)
  const itemsTotal = unique.length
  const bytesTotal = unique.reduce((sum, request) => sum + transferSize(request.action), 0)
  let itemsDone = 0
  let bytesDone = 0
  const failures: { readonly index: number; readonly failure: PayloadFailure }[] = []
  let next = 0
  // Nothing is made for those that wait: there may be hundreds of thousands.
  const worker = async (): Promise<void> => {
    while (next < unique.length) {
      const index = next++
      const request = unique[index]!
      const outcome = await how.fetchOne(request)
      itemsDone += 1
      bytesDone += transferSize(request.action)
      how.onProgress({ itemsDone, itemsTotal, bytesDone, bytesTotal })
      if (!outcome.ok) failures.push({ index, failure: { request, problem: outcome.error } })
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, how.concurrency) }, worker))
  return failures.sort((a, b) => a.index - b.index).map(({ failure }) => failure)
}

/** The first request for each destination. */
function onceEach(requests: readonly PayloadRequest[]): readonly PayloadRequest[] {
  const seen = new Set<string>()
  return requests.filter(({ destination }) => !seen.has(destination) && seen.add(destination))
}
