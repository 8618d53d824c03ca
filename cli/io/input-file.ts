import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { err, ok, type Result } from '#model'
import type { InputFault } from '../problems.ts'

/** Milliseconds between two reads of an empty pipe. */
const PAUSE = 5
/** Bytes of one read where the size is unknown. */
const PIECE = 1 << 16

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  throw error
}

/** Reads the next bytes of a non-blocking descriptor, after waiting for them; returns 0 at the end. */
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
 * Content of a file that the user names, at most `limit` bytes: a regular file, a terminal, or a pipe with a writer, such as
 * `/dev/stdin` and the shell's `<(...)`. A pipe without a writer is refused (`EPIPE`), because waiting for a writer may never end.
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
        // A copy, because a pipe may return single bytes and the buffer is large.
        pieces.push(Buffer.from(buffer.subarray(0, count)))
      }
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return err({ errno: codeOf(error) })
  }
}
