import { formatFmri, type Manifest, ok, parseManifest, type Result, removeTree } from '#model'
import type { InstalledRecord, InstalledState } from '../installed-state.ts'
import type { ImageProblem, OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { sha256 } from '../state/installed-snapshot.ts'
import { attemptQuietly } from '../storage.ts'
import { manifestProblem } from './late-manifest.ts'
import { readInstalledManifest, storeInstalledManifests } from './manifests.ts'

/** Manifests that were had from a repository, by full FMRI text. */
export type RestoredManifests = ReadonlyMap<string, Manifest>

/** Commits of others while one reader reads, after which it gives up. */
const MOST_TRIES = 16

/** True when another client has changed the installed set since: it has removed manifests of packages that are no more. */
async function isOutdated(context: ImageContext, state: InstalledState): Promise<boolean> {
  const now = await context.store.read()
  return now.ok && now.value.generation !== state.generation
}

/**
 * Reads the installed set for a reader without lock and does its work, and all of that again where it fails and another client has
 * committed meanwhile: manifests and files of packages that are no more are gone then. Problems: `corrupt_db`, `storage` and its kin,
 * those of the work.
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
 * Does work that reads manifests of installed packages; when one turns out lost or damaged, all such are fetched anew and
 * the work is done again. The database has the digest of each, so what a repository says is taken only when it is the very
 * text that was installed. `keep`: the damaged files are replaced, which only the holder of the lock may do. Problems: those
 * of the work; `missing_manifest` when no repository has the text either, or when the state is that of before another client's commit.
 */
export async function withManifests<T>(
  context: ImageContext,
  state: InstalledState,
  keep: boolean,
  work: (restored: RestoredManifests) => Promise<Result<T, OperationProblem>>,
): Promise<Result<T, OperationProblem>> {
  const attempted = (restored: RestoredManifests) => work(restored).catch(manifestProblem)
  const done = await attempted(new Map())
  if (done.ok || done.error.code !== 'ips::image_error::missing_manifest') return done
  if (await isOutdated(context, state)) return done
  const restored = await restoreManifests(context, state.packages, keep)
  return restored.ok ? await attempted(restored.value) : restored
}

/** The manifest of an installed package: a restored one, else its file. Problem: `missing_manifest`. */
export function installedManifest(
  context: ImageContext,
  record: InstalledRecord,
  restored: RestoredManifests,
): Result<Manifest, ImageProblem> {
  const manifest = restored.get(formatFmri(record.fmri))
  return manifest === undefined
    ? readInstalledManifest(context.host.filesystem, context.layout, record)
    : ok(manifest)
}

async function restoreManifests(
  context: ImageContext,
  records: readonly InstalledRecord[],
  keep: boolean,
): Promise<Result<RestoredManifests, OperationProblem>> {
  const restored = new Map<string, Manifest>()
  for (const record of records) {
    const read = readInstalledManifest(context.host.filesystem, context.layout, record)
    if (read.ok) continue
    const text = await fetchText(context, record)
    const manifest = text === undefined ? undefined : parseManifest(text)
    if (text === undefined || manifest === undefined || !manifest.ok) return read
    restored.set(formatFmri(record.fmri), manifest.value)
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
function keepText(context: ImageContext, record: InstalledRecord, text: string): void {
  const { filesystem } = context.host
  attemptQuietly(() => {
    const path = context.layout.installedManifest(record.fmri)
    if (filesystem.lstat(path)?.type !== 'file') removeTree(filesystem, path)
    storeInstalledManifests(filesystem, context.layout, [{ fmri: record.fmri, readText: () => text }])
  })
}
