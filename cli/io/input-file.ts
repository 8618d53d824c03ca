import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { err, ok, type Result } from '#model'
import type { InputFault } from '../problems.ts'

/** Milliseconds between two looks at a pipe that has nothing yet. */
const PAUSE = 5
/** Bytes read at a time where the size is not known. */
const PIECE = 1 << 16

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  throw error
}

/** Next bytes of a file that does not wait by itself; 0 at its end. */
function readPiece(file: number, buffer: Buffer): number {
  for (;;) {
    try {
      return readSync(file, buffer, 0, buffer.length, null)
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE)
    }
  }
}

/**
 * A file that the user names, of at most `limit` bytes: a regular file, a terminal, or a pipe into which somebody writes, as
 * `/dev/stdin` and the shell's `<(...)` are. A pipe that nobody has opened for writing is refused (`EPIPE`): to wait for somebody could take
 * for ever.
 */
export function readInputFile(path: string, limit: number): Result<Uint8Array, InputFault> {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const status = fstatSync(file)
      if (status.size > limit) return err({ errno: 'EFBIG' })
      const pieces: Buffer[] = []
      const buffer = Buffer.allocUnsafe(Math.max(PIECE, status.size + 1))
      for (let length = 0; ; ) {
        const count = readPiece(file, buffer)
        if (count === 0 && length === 0 && status.isFIFO()) return err({ errno: 'EPIPE' })
        if (count === 0) return ok(Buffer.concat(pieces))
        length += count
        if (length > limit) return err({ errno: 'EFBIG' })
        // A copy: pipes may give a byte at a time.
        pieces.push(Buffer.from(buffer.subarray(0, count)))
      }
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return err({ errno: codeOf(error) })
  }
}
