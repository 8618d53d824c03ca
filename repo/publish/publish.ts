import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Action, AttributeValue, Fmri, Manifest, PublisherName, Result, ValidationProblem } from '#model'
import {
  attribute,
  createAction,
  err,
  fmriDirectoryPath,
  formatAction,
  formatFmri,
  formatManifest,
  formatTimestamp,
  ok,
  parseFmri,
  parseManifest,
  parseVersion,
  takesPayload,
  validateForPublication,
} from '#model'
import { folderUri } from '../folder-uri.ts'
import { payloadPath } from '../payload/payload.ts'
import type { PackedPayload } from '../payload/payload-pack.ts'
import { measureStored, packPayload } from '../payload/payload-pack.ts'
import type { RepositoryChangeProblem } from './publication-problems.ts'
import { changing, listedPackage } from './repository-catalog.ts'
import { changedFiles, openOrStartCatalog, replaceCatalog } from './repository-catalog-files.ts'
import type { LockHolder } from './repository-lock.ts'
import { publicationPatience } from './repository-lock.ts'
import type { Repository } from './repository-open.ts'
import { publisherNames, storing } from './repository-open.ts'

/** A package to be published. */
export interface Publication {
  readonly repository: Repository
  /** Manifest as an author writes it: payload words name files, `pkg.fmri` may lack publisher, build and timestamp. */
  readonly manifest: string
  /** Absolute path of the file that an action delivers, or undefined when there is none. */
  readonly findPayload: (action: Action) => string | undefined
  /** Milliseconds since 1970-01-01 UTC; the timestamp of a version that has none, and of the catalog change. */
  readonly now: number
  /** Called when publication waits for another client that changes the publisher, once for each client. */
  readonly onWait?: ((holder: LockHolder) => void) | undefined
}

export interface Published {
  readonly fmri: Fmri
  /** Signatures of the given manifest, which cannot be kept because they were made for other text. */
  readonly omittedSignatures: number
}

/**
 * Publishes one package version: computes the statements of the actions about their payloads, checks the package, then stores
 * payloads, manifest and catalog in this order. Clients start from the catalog, so they never see half a package. A publisher
 * that the repository lacks is made. Problems: `invalid_package`, `payload_unavailable`, `duplicate_package`,
 * `no_default_publisher`, `locked`, `unsafe_lock`, `bad_catalog`, `storage`; nothing is published then. Source: repository-v4 §1, §2.
 */
