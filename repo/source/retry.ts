import type { Result } from '#model'
import type { RepositoryProblem } from '../problems.ts'
import type { RepositorySource } from '../source.ts'

/** Whether another try at the same place may end better. Source: transport §5. */
function isRetryable(problem: RepositoryProblem): boolean {
  switch (problem.code) {
    case 'ips::repository_error::unreachable':
      return problem.fatal !== true
    case 'ips::repository_error::not_found':
    case 'ips::repository_error::bad_catalog':
    case 'ips::repository_error::bad_manifest':
    case 'ips::repository_error::bad_digest':
    case 'ips::repository_error::bad_size':
      return true
    case 'ips::repository_error::all_origins_failed':
      return problem.causes.some(isRetryable)
    default:
      return false
  }
}

/** Rounds after which an object counts as missing or bad even where rounds have no end. */
const mostRoundsForAnswers = 4

/** Whether to ask the same place again after `round` rounds; `rounds` 0 = until it answers. */
export function asksAgain(problem: RepositoryProblem, round: number, rounds: number): boolean {
  if (round === rounds || !isRetryable(problem)) return false
  const answered = problem.code !== 'ips::repository_error::unreachable'
  return rounds > 0 || !answered || round < mostRoundsForAnswers
}

/** Limits of repeated tries at a source. */
export interface RetryLimits {
  readonly rounds: number
  readonly maximumConsecutiveErrors: number
}

const singleTries = new WeakMap<RepositorySource, RetryLimits & { readonly source: RepositorySource }>()

/** The source below a retrying one, for callers with rounds of their own; any other source unchanged. */
export function singleTry(source: RepositorySource): RepositorySource {
  return singleTries.get(source)?.source ?? source
}

/** Limits of a retrying source; undefined for any other. */
export function retryLimits(source: RepositorySource): RetryLimits | undefined {
  return singleTries.get(source)
}

/** Asks up to `rounds` times (0 = until there is an answer; one that is missing or bad is asked for 4 times); the last problem counts. There is no pause between tries. */
export function retryingSource(
  source: RepositorySource,
  rounds: number,
  maximumConsecutiveErrors = 4,
): RepositorySource {
  async function persist<T>(
    attempt: (round: number) => Promise<Result<T, RepositoryProblem>>,
  ): Promise<Result<T, RepositoryProblem>> {
    for (let round = 1; ; round += 1) {
      const outcome = await attempt(round)
      if (outcome.ok || !asksAgain(outcome.error, round, rounds)) return outcome
    }
  }
  const retrying: RepositorySource = {
    uri: source.uri,
    fetchPublishers: () => persist(() => source.fetchPublishers()),
    fetchCatalogFile: (publisher, name, options) =>
      persist((round) =>
        source.fetchCatalogFile(publisher, name, {
          ...options,
          revalidate: options.revalidate || round > 1,
        }),
      ),
    fetchManifest: (publisher, fmri, sha1) => persist(() => source.fetchManifest(publisher, fmri, sha1)),
    fetchPayload: (publisher, action, destination) =>
      persist(() => source.fetchPayload(publisher, action, destination)),
    payloadFolders: (publisher) => source.payloadFolders(publisher),
    close: () => source.close(),
  }
  singleTries.set(retrying, { source, rounds, maximumConsecutiveErrors })
  return retrying
}
