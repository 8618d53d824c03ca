import { describeProblem, helpForProblem, type Problem, type ProblemMessages } from '#model'
import type { CommandIo } from '../command.ts'
import { exitCode } from '../exit-codes.ts'
import { type CliProblem, type CommandProblem, cliMessages } from '../problems.ts'
import { prefixed } from './message.ts'
import { referenceText } from './reference-text.ts'

/** Commands whose errors have no name in front (cli §3 and the transcripts). */
const bareCommands = ['set-publisher']
/** Commands whose errors have only the name of the program in front. */
const generalCommands = ['refresh', 'publisher', 'contents', 'info', 'history', 'purge-history']

/** Problems whose own message is that of the reference client, with the text before the name of the command. */
const referenceLeads: { readonly [Code in CommandProblem['code']]?: '' | '\n' } = {
  'ips::image_error::bad_setting': '',
  'ips::image_error::unknown_property': '',
  'ips::image_error::unknown_property_value': '',
  'ips::image_error::single_property': '',
  'ips::image_error::signature_names': '',
  'ips::image_error::bad_freeze': '\n',
  'ips::image_error::avoid_installed': '\n',
  'ips::image_error::not_avoided': '\n',
  'ips::image_error::group_member': '\n',
  'ips::installer_error::action_conflict': '\n',
}

/** Message and help line of a problem, without a name in front. */
export async function problemMessage(
  command: string | undefined,
  problem: CommandProblem,
): Promise<{ readonly text: string; readonly help: string | undefined; readonly followsReference: boolean }> {
  const reference = referenceText(command, problem)
  const messages = (await packageMessages(problem.code)) as ProblemMessages<Problem>
  const help = helpForProblem(messages, problem as Problem)
  const lead = referenceLeads[problem.code]
  return {
    text: reference ?? `${lead ?? ''}${describeProblem(messages, problem as Problem)}`,
    help,
    // The explanations of this client go beyond the reference, so their help is always shown.
    followsReference: (reference !== undefined || lead !== undefined) && !('facts' in problem),
  }
}

async function packageMessages(code: CommandProblem['code']): Promise<unknown> {
  const area = /^ips::([a-z]+)_error::/.exec(code)?.[1]
  switch (area) {
    case 'cli':
      return cliMessages satisfies ProblemMessages<CliProblem>
    case 'validation':
      return (await import('../messages/model.ts')).messages
    case 'solver':
      return (await import('../messages/solver.ts')).messages
    case 'repository':
      return (await import('../messages/repo.ts')).messages
    case 'installer':
      return (await import('../messages/executor.ts')).messages
    case 'image':
      return (await import('../messages/image.ts')).messages
    default:
      throw new Error(`no messages for ${code}`)
  }
}

/**
 * Prints a problem on standard error and returns its exit code. A message of the reference client is followed by a help line
 * on a terminal only, so that scripts read the text that they know.
 */
export async function renderProblem(
  io: CommandIo,
  command: string | undefined,
  problem: CommandProblem,
): Promise<number> {
  const { text, help: advice, followsReference } = await problemMessage(command, problem)
  // Help lines name this client `pkg6`; the user may have started it under another name.
  const help = advice?.replace(/\bpkg6 (?=[a-z-])/g, () => `${io.programName} `)
  const name =
    command === undefined || generalCommands.includes(command)
      ? io.programName
      : `${io.programName} ${command}`
  const bare = command !== undefined && bareCommands.includes(command) && followsReference
  const line = bare ? text : prefixed(name, text)
  io.stderr(`${line}\n`)
  if (help !== undefined && (!followsReference || io.stderrIsTty)) io.stderr(`${help}\n`)
  return exitCode(problem)
}
