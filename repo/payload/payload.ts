import type { Action, Digest, Result } from '#model'
import { actionDigests, attribute, err, ok, parseSize, payloadName } from '#model'
import type { RepositoryProblem } from '../problems.ts'

/** The statements of an action about its payload; the file from a repository must match all of them. */
export interface PayloadExpectation {
  /** SHA-1 of the content, lower-case hex: the name in repositories, always. Source: manifest-and-actions §4. */
  readonly name: string
  /** Bytes of the content (`pkg.size`). */
  readonly size: number | undefined
  /** Bytes of the stored file (`pkg.csize`). */
  readonly storedSize: number | undefined
  /** Over `file` and `gzip` only, never empty: the name itself is one. */
  readonly digests: readonly Digest[]
}

/** Reads the statements of an action. Problem: `not_found` when the action names no stored payload. */
export function expectPayload(action: Action, uri: string): Result<PayloadExpectation, RepositoryProblem> {
  const name = payloadName(action)
  if (name === undefined) {
    return err({
      code: 'ips::repository_error::not_found',
      uri,
      object: `payload ${action.payload ?? 'of an action without one'}`,
    })
  }
  const stated = actionDigests(action).filter(
    (digest) => digest.subject === 'file' || digest.subject === 'gzip',
  )
  const named = stated.some((digest) => digest.subject === 'file' && digest.hex === name)
  const digests: readonly Digest[] = named
    ? stated
    : [...stated, { subject: 'file', algorithm: 'sha1', hex: name }]
  return ok({
    name,
    size: parseSize(attribute(action, 'pkg.size')),
    storedSize: parseSize(attribute(action, 'pkg.csize')),
    digests,
  })
}

/** Path of a payload below a `file` directory, with `/`. Source: repository-v4 §1. */
export function payloadPath(name: string): string {
  return `${name.slice(0, 2)}/${name}`
}
