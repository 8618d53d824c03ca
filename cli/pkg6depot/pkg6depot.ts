import { resolve } from 'node:path'
import { describeProblem, helpForProblem } from '#model'
import { repositoryChangeMessages, startDepot } from '#repo'
import type { ToolIo } from '../io/tool-io.ts'
import { flagOption, parseWords, textOption, toolParser, withCompletion } from '../io/tool-parser.ts'
import { withCleanOutput } from '../output.ts'
import { clientVersion } from '../version.ts'

const program = 'pkg6depot'

const options = {
  a: textOption('a', 'address to listen at; 127.0.0.1 unless given'),
  d: textOption('d', 'folder of the repository'),
  n: flagOption('check these words, then end'),
  p: textOption('p', 'port; 10000 unless given, 0 takes a free one'),
}

const usage = `Usage:
        ${program} -d folder [-a address] [-p port] [-n]

Serves the packages of a repository over HTTP, without changing it, until it is
told to end (SIGINT or SIGTERM).`

/** What a running depot waits for, beside the process itself. */
export interface DepotIo extends ToolIo {
  /** Resolves when the depot is to end; SIGINT and SIGTERM unless given. */
  readonly untilStopped?: () => Promise<void>
}

/**
 * Runs pkg6depot, a read-only depot; returns its exit code after it was told to end: 0, 1 when it could not start, 2 for wrong
 * usage, 99 for a bug in pkg6. The address is printed to stdout once requests are answered. Source: cli §11.
 */
export async function runPkg6Depot(argv: readonly string[], surroundings: DepotIo): Promise<number> {
  const io = withCleanOutput(surroundings)
  const parser = withCompletion(toolParser(program).usage(usage).options(options))
  const { values, operands, mistake, answer, helpWanted } = await parseWords(parser, options, argv)
  if (helpWanted) {
    io.stderr(`${await parser.getHelp()}\n`)
    return 0
  }
  if (answer !== undefined) {
    io.stdout(answer)
    return 0
  }
  const misuse = (text: string) => {
    io.stderr(`${program}: ${text}\n${usage}\n`)
    return 2
  }
  if (mistake !== undefined) return misuse(mistake)
  if (operands.length > 0) return misuse('takes no operands')
  const text = (name: string): string | undefined => values[name] as string | undefined
  const folder = text('d')
  if (folder === undefined || folder === '') return misuse('a repository must be given with -d')
  const port = text('p') ?? '10000'
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return misuse(`"${port}" is not a port`)
  if (values.n === true) return 0
  const bug = (thrown: unknown) => {
    const text = thrown instanceof Error ? thrown.message : String(thrown)
    io.stderr(`${program}: this is a bug in pkg6, please report it: ${text}\n`)
  }
  try {
    const depot = await startDepot({
      root: resolve(io.cwd, folder),
      software: `pkg6/${clientVersion}`,
      now: () => Date.now(),
      address: text('a') ?? '127.0.0.1',
      port: Number(port),
      onBug: bug,
    })
    if (!depot.ok) {
      io.stderr(`${program}: ${describeProblem(repositoryChangeMessages, depot.error)}\n`)
      const advice = helpForProblem(repositoryChangeMessages, depot.error)
      if (advice !== undefined) io.stderr(`${advice}\n`)
      return 1
    }
    io.stdout(`${depot.value.uri}\n`)
    await (io.untilStopped ?? untilSignal)()
    await depot.value.close()
    return 0
  } catch (thrown) {
    bug(thrown)
    return 99
  }
}

function untilSignal(): Promise<void> {
  return new Promise((done) => {
    process.once('SIGINT', () => done())
    process.once('SIGTERM', () => done())
    process.once('SIGHUP', () => done())
  })
}
