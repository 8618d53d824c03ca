import { gunzipSync } from 'node:zlib'
import { Gunzip } from 'fflate'
import { type Digest, type Filesystem, FilesystemError } from '#model'
import { digestOfBytes, startDigest } from './content-digest.ts'

/** A gzip file in the payload store, with the facts of its manifest. Plain data: it is sent to workers. */
export interface StoredPayload {
  /** Absolute path of the gzip file. */
  readonly path: string
  /** Bytes. */
  readonly packedSize: number | undefined
  readonly packedDigest: Digest | undefined
  /** Bytes. */
  readonly size: number | undefined
  readonly digest: Digest | undefined
}

/** The fault of a stored payload. Plain data, without the package, which only the caller knows. */
export type PayloadFault =
  | { readonly kind: 'missing' }
  | { readonly kind: 'bad'; readonly expected: string; readonly found: string }

/** Carries a fault out of the writing of a file. */
export class PayloadRefused extends Error {
  readonly fault: PayloadFault
  constructor(fault: PayloadFault) {
    super(fault.kind)
    this.fault = fault
  }
}

function bad(expected: string, found: string): never {
  throw new PayloadRefused({ kind: 'bad', expected, found })
}

/** Content up to this size is unpacked in one piece, which is three times as fast. Bytes. */
const WHOLE = 1 << 24
/** Stored bytes unpacked at a time; deflate makes at most 1,032 times as many of them. */
const PIECE = 1 << 14

function checkDigest(wanted: Digest | undefined, found: (wanted: Digest) => string): void {
  if (wanted === undefined) return
  const hex = found(wanted)
  if (hex !== wanted.hex) bad(`${wanted.subject}:${wanted.algorithm}:${wanted.hex}`, hex)
}

function checkSize(wanted: number | undefined, found: number): void {
  if (wanted !== undefined && wanted !== found) bad(`${wanted} bytes`, `${found} bytes`)
}

/** What a payload stores, as long as it has not grown since somebody looked: it may be a stranger's who owns the repository. */
function readStored(filesystem: Filesystem, path: string, size: number): Uint8Array {
  try {
    return filesystem.readFile(path, size)
  } catch (error) {
    if (error instanceof FilesystemError && error.problem.errno === 'EFBIG') grown(size)
    throw error
  }
}

function grown(size: number): never {
  return bad(`${size} bytes stored`, 'more')
}

function unpackWhole(
  filesystem: Filesystem,
  payload: StoredPayload,
  sizes: { readonly stored: number; readonly content: number },
): Uint8Array {
  const { content: size } = sizes
  const stored = readStored(filesystem, payload.path, sizes.stored)
  checkDigest(payload.packedDigest, ({ algorithm }) => digestOfBytes(algorithm, stored))
  let content: Uint8Array
  try {
    // One byte more than stated is enough to see that the size is a lie, and not enough to fill the memory.
    content = gunzipSync(stored, { maxOutputLength: size + 1, chunkSize: Math.max(64, size + 1) })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (!code.startsWith('Z_') && code !== 'ERR_BUFFER_TOO_LARGE') throw error
    return bad(`${size} bytes of content`, code)
  }
  checkSize(size, content.length)
  checkDigest(payload.digest, ({ algorithm }) => digestOfBytes(algorithm, content))
  return content
}

/** All that one push of stored bytes gives. */
function unpackPiece(inflate: Gunzip, pieces: Uint8Array[], stored: Uint8Array, last: boolean): Uint8Array[] {
  pieces.length = 0
  try {
    inflate.push(stored, last)
  } catch (error) {
    // Only numbered errors are about the data.
    if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') throw error
    return bad('a gzip stream', error.message)
  }
  return pieces
}

function* storedPieces(filesystem: Filesystem, path: string, size: number): Generator<Uint8Array> {
  let length = 0
  for (const chunk of filesystem.readChunks(path)) {
    length += chunk.length
    if (length > size) grown(size)
    for (let from = 0; from < chunk.length; from += PIECE) yield chunk.subarray(from, from + PIECE)
  }
}

function* unpackStream(
  filesystem: Filesystem,
  payload: StoredPayload,
  storedSize: number,
): Generator<Uint8Array> {
  const packedHash = payload.packedDigest && startDigest(payload.packedDigest.algorithm)
  const hash = payload.digest && startDigest(payload.digest.algorithm)
  const pieces: Uint8Array[] = []
  const inflate = new Gunzip((piece) => void pieces.push(piece))
  let size = 0
  function* take(stored: Uint8Array, last: boolean): Generator<Uint8Array> {
    for (const piece of unpackPiece(inflate, pieces, stored, last)) {
      size += piece.length
      if (payload.size !== undefined && size > payload.size) checkSize(payload.size, size)
      hash?.update(piece)
      yield piece
    }
  }
  for (const stored of storedPieces(filesystem, payload.path, storedSize)) {
    packedHash?.update(stored)
    yield* take(stored, false)
  }
  yield* take(new Uint8Array(0), true)
  checkDigest(payload.packedDigest, () => packedHash?.digest('hex') ?? '')
  checkSize(payload.size, size)
  checkDigest(payload.digest, () => hash?.digest('hex') ?? '')
}

/**
 * The content of a stored payload in pieces, verified against its sizes and its best digests of the stored and of the unpacked
 * form; what was yielded is only good when the generator ends. Small content comes in one piece that is verified already,
 * large content in a memory that does not depend on its size. Throws `PayloadRefused`, `FilesystemError`.
 */
export function* unpack(filesystem: Filesystem, payload: StoredPayload): Generator<Uint8Array> {
  const status = filesystem.lstat(payload.path)
  if (status?.type !== 'file') throw new PayloadRefused({ kind: 'missing' })
  if (payload.packedSize !== undefined && payload.packedSize !== status.size)
    bad(`${payload.packedSize} bytes stored`, `${status.size} bytes`)
  if (payload.digest === undefined) bad('a digest of the content', 'no known digest')
  const { size } = payload
  if (size !== undefined && size <= WHOLE && status.size <= WHOLE)
    yield unpackWhole(filesystem, payload, { stored: status.size, content: size })
  else yield* unpackStream(filesystem, payload, status.size)
}
