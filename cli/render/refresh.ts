import type { ConfiguredPublisher, PublisherRefresh, RefreshReport } from '#image'
import { problemMessage } from './problem.ts'
import { repositoryText } from './reference-text.ts'

/** One block for each failed origin; help lines follow the messages of this client. */
async function originBlocks(problems: readonly RepositoryProblem[]): Promise<string> {
  let text = ''
  for (const problem of problems) {
    const unreachable = repositoryText(problem)
    if (unreachable !== undefined) {
      const uri = 'uri' in problem ? problem.uri : ''
      text += `Unable to contact valid package repository: ${uri}\nEncountered the following error(s):\n  ${unreachable}\n\n`
      continue
    }
    const { text: message, help } = await problemMessage(undefined, problem)
    text += `${message}\n${help === undefined ? '' : `${help}\n`}\n`
  }
  return text
}

type RepositoryProblem = PublisherRefresh['problems'][number]

/** The problems of the individual origins. */
function flatten(problems: readonly RepositoryProblem[]): readonly RepositoryProblem[] {
  return problems.flatMap((problem) =>
    problem.code === 'ips::repository_error::all_origins_failed' ? flatten(problem.causes) : [problem],
  )
}

const failed = (publisher: PublisherRefresh): boolean =>
  publisher.outcome === 'failed' || publisher.outcome === 'partial'

/**
 * Warnings about the refresh that precedes another operation; empty without failures. Such failures do not change the exit
 * code. Source: cli §3.
 */
export async function refreshWarnings(report: RefreshReport | undefined): Promise<string> {
  const troubled = (report?.publishers ?? []).filter(failed)
  if (troubled.length === 0) return ''
  let text = `\nWARNING: Errors were encountered when attempting to retrieve package
catalog information. Packages added to the affected publisher repositories since
the last retrieval may not be available.

`
  for (const publisher of troubled)
    text += `Errors were encountered when attempting to contact repository for publisher '${publisher.publisher}'.\n\n${await originBlocks(flatten(publisher.problems))}`
  return `${text}\n`
}

/** Summary of an explicit refresh that failed completely or partly. Source: transport §11. */
export async function refreshSummary(
  publishers: readonly PublisherRefresh[],
  configured: readonly ConfiguredPublisher[],
): Promise<string> {
  const originsOf = (name: string): number =>
    configured.find((one) => one.name === name)?.origins.filter((one) => one.enabled).length ?? 0
  const done = publishers.filter((one) => one.outcome !== 'failed').length
  const partial = publishers.filter((one) => one.outcome === 'partial').length
  let text = `${done}/${publishers.length} catalogs successfully updated${partial > 0 ? ` (${partial} partial)` : ''}:\n\n`
  for (const publisher of publishers.filter(failed)) {
    const problems = flatten(publisher.problems)
    const unreachable = problems.filter((problem) => repositoryText(problem) !== undefined)
    const total = Math.max(problems.length, originsOf(publisher.publisher))
    if (unreachable.length > 0)
      text += `${unreachable.length}/${total} repositories for publisher '${publisher.publisher}' could not be reached for catalog refresh.\n\n`
    text += `${await originBlocks(problems)}${unreachable.length > 0 ? '\n' : ''}`
  }
  return text
}
