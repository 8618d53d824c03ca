import { compareCodePoints, err, ok, type Result } from '#model'
import type { PublishedBy } from '#repo'
import { changeImage } from '../change/change-image.ts'
import type { ImageConfig } from '../config/image-config.ts'
import {
  type AutoConfigure,
  type AutoConfigureReport,
  editPublisher,
  findPublisher,
} from '../config/publishers.ts'
import type { OperationProblem } from '../problems.ts'
import { normaliseUri } from '../repository-uri.ts'
import type { ImageContext } from '../state/context.ts'
import { refreshPublishers } from './refresh.ts'

/**
 * Adds the publishers that a repository serves, or adds its URI to those that are configured. Problems: those of the lock and of
 * `autoConfigure`.
 */
export function configurePublishers(
  context: ImageContext,
  options: AutoConfigure,
): Promise<Result<AutoConfigureReport, OperationProblem>> {
  return changeImage(context, 'add-publisher', async () => {
    const configured = await autoConfigure(context, options)
    return configured.ok ? ok({ value: configured.value, changed: true }) : configured
  })
}

/**
 * Asks a repository whom it serves, fetches the catalogs of these publishers, and saves the configuration with them. The caller holds the
 * lock. Problems: `bad_uri`, `publisher_not_served`, the repository's; `refresh_failed` when no catalog could be had.
 */
export async function autoConfigure(
  context: ImageContext,
  options: AutoConfigure,
): Promise<Result<AutoConfigureReport, OperationProblem>> {
  const config = context.config()
  const uri = normaliseUri(options.uri)
  if (!uri.ok) return uri
  const source = context.sources.source(uri.value)
  if (!source.ok) return source
  const served = await source.value.fetchPublishers()
  if (!served.ok) return served
  const chosen = choosePublishers(served.value, uri.value, options.only)
  if (!chosen.ok) return chosen
  const wanted = chosen.value.map((one) => withoutFolders(context, one, uri.value))
  const edited = addServed(config, wanted, uri.value, options)
  if (!edited.ok) return edited
  const names = new Set<string>(wanted.map(({ name }) => name))
  const outcomes = await refreshPublishers(
    context,
    edited.value.publishers.filter(({ name, enabled }) => enabled && names.has(name)),
    { full: false },
  )
  const failures = outcomes.flatMap(({ publisher, outcome, problems }) => {
    const [problem] = problems
    return outcome === 'failed' && problem !== undefined ? [{ publisher, problem }] : []
  })
  if (failures.length > 0 && failures.length === outcomes.length) {
    const [only] = failures
    return err(
      failures.length === 1 && only !== undefined
        ? only.problem
        : { code: 'ips::image_error::refresh_failed', failures },
    )
  }
  const failed = new Set(failures.map(({ publisher }) => publisher))
  const good = wanted.filter(({ name }) => !failed.has(name))
  const final = addServed(config, good, uri.value, options)
  if (!final.ok) return final
  const saved = context.saveConfig(final.value)
  if (!saved.ok) return saved
  const isNew = ({ name }: PublishedBy): boolean => findPublisher(config, name) === undefined
  return ok({
    added: good.filter(isNew).map(({ name }) => name),
    updated: good.filter((one) => !isNew(one)).map(({ name }) => name),
    failed: [...failed],
  })
}

/**
 * Without locations on this machine where a repository elsewhere speaks: it knows nothing of this machine's folders, and must not make
 * it read them.
 */
function withoutFolders(context: ImageContext, one: PublishedBy, uri: string): PublishedBy {
  if (isHere(uri)) return one
  const elsewhere = (listed: readonly string[]): readonly string[] => {
    for (const location of listed.filter(isHere))
      context.host.events.emit({
        kind: 'warning',
        code: 'ips::image_warning::foreign_location',
        text: `${location} is left out of ${one.name}: ${uri} may not name folders of this machine.`,
      })
    return listed.filter((location) => !isHere(location))
  }
  return { ...one, origins: elsewhere(one.origins), mirrors: elsewhere(one.mirrors) }
}

function isHere(uri: string): boolean {
  return /^file:/i.test(uri)
}

function choosePublishers(
  served: readonly PublishedBy[],
  uri: string,
  only: string | undefined,
): Result<readonly PublishedBy[], OperationProblem> {
  if (served.length === 0)
    return err({ code: 'ips::repository_error::not_a_repository', uri, reason: 'it serves no publisher' })
  const sorted = [...served].sort((a, b) => compareCodePoints(a.name, b.name))
  if (only === undefined) return ok(sorted)
  const chosen = sorted.filter(({ name }) => name === only)
  if (chosen.length > 0) return ok(chosen)
  return err({
    code: 'ips::image_error::publisher_not_served',
    publisher: only,
    uri,
    served: sorted.map(({ name }) => name),
  })
}

function addServed(
  config: ImageConfig,
  served: readonly PublishedBy[],
  uri: string,
  options: AutoConfigure,
): Result<ImageConfig, OperationProblem> {
  let current = config
  // At the front, or after a named publisher, a later addition comes before an earlier one.
  const { place } = options
  const backwards = place !== undefined && place.kind !== 'before'
  for (const one of backwards ? [...served].reverse() : served) {
    const before = findPublisher(current, one.name)
    const listed = one.origins.length > 0 ? one.origins : [uri]
    const origins = missing([...listed, ...(options.addOrigins ?? [])], before?.origins ?? [])
    const mirrors = missing([...one.mirrors, ...(options.addMirrors ?? [])], before?.mirrors ?? [])
    const withPublisher = ensurePublisher(current, one)
    if (!withPublisher.ok) return withPublisher
    const edited = editPublisher(withPublisher.value, {
      name: one.name,
      addOrigins: origins,
      addMirrors: mirrors,
      ...(one.alias === undefined || before?.alias !== undefined ? {} : { alias: one.alias }),
      ...(options.sticky === undefined ? {} : { sticky: options.sticky }),
      ...(options.place === undefined || before !== undefined ? {} : { place: options.place }),
      ...(options.setProperties === undefined ? {} : { setProperties: options.setProperties }),
      refresh: false,
    })
    if (!edited.ok) return edited
    current = {
      ...edited.value.config,
      publishers: edited.value.config.publishers.map((publisher) =>
        publisher.name === one.name ? { ...publisher, refreshSeconds: one.refreshSeconds } : publisher,
      ),
    }
  }
  return ok(current)
}

/** Those that a publisher lacks, each once, however they are spelled. What is no URI is left to whoever adds it. */
function missing(listed: readonly string[], known: readonly { readonly uri: string }[]): readonly string[] {
  const spelled = listed.map((text) => {
    const uri = normaliseUri(text)
    return uri.ok ? uri.value : text
  })
  const there = new Set(known.map(({ uri }) => uri))
  return [...new Set(spelled)].filter((uri) => !there.has(uri))
}

/** Mirrors may only be added to a publisher that is there. */
function ensurePublisher(config: ImageConfig, one: PublishedBy): Result<ImageConfig, OperationProblem> {
  if (findPublisher(config, one.name) !== undefined) return ok(config)
  const added = editPublisher(config, { name: one.name, refresh: false })
  return added.ok ? ok(added.value.config) : added
}
