import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { runPkg6 } from '../../cli/main.ts'
import { collectingIo } from './collecting-io.ts'

/** What a command left behind. */
export interface Ran {
  /** The words, for messages. */
  readonly line: string
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** An empty folder in which commands are run as a user would type them. */
export interface CommandLine {
  readonly folder: string
  /** Runs `pkg6 WORDS...` in the folder, inside this process. Nothing of the environment of the tests reaches it. */
  pkg6(...words: readonly string[]): Promise<Ran>
  /** As `pkg6`, with these variables in the environment. */
  pkg6With(env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Ran>
  /** As `pkg6`, for what must end with this exit code. */
  runs(exit: number, ...words: readonly string[]): Promise<Ran>
  /** Path below the folder. */
  path(...parts: readonly string[]): string
  remove(): void
}

/** Makes an empty folder to run commands in. */
export function commandLine(): CommandLine {
  const folder = mkdtempSync(join(tmpdir(), 'pkg6-accept-'))
  return {
    folder,
    path: (...parts) => join(folder, ...parts),
    pkg6: (...words) => runIn(folder, {}, words),
    pkg6With: (env, ...words) => runIn(folder, env, words),
    async runs(exit, ...words) {
      const ran = await runIn(folder, {}, words)
      expect(ran.exit, told(ran)).toBe(exit)
      return ran
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function runIn(
  cwd: string,
  env: Readonly<Record<string, string>>,
  words: readonly string[],
): Promise<Ran> {
  const { io, output } = collectingIo({ cwd, env, commandLine: ['pkg6', ...words] })
  const exit = await runPkg6(words, io)
  return { line: `pkg6 ${words.join(' ')}`, exit, ...output }
}

/** Everything a command printed, for the message of an assertion. */
export function told(ran: Ran): string {
  return `$ ${ran.line}\n${ran.stdout}${ran.stderr}(exit ${ran.exit})`
}
