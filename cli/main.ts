import type { Image, ImageHost, ImageLocation } from '#image'
import type { EventSink } from '#model'
import type { CommandContext, CommandIo, CommandSpec, GlobalOptions } from './command.ts'
import { Exit } from './exit-codes.ts'
import { asksForHelp, type OptionTable, option, parseArguments } from './getopt.ts'
import { type CleanOutput, withCleanOutput } from './output.ts'
import { findCommand, nearCommands } from './registry.ts'
import { prefixed } from './render/message.ts'
import { commandOptions, commandUsage, longHelp, overview } from './usage.ts'

const globalTable: OptionTable = {
  options: [
    option('root', '-R <dir>', 'Root of the image.', { repeatable: true }),
    option('debug', '-D, --debug <name[=value]>...', 'Set a debug value.'),
    option('runid', '--runid <int>', 'Number of the run.', { repeatable: true }),
    option(
      'satBackend',
      '--sat-backend <name>',
      'SAT engine of the solver: minisat-wasm, cadical or logic-solver.',
      { repeatable: true, hidden: true, own: true },
    ),
    option('noNetworkCache', '--no-network-cache', 'Ask network caches for fresh copies.', {
      repeatable: true,
    }),
    option('help', '-?, --help', 'Print the usage.', { repeatable: true }),
  ],
}

/** Names of the engines. The solver exports the same list, but loading the solver only to read options would take long. */
const satBackends: readonly string[] = ['minisat-wasm', 'cadical', 'logic-solver']

/** Debug settings that need no value. */
const bareDebug = ['plan', 'transport', 'exclude', 'actions']

function globalMistake(io: CommandIo, text: string): number {
  io.stderr(`${io.programName}: ${text}\nFor a full list of subcommands, run: ${io.programName} help\n`)
  return Exit.usage
}

function unknownCommand(io: CommandIo, name: string): number {
  const near = nearCommands(name)
  const hint = near.length === 0 ? '' : `\nDid you mean:\n    ${near.join(', ')}\n`
  return globalMistake(io, `unknown subcommand '${name}'${hint}`)
}

/** `help [-v] [COMMAND]`; only the first operand counts. */
function help(io: CommandIo, words: readonly string[]): number {
  const long = words[0] === '-v'
  const name = words[long ? 1 : 0]
  // pkg shows the long help for `help help` and `help --help`.
  const everything = name !== undefined && ['help', '--help', '-?'].includes(name)
  if (name === undefined || everything)
    io.stderr(long || everything ? longHelp(io.programName) : overview(io.programName))
  else {
    const spec = findCommand(name)
    if (spec === undefined) return unknownCommand(io, name)
    io.stderr((long ? commandOptions : commandUsage)(io.programName, spec))
  }
  return Exit.ok
}

/** Global options, in the form commands use. A number is the exit code of a mistake. */
function readGlobals(
  io: CommandIo,
  argv: readonly string[],
): number | { globals: GlobalOptions; help: boolean; words: readonly string[] } {
  const parsed = parseArguments(globalTable, argv)
  if (!parsed.ok)
    return globalMistake(io, parsed.error.text.replace('illegal option', 'illegal global option'))
  const runid = parsed.value.text('runid')
  if (runid !== undefined && !/^[+-]?[0-9]+$/.test(runid))
    return globalMistake(io, 'runid must be an integer')
  const debug = new Map<string, string>()
  for (const word of parsed.value.list('debug')) {
    const equals = word.indexOf('=')
    if (equals > 0) debug.set(word.slice(0, equals), word.slice(equals + 1))
    else if (bareDebug.includes(word)) debug.set(word, 'True')
    else return globalMistake(io, `-D takes argument of form name=value, not ${word}`)
  }
  const satBackend = parsed.value.text('satBackend') ?? debug.get('sat-backend') ?? io.env.PKG6_SAT_BACKEND
  if (satBackend !== undefined && !satBackends.includes(satBackend))
    return globalMistake(io, `unknown SAT engine '${satBackend}'; there are: ${satBackends.join(', ')}`)
  return {
    globals: {
      satBackend,
      root: parsed.value.text('root'),
      debug,
      noNetworkCache: parsed.value.has('noNetworkCache'),
    },
    help: parsed.value.has('help'),
    words: parsed.value.operands,
  }
}

/** Name of the command that a command line runs; undefined where it names none. */
export function commandOf(argv: readonly string[]): string | undefined {
  const parsed = parseArguments(globalTable, argv)
  const name = parsed.ok ? parsed.value.operands[0] : undefined
  return name === undefined || name === 'help' ? name : findCommand(name)?.name
}

