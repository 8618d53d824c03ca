import { basename, dirname, join } from 'node:path'
import {
  type AbsolutePath,
  besidePlace,
  err,
  type Filesystem,
  FilesystemError,
  type ImageKind,
  ok,
  parsePublisherName,
  type Result,
  removeTree,
  replaceFile,
} from '#model'
import { type ImageLocation, imageAt } from './config/find-image.ts'
import { formatConfig, type ImageConfig, type PropertyValue } from './config/image-config.ts'
import { checkImageProperty } from './config/properties.ts'
import { type AutoConfigure, editPublisher } from './config/publishers.ts'
import type { ImageHost } from './host.ts'
import type { Image } from './image.ts'
import { imageLayout, metadataNames } from './layout.ts'
import { openImage } from './open-image.ts'
import type { OperationProblem } from './problems.ts'
import { type ImageContext, openContext } from './state/context.ts'
import { recordOperation } from './state/history.ts'
import { createDatabase } from './state/installed-store.ts'
import { type ImageLock, takeLock } from './state/lock.ts'
import { finishReplacement, moveIntoPlace, putBack, takeBack } from './state/replace-image.ts'
import { attempt, attemptQuietly, storageProblem } from './storage.ts'
import { autoConfigure } from './supply/auto-configure.ts'

/** Input of `image-create`. Source: cli §6. */
export interface CreateImageOptions {
  /** Absolute path of the image root; created with its parents when missing. */
  readonly root: string
  readonly kind: ImageKind
  /** Non-global zone (`-z`): sets the zone variant. */
  readonly zone: boolean
  /** True: an image, or a directory that is not empty, may be overwritten. The `ssl` directory is kept. */
  readonly force: boolean
  /** Full names (`variant.arch`). */
  readonly variants: ReadonlyMap<string, string>
  /** Full names or globs (`facet.doc.*`). */
  readonly facets: ReadonlyMap<string, boolean>
  readonly properties: ReadonlyMap<string, PropertyValue>
  /** First publisher: `-p`, with `-g` and `-m`. */
  readonly publisher: AutoConfigure | undefined
  /** False (`--no-refresh`): nothing is contacted; `publisher.only` is then required and its uri becomes the origin. */
  readonly refresh: boolean
}

/** A new image, open. `failed` names the publishers whose catalog cannot be fetched. */
export interface CreatedImage {
  readonly image: Image
  readonly failed: readonly string[]
}

/**
 * Creates an image. Its metadata is built beside its place and moved there in one step; a problem leaves the directory as it was.
 * Problems: `already_an_image`, `foreign_image`, `directory_not_empty`, `bad_property`, `locked`,
 * `unmovable_metadata`, `storage` and its kin, those of the repository.
 */
export async function createImage(
  host: ImageHost,
  options: CreateImageOptions,
): Promise<Result<CreatedImage, OperationProblem>> {
  const { filesystem } = host
  const startTime = host.clock.now()
  const config = firstConfig(host, options)
  if (!config.ok) return config
  const made = attempt(() => makeMissing(filesystem, options.root))
  if (!made.ok) return made
  const withdraw = host.cancellation.beforeEnd(() => removeMade(filesystem, made.value))
  const built = await buildImage(host, options, config.value).finally(withdraw)
  if (!built.ok) {
    removeMade(filesystem, made.value)
    return built
  }
  const { location, parents, draft, existing } = built.value
  const opened = await openImage(host, location, 'settings')
  if (!opened.ok) {
    takeBack(filesystem, location.metadata, draft)
    removeMade(filesystem, [...made.value, ...parents])
    return opened
  }
  finishReplacement(filesystem, location.metadata, existing)
  recordOperation(filesystem, imageLayout(location.metadata), host.process, {
    operation: 'image-create',
    startTime,
    endTime: host.clock.now(),
    problem: undefined,
  })
  return ok({ image: opened.value, failed: built.value.failed })
}

interface BuiltImage {
  readonly location: ImageLocation
  /** Directories above the metadata that were made, outermost first. */
  readonly parents: readonly string[]
  readonly draft: string
  /** The image that goes when this one is good. */
  readonly existing: ImageLocation | undefined
  readonly failed: readonly string[]
}

async function buildImage(
  host: ImageHost,
  options: CreateImageOptions,
  config: ImageConfig,
): Promise<Result<BuiltImage, OperationProblem>> {
  const { filesystem } = host
  const root = attempt(() => filesystem.realPath(options.root))
  if (!root.ok) return root
  const found = checkPlace(filesystem, root.value, options.force)
  if (!found.ok) return found
  const existing = found.value
  let lock: ImageLock | undefined
  if (existing !== undefined) {
    const back = putBack(host, existing)
    if (!back.ok) return back
    const taken = takeLock(imageLayout(existing.metadata).lock, {
      filesystem,
      process: host.process,
      now: host.clock.now(),
    })
    if (!taken.ok) return taken
    lock = taken.value
  }
  const name = metadataNames.find(([kind]) => kind === options.kind)?.[1] ?? ''
  const place = join(root.value, name)
  const draft = `${place}${besidePlace.creating}` as AbsolutePath
  let parents: readonly string[] = []
  const discard = (): void => {
    attemptQuietly(() => removeTree(filesystem, draft))
    removeMade(filesystem, parents)
  }
  const withdraw = host.cancellation.beforeEnd(() => {
    discard()
    lock?.release()
  })
  try {
    parents = makeMissing(filesystem, dirname(place))
    const metadata = join(filesystem.realPath(dirname(place)), basename(place)) as AbsolutePath
    const filled = await fillDraft(host, options, config, root.value, draft)
    const moved = filled.ok ? moveIntoPlace(filesystem, draft, place) : filled
    if (!filled.ok || !moved.ok) {
      discard()
      return filled.ok ? (moved as Result<never, OperationProblem>) : filled
    }
    return ok({
      location: { root: root.value, metadata, kind: options.kind },
      parents,
      draft,
      existing,
      failed: filled.value,
    })
  } catch (error) {
    if (error instanceof FilesystemError) return err(storageProblem(error))
    throw error
  } finally {
    withdraw()
    lock?.release()
  }
}

