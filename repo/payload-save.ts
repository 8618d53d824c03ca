import type { FileHandle } from 'node:fs/promises'
import { open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Result } from '#model'
import { err, ok } from '#model'
import type { PayloadExpectation } from './payload.ts'
import { checkPieces, startPayloadCheck } from './payload-check.ts'
import type { RepositoryProblem } from './problems.ts'
import { errorCode } from './transfer-error.ts'

let incoming = 0

/** A name beside a destination that nothing else has. */
export function incomingName(destination: string): string {
  incoming += 1
  return join(dirname(destination), `.${basename(destination)}.${process.pid}-${incoming}`)
}

/**
 * Writes a stored payload to `destination`, checked as it streams. The bytes go to a temporary name beside it and are
 * renamed after the last check, so `destination` is either absent (or what it was) or verified; the temporary file is
 * removed on every failure. `bytes` may throw `TransferError`. Problems: that of the transfer, `bad_size`, `bad_digest`,
 * `storage`.
 */
export async function savePayload(job: {
  readonly bytes: AsyncIterable<Uint8Array>
  readonly expected: PayloadExpectation
  readonly destination: string
  readonly uri: string
  readonly limit: number
}): Promise<Result<void, RepositoryProblem>> {
  const temporary = incomingName(job.destination)
  let file: FileHandle
  try {
    file = await open(temporary, 'wx', 0o644)
  } catch (thrown) {
    return storageProblem(temporary, thrown)
  }
  const problem = await copyChecked(job, file, temporary)
  if (problem === undefined) {
    try {
      await rename(temporary, job.destination)
      return ok(undefined)
    } catch (thrown) {
      await removeQuietly(temporary)
      return storageProblem(job.destination, thrown)
    }
  }
  await removeQuietly(temporary)
  return err(problem)
}

async function copyChecked(
  job: Parameters<typeof savePayload>[0],
  file: FileHandle,
  temporary: string,
): Promise<RepositoryProblem | undefined> {
  try {
    const check = startPayloadCheck(job.expected, job.uri, job.limit)
    return await checkPieces(check, job.bytes, (piece) => writeAll(file, piece, temporary))
  } finally {
    await file.close()
  }
}

async function writeAll(
  file: FileHandle,
  chunk: Uint8Array,
  path: string,
): Promise<RepositoryProblem | undefined> {
  try {
    for (let at = 0; at < chunk.length; ) {
      at += (await file.write(chunk, at, chunk.length - at)).bytesWritten
    }
    return undefined
  } catch (thrown) {
    const storage = storageProblem(path, thrown)
    return storage.error
  }
}

/** Turns a failed disk call into `storage`; throws on what is none. */
export function storageProblem(
  path: string,
  thrown: unknown,
): { readonly ok: false; readonly error: RepositoryProblem } {
  const errno = errorCode(thrown)
  if (errno === undefined) throw thrown
  return err({ code: 'ips::repository_error::storage', path, errno })
}

/** The failure that led here is what gets reported; a leftover that cannot be removed adds nothing to it. */
async function removeQuietly(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (thrown) {
    if (errorCode(thrown) === undefined) throw thrown
  }
}
