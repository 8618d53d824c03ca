import type { FileHandle } from 'node:fs/promises'
import { open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Result } from '#model'
import { err, ok, replaceFile } from '#model'
import { nodeFiles } from '../node-files.ts'
import type { RepositoryProblem } from '../problems.ts'
import { errorCode } from '../transfer-error.ts'
import type { PayloadExpectation } from './payload.ts'
import { checkPieces, startPayloadCheck } from './payload-check.ts'

let incoming = 0

/** A name beside a destination that nothing else has. */
function incomingName(destination: string): string {
  incoming += 1
  return join(dirname(destination), `.${basename(destination)}.${process.pid}-${incoming}`)
}

/** Smaller payloads are kept in memory until they are checked, and written at once. Bytes. */
export const SMALL = 128 * 1024

/**
 * Writes a stored payload to `destination`, checked as it streams. Nothing is at `destination` (or it stays what it was) before the
 * last check: a small payload is written after it, by the few plain calls that it takes, for a thread that takes them over costs more
 * than they do; a larger one goes to a temporary name meanwhile. On every failure the temporary file is removed. `bytes` may throw
 * `TransferError`. Problems: that of the transfer, `bad_size`, `bad_digest`, `storage`.
 */
export async function savePayload(job: {
  readonly bytes: AsyncIterable<Uint8Array>
  readonly expected: PayloadExpectation
  readonly destination: string
  readonly uri: string
  readonly limit: number
}): Promise<Result<void, RepositoryProblem>> {
  const incoming = new IncomingFile(job.destination)
  try {
    const check = startPayloadCheck(job.expected, job.uri, job.limit)
    const problem = await checkPieces(check, job.bytes, (piece) => incoming.take(piece))
    return problem === undefined ? await incoming.place() : err(problem)
  } finally {
    await incoming.abandon()
  }
}

/** The received part of a payload: in memory while it is small, then in a file beside its place. */
class IncomingFile {
  readonly #destination: string
  #pieces: Uint8Array[] = []
  #length = 0
  #open: { readonly file: FileHandle; readonly path: string } | undefined

  constructor(destination: string) {
    this.#destination = destination
  }

  async take(piece: Uint8Array): Promise<RepositoryProblem | undefined> {
    this.#length += piece.length
    if (this.#length <= SMALL) {
      // The piece is only ours until the next one.
      this.#pieces.push(Uint8Array.from(piece))
      return undefined
    }
    const path = this.#open?.path ?? incomingName(this.#destination)
    try {
      this.#open ??= { file: await open(path, 'wx', 0o644), path }
      for (const part of this.#pieces.splice(0)) await writeAll(this.#open.file, part)
      await writeAll(this.#open.file, piece)
      return undefined
    } catch (thrown) {
      return storageProblem(path, thrown).error
    }
  }

  /** Gives the file its name. */
  async place(): Promise<Result<void, RepositoryProblem>> {
    if (this.#open === undefined) return writeWhole(Buffer.concat(this.#pieces), this.#destination)
    const { file, path } = this.#open
    try {
      await file.close()
      await rename(path, this.#destination)
      this.#open = undefined
      return ok(undefined)
    } catch (thrown) {
      return storageProblem(this.#destination, thrown)
    }
  }

  /** Removes the temporary file. A failure to do so is not reported, because the first failure is. */
  async abandon(): Promise<void> {
    if (this.#open === undefined) return
    const { file, path } = this.#open
    this.#open = undefined
    try {
      try {
        await file.close()
      } finally {
        await unlink(path)
      }
    } catch (thrown) {
      if (errorCode(thrown) === undefined) throw thrown
    }
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    at += (await file.write(chunk, at, chunk.length - at)).bytesWritten
  }
}

/** Writes a checked payload. Not flushed: readers check its digest. Problem: `storage`. */
export function writeWhole(bytes: Uint8Array, destination: string): Result<void, RepositoryProblem> {
  try {
    replaceFile(nodeFiles, destination, bytes, { flush: false, staged: incomingName(destination) })
    return ok(undefined)
  } catch (thrown) {
    return storageProblem(destination, thrown)
  }
}

/** Turns a failed disk call into `storage`; throws any other error again. */
function storageProblem(
  path: string,
  thrown: unknown,
): { readonly ok: false; readonly error: RepositoryProblem } {
  const errno = errorCode(thrown)
  if (errno === undefined) throw thrown
  return err({ code: 'ips::repository_error::storage', path, errno })
}
