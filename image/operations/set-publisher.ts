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
import { refreshPublishers } from '../supply/refresh.ts'

/** Adds or changes a publisher. With `refresh` its catalog is fetched first; if that fails, nothing changes. */
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
    const done: Done<{ readonly added: boolean }> = { value: { added }, changed: true }
    return ok(done)
  })
}

/** Every new origin must serve the publisher. Problems: `publisher_not_served`, the repository's. */
async function checkOrigins(
  context: ImageContext,
  edited: EditedPublishers,
): Promise<Result<void, OperationProblem>> {
  for (const uri of edited.newOrigins) {
    const source = context.sources.source(uri)
    if (!source.ok) return source
    const served = await source.value.fetchPublishers()
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
      if (outcome === 'failed' || edited.newOrigins.includes(failedOrigins[index] ?? '')) return err(problem)
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

/** Removes publishers by prefix or alias. Each name has its own outcome. Installed packages stay. */
export function removePublishers(
  context: ImageContext,
  names: readonly string[],
): Promise<Result<readonly PublisherRemoval[], OperationProblem>> {
  return changeImage(context, 'remove-publisher', async () => {
    const removals: PublisherRemoval[] = []
    const gone: PublisherName[] = []
    let config = context.config()
    for (const name of names) {
      const dropped = dropPublisher(config, name)
      removals.push({ name, problem: dropped.ok ? undefined : dropped.error })
      if (!dropped.ok) continue
      config = dropped.value.config
      gone.push(dropped.value.publisher)
    }
    if (gone.length > 0) {
      const saved = context.saveConfig(config)
      if (!saved.ok) return saved
      for (const publisher of gone) forgetCatalog(context, publisher)
    }
    return ok({ value: removals, changed: gone.length > 0 })
  })
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
