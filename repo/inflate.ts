import { createGunzip, gunzipSync } from 'node:zlib'
import { writePiece } from './stream-write.ts'
import { errorCode } from './transfer-error.ts'

/** Unpacks a gzip file that arrives in pieces; the content goes to `onContent`, which says whether to go on. */
export interface Inflater {
  take(piece: Uint8Array): Promise<void>
  /** After the last piece: undefined, or why the file is no gzip file. Without meaning when `onContent` refused to go on. */
  finish(): Promise<string | undefined>
  abandon(): void
}

/** In bounded memory, whatever the size. */
export function streamingInflater(onContent: (piece: Uint8Array) => boolean): Inflater {
  const gunzip = createGunzip({ chunkSize: 128 * 1024 })
  const closed = new Promise<void>((resolve) => gunzip.once('close', resolve))
  let unreadable: string | undefined
  gunzip.on('error', (error) => {
    unreadable ??= errorCode(error) ?? 'unreadable'
  })
  gunzip.on('data', (piece: Buffer) => {
    if (!onContent(piece)) gunzip.destroy()
  })
  return {
    async take(piece) {
      if (!gunzip.destroyed) await writePiece(gunzip, piece)
    },
    async finish() {
      if (!gunzip.destroyed) gunzip.end()
      await closed
      return unreadable
    },
    abandon() {
      gunzip.destroy()
    },
  }
}

/** All at once, for small files: a stream costs more than the unpacking. The content may have at most `limit` bytes and one more. */
export function wholeInflater(onContent: (piece: Uint8Array) => boolean, limit: number): Inflater {
  const pieces: Uint8Array[] = []
  return {
    async take(piece) {
      // The piece is only ours until the next one.
      pieces.push(Uint8Array.from(piece))
    },
    async finish() {
      try {
        onContent(gunzipSync(Buffer.concat(pieces), { maxOutputLength: limit + 1 }))
        return undefined
      } catch (thrown) {
        const code = errorCode(thrown)
        if (code === undefined) throw thrown
        if (code === 'ERR_BUFFER_TOO_LARGE') onContent(new Uint8Array(limit + 1))
        return code
      }
    },
    abandon() {
      pieces.length = 0
    },
  }
}
