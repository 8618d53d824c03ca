import type { PublisherRefresh, RefreshReport } from '#image'
import { problemWords } from './problem.ts'
import { repositoryText } from './reference-words.ts'

/** Text of one failed origin. */
async function originText(problem: PublisherRefresh['problems'][number]): Promise<string> {
  return repositoryText(problem) ?? (await problemWords(undefined, problem)).text
}

/** One block for each failed origin of a publisher. */
async function originBlocks(publisher: PublisherRefresh): Promise<string> {
  let text = ''
  for (const problem of flatten(publisher.problems)) {
    const uri = 'uri' in problem ? problem.uri : ''
    text += `Unable to contact valid package repository: ${uri}\nEncountered the following error(s):\n  ${await originText(problem)}\n\n`
  }
  return text
}

type RepositoryProblem = PublisherRefresh['problems'][number]

/** The problems of the single origins. */
function flatten(problems: readonly RepositoryProblem[]): readonly RepositoryProblem[] {
  return problems.flatMap((problem) =>
    problem.code === 'ips::repository_error::all_origins_failed' ? flatten(problem.causes) : [problem],
  )
}

const failed = (publisher: PublisherRefresh): boolean =>
  publisher.outcome === 'failed' || publisher.outcome === 'partial'

/**
 * Warnings of a refresh on the way to something else; empty when all went well. Such failures do not change the exit code.
 * Source: cli §3.
 */
export async function refreshWarnings(report: RefreshReport | undefined): Promise<string> {
  const troubled = (report?.publishers ?? []).filter(failed)
  if (troubled.length === 0) return ''
  let text = `\nWARNING: Errors were encountered when attempting to retrieve package
catalog information. Packages added to the affected publisher repositories since
the last retrieval may not be available.

`
  for (const publisher of troubled)
    text += `Errors were encountered when attempting to contact repository for publisher '${publisher.publisher}'.\n\n${await originBlocks(publisher)}`
  return `${text}\n`
}

/** Summary of an explicit refresh that failed, wholly or in part. Source: transport §11. */
export async function refreshSummary(
  publishers: readonly PublisherRefresh[],
  originsOf: (publisher: string) => number,
): Promise<string> {
  const done = publishers.filter((one) => one.outcome !== 'failed').length
  const partial = publishers.filter((one) => one.outcome === 'partial').length
  let text = `${done}/${publishers.length} catalogs successfully updated${partial > 0 ? ` (${partial} partial)` : ''}:\n\n`
  for (const publisher of publishers.filter(failed)) {
    const problems = flatten(publisher.problems)
    const total = Math.max(problems.length, originsOf(publisher.publisher))
    text += `${problems.length}/${total} repositories for publisher '${publisher.publisher}' could not be reached for catalog refresh.\n\n${await originBlocks(publisher)}\n`
  }
  return text
}
