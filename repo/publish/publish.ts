import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fmri, PublisherName, Result } from '#model'
import { err, fmriDirectoryPath, formatFmri, ok, parseVersion } from '#model'
import { payloadPath } from '../payload/payload.ts'
import type { ChangedCatalog, RepositoryCatalog } from './catalog-publish.ts'
import { type PackageDraft, type PackageSource, readDraft } from './package-draft.ts'
import { type PackingPlace, type PreparedPackage, preparePackage, withTimestamp } from './package-prepare.ts'
import type { RepositoryChangeProblem } from './publication-problems.ts'
import {
  type FindPackage,
  isRefusable,
  type PublicationWarning,
  unmetDependencies,
} from './publication-warnings.ts'
import { changingOrMaking } from './publisher-folder.ts'
import { listedPackage } from './repository-catalog.ts'
import { changeCatalog, type NewStoredFile, storeFiles } from './repository-catalog-files.ts'
import { commitCatalog, peekCatalog, takeCatalog } from './repository-catalog-memory.ts'
import type { LockHolder } from './repository-lock.ts'
import { publicationPatience } from './repository-lock.ts'
import type { Repository } from './repository-open.ts'
import { publisherNames } from './repository-open.ts'
import { stateOf } from './repository-read.ts'

/** Options of every publication. */
interface PublicationOptions {
  readonly repository: Repository
  /** Milliseconds since 1970-01-01 UTC; the timestamp of a version that has none, and of the catalog change. */
  readonly now: number
  /** True: refuses packages with warnings, except warnings about dependencies that no package in the repository meets. */
  readonly strict?: boolean
  /** Called when publication waits for another client that changes a publisher, once for each client. */
  readonly onWait?: ((holder: LockHolder) => void) | undefined
}

/** A package to be published. */
export interface Publication extends PackageSource, PublicationOptions {}

/** Packages to be published together. */
export interface Publications extends PublicationOptions {
  readonly packages: readonly PackageSource[]
}

export interface Published {
  readonly fmri: Fmri
  /** Signatures of the given manifest, which cannot be kept because they were made for other text. */
  readonly omittedSignatures: number
  readonly warnings: readonly PublicationWarning[]
}

/** Publishes one package version, as `publishPackages` does. */
export async function publishPackage(
  publication: Publication,
): Promise<Result<Published, RepositoryChangeProblem>> {
  const published = await publishPackages({ ...publication, packages: [publication] })
  return published.ok ? ok(published.value[0]!) : published
}

/**
 * Publishes package versions: computes the statements of the actions about their payloads, checks all packages, then stores
 * payloads, manifests and, with one change for each publisher, catalogs in this order. Clients start from the catalog, so they see
 * all packages of a publisher or none, and never half a package. A publisher that the repository lacks is made,
 * and goes again when nothing is published. Problems:
 * `invalid_package`, `payload_unavailable`, `duplicate_package`, `doubtful_packages`, `no_default_publisher`, `locked`, `unsafe_lock`,
 * `bad_catalog`, `storage`. No package is published then, unless the disk fails between the catalogs of two publishers. Source: repository-v4 §1, §2.
 */
export async function publishPackages(
  publications: Publications,
): Promise<Result<readonly Published[], RepositoryChangeProblem>> {
  const { repository, packages } = publications
  const drafts: PackageDraft[] = []
  for (const source of packages) {
    const draft = readDraft(repository, source)
    if (!draft.ok) return draft
    drafts.push(draft.value)
  }
  const refused = refusal(publications, drafts)
  if (refused !== undefined) return err(refused)
  // Every process takes its locks in the same order, so two processes never wait for each other.
  const publishers = [...new Set(drafts.map(({ publisher }) => publisher))].sort()
  return changingAll(publications, publishers, [], (places) => publishInto(places, drafts, publications))
}

/** A publisher that packages are published for, while its lock is held. */
interface PublisherPlace extends PackingPlace {
  readonly publisher: PublisherName
}

