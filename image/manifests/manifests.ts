import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import {
  type Catalog,
  clearTree,
  describeProblem,
  err,
  type Filesystem,
  type Fmri,
  formatFmri,
  type Manifest,
  makeDirectories,
  modelMessages,
  ok,
  parseManifest,
  type Result,
  replaceFile,
  replaceFiles,
  type ValidationProblem,
} from '#model'
import { distributeActions } from '#repo'
import { findPackage } from '../catalog-lookup.ts'
import type { ConfiguredPublisher } from '../config/image-config.ts'
import type { InstalledRecord } from '../installed-state.ts'
import type { ImageLayout } from '../layout.ts'
import type { ImageProblem, OperationProblem } from '../problems.ts'
import { actuatorPrefix } from '../state/actuators.ts'
import type { ImageContext } from '../state/context.ts'
import { sha256 } from '../state/installed-snapshot.ts'
import { attempt, attemptQuietly, readText } from '../storage.ts'

/** Fetches at a time; each is small. */
const manifestConcurrency = 20

/** The problem of a manifest of an installed package that is missing or has changed. */
export function missingManifest({ fmri }: Pick<InstalledRecord, 'fmri'>, reason: string): ImageProblem {
  return { code: 'ips::image_error::missing_manifest', fmri: formatFmri(fmri), reason }
}

/** Reads the text of the manifest of an installed package and checks it against the database. Problem: `missing_manifest`. */
export function readInstalledText(
  filesystem: Filesystem,
  layout: ImageLayout,
  record: InstalledRecord,
): Result<string, ImageProblem> {
  const path = layout.installedManifest(record.fmri)
  const type = attempt(() => filesystem.lstat(path)?.type)
  if (!type.ok) return type
  if (type.value === undefined) return err(missingManifest(record, 'the file is gone'))
  if (type.value !== 'file') return err(missingManifest(record, 'something else is in the place of the file'))
  const text = attempt(() => readText(filesystem, path))
  if (!text.ok) return isTooLarge(text.error) ? err(missingManifest(record, 'the file was changed')) : text
  if (text.value === undefined) return err(missingManifest(record, 'the file is gone'))
  if (sha256(text.value) !== record.manifestSha256)
    return err(missingManifest(record, 'the file was changed'))
  return ok(text.value)
}

function isTooLarge(problem: ImageProblem): boolean {
  return problem.code === 'ips::image_error::storage' && problem.cause.errno === 'EFBIG'
}

/** The same, parsed. Problem: `missing_manifest`. */
export function readInstalledManifest(
  filesystem: Filesystem,
  layout: ImageLayout,
  record: InstalledRecord,
): Result<Manifest, ImageProblem> {
  const text = readInstalledText(filesystem, layout, record)
  if (!text.ok) return text
  const manifest = parseManifest(text.value)
  return manifest.ok ? ok(manifest.value) : err(missingManifest(record, 'it does not parse'))
}

/** A manifest of the catalog with the exact text that was checked. */
export interface FetchedManifest {
  readonly fmri: Fmri
  readonly manifest: Manifest
  readonly text: string
  /** The text lies in the disposable cache. */
  readonly cached: boolean
}

/**
 * Manifests of catalog packages: from the disposable cache where its SHA-1 is the catalog's, else from the publisher's
 * repositories. What `take` makes of each is collected. Problems: the repository's, `bad_manifest`.
 */
export async function fetchManifests<T>(
  context: ImageContext,
  catalog: Catalog,
  fmris: readonly Fmri[],
  take: (fetched: FetchedManifest) => T,
): Promise<Result<readonly T[], OperationProblem>> {
  const found: T[] = []
  const queue = fmris.map((fmri, index) => ({ fmri, index }))
  const failures: { readonly index: number; readonly problem: OperationProblem }[] = []
  const { events } = context.host
  const total = fmris.length
  let done = 0
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && failures.length === 0; next = queue.shift()) {
      const manifest = await fetchOne(context, catalog, next.fmri)
      if (manifest.ok) {
        found[next.index] = take(manifest.value)
        events.emit({ kind: 'progress', name: 'manifests', done: ++done, total })
      } else failures.push({ index: next.index, problem: manifest.error })
    }
  }
  await Promise.all(Array.from({ length: Math.min(manifestConcurrency, total) }, worker))
  // The first of the list is reported, whichever answer came first.
  const [first] = failures.sort((a, b) => a.index - b.index)
  return first === undefined ? ok(found) : err(first.problem)
}

