import type { ManifestReader } from '#executor'
import {
  err,
  type Fmri,
  formatFmri,
  type Manifest,
  ok,
  parseManifest,
  type Result,
  removeTree,
  selectActions,
} from '#model'
import type { InstalledRecord, InstalledState } from '../installed-state.ts'
import type { ImageProblem, OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { sha256 } from '../state/installed-snapshot.ts'
import { attempt, attemptQuietly, readText } from '../storage.ts'
import {
  catalogActionsOf,
  type FetchedManifest,
  missingManifest,
  readInstalledText,
  storeInstalledManifests,
} from './manifests.ts'

/** The text of a manifest. Problems: `missing_manifest`, `storage` and its kin. */
type ReadText = (fmri: Fmri) => Result<string, ImageProblem>

/** Reads manifests of installed packages and of packages that a plan installs. Problems: `missing_manifest`, `storage` and its kin. */
export interface ImageManifests extends ManifestReader<ImageProblem> {
  readonly readText: ReadText
}

/** The reader of manifests in text form. */
function readerOf(text: ReadText): ImageManifests {
  const bad = (fmri: Fmri) => err(missingManifest({ fmri }, 'it does not parse'))
  return {
    readText: text,
    read(fmri) {
      const found = text(fmri)
      if (!found.ok) return found
      const manifest = parseManifest(found.value)
      return manifest.ok ? manifest : bad(fmri)
    },
    readWanted(fmri, wants, visit) {
      const found = text(fmri)
      if (!found.ok) return found
      return selectActions(found.value, wants, visit).ok ? ok(undefined) : bad(fmri)
    },
  }
}

/** Manifests of installed packages: fetched texts of lost or damaged files, by full FMRI, else the files. */
function installedManifests(
  { host, layout }: ImageContext,
  state: InstalledState,
  restored: ReadonlyMap<string, string>,
): ImageManifests {
  const records = new Map(state.packages.map((record) => [formatFmri(record.fmri), record]))
  return readerOf((fmri) => {
    const name = formatFmri(fmri)
    const text = restored.get(name)
    if (text !== undefined) return ok(text)
    const record = records.get(name)
    if (record === undefined) return err(missingManifest({ fmri }, 'the package is not installed'))
    return readInstalledText(host.filesystem, layout, record)
  })
}

/** The manifest of a package that gets installed: facts for the database, and the text on demand. */
export interface NewManifest {
  readonly fmri: Fmri
  readonly sha256: string
  /** Size of the text. */
  readonly bytes: number
  /** What the catalog says about its dependencies, one action a line. */
  readonly catalogActions: string
  /** The text that was fetched. Problems: `missing_manifest`, `storage` and its kin. */
  readonly readText: () => Result<string, ImageProblem>
}

/* Each closure comes from a function of its own: closures of one function share a scope, which would keep every text in memory. */

function cachedText(context: ImageContext, fmri: Fmri, digest: string): NewManifest['readText'] {
  return () => readCached(context, fmri, digest)
}

function heldText(text: string): NewManifest['readText'] {
  return () => ok(text)
}

/**
 * Gives up the content of a fetched manifest. Its text is read from the disposable cache when it is needed again; a text that could not
 * be cached (no permission, no room) stays in memory.
 */
export function newManifest(
  context: ImageContext,
  { fmri, manifest, text, cached }: FetchedManifest,
): NewManifest {
  const digest = sha256(text)
  return {
    fmri,
    sha256: digest,
    bytes: Buffer.byteLength(text),
    // A copy: a piece of the text would keep all of it in memory.
    catalogActions: Buffer.from(catalogActionsOf(manifest)).toString(),
    readText: cached ? cachedText(context, fmri, digest) : heldText(text),
  }
}

/** Reads a text from the cache, or from the place where the commit puts it. */
function readCached(context: ImageContext, fmri: Fmri, digest: string): Result<string, ImageProblem> {
  const { layout, host } = context
  let found: string | undefined
  for (const path of [layout.cachedManifest(fmri), layout.installedManifest(fmri)]) {
    const text = attempt(() => readText(host.filesystem, path))
    if (!text.ok) return text
    if (text.value !== undefined && sha256(text.value) === digest) return ok(text.value)
    found ??= text.value
  }
  return err(missingManifest({ fmri }, found === undefined ? 'the file is gone' : 'the file was changed'))
}

/** The same reader with manifests of packages that get installed. */
export function withNewManifests(manifests: ImageManifests, fetched: readonly NewManifest[]): ImageManifests {
  const texts = new Map(fetched.map((one) => [formatFmri(one.fmri), one.readText]))
  return readerOf((fmri) => texts.get(formatFmri(fmri))?.() ?? manifests.readText(fmri))
}

/** Reads manifests to show them; undefined: the manifest cannot be read (any more). */
export function shownManifests(manifests: ImageManifests): (fmri: Fmri) => Manifest | undefined {
  return (fmri) => {
    const manifest = manifests.read(fmri)
    return manifest.ok ? manifest.value : undefined
  }
}

/** Commits of others while one reader reads, after which it gives up. */
const MOST_TRIES = 16

/** True when another client has changed the installed set since: it has removed manifests of packages that are no more. */
async function isOutdated(context: ImageContext, state: InstalledState): Promise<boolean> {
  const now = await context.store.read()
  return now.ok && now.value.generation !== state.generation
}

/**
 * Reads the installed set without lock and does some work. Where the work fails and another client has committed meanwhile, both are
 * repeated: manifests and files of removed packages are gone then. Problems: `corrupt_db`, `storage` and its kin, those of the work.
 */
export async function readInstalled<T>(
  context: ImageContext,
  work: (state: InstalledState) => Promise<Result<T, OperationProblem>>,
): Promise<Result<T, OperationProblem>> {
  for (let tries = 1; ; tries++) {
    const state = await context.store.read()
    if (!state.ok) return state
    const done = await work(state.value)
    if (done.ok || tries === MOST_TRIES) return done
    if (!(await isOutdated(context, state.value))) return done
  }
}

/**
 * Does work that reads manifests of installed packages. When a manifest turns out lost or damaged, all such manifests are fetched anew
 * and the work is repeated. A fetched text is taken only when it has the digest in the database. `keep`: damaged files are replaced,
 * which only the holder of the lock may do. Problems: those of the work; `missing_manifest` when no repository has the text either, or
 * when the state is older than another client's commit.
 */
export async function withManifests<T>(
  context: ImageContext,
  state: InstalledState,
  keep: boolean,
  work: (manifests: ImageManifests) => Promise<Result<T, OperationProblem>>,
): Promise<Result<T, OperationProblem>> {
  const done = await work(installedManifests(context, state, new Map()))
  if (done.ok || done.error.code !== 'ips::image_error::missing_manifest') return done
  if (await isOutdated(context, state)) return done
  const restored = await restoreManifests(context, state, keep)
  return restored.ok ? await work(installedManifests(context, state, restored.value)) : restored
}

/** Fetches the texts of lost or damaged manifests, by full FMRI. */
async function restoreManifests(
  context: ImageContext,
  state: InstalledState,
  keep: boolean,
): Promise<Result<ReadonlyMap<string, string>, OperationProblem>> {
  const restored = new Map<string, string>()
  const installed = installedManifests(context, state, restored)
  for (const record of state.packages) {
    const read = installed.read(record.fmri)
    if (read.ok) continue
    const text = await fetchText(context, record)
    if (text === undefined || !parseManifest(text).ok) return read
    restored.set(formatFmri(record.fmri), text)
    if (keep) keepText(context, record, text)
    context.host.events.emit({
      kind: 'warning',
      code: 'ips::image_warning::manifest_restored',
      text: `The manifest of ${formatFmri(record.fmri)} was lost or damaged; it was fetched anew.`,
    })
  }
  return ok(restored)
}

async function fetchText(context: ImageContext, record: InstalledRecord): Promise<string | undefined> {
  const publisher = context.config().publishers.find((one) => one.name === record.fmri.publisher)
  if (publisher === undefined) return undefined
  const text = await context.sources.chain(publisher).fetchManifest(publisher.name, record.fmri, undefined)
  return text.ok && sha256(text.value) === record.manifestSha256 ? text.value : undefined
}

/** The operation can go on with the text in memory, so a disk that does not take it is no failure. */
function keepText(context: ImageContext, { fmri }: InstalledRecord, text: string): void {
  const { filesystem } = context.host
  attemptQuietly(() => {
    const path = context.layout.installedManifest(fmri)
    if (filesystem.lstat(path)?.type !== 'file') removeTree(filesystem, path)
    storeInstalledManifests(filesystem, context.layout, [{ fmri, readText: heldText(text) }])
  })
}
