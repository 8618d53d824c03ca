import { describeProblem, helpForProblem, modelMessages, type ValidationProblem } from '#model'
import type { RepositoryChangeProblem } from '#repo'
import { repositoryChangeMessages } from '#repo'
import { asksForHelp, parseArguments } from '../getopt.ts'
import type { ToolIo } from '../io/tool-io.ts'
import { prefixed } from '../render/message.ts'
import { clientVersion } from '../version.ts'
import { toolExit } from './pkg6repo-context.ts'
import { globalTable, type ToolCommand, toolCommands } from './pkg6repo-options.ts'

const program = 'pkg6repo'

/**
 * Runs pkg6repo, the command that makes, fills and examines repositories; returns its exit code: 0 done, 1 failed, 2 wrong usage,
 * 3 partly done, 4 nothing to do, 99 a bug in pkg6. Results go to stdout, everything else to stderr. Source: cli §11.
 */
export async function runPkg6Repo(argv: readonly string[], io: ToolIo): Promise<number> {
  try {
    return await dispatch(argv, io)
  } catch (thrown) {
    const failure = diskFailure(thrown)
    if (failure !== undefined) {
      io.stderr(`${program}: ${describeProblem(repositoryChangeMessages, failure)}\n`)
      return toolExit.error
    }
    const text = thrown instanceof Error ? thrown.message : String(thrown)
    io.stderr(`${program}: this is a bug in pkg6, please report it: ${text}\n`)
    return toolExit.bug
  }
}

async function dispatch(argv: readonly string[], io: ToolIo): Promise<number> {
  const global = parseArguments(globalTable, argv.slice(0, firstOperand(argv)))
  const [name, ...rest] = argv.slice(firstOperand(argv))
  const command = toolCommands.find((one) => one.name === name)
  if (asksForHelp(argv)) {
    io.stderr(command === undefined ? overview() : usage(command))
    return toolExit.ok
  }
  if (!global.ok) return misuse(io, `${program}: ${global.error.text}`, overview())
  if (name === undefined) return misuse(io, `${program}: no subcommand specified`, overview())
  if (command === undefined) return misuse(io, `${program}: unknown subcommand '${name}'`, overview())
  const complain = (text: string) => io.stderr(`${prefixed(`${program} ${command.name}`, text)}\n`)
  const wrong = (text: string) => misuse(io, `${program} ${command.name}: ${text}`, usage(command))
  const given = parseArguments(command.table, rest)
  if (!given.ok) return wrong(given.error.text)
  const [least, most] = command.operands
  const count = given.value.operands.length
  if (count < least) return wrong('an operand is missing')
  if (count > most) return wrong('too many operands')
  if (global.value.has('store') && !command.needsRepository) return wrong('takes no repository with -s')
  if (command.name === 'help') return help(given.value.operands[0], io)
  if (command.name === 'version') {
    io.stdout(`${clientVersion}\n`)
    return toolExit.ok
  }
  const store = given.value.text('store') ?? global.value.text('store') ?? io.env.PKG_REPO ?? ''
  if (command.needsRepository && store === '') return wrong('a repository must be given with -s')
  const fail = (problem: RepositoryChangeProblem | ValidationProblem) => {
    const validation = isValidation(problem)
    complain(
      validation
        ? describeProblem(modelMessages, problem)
        : describeProblem(repositoryChangeMessages, problem),
    )
    const advice = validation
      ? helpForProblem(modelMessages, problem)
      : helpForProblem(repositoryChangeMessages, problem)
    if (advice !== undefined) io.stderr(`${advice}\n`)
    return toolExit.error
  }
  const { runToolCommand } = await import('./pkg6repo-run.ts')
  return runToolCommand({ io, command, arguments: given.value, store, complain, fail })
}

/** The problem that a failed disk call stands for; undefined for any other thrown value. */
function diskFailure(thrown: unknown): RepositoryChangeProblem | undefined {
  if (!(thrown instanceof Error) || !('errno' in thrown) || !('code' in thrown)) return undefined
  const path = 'path' in thrown ? String(thrown.path) : 'The repository'
  return { code: 'ips::repository_error::storage', path, errno: String(thrown.code) }
}

/** Index of the subcommand: the first word that is neither an option nor the argument of `-s`. */
function firstOperand(argv: readonly string[]): number {
  let index = 0
  while (index < argv.length && argv[index]?.startsWith('-')) {
    const word = argv[index] ?? ''
    index += word === '-s' || word === '--store' ? 2 : 1
  }
  return Math.min(index, argv.length)
}

function isValidation(problem: RepositoryChangeProblem | ValidationProblem): problem is ValidationProblem {
  return problem.code.startsWith('ips::validation_error::')
}

function help(name: string | undefined, io: ToolIo): number {
  const command = toolCommands.find((one) => one.name === name)
  if (name !== undefined && command === undefined) {
    return misuse(io, `${program}: unknown subcommand '${name}'`, overview())
  }
  io.stderr(command === undefined ? overview() : usage(command))
  return toolExit.ok
}

function misuse(io: ToolIo, text: string, usageText: string): number {
  io.stderr(`${text}\n${usageText}`)
  return toolExit.usage
}

function line(command: ToolCommand): string {
  return `        ${program} ${command.name} ${command.synopsis}`.trimEnd()
}

function usage(command: ToolCommand): string {
  const options = command.table.options.map((option) => {
    const names = [
      ...(option.short === undefined ? [] : [`-${option.short}`]),
      ...(option.long ?? []).map((long) => `--${long}`),
    ].join(', ')
    const shown = option.argument === undefined ? names : `${names} ${option.argument}`
    return `        ${shown.padEnd(34)} ${option.help}\n`
  })
  return `Usage:\n${line(command)}\n${options.length === 0 ? '' : `\nOptions:\n${options.join('')}`}`
}

function overview(): string {
  return `Usage:\n${toolCommands.map((command) => `${line(command)}\n`).join('')}`
}
