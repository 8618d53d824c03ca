import { err, type FileContent, ok, type Result, replaceFile } from '#model'
import { nodeFiles } from '#repo'
import type { CliProblem } from '../problems.ts'

/** Replaces a file; a failure leaves the old one. The umask cuts its mode. Problem: `unwritable_file`. */
export function writeWholeFile(path: string, content: FileContent): Result<undefined, CliProblem> {
  try {
    replaceFile(nodeFiles, path, content, { mode: 0o666, staged: `${path}.${process.pid}.new` })
    return ok(undefined)
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code
    if (errno === undefined) throw error
    return err({ code: 'ips::cli_error::unwritable_file', path, errno })
  }
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
