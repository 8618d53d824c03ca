import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type Action, attribute, err, type Fmri, formatFmri, ok, quote, type Result } from '#model'
import type { ImageContext } from './context.ts'
import { cachedPayload } from './payload-places.ts'
import { ensurePayloads } from './payloads.ts'
import type { OperationProblem } from './problems.ts'
import { attempt } from './storage.ts'

/** Most bytes of a licence text that are read; longer ones are cut off in what is shown. */
const longestText = 4 << 20

/**
 * Text of a licence action: the installed copy when it is this very text, else from the repository by way of the content cache.
 * Problems: those of the repositories, `storage` and its kin.
 */
export async function licenseText(
  context: ImageContext,
  fmri: Fmri,
  action: Action,
): Promise<Result<string, OperationProblem>> {
  const installed = installedText(context, fmri, action)
  if (installed !== undefined) return ok(installed)
  const brought = await ensurePayloads(context, [{ fmri, action }])
  if (!brought.ok) return brought
  const { filesystem } = context.host
  const path = cachedPayload(filesystem, context.layout, fmri, action)
  if (path === undefined)
    return err({
      code: 'ips::installer_error::payload_missing',
      fmri: formatFmri(fmri),
      path: attribute(action, 'license') ?? '',
      hash: action.payload ?? '',
    })
  const stored = attempt(() => filesystem.readFile(path))
  if (!stored.ok) return stored
  return ok(new TextDecoder().decode(await gunzip(stored.value)))
}

/** The licence directory keeps one text per name of a stem, not per version: the hash tells whether it is this one. */
function installedText(context: ImageContext, fmri: Fmri, action: Action): string | undefined {
  const name = attribute(action, 'license')
  if (name === undefined) return undefined
  const path = join(context.layout.metadata, 'license', quote(fmri.stem), `license.${quote(name)}`)
  const bytes = attempt(() =>
    context.host.filesystem.lstat(path)?.type === 'file' ? context.host.filesystem.readFile(path) : undefined,
  )
  if (!bytes.ok || bytes.value === undefined) return undefined
  const sha1 = createHash('sha1').update(bytes.value).digest('hex')
  return sha1 === action.payload ? new TextDecoder().decode(bytes.value) : undefined
}

/** The payload was verified when it was fetched, so it is well-formed. */
async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream('gzip'))
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of stream) {
    pieces.push(piece)
    length += piece.length
    if (length >= longestText) break
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole.subarray(0, longestText)
}
