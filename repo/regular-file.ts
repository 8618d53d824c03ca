import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

/** Flags that open a file without waiting for the writer of a pipe. */
export const openToRead = constants.O_RDONLY | constants.O_NONBLOCK

/** The error for a device or a pipe, which may never end or never answer. */
export function notRegular(): Error {
  return Object.assign(new Error('it is not a regular file'), { code: 'EFTYPE', syscall: 'open' })
}

function tooLarge(): Error {
  return Object.assign(new Error('it is too large'), { code: 'EFBIG', syscall: 'read' })
}

/** Room for one byte more than there should be, so that its end is seen. */
function firstBuffer(size: number, limit: number): Buffer {
  if (size > limit) throw tooLarge()
  return Buffer.allocUnsafeSlow(size + 1)
}

/** More room for a file that has grown since, or has no size until it is read. */
function largerBuffer(bytes: Buffer, limit: number): Buffer {
  if (bytes.length > limit) throw tooLarge()
  return Buffer.concat([bytes], Math.min(Math.max(2 * bytes.length, 4096), limit + 1))
}

/** Names the file in an error of Node; those of calls on an open file name none. */
function withPath(thrown: unknown, path: string): unknown {
  if (thrown instanceof Error && 'code' in thrown && !('path' in thrown)) Object.assign(thrown, { path })
  return thrown
}

/**
 * The whole of a regular file of at most `limit` bytes. Throws errors of Node with the `path`: `EFTYPE` for anything else, `EFBIG` for a
 * larger file.
 */
export function readRegularFile(path: string, limit: number): Buffer {
  const file = openSync(path, openToRead)
  try {
    const status = fstatSync(file)
    if (!status.isFile()) throw notRegular()
    let bytes = firstBuffer(status.size, limit)
    for (let length = 0; ; ) {
      const read = readSync(file, bytes, length, bytes.length - length, null)
      if (read === 0) return bytes.subarray(0, length)
      length += read
      if (length === bytes.length) bytes = largerBuffer(bytes, limit)
    }
  } catch (thrown) {
    throw withPath(thrown, path)
  } finally {
    closeSync(file)
  }
}

/** As `readRegularFile` of a file that is open and was found to be regular, without holding up the thread. */
export async function readOpenFile(file: FileHandle, size: number, limit: number): Promise<Buffer> {
  let bytes = firstBuffer(size, limit)
  for (let length = 0; ; ) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, null)
    if (bytesRead === 0) return bytes.subarray(0, length)
    length += bytesRead
    if (length === bytes.length) bytes = largerBuffer(bytes, limit)
  }
}
