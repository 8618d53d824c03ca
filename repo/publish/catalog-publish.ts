import { err, type Fmri, formatFmri, formatVersion, ok, type Result, type Version } from '#model'
import {
  type CatalogAttributes,
  emptyAttributes,
  type FileRecord,
  localeOf,
  openAttributes,
  serialiseAttributes,
} from '../catalog/catalog-attrs.ts'
import type { SignedFile } from '../catalog/catalog-canonical.ts'
import type { DistributedActions } from '../catalog/catalog-distribute.ts'
import { type LogEntry, logName, openLog, serialiseLog, type UpdateLog } from '../catalog/catalog-log.ts'
import {
  type CatalogPart,
  countPackages,
  createPartEditor,
  emptyPart,
  openPart,
  type PartEntry,
  serialisePart,
} from '../catalog/catalog-part.ts'

/** A package version to be listed. */
export interface ListedPackage {
  /** With publisher and version. */
  readonly fmri: Fmri
  /** SHA-1 (hex) of the manifest text. */
  readonly manifestSha1: string
  readonly actions: DistributedActions
}

/** A change of a repository's catalog. */
export type CatalogOperation =
  | ({ readonly type: 'add' } & ListedPackage)
  | { readonly type: 'remove'; readonly fmri: Fmri }

/** The catalog of one publisher in a repository, parsed. */
export interface RepositoryCatalog {
  readonly attributes: CatalogAttributes
  readonly parts: ReadonlyMap<string, CatalogPart>
  /** Logs that the last change of this value wrote, by name. */
  readonly logs: ReadonlyMap<string, UpdateLog>
  /** Reads a log that the attributes name. */
  readonly readLog: (name: string) => Promise<UpdateLog | string>
}

/** The catalog that a repository starts with: no parts. `time` from `catalogTimestamp`. */
export function newRepositoryCatalog(time: string): RepositoryCatalog {
  return {
    attributes: emptyAttributes(time),
    parts: new Map(),
    logs: new Map(),
    readLog: async (name) => `there is no ${name}`,
  }
}

/**
 * Reads a repository's catalog; `read` gives a file by its plain name or undefined when it is missing. Undefined when
 * there is no `catalog.attrs`; a string is the reason why it cannot be used.
 */
export async function openRepositoryCatalog(
  read: (name: string) => Uint8Array | undefined,
): Promise<RepositoryCatalog | string | undefined> {
  const bytes = read('catalog.attrs')
  if (bytes === undefined) return undefined
  const attributes = await openAttributes(bytes)
  if (typeof attributes === 'string') return `catalog.attrs: ${attributes}`
  const parts = new Map<string, CatalogPart>()
  for (const [name, record] of attributes.parts) {
    const content = read(name)
    const opened = content === undefined ? 'it is missing' : openPart(name, content)
    if (typeof opened === 'string') return `${name}: ${opened}`
    if (record.sha1 !== undefined && record.sha1 !== opened.sha1)
      return `${name}: it is not the one of catalog.attrs`
    parts.set(name, opened.part)
  }
  const readLog = async (name: string) => {
    const content = read(name)
    const opened = content === undefined ? 'it is missing' : await openLog(content)
    return typeof opened === 'string' ? `${name}: ${opened}` : opened.log
  }
  return { attributes, parts, logs: new Map(), readLog }
}

/** Files to be written, by plain name; `catalog.attrs` is the last. */
export type CatalogFiles = ReadonlyMap<string, Uint8Array>

/** A catalog after a change, and the files that the change writes. */
export interface ChangedCatalog {
  readonly catalog: RepositoryCatalog
  readonly files: CatalogFiles
}

/** Why an operation cannot be done. */
export type CatalogFault =
  | { readonly kind: 'duplicate'; readonly fmri: string }
  | { readonly kind: 'missing'; readonly fmri: string }
  | { readonly kind: 'unreadable'; readonly reason: string }

/**
 * Carries out additions and removals at one time, with update log; the catalog passed in is used up, also by a failure. A version that differs from a listed one only in its build is a duplicate. Source: catalog-v1 §4.
 */
export async function updateCatalog(
  catalog: RepositoryCatalog,
  operations: readonly CatalogOperation[],
  time: string,
): Promise<Result<ChangedCatalog, CatalogFault>> {
  const parts = new Map(catalog.parts)
  const logs = new Map<string, UpdateLog>()
  const edits = createPartEdits(parts)
  for (const operation of operations) {
    const done = operation.type === 'add' ? edits.add(operation) : edits.remove(operation.fmri)
    if (!done.ok) return done
    for (const [locale, entries] of byLocale(done.value)) {
      const name = logName(time, locale)
      const log = logs.get(name) ?? (await startLog(catalog, name))
      if (typeof log === 'string') return err({ kind: 'unreadable', reason: log })
      logs.set(name, log)
      appendLog(log, operation.fmri, {
        'op-type': operation.type,
        'op-time': time,
        version: versionText(operation.fmri),
        ...Object.fromEntries(entries),
      })
    }
  }
  const touched = edits.finish()
  const { attributes, files } = writeCatalog(catalog.attributes, parts, touched, logs, time)
  return ok({ catalog: { ...catalog, attributes, parts, logs }, files })
}

/** Builds a catalog from nothing: new `created`, no logs. Of equal versions the first counts. Source: catalog-v1 §4. */
export function rebuildCatalog(packages: Iterable<ListedPackage>, time: string): CatalogFiles {
  const parts = new Map<string, CatalogPart>()
  const edits = createPartEdits(parts)
  for (const one of packages) edits.add(one)
  return writeCatalog(emptyAttributes(time), parts, edits.finish(), new Map(), time).files
}

