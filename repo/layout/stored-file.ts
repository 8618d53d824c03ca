import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Result } from '#model'
import { err, ok } from '#model'
import { streamingInflater } from '../inflate.ts'
import type { RepositoryProblem } from '../problems.ts'
import { notRegular, openToRead, readOpenFile } from '../regular-file.ts'
import type { PieceSink } from '../source.ts'
import { errorCode, TransferError } from '../transfer-error.ts'
import { unreadable } from './repository-layout.ts'

const unpack = promisify(gunzip)

/** A file of a repository folder, with its names in problems. */
export interface StoredFile {
  readonly path: string
  readonly uri: string
  /** Name of the object in problems. */
  readonly object: string
}

/** Opens a regular file. Throws errors of Node. */
async function openFile(path: string): Promise<FileHandle> {
  const handle = await open(path, openToRead)
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw notRegular()
}

/** Whole file of at most `limit` bytes. Problems: `not_found`, `unreachable`, `bad_size`. */
export async function readStored(
  file: StoredFile,
  limit: number,
): Promise<Result<Uint8Array, RepositoryProblem>> {
  try {
    const handle = await openFile(file.path)
    try {
      const { size } = await handle.stat()
      if (size > limit) return err(tooLarge(file, limit, size))
      return ok(await readOpenFile(handle, size, limit))
    } finally {
      await handle.close()
    }
  } catch (thrown) {
    if (errorCode(thrown) === 'EFBIG') return err(tooLarge(file, limit, limit + 1))
    return err(readProblem(file, thrown))
  }
}

/** As `readStored` for a gzip file; `limit` is for the content. Also `bad_catalog` when it is no gzip. */
export async function readStoredGzip(
  file: StoredFile,
  limit: number,
): Promise<Result<Uint8Array, RepositoryProblem>> {
  const packed = await readStored(file, limit)
  if (!packed.ok) return packed
  try {
    return ok(await unpack(packed.value, { maxOutputLength: limit }))
  } catch (thrown) {
    const code = errorCode(thrown)
    if (code === 'ERR_BUFFER_TOO_LARGE') return err(tooLarge(file, limit, limit + 1))
    if (code === undefined) throw thrown
    return err(noGzip(file, code))
  }
}

function noGzip(file: StoredFile, code: string): RepositoryProblem {
  const reason = `it is not a gzip file (${code})`
  return { code: 'ips::repository_error::bad_catalog', uri: file.uri, file: file.object, reason }
}

const nothing = new Uint8Array(0)

/** As `readStored`, in pieces to a sink. */
export async function pourStored(
  file: StoredFile,
  limit: number,
  sink: PieceSink,
): Promise<Result<Uint8Array, RepositoryProblem>> {
  let total = 0
  sink.begin()
  try {
    for await (const piece of streamStored(file)) {
      total += piece.length
      if (total > limit) return err(tooLarge(file, limit, total))
      sink.take(piece)
    }
    return ok(nothing)
  } catch (thrown) {
    if (thrown instanceof TransferError) return err(thrown.problem)
    throw thrown
  }
}

/** As `readStoredGzip`, in pieces to a sink. */
export async function pourStoredGzip(
  file: StoredFile,
  limit: number,
  sink: PieceSink,
): Promise<Result<Uint8Array, RepositoryProblem>> {
  let total = 0
  let refusal: { readonly thrown: unknown } | undefined
  const inflater = streamingInflater((piece) => {
    total += piece.length
    if (total > limit) return false
    try {
      sink.take(piece)
    } catch (thrown) {
      refusal = { thrown }
    }
    return refusal === undefined
  })
  sink.begin()
  try {
    for await (const piece of streamStored(file)) {
      await inflater.take(piece)
      if (refusal !== undefined || total > limit) break
    }
  } catch (thrown) {
    inflater.abandon()
    if (thrown instanceof TransferError) return err(thrown.problem)
    throw thrown
  }
  const unreadable = await inflater.finish()
  if (refusal !== undefined) throw refusal.thrown
  if (total > limit) return err(tooLarge(file, limit, limit + 1))
  return unreadable === undefined ? ok(nothing) : err(noGzip(file, unreadable))
}

/** Pieces of a file; throws `TransferError`. */
export async function* streamStored(file: StoredFile): AsyncGenerator<Uint8Array> {
  const handle = await openFile(file.path).catch((thrown: unknown) => {
    throw new TransferError(readProblem(file, thrown))
  })
  try {
    const buffer = Buffer.allocUnsafe(256 * 1024)
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null).catch((thrown: unknown) => {
        throw new TransferError(readProblem(file, thrown))
      })
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/** As `streamStored`, but blocks the thread, which takes a fraction of the time for small files. The next piece overwrites a piece. */
export function* readStoredPieces(file: StoredFile): Generator<Uint8Array> {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file.path, openToRead)
    const status = fstatSync(descriptor)
    if (!status.isFile()) throw notRegular()
    const buffer = Buffer.allocUnsafe(Math.min(256 * 1024, status.size + 1))
    for (;;) {
      const length = readSync(descriptor, buffer)
      if (length === 0) return
      yield buffer.subarray(0, length)
    }
  } catch (thrown) {
    throw new TransferError(readProblem(file, thrown))
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function tooLarge(file: StoredFile, limit: number, found: number): RepositoryProblem {
  return {
    code: 'ips::repository_error::bad_size',
    uri: file.uri,
    object: file.object,
    expected: limit,
    found,
  }
}

/** Turns a failed read into `not_found` or `unreachable`; throws any other error again. */
export function readProblem(file: StoredFile, thrown: unknown): RepositoryProblem {
  const errno = errorCode(thrown)
  if (errno === undefined) throw thrown
  if (errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'EISDIR') {
    return { code: 'ips::repository_error::not_found', uri: file.uri, object: file.object }
  }
  return unreadable(file.uri, file.path, errno)
}
