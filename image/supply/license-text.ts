import { createHash } from 'node:crypto'
import { join } from 'node:path'
import {
  type Action,
  attribute,
  err,
  type Filesystem,
  type Fmri,
  formatFmri,
  ok,
  quote,
  type Result,
} from '#model'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { attempt } from '../storage.ts'
import { cachedPayload } from './payload-places.ts'
import { ensurePayloads } from './payloads.ts'

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
  const { filesystem } = context.host
  // A power cut may have taken the content of a cached payload; what is fetched for it is verified.
  for (let round = 0; round < 2; round += 1) {
    const brought = await ensurePayloads(context, [{ fmri, action }])
    if (!brought.ok) return brought
    const path = cachedPayload(filesystem, context.layout, fmri, action)
    if (path === undefined) break
    const stored = attempt(() => beginningOf(filesystem, path))
    if (!stored.ok) return stored
    const text = await gunzip(stored.value)
    if (text !== undefined) return ok(new TextDecoder().decode(text))
    const removed = attempt(() => filesystem.unlink(path))
    if (!removed.ok) return removed
  }
  return err({
    code: 'ips::installer_error::payload_missing',
    fmri: formatFmri(fmri),
    path: attribute(action, 'license') ?? '',
    hash: action.payload ?? '',
  })
}

/** As much of what is packed as the longest text can need: what cannot be packed grows by less than a thousandth. */
function beginningOf(filesystem: Filesystem, path: string): Uint8Array {
  const pieces: Uint8Array[] = []
  let length = 0
  for (const piece of filesystem.readChunks(path)) {
    pieces.push(piece.slice())
    length += piece.length
    if (length > longestText * 1.25) break
  }
  return Buffer.concat(pieces)
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

/** The beginning of what is packed; undefined where that is no whole gzip stream. */
async function gunzip(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream('gzip'))
  const pieces: Uint8Array[] = []
  let length = 0
  try {
    for await (const piece of stream) {
      pieces.push(piece)
      length += piece.length
      if (length >= longestText) break
    }
  } catch {
    // All of it is in memory: nothing but the bytes can be at fault.
    return undefined
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole.subarray(0, longestText)
}
