import { describeProblem, helpForProblem, modelMessages, type ValidationProblem } from '#model'
import type { RepositoryChangeProblem } from '#repo'
import { repositoryChangeMessages } from '#repo'
import type { ToolIo } from '../io/tool-io.ts'
import { type CleanOutput, withCleanOutput } from '../output.ts'
import { isMemoryShortage } from '../platform/memory-shortage.ts'
import { prefixed } from '../render/message.ts'
import { clientVersion } from '../version.ts'
import { toolExit } from './pkg6repo-context.ts'
import { parseToolWords, toolArguments, toolCommands, toolUsage } from './pkg6repo-words.ts'

const program = 'pkg6repo'

/**
 * Runs pkg6repo, the command that makes, fills and examines repositories; returns its exit code: 0 done, 1 failed, 2 wrong usage,
 * 3 partly done, 4 nothing to do, 99 a bug in pkg6. Results go to stdout, everything else to stderr. Source: cli §11.
 */
export async function runPkg6Repo(argv: readonly string[], surroundings: ToolIo): Promise<number> {
  const io = withCleanOutput(surroundings)
  try {
    return await dispatch(argv, io)
  } catch (thrown) {
    const failure = diskFailure(thrown)
    if (failure !== undefined) {
      io.stderr(`${program}: ${describeProblem(repositoryChangeMessages, failure)}\n`)
      return toolExit.error
    }
    const text = thrown instanceof Error ? thrown.message : String(thrown)
    if (isMemoryShortage(thrown)) {
      io.stderr(`${program}: there is not enough memory: ${text}\n`)
      return toolExit.error
    }
    io.stderr(`${program}: this is a bug in pkg6, please report it: ${text}\n`)
    return toolExit.bug
  }
}

async function dispatch(argv: readonly string[], io: ToolIo & CleanOutput): Promise<number> {
  const words = await parseToolWords(program, argv)
  const [name, ...operands] = words.operands
  const command = toolCommands.find((one) => one.name === name)
  if (words.helpWanted) {
    io.stderr(await toolUsage(program, command))
    return toolExit.ok
  }
  const misuse = async (text: string): Promise<number> => {
    io.stderr(`${prefixed(command === undefined ? program : `${program} ${command.name}`, text)}\n`)
    io.stderr(await toolUsage(program, command))
    return toolExit.usage
  }
  if (words.mistake !== undefined) return misuse(words.mistake)
  if (words.answer !== undefined) {
    io.stdout(words.answer)
    return toolExit.ok
  }
  if (name === undefined) return misuse('no subcommand specified')
  if (command === undefined) return misuse(`unknown subcommand '${name}'`)
  const [least, most] = command.operands
  if (operands.length < least) return misuse('an operand is missing')
  if (operands.length > most) return misuse('too many operands')
  const given = toolArguments(words)
  if (given.store !== undefined && !command.needsRepository) return misuse('takes no repository with -s')
  if (command.name === 'help') return help(operands[0], io)
  if (command.name === 'version') {
    io.stdout(`${clientVersion}\n`)
    return toolExit.ok
  }
  const store = given.store ?? io.env.PKG_REPO ?? ''
  if (command.needsRepository && store === '') return misuse('a repository must be given with -s')
  const complain = (text: string) => io.stderr(`${prefixed(`${program} ${command.name}`, text)}\n`)
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
  return runToolCommand({ io, command, arguments: given, store, complain, fail })
}

/** The problem that a failed disk call stands for; undefined for any other thrown value. */
function diskFailure(thrown: unknown): RepositoryChangeProblem | undefined {
  if (!(thrown instanceof Error) || !('syscall' in thrown) || !('code' in thrown)) return undefined
  const path = 'path' in thrown ? String(thrown.path) : 'The repository'
  return { code: 'ips::repository_error::storage', path, errno: String(thrown.code) }
}

function isValidation(problem: RepositoryChangeProblem | ValidationProblem): problem is ValidationProblem {
  return problem.code.startsWith('ips::validation_error::')
}

async function help(name: string | undefined, io: ToolIo): Promise<number> {
  const command = toolCommands.find((one) => one.name === name)
  const unknown = name !== undefined && command === undefined
  if (unknown) io.stderr(`${program}: unknown subcommand '${name}'\n`)
  io.stderr(await toolUsage(program, command))
  return unknown ? toolExit.usage : toolExit.ok
}
