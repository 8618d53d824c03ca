import { resolve } from 'node:path'
import { describeProblem, helpForProblem } from '#model'
import { repositoryChangeMessages, startDepot } from '#repo'
import { asksForHelp, type OptionTable, parseArguments } from '../getopt.ts'
import type { ToolIo } from '../io/tool-io.ts'
import { clientVersion } from '../version.ts'

const program = 'pkg6depot'

const table: OptionTable = {
  options: [
    { key: 'folder', short: 'd', kind: 'text', argument: 'folder', help: 'the repository' },
    {
      key: 'port',
      short: 'p',
      kind: 'text',
      argument: 'port',
      help: '10000 unless given; 0 takes a free one',
    },
    { key: 'address', short: 'a', kind: 'text', argument: 'address', help: '127.0.0.1 unless given' },
    { key: 'check', short: 'n', kind: 'flag', help: 'only check these words' },
  ],
}

const usage = `Usage:
        ${program} -d folder [-a address] [-p port] [-n]

Serves the packages of a repository over HTTP, without changing it, until it is
told to end (SIGINT or SIGTERM).
`

/** What a running depot waits for, beside the process itself. */
export interface DepotIo extends ToolIo {
  /** Resolves when the depot is to end; SIGINT and SIGTERM unless given. */
  readonly untilStopped?: () => Promise<void>
}

/**
 * Runs pkg6depot, a read-only depot; returns its exit code after it was told to end: 0, 1 when it could not start, 2 for wrong
 * usage, 99 for a bug in pkg6. The address is printed to stdout once requests are answered. Source: cli §11.
 */
export async function runPkg6Depot(argv: readonly string[], io: DepotIo): Promise<number> {
  const misuse = (text: string) => {
    io.stderr(`${program}: ${text}\n${usage}`)
    return 2
  }
  if (asksForHelp(argv)) {
    io.stderr(usage)
    return 0
  }
  const given = parseArguments(table, argv)
  if (!given.ok) return misuse(given.error.text)
  if (given.value.operands.length > 0) return misuse('takes no operands')
  const folder = given.value.text('folder')
  if (folder === undefined || folder === '') return misuse('a repository must be given with -d')
  const port = given.value.text('port') ?? '10000'
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return misuse(`"${port}" is not a port`)
  if (given.value.has('check')) return 0
  const bug = (thrown: unknown) => {
    const text = thrown instanceof Error ? thrown.message : String(thrown)
    io.stderr(`${program}: this is a bug in pkg6, please report it: ${text}\n`)
  }
  try {
    const depot = await startDepot({
      root: resolve(io.cwd, folder),
      software: `pkg6/${clientVersion}`,
      now: () => Date.now(),
      address: given.value.text('address') ?? '127.0.0.1',
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
  })
}
