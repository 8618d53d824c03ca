import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, readSync, writeSync } from 'node:fs'
import { crc32, createDeflateRaw } from 'node:zlib'
import { hashNames } from '#model'
import { writePiece } from '../stream-write.ts'

/** Sizes and digests of a stored payload, which its action must state. Digests are lower-case hex. */
export interface PackedPayload {
  /** SHA-1 of the content: its name. */
  readonly sha1: string
  readonly size: number
  readonly contentDigest: string
  readonly storedSize: number
  /** SHA-1 of the stored file. */
  readonly storedSha1: string
  readonly storedDigest: string
}

/** No name, no time, so that equal content gives equal files. Source: manifest-and-actions §4. */
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff])

/**
 * Packs a file into a new gzip file, in one pass with bounded memory: fixed header, deflate level 9, checksum and size.
 * Throws the error of a failed disk call.
 */
export async function packPayload(source: string, target: string): Promise<PackedPayload> {
  const content = { sha1: createHash('sha1'), best: createHash(hashNames.sha512t_256), size: 0, crc: 0 }
  const stored = startStoredDigest()
  const file = openSync(target, 'wx', 0o644)
  const deflate = createDeflateRaw({ level: 9 })
  try {
    const write = (piece: Uint8Array) => {
      stored.update(piece)
      for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at)
    }
    let failed: unknown
    deflate.on('data', (piece: Buffer) => {
      try {
        write(piece)
      } catch (thrown) {
        failed ??= thrown
      }
    })
    const ended = new Promise<void>((resolve) => deflate.once('close', resolve))
    write(gzipHeader)
    for await (const piece of createReadStream(source, { highWaterMark: 256 * 1024 })) {
      content.sha1.update(piece)
      content.best.update(piece)
      content.size += piece.length
      content.crc = crc32(piece, content.crc)
      await writePiece(deflate, piece)
      if (failed !== undefined) throw failed
    }
    deflate.end()
    await ended
    if (failed !== undefined) throw failed
    const trailer = Buffer.alloc(8)
    trailer.writeUInt32LE(content.crc >>> 0, 0)
    trailer.writeUInt32LE(content.size % 2 ** 32, 4)
    write(trailer)
  } finally {
    deflate.destroy()
    closeSync(file)
  }
  return {
    sha1: content.sha1.digest('hex'),
    size: content.size,
    contentDigest: content.best.digest('hex'),
    ...stored.finish(),
  }
}

/** Size and digests of a file that the repository stores already. Throws the error of a failed disk call. */
export function measureStored(
  path: string,
): Pick<PackedPayload, 'storedSize' | 'storedSha1' | 'storedDigest'> {
  const stored = startStoredDigest()
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(256 * 1024)
    for (;;) {
      const length = readSync(file, buffer)
      if (length === 0) return stored.finish()
      stored.update(buffer.subarray(0, length))
    }
  } finally {
    closeSync(file)
  }
}

function startStoredDigest() {
  const sha1 = createHash('sha1')
  const best = createHash(hashNames.sha512t_256)
  let size = 0
  return {
    update(piece: Uint8Array) {
      size += piece.length
      sha1.update(piece)
      best.update(piece)
    },
    finish: () => ({ storedSize: size, storedSha1: sha1.digest('hex'), storedDigest: best.digest('hex') }),
  }
}
