import { createHash } from 'node:crypto'
import { closeSync, createReadStream, createWriteStream, fsyncSync, openSync, writeSync } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { FilesystemError } from '#model'

/** A new file that is written sequentially. */
export interface ArchiveFile {
  /** Throws `FilesystemError`. */
  write(bytes: Uint8Array): void
  /** Flushes the file; returns hexadecimal SHA-256 and size in bytes of its content. Throws `FilesystemError`. */
  finish(): { readonly digest: string; readonly size: number }
  close(): void
}

function guarded<T>(call: string, path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code
    if (errno === undefined) throw error
    throw new FilesystemError({ code: 'ips::filesystem_error::call_failed', call, path, errno })
  }
}

/** Smaller pieces, such as headers, are collected up to this size before they are written. Bytes. */
const PIECE = 1 << 18

/** Creates a new file. Throws `FilesystemError`, with `EEXIST` when the path exists. */
export function createArchiveFile(path: string): ArchiveFile {
  const descriptor = guarded('open', path, () => openSync(path, 'wx', 0o666))
  const hash = createHash('sha256')
  let waiting: Uint8Array[] = []
  let waitingSize = 0
  let size = 0
  const flush = (): void => {
    const bytes = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting)
    waiting = []
    waitingSize = 0
    hash.update(bytes)
    guarded('write', path, () => {
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
    })
  }
  return {
    write(bytes) {
      size += bytes.length
      waiting.push(bytes)
      waitingSize += bytes.length
      if (waitingSize >= PIECE) flush()
    },
    finish() {
      if (waitingSize > 0) flush()
      guarded('fsync', path, () => fsyncSync(descriptor))
      return { digest: hash.digest('hex'), size }
    },
    close: () => guarded('close', path, () => closeSync(descriptor)),
  }
}

/**
 * Compresses a file into a new gzip file; returns hexadecimal SHA-256 and size in bytes of the new file. Its bytes depend only on
 * the content and the version of zlib: no name and no time are stored. Throws `FilesystemError`.
 */
export async function compressFile(
  from: string,
  to: string,
): Promise<{ readonly digest: string; readonly size: number }> {
  const hash = createHash('sha256')
  let size = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      // The tenth byte of a gzip header names the operating system; 255 is unknown.
      if (size === 0 && chunk.length > 9) chunk[9] = 255
      size += chunk.length
      hash.update(chunk)
      done(null, chunk)
    },
  })
  try {
    await pipeline(
      createReadStream(from),
      createGzip({ level: 6 }),
      measure,
      createWriteStream(to, { flags: 'wx', flush: true }),
    )
  } catch (error) {
    guarded('compress', to, () => {
      throw error
    })
  }
  return { digest: hash.digest('hex'), size }
}