/** Allows no root, an empty root, and with force any root but pkg5's. Returns the image that is replaced. */
function checkPlace(
  filesystem: Filesystem,
  root: AbsolutePath,
  force: boolean,
): Result<ImageLocation | undefined, OperationProblem> {
  const looked = attempt(() => imageAt(filesystem, root))
  if (!looked.ok) return looked
  const found = looked.value
  if (found.kind === 'foreign') return err({ code: 'ips::image_error::foreign_image', path: root })
  if (found.kind === 'image')
    return force ? ok(found.location) : err({ code: 'ips::image_error::already_an_image', path: root })
  const names = attempt(() => filesystem.readDirectory(root))
  if (!names.ok) return names
  // A data set's snapshot directory says nothing about its content.
  const empty = attempt(() =>
    names.value.every((name) => name === '.zfs' || holdsOnlyDraft(filesystem, join(root, name))),
  )
  if (!empty.ok) return empty
  return empty.value || force
    ? ok(undefined)
    : err({ code: 'ips::image_error::directory_not_empty', path: root })
}

/** True for the remains of an interrupted creation: its draft, and the directory made for it. */
function holdsOnlyDraft(filesystem: Filesystem, path: string): boolean {
  const name = basename(path)
  if (filesystem.lstat(path)?.type !== 'directory') return false
  return metadataNames.some(([, metadata]) => {
    const [first, ...rest] = metadata.split('/')
    const [inner] = rest
    if (inner === undefined) return name === `${first}.creating`
    return name === first && filesystem.readDirectory(path).every((one) => one === `${inner}.creating`)
  })
}

/** Builds a new image at a place where nobody takes it for one. Returns the publishers that fail. */
async function fillDraft(
  host: ImageHost,
  options: CreateImageOptions,
  config: ImageConfig,
  root: AbsolutePath,
  draft: AbsolutePath,
): Promise<Result<readonly string[], OperationProblem>> {
  const { filesystem } = host
  const layout = imageLayout(draft)
  const sql = await host.loadSql()
  const started = attempt(() => {
    // Left by a creation that was killed.
    removeTree(filesystem, draft)
    filesystem.makeDirectory(draft, 0o755)
    createDatabase(filesystem, layout, sql)
    replaceFile(filesystem, layout.config, formatConfig(config))
    replaceFile(filesystem, layout.modified, '')
  })
  if (!started.ok) return started
  if (options.publisher === undefined) return ok([])
  const context = await openContext(host, { root, metadata: draft, kind: options.kind })
  if (!context.ok) return context
  try {
    return await addPublishers(context.value, options, options.publisher)
  } finally {
    await context.value.sources.close()
  }
}

async function addPublishers(
  context: ImageContext,
  options: CreateImageOptions,
  publisher: AutoConfigure,
): Promise<Result<readonly string[], OperationProblem>> {
  if (options.refresh) {
    const configured = await autoConfigure(context, publisher)
    return configured.ok ? ok(configured.value.failed) : configured
  }
  const name = parsePublisherName(publisher.only ?? '')
  if (!name.ok) return name
  const named = editPublisher(context.config(), { name: name.value, refresh: false })
  if (!named.ok) return named
  const edited = editPublisher(named.value.config, {
    name: name.value,
    addOrigins: [publisher.uri, ...(publisher.addOrigins ?? [])],
    addMirrors: publisher.addMirrors ?? [],
    refresh: false,
  })
  if (!edited.ok) return edited
  const saved = context.saveConfig(edited.value.config)
  return saved.ok ? ok([]) : saved
}

/** Makes a directory with its missing parents and says which ones it made, outermost first. Throws `FilesystemError`, having undone its part. */
function makeMissing(filesystem: Filesystem, path: string): readonly string[] {
  const missing: string[] = []
  for (let at = path; filesystem.lstat(at) === undefined; at = dirname(at)) missing.unshift(at)
  const made: string[] = []
  try {
    for (const directory of missing) {
      filesystem.makeDirectory(directory, 0o755)
      made.push(directory)
      filesystem.sync(dirname(directory))
    }
  } catch (error) {
    removeMade(filesystem, made)
    throw error
  }
  return made
}

function removeMade(filesystem: Filesystem, made: readonly string[]): void {
  for (const path of [...made].reverse()) attemptQuietly(() => filesystem.removeDirectory(path))
}

function firstConfig(host: ImageHost, options: CreateImageOptions): Result<ImageConfig, OperationProblem> {
  const variants = new Map([
    ['variant.arch', host.process.architecture],
    ['variant.opensolaris.imagetype', 'full'],
    ['variant.opensolaris.zone', options.zone ? 'nonglobal' : 'global'],
    ...options.variants,
  ])
  for (const [name, value] of [...variants, ...options.facets])
    if (!/^(?:variant|facet)\.[^\s]+$/.test(name))
      return err({
        code: 'ips::image_error::bad_property',
        name,
        value: String(value),
        reason: 'the name has blanks or lacks its prefix',
      })
  const properties = new Map<string, PropertyValue>()
  for (const [name, value] of options.properties) {
    const checked = checkImageProperty(name, value)
    if (!checked.ok) return checked
    properties.set(name, checked.value)
  }
  return ok({
    kind: options.kind,
    publishers: [],
    variants,
    facets: new Map(options.facets),
    mediators: [],
    properties,
  })
}