/** Entries that an operation put into or took from the parts, by part name. */
type EmbeddedEntries = ReadonlyMap<string, PartEntry>

function createPartEdits(parts: Map<string, CatalogPart>) {
  const editors = new Map<string, ReturnType<typeof createPartEditor>>()
  /** Added versions without build, because versions that differ in the build alone are duplicates. */
  const added = new Set<string>()
  const editorOf = (name: string) => {
    let editor = editors.get(name)
    if (editor === undefined) {
      let part = parts.get(name)
      if (part === undefined) {
        part = emptyPart()
        parts.set(name, part)
      }
      editor = createPartEditor(part)
      editors.set(name, editor)
    }
    return editor
  }
  return {
    add({ fmri, manifestSha1, actions }: ListedPackage): Result<EmbeddedEntries, CatalogFault> {
      const publisher = fmri.publisher ?? ''
      const version = versionText(fmri)
      const base = editorOf('catalog.base.C')
      const key = withoutBuild(fmri)
      if (added.has(key) || base.hasEqual(publisher, fmri.stem, versionOf(fmri)))
        return err({ kind: 'duplicate', fmri: formatFmri(fmri) })
      added.add(key)
      const entries = new Map<string, PartEntry>([
        ['catalog.base.C', { 'signature-sha-1': manifestSha1, version }],
        ...[...actions].map(([part, lines]): [string, PartEntry] => [part, { actions: lines, version }]),
      ])
      for (const [name, entry] of entries) editorOf(name).add(publisher, fmri.stem, entry)
      return ok(entries)
    },
    remove(fmri: Fmri): Result<EmbeddedEntries, CatalogFault> {
      const publisher = fmri.publisher ?? ''
      const version = versionText(fmri)
      const entries = new Map<string, PartEntry>()
      for (const name of [...parts.keys()]) {
        const removed = editorOf(name).take(publisher, fmri.stem, version)
        if (removed !== undefined) entries.set(name, removed)
      }
      if (!entries.has('catalog.base.C')) return err({ kind: 'missing', fmri: formatFmri(fmri) })
      added.delete(withoutBuild(fmri))
      return ok(entries)
    },
    /** Names of the parts that changed. */
    finish(): ReadonlySet<string> {
      const touched = new Set<string>()
      for (const [name, editor] of editors) {
        if (editor.touched()) touched.add(name)
        editor.finish()
      }
      return touched
    },
  }
}

function versionOf({ stem, version }: Fmri): Version {
  if (version === undefined) throw new RangeError(`${stem} has no version`)
  return version
}

function versionText(fmri: Fmri): string {
  return formatVersion(versionOf(fmri))
}

function withoutBuild(fmri: Fmri): string {
  return `${fmri.publisher ?? ''}/${fmri.stem}@${formatVersion(versionOf(fmri), 'no-build')}`
}

function byLocale(entries: EmbeddedEntries): Map<string, Map<string, PartEntry>> {
  const locales = new Map<string, Map<string, PartEntry>>()
  for (const [part, entry] of entries) {
    const locale = localeOf(part)
    const group = locales.get(locale) ?? new Map<string, PartEntry>()
    locales.set(locale, group.set(part, entry))
  }
  return locales
}

async function startLog(catalog: RepositoryCatalog, name: string): Promise<UpdateLog | string> {
  const written = catalog.logs.get(name)
  if (written !== undefined) return written
  if (catalog.attributes.updates.has(name)) return catalog.readLog(name)
  return { metadata: new Map(), publishers: new Map() }
}

function appendLog(log: UpdateLog, fmri: Fmri, entry: LogEntry | { readonly [key: string]: unknown }): void {
  const publisher = fmri.publisher ?? ''
  const stems = log.publishers.get(publisher) ?? new Map<string, readonly LogEntry[]>()
  log.publishers.set(publisher, stems)
  stems.set(fmri.stem, [...(stems.get(fmri.stem) ?? []), entry as LogEntry])
}

function writeCatalog(
  attributes: CatalogAttributes,
  parts: ReadonlyMap<string, CatalogPart>,
  touched: ReadonlySet<string>,
  logs: ReadonlyMap<string, UpdateLog>,
  time: string,
): { readonly attributes: CatalogAttributes; readonly files: CatalogFiles } {
  const files = new Map<string, Uint8Array>()
  const partRecords = new Map(attributes.parts)
  const logRecords = new Map(attributes.updates)
  const put = (records: Map<string, FileRecord>, name: string, file: SignedFile) => {
    files.set(name, file.bytes)
    records.set(name, { lastModified: time, sha1: file.sha1 })
  }
  for (const name of touched) put(partRecords, name, serialisePart(parts.get(name) ?? emptyPart()))
  for (const [name, log] of logs) put(logRecords, name, serialiseLog(log))
  const base = parts.get('catalog.base.C')
  const counts = base === undefined ? { packages: 0, versions: 0 } : countPackages(base)
  const changed: CatalogAttributes = {
    ...attributes,
    lastModified: time,
    packageCount: counts.packages,
    packageVersionCount: counts.versions,
    parts: partRecords,
    updates: logRecords,
  }
  files.set('catalog.attrs', serialiseAttributes(changed).bytes)
  return { attributes: changed, files }
}
