import { createHash } from 'node:crypto'
import type { Fmri, Result } from '#model'
import { err, formatFmri, ok } from '#model'
import type { RepositoryProblem } from '../problems.ts'

/**
 * Text of a manifest as it was stored, after comparing its SHA-1 with the one the catalog states (hex, any case); undefined
 * means the catalog states none, then there is nothing to compare. Problems: `bad_digest`, `bad_manifest` (not UTF-8).
 * Source: transport §7.
 */
export function checkManifestText(
  bytes: Uint8Array,
  sha1: string | undefined,
  fmri: Fmri,
  uri: string,
): Result<string, RepositoryProblem> {
  const name = formatFmri(fmri)
  if (sha1 !== undefined) {
    const found = createHash('sha1').update(bytes).digest('hex')
    const expected = sha1.toLowerCase()
    if (found !== expected) {
      const object = `manifest ${name}`
      return err({
        code: 'ips::repository_error::bad_digest',
        uri,
        object,
        algorithm: 'sha1',
        expected,
        found,
      })
    }
  }
  try {
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown
    return err({
      code: 'ips::repository_error::bad_manifest',
      uri,
      fmri: name,
      reason: 'it is not UTF-8 text',
    })
  }
}