/**
 * Runs one command line (without the program's own words) and returns its exit code. Never throws: what nobody expected
 * is reported as an internal error, exit 99.
 */
export async function runPkg6(argv: readonly string[], surroundings: CommandIo): Promise<number> {
  const io = withCleanOutput(surroundings)
  let globals: GlobalOptions | undefined
  try {
    const read = readGlobals(io, argv)
    if (typeof read === 'number') return read
    globals = read.globals
    const code = await dispatch(io, read.globals, read.help, read.words)
    return code === Exit.nothingToDo && (io.env.PKG_SUCCESS_ON_NOP ?? '') !== '' ? Exit.ok : code
  } catch (error) {
    const { isMemoryShortage } = await import('./platform/memory-shortage.ts')
    if (!isMemoryShortage(error)) return reportBug(io, error, globals)
    const { renderProblem } = await import('./render/problem.ts')
    return renderProblem(io, undefined, { code: 'ips::cli_error::out_of_memory', reason: firstLine(error) })
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
}

function reportBug(io: CommandIo, error: unknown, globals: GlobalOptions | undefined): number {
  io.stderr(`\n${io.programName}: internal error: ${firstLine(error)}
This is a defect of the program. Please report it with the command line and the output of '${io.programName} version';
run the command again with PKG6_DEBUG=1 in the environment to see where it happened.
`)
  const wanted = (io.env.PKG6_DEBUG ?? '') !== '' || (globals?.debug.size ?? 0) > 0
  if (wanted && error instanceof Error) io.stderr(`${error.stack ?? ''}\n`)
  return Exit.fatal
}

async function dispatch(
  io: CommandIo & CleanOutput,
  globals: GlobalOptions,
  helpWanted: boolean,
  words: readonly string[],
): Promise<number> {
  const [name, ...rest] = words
  if (name === undefined) {
    if (helpWanted) return help(io, [])
    io.stderr(`${io.programName}: no subcommand specified\n${overview(io.programName)}`)
    return Exit.usage
  }
  if (name === 'help') return help(io, rest)
  const spec = findCommand(name)
  if (spec === undefined) return unknownCommand(io, name)
  if (helpWanted || asksForHelp(rest)) return help(io, [spec.name])
  return await runCommand(io, globals, spec, rest)
}

async function runCommand(
  io: CommandIo & CleanOutput,
  globals: GlobalOptions,
  spec: CommandSpec,
  words: readonly string[],
): Promise<number> {
  const complain = (text: string): void => {
    io.stderr(`${prefixed(`${io.programName} ${spec.name}`, text)}\n`)
  }
  const misuse = (text: string): number => {
    complain(text)
    io.stderr(commandUsage(io.programName, spec))
    return Exit.usage
  }
  const needsImage = spec.needsImage ?? true
  if (!needsImage && globals.root !== undefined) return misuse(`-R not allowed for ${spec.name} subcommand`)
  let location: ImageLocation | undefined
  if (needsImage) {
    const { locateImage } = await import('./platform/wiring.ts')
    const found = await locateImage(io, globals)
    if (!found.ok) {
      const { renderProblem } = await import('./render/problem.ts')
      return renderProblem(io, undefined, found.error)
    }
    location = found.value
  }
  const parsed = parseArguments(
    spec.rawOperands === true ? { options: [] } : spec.table,
    spec.rawOperands === true ? ['--', ...words] : words,
  )
  if (!parsed.ok) return misuse(parsed.error.text)
  const fsync = parsed.value.text('fsync') === 'none' ? 'none' : 'full'
  const opened: Image[] = []
  const host = async (events: EventSink): Promise<ImageHost> => {
    const { wireHost } = await import('./platform/wiring.ts')
    return await wireHost(io, { ...globals, fsync }, events)
  }
  const context: CommandContext = {
    io,
    globals,
    spec,
    arguments: parsed.value,
    host,
    location: () => {
      if (location === undefined) throw new Error(`${spec.name} has no image`)
      return location
    },
    open: async (mode, events) => {
      const { openImage } = await import('./platform/wiring.ts')
      const image = await openImage(await host(events), context.location(), mode)
      if (image.ok) opened.push(image.value)
      return image
    },
    complain,
    fail: async (problem) => (await import('./render/problem.ts')).renderProblem(io, spec.name, problem),
    misuse,
  }
  try {
    return await (await spec.load()).run(context)
  } finally {
    for (const image of opened) await image.close()
  }
}