/** Runs a change of several publishers under their locks, each with an empty work folder. */
async function changingAll<T>(
  options: PublicationOptions,
  [publisher, ...others]: readonly PublisherName[],
  places: readonly PublisherPlace[],
  change: (places: readonly PublisherPlace[]) => Promise<Result<T, RepositoryChangeProblem>>,
): Promise<Result<T, RepositoryChangeProblem>> {
  if (publisher === undefined) return change(places)
  const patience = publicationPatience(options.onWait)
  return changingOrMaking(options.repository, publisher, patience, async (folder) => {
    const work = makeWorkFolder(join(folder, 'trans'), options.now)
    try {
      const place = { publisher, folder, work, packed: new Map() }
      return await changingAll(options, others, [...places, place], change)
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  })
}

/** Makes a work folder, and removes work folders of killed processes. The lock is held, so no live process uses such a folder. */
function makeWorkFolder(transactions: string, now: number): string {
  mkdirSync(transactions, { recursive: true, mode: 0o755 })
  for (const name of readdirSync(transactions).filter((one) => /^\d+_\d+$/.test(one)))
    rmSync(join(transactions, name), { recursive: true, force: true })
  const work = join(transactions, `${Math.floor(now / 1000)}_${process.pid}`)
  mkdirSync(work, { mode: 0o755 })
  return work
}

/** The packages of one publisher, ready to be stored. */
interface PreparedPublisher {
  readonly place: PublisherPlace
  readonly packages: readonly PreparedPackage[]
  readonly catalog: ChangedCatalog
}

async function publishInto(
  places: readonly PublisherPlace[],
  drafts: readonly PackageDraft[],
  publications: Publications,
): Promise<Result<readonly Published[], RepositoryChangeProblem>> {
  const { repository } = publications
  const prepared: PreparedPublisher[] = []
  for (const place of places) {
    const mine = drafts.filter(({ publisher }) => publisher === place.publisher)
    const ready = await preparePublisher(place, mine, publications)
    if (!ready.ok) return ready
    prepared.push(ready.value)
  }
  const packages = new Map(prepared.flatMap((one) => one.packages.map((each) => [each.draft, each])))
  const refused = refusal(publications, [...packages.values()])
  if (refused !== undefined) return err(refused)
  const find = await packageFinder(repository, prepared, drafts)
  const published = drafts.map((draft) => {
    const { fmri, warnings } = packages.get(draft)!
    const all = [...draft.warnings, ...warnings, ...unmetDependencies(draft.actions, find)]
    return { fmri, omittedSignatures: draft.omittedSignatures, warnings: all }
  })
  for (const one of prepared) {
    storeFiles(newFiles(one))
    commitCatalog(repository, one.place.folder, one.catalog)
  }
  return ok(published)
}

function refusal(
  { strict = false }: PublicationOptions,
  packages: readonly { readonly warnings: readonly PublicationWarning[] }[],
): RepositoryChangeProblem | undefined {
  const warnings = packages.flatMap((one) => one.warnings.filter(isRefusable))
  return strict && warnings.length > 0
    ? { code: 'ips::repository_error::doubtful_packages', warnings }
    : undefined
}

async function preparePublisher(
  place: PublisherPlace,
  drafts: readonly PackageDraft[],
  { repository, now }: PublicationOptions,
): Promise<Result<PreparedPublisher, RepositoryChangeProblem>> {
  const catalog = await takeCatalog(repository, place.folder, now)
  if (!catalog.ok) return catalog
  const taken = new Map<string, Set<string>>()
  const packages: PreparedPackage[] = []
  for (const draft of drafts) {
    const { stem } = draft.fmri
    const versions = taken.get(stem) ?? new Set(listedVersions(catalog.value, place.publisher, stem))
    taken.set(stem, versions)
    const fmri = withTimestamp(draft.fmri, now, versions)
    versions.add(formatFmri(fmri, 'bare').slice(stem.length + 1))
    const ready = await preparePackage(draft, fmri, place)
    if (!ready.ok) return ready
    packages.push(ready.value)
  }
  const additions = packages.map(
    ({ fmri, text, manifest }) => ({ type: 'add', ...listedPackage(fmri, text, manifest) }) as const,
  )
  const changed = await changeCatalog(place.folder, catalog.value, additions, now)
  return changed.ok ? ok({ place, packages, catalog: changed.value }) : changed
}

function* listedVersions(catalog: RepositoryCatalog, publisher: string, stem: string): Generator<string> {
  const entries = catalog.parts.get('catalog.base.C')?.publishers.get(publisher)?.get(stem) ?? []
  for (const { version } of entries) yield version
}

/** Files that publication adds for the packages of a publisher: payloads, then manifests, which are written into the work folder. */
function* newFiles({ place, packages }: PreparedPublisher): Generator<NewStoredFile> {
  const { folder, work, packed } = place
  for (const sha1 of new Set([...packed.values()].map((payload) => payload.sha1)))
    yield { path: join(folder, 'file', payloadPath(sha1)), staged: join(work, sha1) }
  for (const [index, { fmri, text }] of packages.entries()) {
    const staged = join(work, `manifest-${index}`)
    writeFileSync(staged, text, { mode: 0o644 })
    yield { path: join(folder, 'pkg', fmriDirectoryPath(fmri)), staged }
  }
}

/**
 * Finds package versions in the changed catalogs, and in the catalogs of the other publishers of the repository. The latter are read only
 * if the changed catalogs do not meet all dependencies.
 */
async function packageFinder(
  repository: Repository,
  prepared: readonly PreparedPublisher[],
  drafts: readonly PackageDraft[],
): Promise<FindPackage> {
  const catalogs = new Map<string, RepositoryCatalog>(
    prepared.map(({ place, catalog }) => [place.publisher, catalog.catalog]),
  )
  const find = finderIn(catalogs)
  if (drafts.every(({ actions }) => unmetDependencies(actions, find).length === 0)) return find
  const names = await publisherNames(repository)
  for (const publisher of names.ok ? names.value : []) {
    if (catalogs.has(publisher)) continue
    const found = await peekCatalog(repository, join(repository.root, 'publisher', publisher))
    if (found !== undefined) catalogs.set(publisher, found)
  }
  return find
}

function finderIn(catalogs: ReadonlyMap<string, RepositoryCatalog>): FindPackage {
  return (stem, wanted, accepts) =>
    [...catalogs].some(([publisher, catalog]) => {
      if (wanted !== undefined && wanted !== publisher) return false
      return offers(catalog, publisher as PublisherName, stem as Fmri['stem'], accepts)
    })
}

function offers(
  catalog: RepositoryCatalog,
  publisher: PublisherName,
  stem: Fmri['stem'],
  accepts: (fmri: Fmri) => boolean,
): boolean {
  const entriesOf = (part: string) => catalog.parts.get(part)?.publishers.get(publisher)?.get(stem) ?? []
  return entriesOf('catalog.base.C').some(({ version: text }) => {
    const version = parseVersion(text)
    if (!version.ok || !accepts({ publisher, stem, version: version.value })) return false
    const stated = entriesOf('catalog.dependency.C').find((entry) => entry.version === text)
    return stateOf(stated?.actions ?? []) !== 'obsolete'
  })
}
