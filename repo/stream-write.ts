import type { Readable, Writable } from 'node:stream'

/**
 * Waits until a decoder has taken a piece, or is no more: the decompressors of Node never call back for the piece that
 * broke them.
 */
export function writePiece(stream: Writable, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const gone = () => resolve()
    stream.once('close', gone)
    stream.write(piece, () => {
      stream.off('close', gone)
      resolve()
    })
  })
}

/** Ends a stream that is not read further, and ignores its errors. */
export function discard(stream: Readable): void {
  stream.on('error', () => {})
  stream.destroy()
}