export async function publishPackage(
  publication: Publication,
): Promise<Result<Published, RepositoryChangeProblem>> {
  const { repository } = publication
  const given = readGiven(publication)
  if (!given.ok) return given
  const { publisher } = given.value
  const prepared = await preparePublisher(repository, publisher)
  if (!prepared.ok) return prepared
  const patience = publicationPatience(publication.onWait)
  return changing(repository, publisher, patience, async (folder) => {
    const transactions = join(folder, 'trans')
    mkdirSync(transactions, { recursive: true, mode: 0o755 })
    // The lock is ours, so nobody works in what has a name of ours.
    for (const name of readdirSync(transactions).filter((one) => /^\d+_\d+$/.test(one)))
      rmSync(join(transactions, name), { recursive: true, force: true })
    const work = join(transactions, `${Math.floor(publication.now / 1000)}_${process.pid}`)
    mkdirSync(work, { mode: 0o755 })
    try {
      return await publishInto(folder, work, publication, given.value)
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  })
}

interface Given {
  readonly publisher: PublisherName
  /** Maybe without timestamp. */
  readonly fmri: Fmri
  readonly manifest: Manifest
  readonly omittedSignatures: number
}

function readGiven(publication: Publication): Result<Given, RepositoryChangeProblem> {
  const manifest = parseManifest(publication.manifest)
  if (!manifest.ok) return err(invalid(undefined, manifest.error))
  const isName = (action: Action) =>
    action.type === 'set' && ['pkg.fmri', 'fmri'].includes(attribute(action, 'name') ?? '')
  const names = manifest.value.actions.filter(isName)
  const [name] = names
  if (name === undefined) return err(invalid(undefined, fault('it needs set name=pkg.fmri value=FMRI')))
  const text = attribute(name, 'value') ?? ''
  if (names.length > 1) return err(invalid(text, fault('it has more than one pkg.fmri')))
  const fmri = parseFmri(text)
  if (!fmri.ok) return err(invalid(text, fmri.error))
  if (fmri.value.version === undefined) return err(invalid(text, fault('its pkg.fmri has no version')))
  const publisher = fmri.value.publisher ?? publication.repository.defaultPublisher
  if (publisher === undefined) {
    const uri = folderUri(publication.repository.root)
    return err({ code: 'ips::repository_error::no_default_publisher', uri })
  }
  const rest = manifest.value.actions.filter((action) => !isName(action))
  const actions = rest.filter((action) => action.type !== 'signature')
  return ok({
    publisher,
    fmri: { ...fmri.value, publisher },
    manifest: { actions },
    omittedSignatures: rest.length - actions.length,
  })
}

async function preparePublisher(
  repository: Repository,
  publisher: PublisherName,
): Promise<Result<void, RepositoryChangeProblem>> {
  return storing(repository.root, async () => {
    const names = await publisherNames(repository)
    if (!names.ok) return names
    const folder = join(repository.root, 'publisher', publisher)
    if (!names.value.includes(publisher)) mkdirSync(join(folder, 'tmp'), { recursive: true, mode: 0o755 })
    return ok(undefined)
  })
}

async function publishInto(
  folder: string,
  work: string,
  publication: Publication,
  given: Given,
): Promise<Result<Published, RepositoryChangeProblem>> {
  const catalog = await openOrStartCatalog(folder, publication.now)
  if (!catalog.ok) return catalog
  const entries = catalog.value.parts
    .get('catalog.base.C')
    ?.publishers.get(given.publisher)
    ?.get(given.fmri.stem)
  const taken = new Set((entries ?? []).map((entry) => entry.version))
  const fmri = withTimestamp(given.fmri, publication.now, taken)
  const packed = new Map<string, PackedPayload>()
  const actions: Action[] = []
  for (const action of given.manifest.actions) {
    const stored = await prepareAction(action, { folder, work, publication, fmri, packed })
    if (!stored.ok) return stored
    actions.push(stored.value)
  }
  const name = createAction(
    'set',
    undefined,
    new Map([
      ['name', 'pkg.fmri'],
      ['value', formatFmri(fmri)],
    ]),
  )
  if (!name.ok) return err(invalid(formatFmri(fmri), name.error))
  const manifest: Manifest = { actions: [name.value, ...actions] }
  const text = formatManifest(manifest)
  const faults = publicationFault(manifest, text)
  if (faults !== undefined) return err(invalid(formatFmri(fmri), faults))
  const addition = { type: 'add', ...listedPackage(fmri, text, manifest) } as const
  const files = await changedFiles(folder, catalog.value, [addition], publication.now)
  if (!files.ok) return files
  for (const { sha1 } of packed.values()) store(join(work, sha1), join(folder, 'file', payloadPath(sha1)))
  writeFileSync(join(work, 'manifest'), text, { mode: 0o644 })
  store(join(work, 'manifest'), join(folder, 'pkg', fmriDirectoryPath(fmri)))
  replaceCatalog(folder, files.value, true)
  return ok({ fmri, omittedSignatures: given.omittedSignatures })
}

/** Keeps a given timestamp; else the first free second from now on. */
function withTimestamp(fmri: Fmri, now: number, taken: ReadonlySet<string>): Fmri {
  const { version } = fmri
  if (version === undefined || version.timestamp !== undefined) return fmri
  for (let second = Math.floor(now / 1000); ; second += 1) {
    const timestamp = formatTimestamp(second * 1000)
    const stamped: Fmri = { ...fmri, version: { ...version, timestamp } }
    const text = formatFmri(stamped, 'bare').slice(fmri.stem.length + 1)
    if (!taken.has(text) && parseVersion(text).ok) return stamped
  }
}

/** The action with everything it must state about its payload, which is packed into the work folder unless it is stored already. */
async function prepareAction(
  action: Action,
  context: {
    readonly folder: string
    readonly work: string
    readonly publication: Publication
    readonly fmri: Fmri
    readonly packed: Map<string, PackedPayload>
  },
): Promise<Result<Action, RepositoryChangeProblem>> {
  if (!takesPayload(action.type)) return ok(action)
  const file = context.publication.findPayload(action)
  if (file === undefined || !statSync(file).isFile()) {
    return err({
      code: 'ips::repository_error::payload_unavailable',
      fmri: formatFmri(context.fmri),
      action: formatAction(action),
      file: action.payload ?? attribute(action, 'path') ?? '',
    })
  }
  const payload = context.packed.get(file) ?? (await pack(file, context))
  context.packed.set(file, payload)
  const attributes = new Map<string, AttributeValue>(action.attributes)
  attributes.set('chash', payload.storedSha1)
  attributes.set('pkg.size', String(payload.size))
  attributes.set('pkg.csize', String(payload.storedSize))
  attributes.set('pkg.content-hash', [
    `file:sha512t_256:${payload.contentDigest}`,
    `gzip:sha512t_256:${payload.storedDigest}`,
  ])
  const complete = createAction(action.type, payload.sha1, attributes)
  return complete.ok ? complete : err(invalid(formatFmri(context.fmri), complete.error))
}

async function pack(
  file: string,
  context: { readonly folder: string; readonly work: string; readonly packed: Map<string, PackedPayload> },
): Promise<PackedPayload> {
  const incoming = join(context.work, `incoming-${context.packed.size}`)
  const payload = await packPayload(file, incoming)
  const stored = join(context.folder, 'file', payloadPath(payload.sha1))
  if (existsSync(stored)) {
    // A stored payload stays as it is, because other manifests state its digests.
    rmSync(incoming)
    return { ...payload, ...measureStored(stored) }
  }
  renameSync(incoming, join(context.work, payload.sha1))
  return payload
}

/** Moves a file of the work folder to its place, unless an equal one is there. */
function store(from: string, to: string): void {
  if (!existsSync(from)) return
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 })
  renameSync(from, to)
}

function publicationFault(manifest: Manifest, text: string): ValidationProblem | undefined {
  const valid = validateForPublication(manifest)
  if (!valid.ok) return valid.error
  // Some values have no canonical text that reads back as the same value. Source: manifest-and-actions §1.2.
  const again = parseManifest(text)
  if (!again.ok) return again.error
  const differs =
    formatManifest(again.value) !== text || again.value.actions.length !== manifest.actions.length
  return differs ? fault('a value cannot be written so that it reads back the same') : undefined
}

function fault(reason: string): ValidationProblem {
  return { code: 'ips::validation_error::bad_manifest', errors: [{ line: 0, text: '', reason }] }
}

function invalid(fmri: string | undefined, cause: ValidationProblem): RepositoryChangeProblem {
  return { code: 'ips::repository_error::invalid_package', fmri, cause }
}
