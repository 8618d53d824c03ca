import { join } from 'node:path'
import { err, ok, type PublisherName, type Result, removeTree } from '#model'
import { changeImage, type Done } from '../change/change-image.ts'
import type { ConfiguredPublisher, ImageConfig } from '../config/image-config.ts'
import {
  dropPublisher,
  type EditedPublishers,
  editPublisher,
  findPublisher,
  type PublisherChange,
} from '../config/publishers.ts'
import type { ImageProblem, OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { attemptQuietly } from '../storage.ts'
import { makeDue, refreshPublishers } from '../supply/refresh.ts'

/**
 * Adds or changes a publisher. With `refresh` its new origins are asked and its catalog is fetched first; if that fails, nothing changes.
 * Disabled origins need not be reachable.
 */
export function setPublisher(
  context: ImageContext,
  change: PublisherChange,
): Promise<Result<{ readonly added: boolean }, OperationProblem>> {
  const operation =
    findPublisher(context.config(), change.name) === undefined ? 'add-publisher' : 'update-publisher'
  return changeImage(context, operation, async () => {
    const before = context.config()
    const edited = editPublisher(before, change)
    if (!edited.ok) return edited
    const { config, publisher, added } = edited.value
    if (change.refresh) {
      const checked = await checkOrigins(context, edited.value)
      if (!checked.ok) return checked
      const fetched = await fetchCatalog(context, before, edited.value)
      if (!fetched.ok) {
        if (added) forgetCatalog(context, publisher)
        return fetched
      }
    }
    const saved = context.saveConfig(config)
    if (!saved.ok) return saved
    // The next command that wants catalogs asks the new origins.
    if (!change.refresh && edited.value.originsChanged) makeDue(context, publisher)
    const done: Done<{ readonly added: boolean }> = { value: { added }, changed: true }
    return ok(done)
  })
}

/** Every new origin that answers, and every enabled one, must serve the publisher. Problems: `publisher_not_served`, the repository's. */
async function checkOrigins(
  context: ImageContext,
  edited: EditedPublishers,
): Promise<Result<void, OperationProblem>> {
  const isEnabled = findPublisher(edited.config, edited.publisher)?.enabled === true
  for (const { uri, enabled } of edited.newOrigins) {
    const source = context.sources.source(uri)
    if (!source.ok) return source
    const served = await source.value.fetchPublishers()
    if (!served.ok && !(enabled && isEnabled)) continue
    if (!served.ok) return served
    if (!served.value.some(({ name }) => name === edited.publisher))
      return err({
        code: 'ips::image_error::publisher_not_served',
        publisher: edited.publisher,
        uri,
        served: served.value.map(({ name }) => name),
      })
  }
  return ok(undefined)
}

/** Fetches the catalog of a publisher that is newly enabled or has other origins. */
async function fetchCatalog(
  context: ImageContext,
  before: ImageConfig,
  edited: EditedPublishers,
): Promise<Result<void, OperationProblem>> {
  const after = findPublisher(edited.config, edited.publisher)
  const previous = findPublisher(before, edited.publisher)
  if (after === undefined || !after.enabled || !hasOrigin(after)) return ok(undefined)
  if (previous?.enabled === true && !edited.originsChanged) return ok(undefined)
  const outcomes = await refreshPublishers(context, [after], { full: false })
  // An origin that was there before may be away for a while; one that is added must be good.
  for (const { outcome, problems, failedOrigins } of outcomes)
    for (const [index, problem] of problems.entries())
      if (outcome === 'failed' || edited.newOrigins.some(({ uri }) => uri === failedOrigins[index]))
        return err(problem)
  return ok(undefined)
}

function hasOrigin(publisher: ConfiguredPublisher): boolean {
  return publisher.origins.some(({ enabled }) => enabled)
}

/** Outcome of one name of `removePublishers`. Without problem the publisher is removed. */
export interface PublisherRemoval {
  readonly name: string
  readonly problem: ImageProblem | undefined
}

/** Removes publishers by prefix or alias. Each name has its own outcome and history record. Installed packages stay. */
export async function removePublishers(
  context: ImageContext,
  names: readonly string[],
): Promise<Result<readonly PublisherRemoval[], OperationProblem>> {
  const removals: PublisherRemoval[] = []
  for (const name of names) {
    let refused: ImageProblem | undefined
    const removed = await changeImage<void>(context, 'remove-publisher', async () => {
      const dropped = dropPublisher(context.config(), name)
      if (!dropped.ok) {
        refused = dropped.error
        return dropped
      }
      const saved = context.saveConfig(dropped.value.config)
      if (!saved.ok) return saved
      forgetCatalog(context, dropped.value.publisher)
      return ok({ value: undefined, changed: true })
    })
    if (!removed.ok && refused === undefined) return removed
    removals.push({ name, problem: refused })
  }
  return ok(removals)
}

/** Removes what was fetched about a publisher, but not the manifests of its installed packages. */
function forgetCatalog(context: ImageContext, publisher: PublisherName): void {
  const { filesystem } = context.host
  const directory = context.layout.publisher(publisher)
  attemptQuietly(() => {
    if (filesystem.lstat(directory)?.type !== 'directory') return
    for (const name of filesystem.readDirectory(directory))
      if (name !== 'pkg') removeTree(filesystem, join(directory, name))
    if (filesystem.readDirectory(directory).length === 0) filesystem.removeDirectory(directory)
  })
}
