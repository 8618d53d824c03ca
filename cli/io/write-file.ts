import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { err, ok, type Result } from '#model'
import type { CliProblem } from '../problems.ts'

/**
 * Puts a file in place as a whole: written beside, then renamed, so that a reader never sees half of it and a failure leaves
 * what was there. Problem: `unwritable_file`.
 */
export function writeWholeFile(
  path: string,
  pieces: Iterable<string | Uint8Array>,
): Result<undefined, CliProblem> {
  const beside = `${path}.${process.pid}.new`
  try {
    const descriptor = openSync(beside, 'wx', 0o666)
    try {
      for (const piece of pieces) writeAll(descriptor, piece)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(beside, path)
    return ok(undefined)
  } catch (error) {
    rmSync(beside, { force: true })
    const errno = (error as NodeJS.ErrnoException).code
    if (errno === undefined) throw error
    return err({ code: 'ips::cli_error::unwritable_file', path, errno })
  }
}

function writeAll(descriptor: number, piece: string | Uint8Array): void {
  const bytes = typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
}

/** Lines in pieces of a size that is written well. */
export function* inPieces(lines: Iterable<string>): Generator<string> {
  let piece: string[] = []
  for (const line of lines) {
    if (piece.push(line) < 4096) continue
    yield `${piece.join('\n')}\n`
    piece = []
  }
  if (piece.length > 0) yield `${piece.join('\n')}\n`
}