async function fetchOne(
  context: ImageContext,
  catalog: Catalog,
  fmri: Fmri,
): Promise<Result<FetchedManifest, OperationProblem>> {
  const { host, layout } = context
  const id = findPackage(catalog, fmri)
  const sha1 = id === undefined ? undefined : catalog.manifestSha1(id)
  const cached = readCachedManifest(host.filesystem, layout, fmri, sha1)
  if (cached !== undefined) return ok(cached)
  const publisher = context.config().publishers.find((one) => one.name === fmri.publisher)
  if (publisher === undefined)
    return err({ code: 'ips::repository_error::no_origin', publisher: fmri.publisher ?? '' })
  const text = await context.sources.chain(publisher).fetchManifest(publisher.name, fmri, sha1)
  if (!text.ok) return text
  const manifest = parseManifest(text.value)
  if (!manifest.ok) return err(badManifest(publisher, fmri, manifest.error))
  const stored = attempt(() => {
    const path = layout.cachedManifest(fmri)
    makeDirectories(host.filesystem, dirname(path))
    replaceFile(host.filesystem, path, text.value, { flush: false })
  })
  return ok({ fmri, manifest: manifest.value, text: text.value, cached: stored.ok })
}

function badManifest(
  publisher: ConfiguredPublisher,
  fmri: Fmri,
  problem: ValidationProblem,
): OperationProblem {
  return {
    code: 'ips::repository_error::bad_manifest',
    uri: publisher.origins[0]?.uri ?? '',
    fmri: formatFmri(fmri),
    reason: describeProblem(modelMessages, problem),
  }
}

function readCachedManifest(
  filesystem: Filesystem,
  layout: ImageLayout,
  fmri: Fmri,
  sha1: string | undefined,
): FetchedManifest | undefined {
  // Without a digest nothing proves that the cached text is what the repository offers now.
  if (sha1 === undefined) return undefined
  const text = attempt(() => readText(filesystem, layout.cachedManifest(fmri)))
  if (!text.ok || text.value === undefined) return undefined
  if (createHash('sha1').update(text.value).digest('hex') !== sha1) return undefined
  const manifest = parseManifest(text.value)
  return manifest.ok ? { fmri, manifest: manifest.value, text: text.value, cached: true } : undefined
}

/** The dependencies and actuators of a package as its catalog states them, one action a line. */
export function catalogActionsOf(manifest: Manifest): string {
  const parts = distributeActions(manifest)
  const isActuator = (line: string): boolean => line.includes(`name=${actuatorPrefix}`)
  const actuators = (parts.get('catalog.summary.C') ?? []).filter(isActuator)
  return [...(parts.get('catalog.dependency.C') ?? []), ...actuators].join('\n')
}

/**
 * Stores the manifests of packages that get installed, flushed; up to the first that cannot be read. Problem: that of the reading. Throws
 * `FilesystemError`.
 */
export function storeInstalledManifests(
  filesystem: Filesystem,
  layout: ImageLayout,
  fetched: readonly { readonly fmri: Fmri; readonly readText: () => Result<string, ImageProblem> }[],
): Result<void, ImageProblem> {
  const changed = new Set<string>()
  let stored: Result<void, ImageProblem> = ok(undefined)
  function* files(): Generator<{ readonly path: string; readonly content: string }> {
    for (const { fmri, readText: read } of fetched) {
      const text = read()
      if (!text.ok) {
        stored = text
        return
      }
      const path = layout.installedManifest(fmri)
      makeDirectories(filesystem, dirname(path), 0o755, changed)
      yield { path, content: text.value }
    }
  }
  replaceFiles(filesystem, files(), { changed })
  return stored
}

/** Removes the manifest of a package that is not installed any more, and its directories when they are empty. */
export function dropInstalledManifest(filesystem: Filesystem, layout: ImageLayout, fmri: Fmri): void {
  attemptQuietly(() => {
    const path = layout.installedManifest(fmri)
    if (filesystem.lstat(path) !== undefined) filesystem.unlink(path)
    removeEmpty(filesystem, dirname(path))
    removeEmpty(filesystem, dirname(dirname(path)))
    removeEmpty(filesystem, dirname(dirname(dirname(path))))
  })
}

function removeEmpty(filesystem: Filesystem, directory: string): void {
  if (filesystem.lstat(directory) !== undefined && filesystem.readDirectory(directory).length === 0)
    filesystem.removeDirectory(directory)
}

/** Removes manifests that no installed package has: an operation interrupted before its commit leaves them. Throws `FilesystemError`. */
export function pruneManifests(
  filesystem: Filesystem,
  layout: ImageLayout,
  packages: readonly InstalledRecord[],
): void {
  const wanted = new Set(packages.map((record) => layout.installedManifest(record.fmri)))
  const publishers = join(layout.metadata, 'publisher')
  for (const prefix of directoriesIn(filesystem, publishers)) {
    const stems = join(publishers, prefix, 'pkg')
    for (const stem of directoriesIn(filesystem, stems)) {
      const directory = join(stems, stem)
      for (const name of filesystem.readDirectory(directory))
        if (!wanted.has(join(directory, name))) clearTree(filesystem, join(directory, name))
      removeEmpty(filesystem, directory)
    }
    removeEmpty(filesystem, stems)
  }
}

function directoriesIn(filesystem: Filesystem, path: string): readonly string[] {
  if (filesystem.lstat(path)?.type !== 'directory') return []
  return filesystem
    .readDirectory(path)
    .filter((name) => filesystem.lstat(join(path, name))?.type === 'directory')
}
