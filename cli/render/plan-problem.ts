import type { OperationProblem } from '#image'
import type { CommandContext } from '../command.ts'
import { exitCode } from '../exit-codes.ts'
import { problemMessage } from './problem.ts'
import { repositoryProblems } from './publisher-problem.ts'
import { repositoryText } from './reference-text.ts'

/**
 * Reports why a plan could not be made or applied, and returns the exit code. Failed fetches are shown with the reason of each
 * origin, missing licences with the option that accepts them. Source: cli §3, image-plan §11.
 */
export async function planProblem(context: CommandContext, problem: OperationProblem): Promise<number> {
  const { io } = context
  if (problem.code === 'ips::installer_error::licenses') {
    const blocks = problem.licenses.map(
      ({ fmri, name, mustAccept }) =>
        ` ----------------------------------------\nPackage: ${fmri}\n\nLicense: ${name}\n${mustAccept ? '  License requires acceptance.\n' : ''}`,
    )
    io.stderr(`\n${io.programName}: The following packages require their licenses to be accepted before they can be installed or updated:
${blocks.join('')}
To indicate that you agree to and accept the terms of the licenses of the packages listed above, use the --accept option. To display all of the related licenses, use the --licenses option.
`)
    return exitCode(problem)
  }
  const causes = repositoryProblems(problem)
  if (causes.length === 0) return await context.fail(problem)
  const texts = new Set<string>()
  const advice = new Set<string>()
  for (const cause of causes) {
    const reference = repositoryText(cause)
    const message = await problemMessage(context.spec.name, cause)
    texts.add(reference ?? message.text)
    if (message.help !== undefined && (reference === undefined || io.stderrIsTty)) advice.add(message.help)
  }
  io.stderr(`
Errors were encountered while attempting to retrieve package or file data for
the requested operation.
Details follow:

${[...texts].join('\n')}
`)
  for (const line of advice) io.stderr(`${line}\n`)
  for (const name of ['http_proxy', 'https_proxy'])
    if ((io.env[name] ?? '') !== '') io.stderr(`${name}: ${io.env[name]}\n`)
  return exitCode(problem)
}
