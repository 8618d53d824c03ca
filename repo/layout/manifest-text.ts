import { createHash } from 'node:crypto'
import type { Fmri, Result } from '#model'
import { err, fmrisEqual, formatFmri, ok, parseFmri, statedFmris } from '#model'
import type { RepositoryProblem } from '../problems.ts'

/**
 * Text of a manifest as it was stored, after comparing its SHA-1 with the one the catalog states (hex, any case); undefined
 * means the catalog states none, then there is nothing to compare. Its `pkg.fmri` must be the requested one: a depot could serve an old
 * or another package under a new name. Problems: `bad_digest`, `bad_manifest` (not UTF-8, another package).
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
  const refuse = (reason: string) =>
    err<RepositoryProblem>({ code: 'ips::repository_error::bad_manifest', uri, fmri: name, reason })
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown
    return refuse('it is not UTF-8 text')
  }
  const other = statedFmris(text).find((stated) => !isMeant(stated, fmri))
  return other === undefined ? ok(text) : refuse(`its pkg.fmri is ${other}`)
}

/** A manifest may leave the publisher out. */
function isMeant(stated: string, wanted: Fmri): boolean {
  const fmri = parseFmri(stated)
  return fmri.ok && fmrisEqual({ ...fmri.value, publisher: fmri.value.publisher ?? wanted.publisher }, wanted)
}
