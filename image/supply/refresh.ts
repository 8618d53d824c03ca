import { err, makeDirectories, ok, type PublisherName, type Result, replaceFile } from '#model'
import type { RepositoryProblem } from '#repo'
import { changeImage, lockImage } from '../change/change-image.ts'
import type { ConfiguredPublisher } from '../config/image-config.ts'
import { findPublisher } from '../config/publishers.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { attempt, attemptQuietly, readText } from '../storage.ts'
import { type FetchedCatalogs, fetchCatalogs, type PublisherRefresh } from './catalogs.ts'

/** Seconds between implicit refreshes when a repository says nothing: 4 hours. Source: image §8. */
const defaultRefreshSeconds = 14_400

/** Input of `refresh`. */
export interface RefreshOptions {
  /** Prefixes or aliases; empty: all enabled ones. */
  readonly publishers: readonly string[]
  /** True: stored catalogs are dropped and fetched again, past caches. */
  readonly full: boolean
  /** True: only publishers whose refresh interval has passed. */
  readonly onlyIfDue: boolean
}

/** One entry for each requested publisher, in rank order. */
export interface RefreshReport {
  readonly publishers: readonly PublisherRefresh[]
}

/** Brings catalogs up to date. Failures of publishers are in the report. Problems: `unknown_publisher`, `publisher_disabled`. */
export function refreshImage(
  context: ImageContext,
  options: RefreshOptions,
): Promise<Result<RefreshReport, OperationProblem>> {
  return changeImage<RefreshReport>(context, 'refresh-publishers', async () => {
    const chosen = choosePublishers(context, options.publishers)
    if (!chosen.ok) return chosen
    const due = (publisher: ConfiguredPublisher): boolean => !options.onlyIfDue || isDue(context, publisher)
    const outcomes = await refreshPublishers(context, chosen.value.filter(due), { full: options.full })
    const byName = new Map<string, PublisherRefresh>(
      outcomes.map(({ publisher, outcome, problems }) => [publisher, { publisher, outcome, problems }]),
    )
    const publishers = chosen.value.map(
      ({ name }): PublisherRefresh =>
        byName.get(name) ?? { publisher: name, outcome: 'not-due', problems: [] },
    )
    const changed = outcomes.some(({ outcome }) => outcome === 'changed' || outcome === 'partial')
    const failed = failuresOf(outcomes)
    return ok({ value: { publishers }, changed, ...(failed === undefined ? {} : { failed }) })
  })
}

/**
 * The refresh before a plan: unreachable origins are reported, and the plan is made from what is known; a repository that
 * answers wrongly (damaged catalog, no repository) stops it. Problem: `refresh_failed`. Source: image §8.
 */
export async function refreshForPlan(
  context: ImageContext,
): Promise<Result<RefreshReport, OperationProblem>> {
  const enabled = context.config().publishers.filter((publisher) => publisher.enabled)
  const publishers = await refreshPublishers(context, enabled, { full: false })
  const failures = publishers.flatMap(({ publisher, problems }) =>
    problems.filter((problem) => !isUnreachable(problem)).map((problem) => ({ publisher, problem })),
  )
  if (failures.length > 0) return err({ code: 'ips::image_error::refresh_failed', failures })
  return ok({ publishers })
}

/**
 * Refreshes the publishers that are due, before a listing. Undefined: no publisher is due, or the user may not take the lock. Failures of publishers are in
 * the report. Source: cli §7.
 */
export async function refreshIfDue(context: ImageContext): Promise<RefreshReport | undefined> {
  const due = context.config().publishers.filter((one) => one.enabled && isDue(context, one))
  if (due.length === 0) return undefined
  const lock = await lockImage(context)
  if (!lock.ok) return undefined
  try {
    return { publishers: await refreshPublishers(context, due, { full: false }) }
  } finally {
    lock.value.release()
  }
}

/** The failures of publishers as one problem; undefined: there are none. */
function failuresOf(publishers: readonly PublisherRefresh[]): OperationProblem | undefined {
  const failures = publishers.flatMap(({ publisher, problems }) =>
    problems.map((problem) => ({ publisher, problem })),
  )
  return failures.length === 0 ? undefined : { code: 'ips::image_error::refresh_failed', failures }
}

/** Fetches the catalogs of publishers, which need not be configured yet; one outcome each, in order. The caller holds the lock. */
export async function refreshPublishers(
  context: ImageContext,
  publishers: readonly ConfiguredPublisher[],
  options: { readonly full: boolean },
): Promise<readonly FetchedCatalogs[]> {
  const { events } = context.host
  const outcomes: FetchedCatalogs[] = []
  for (const publisher of publishers) {
    events.emit({ kind: 'step', name: `refresh ${publisher.name}`, state: 'start' })
    const outcome = await fetchCatalogs(context, publisher, options)
    if (outcome.outcome !== 'failed') markRefreshed(context, publisher.name)
    events.emit({ kind: 'step', name: `refresh ${publisher.name}`, state: 'done' })
    outcomes.push(outcome)
  }
  return outcomes
}

/** Milliseconds since 1970-01-01 UTC of the last refresh of which at least one origin answered; undefined: never. */
export function lastRefreshed(context: ImageContext, publisher: string): number | undefined {
  const text = attempt(() => readText(context.host.filesystem, context.layout.lastRefreshed(publisher)))
  if (!text.ok || text.value === undefined || !/^\d{1,15}\n$/.test(text.value)) return undefined
  return Number(text.value)
}

/** Makes a refresh due, whenever the last one was. */
export function makeDue({ host, layout }: ImageContext, publisher: PublisherName): void {
  attemptQuietly(() => host.filesystem.unlink(layout.lastRefreshed(publisher)))
}

function markRefreshed(context: ImageContext, publisher: PublisherName): void {
  const { host, layout } = context
  attemptQuietly(() => {
    makeDirectories(host.filesystem, layout.publisher(publisher))
    replaceFile(host.filesystem, layout.lastRefreshed(publisher), `${host.clock.now()}\n`)
  })
}

function isDue(context: ImageContext, publisher: ConfiguredPublisher): boolean {
  const last = lastRefreshed(context, publisher.name)
  const seconds = publisher.refreshSeconds ?? defaultRefreshSeconds
  const now = context.host.clock.now()
  // A time in the future is a clock that was put back: refresh.
  return last === undefined || last > now || now - last >= seconds * 1000
}

function choosePublishers(
  context: ImageContext,
  names: readonly string[],
): Result<readonly ConfiguredPublisher[], OperationProblem> {
  const config = context.config()
  if (names.length === 0) return ok(config.publishers.filter(({ enabled }) => enabled))
  const chosen = new Set<ConfiguredPublisher>()
  for (const name of names) {
    const publisher = findPublisher(config, name)
    if (publisher === undefined) return err({ code: 'ips::image_error::unknown_publisher', name })
    if (!publisher.enabled) return err({ code: 'ips::image_error::publisher_disabled', name })
    chosen.add(publisher)
  }
  return ok(config.publishers.filter((publisher) => chosen.has(publisher)))
}

function isUnreachable(problem: RepositoryProblem): boolean {
  if (problem.code === 'ips::repository_error::all_origins_failed') return problem.causes.every(isUnreachable)
  // A folder that is gone is to a file repository what a dead server is to a network one; and a repository that lost the
  // catalog of one publisher must not keep the others' packages away (transport §5 counts 404 among the passing failures).
  return (
    problem.code === 'ips::repository_error::unreachable' ||
    problem.code === 'ips::repository_error::not_found' ||
    (problem.code === 'ips::repository_error::not_a_repository' && problem.uri.startsWith('file://'))
  )
}
