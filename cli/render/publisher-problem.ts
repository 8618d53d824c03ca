import type { OperationProblem } from '#image'
import type { CommandContext } from '../command.ts'
import { exitCode } from '../exit-codes.ts'
import { repositoryText } from './reference-text.ts'

/**
 * Reports why a publisher could not be set, and returns the exit code. An origin that does not answer is shown with its
 * publisher. Source: cli §6 and the transcripts.
 */
export async function publisherProblem(
  context: CommandContext,
  publisher: string | undefined,
  problem: OperationProblem,
): Promise<number> {
  const { io } = context
  if (problem.code === 'ips::image_error::publisher_not_served') {
    const { problemMessage } = await import('./problem.ts')
    const { text } = await problemMessage('set-publisher', problem)
    const whole = problem.uri.endsWith('/') ? problem.uri : `${problem.uri}/`
    io.stderr(
      context.arguments.has('repository')
        ? `${io.programName}: ${text}\n`
        : `\n${text.replace(whole.slice(0, -1), () => whole)}\n`,
    )
    return exitCode(problem)
  }
  if (problem.code === 'ips::image_error::unknown_publisher' && searchReference(context) === problem.name) {
    io.stderr(
      `\n${problem.name} is an unknown publisher; no other publishers can be ordered relative to it.\n`,
    )
    return exitCode(problem)
  }
  const repository = firstRepositoryProblem(problem)
  const text = repository === undefined ? undefined : repositoryText(repository)
  if (text === undefined || publisher === undefined || context.arguments.has('repository'))
    return await context.fail(problem)
  io.stderr(`The origin URIs for '${publisher}' do not appear to point to a valid pkg repository.
Please verify the repository's location and the client's network configuration.
Additional details:

Unable to contact valid package repository
Encountered the following error(s):
Transport errors encountered when trying to contact repository.
Reported the following errors:
${text}
`)
  return exitCode(problem)
}

function searchReference({ arguments: given }: CommandContext): string | undefined {
  return given.text('searchBefore') ?? given.text('searchAfter')
}

type RepositoryCause = Parameters<typeof repositoryText>[0]

/** The problem of the first failed origin. */
export function firstRepositoryProblem(problem: OperationProblem): RepositoryCause | undefined {
  return repositoryProblems(problem)[0]
}

/** The problems of all failed origins, in order; empty when no repository failed. */
export function repositoryProblems(problem: OperationProblem): readonly RepositoryCause[] {
  if (problem.code === 'ips::image_error::refresh_failed')
    return problem.failures.flatMap((failure) => repositoryProblems(failure.problem))
  if (problem.code === 'ips::repository_error::all_origins_failed')
    return problem.causes.length === 0 ? [problem] : problem.causes.flatMap(repositoryProblems)
  return /^ips::repository_error::/.test(problem.code) ? [problem as RepositoryCause] : []
}
