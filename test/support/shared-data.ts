import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Root of this project. */
export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/**
 * Path of a piece of the large test data that lies beside the project, or undefined (with one printed line that says so)
 * where it is not: a fresh clone tests well without it. Use with `describe.skipIf(data === undefined)`.
 */
export function sharedData(...path: readonly string[]): string | undefined {
  const found = join(projectRoot, '..', 'shared', ...path)
  if (existsSync(found)) return found
  process.stderr.write(`skipped: shared/${path.join('/')} is not beside the project\n`)
  return undefined
}

/**
 * Whether a user who owns nothing may read the project: programs run as such a user load their code from it. Says in a printed line
 * when not.
 */
export function projectIsReadableByAll(): boolean {
  for (let folder = projectRoot; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o005) !== 0o005) {
      process.stderr.write(`skipped: other users may not read ${folder}, where the project lies\n`)
      return false
    }
    if (folder === dirname(folder)) return true
  }
}
