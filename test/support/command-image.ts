import { afterEach, beforeEach } from 'vitest'
import { type CommandLine, commandLine, type Ran } from './command-line.ts'
import { type Contents, publishRepository } from './published-repository.ts'

/** The folder of the commands, while a test of `useCommandImage` runs. */
export let at: CommandLine

/**
 * Before each test of a file: a folder with a repository of these packages (`repo`) and a new image that installs from it (`image`), made
 * with more options of image-create where these are given.
 */
export function useCommandImage(
  manifests: readonly string[],
  contents: Contents,
  ...options: readonly string[]
): void {
  beforeEach(async () => {
    at = commandLine()
    publishRepository(at.path('repo'), manifests, contents)
    await at.runs(0, 'image-create', ...options, '-p', 'repo', 'image')
  })
  afterEach(() => at.remove())
}

/** Runs a command in the image, which must end with this exit code. */
export function inImage(exit: number, ...words: readonly string[]): Promise<Ran> {
  return at.runs(exit, '-R', 'image', ...words)
}
