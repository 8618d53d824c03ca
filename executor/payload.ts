import { gunzipSync } from 'node:zlib'
import {
  type Action,
  actionDigests,
  attribute,
  type Fmri,
  formatFmri,
  parseSize,
  preferredDigest,
} from '#model'
import { digestOfBytes } from './content-digest.ts'
import { refuse } from './failure.ts'
import type { ExecutorTarget } from './target.ts'

/** Largest content that an action without `pkg.size` may unpack to, in bytes: what one buffer can hold. */
const UNSTATED_LIMIT = 2 ** 31 - 1

interface Wanted {
  readonly fmri: Fmri
  readonly action: Action
}

function stated(action: Action, name: string): number | undefined {
  return parseSize(attribute(action, name))
}

function bad(wanted: Wanted, expected: string, found: string): never {
  return refuse({
    code: 'ips::installer_error::bad_payload',
    fmri: formatFmri(wanted.fmri),
    path: attribute(wanted.action, 'path') ?? attribute(wanted.action, 'license') ?? '',
    expected,
    found,
  })
}

function unpack(wanted: Wanted, stored: Uint8Array): Uint8Array {
  const size = stated(wanted.action, 'pkg.size')
  try {
    // One byte more than stated is enough to see that the size is a lie, and not enough to fill the memory.
    return gunzipSync(stored, { maxOutputLength: Math.min((size ?? UNSTATED_LIMIT - 1) + 1, UNSTATED_LIMIT) })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (!code.startsWith('Z_') && code !== 'ERR_BUFFER_TOO_LARGE') throw error
    return bad(wanted, size === undefined ? 'a gzip stream' : `${size} bytes of content`, code)
  }
}

/**
 * The content of a payload action, unpacked and verified against its sizes and its best digests of the stored and of the
 * unpacked form. Throws `payload_missing` and `bad_payload` as `InstallerFailure`.
 */
export function readPayload(target: ExecutorTarget, wanted: Wanted): Uint8Array {
  const { action, fmri } = wanted
  const place = target.payloadPath(action, fmri)
  const status = place === undefined ? undefined : target.filesystem.lstat(place)
  if (place === undefined || status?.type !== 'file') {
    return refuse({
      code: 'ips::installer_error::payload_missing',
      fmri: formatFmri(fmri),
      path: attribute(action, 'path') ?? attribute(action, 'license') ?? '',
      hash: action.payload ?? '',
    })
  }
  const packedSize = stated(action, 'pkg.csize')
  if (packedSize !== undefined && packedSize !== status.size) {
    return bad(wanted, `${packedSize} bytes stored`, `${status.size} bytes`)
  }
  const stored = target.filesystem.readFile(place)
  const digests = actionDigests(action)
  const packed = preferredDigest(digests, 'gzip')
  if (packed !== undefined) {
    const found = digestOfBytes(packed.algorithm, stored)
    if (found !== packed.hex) return bad(wanted, `gzip:${packed.algorithm}:${packed.hex}`, found)
  }
  const content = unpack(wanted, stored)
  const size = stated(action, 'pkg.size')
  if (size !== undefined && size !== content.length)
    return bad(wanted, `${size} bytes`, `${content.length} bytes`)
  const unpacked = preferredDigest(digests, 'file')
  if (unpacked === undefined) return bad(wanted, 'a digest of the content', 'none that is known')
  const found = digestOfBytes(unpacked.algorithm, content)
  return found === unpacked.hex ? content : bad(wanted, `file:${unpacked.algorithm}:${unpacked.hex}`, found)
}
