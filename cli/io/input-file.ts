import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { resolve } from 'node:path'
import { err, ok, type Result } from '#model'
import type { InputFault } from '../problems.ts'

/** Milliseconds between two reads of an empty pipe. */
const pause = 5
/** Bytes of one read where the size is unknown. */
const pieceSize = 1 << 16

/** Names of standard input. They are not opened, because opening fails where standard input is a socket. */
const standardInput: ReadonlySet<string> = new Set(['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'])

/** Whether a file name stands for standard input: `-`, or the name of a device. */
export function isStandardInput(name: string): boolean {
  return standardInput.has(name)
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  throw error
}

/**
 * Content of a file that the user names, at most `limit` bytes: a regular file, a device, a pipe such as the shell's `<(...)`, or standard input
 * (`stdin`; default: standard input of the process). A relative name begins at `cwd`. Waits until a pipe has a writer; signals arrive
 * meanwhile. `errno` of the fault is `EFBIG` for a larger file.
 */
export async function readInputFile(
  name: string,
  cwd: string,
  limit: number,
  stdin?: AsyncIterable<Uint8Array>,
): Promise<Result<Uint8Array, InputFault>> {
  try {
    return await (isStandardInput(name)
      ? gather(stdin ?? (process.stdin as AsyncIterable<Uint8Array>), limit)
      : readPath(resolve(cwd, name), limit))
  } catch (error) {
    return err({ errno: codeOf(error) })
  }
}

async function readPath(path: string, limit: number): Promise<Result<Uint8Array, InputFault>> {
  // Not blocking: a thread that waits in a system call takes no signals.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const status = fstatSync(file)
    if (status.size > limit) return err({ errno: 'EFBIG' })
    // An empty named pipe may still wait for its writer. An empty pipe behind a descriptor has lost its writer.
    const late = status.isFIFO() && !/^\/(?:dev|proc\/[^/]+)\/fd\//.test(path)
    return await gather(pieces(file, Math.max(pieceSize, status.size + 1), late), limit)
  } finally {
    closeSync(file)
  }
}

async function* pieces(file: number, size: number, late: boolean): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(size)
  for (let waiting = late; ; ) {
    const count = readReady(file, buffer)
    if (count === 0 && !waiting) return
    if (count === undefined || count === 0) await new Promise((wake) => setTimeout(wake, pause))
    else {
      waiting = false
      // A copy, because a pipe may return single bytes and the buffer is large.
      yield Buffer.from(buffer.subarray(0, count))
    }
  }
}

/** Number of bytes read; 0 at the end, undefined while the pipe is empty. */
function readReady(file: number, buffer: Buffer): number | undefined {
  try {
    return readSync(file, buffer, 0, buffer.length, null)
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') return undefined
    throw error
  }
}

async function gather(
  source: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Result<Uint8Array, InputFault>> {
  const found: Uint8Array[] = []
  let length = 0
  for await (const piece of source) {
    length += piece.length
    if (length > limit) return err({ errno: 'EFBIG' })
    found.push(piece)
  }
  return ok(Buffer.concat(found))
}
