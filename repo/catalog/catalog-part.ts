import type { Version } from '#model'
import { type CatalogJson, nestingAllowed, openSignedFile, type SignedFile } from './catalog-canonical.ts'
import { signStems } from './catalog-stems-text.ts'
import { createListEditor, type ListEditor, type PartEntry } from './entry-list.ts'

export type { PartEntry }

/** Entries of one publisher by stem, ascending by version. */
export type PartStems = Map<string, PartEntry[]>

/** A catalog part, read. Source: catalog-v1 §2.1. */
export interface CatalogPart {
  /** Top-level members that begin with `_` (`_FEATURE`), without `_SIGNATURE`. */
  readonly metadata: Map<string, CatalogJson>
  readonly publishers: Map<string, PartStems>
}

/** A part together with the signature that its file has. */
export interface OpenedPart {
  readonly part: CatalogPart
  readonly sha1: string
}

/** Whether the name is one of a base part: `catalog.base.<locale>`. */
export function isBasePart(name: string): boolean {
  return name.startsWith('catalog.base.')
}

/** Reads a part file and checks its signature and its shape; a string is the reason why not. Linear. */
export function openPart(name: string, bytes: Uint8Array): OpenedPart | string {
  const file = openSignedFile(bytes)
  if (typeof file === 'string') return file
  const metadata = new Map<string, CatalogJson>()
  const publishers = new Map<string, PartStems>()
  for (const [key, value] of file.members) {
    if (key.startsWith('_')) {
      if (!nestingAllowed(value)) return `${key} is nested too deeply`
      metadata.set(key, value)
      continue
    }
    const stems = readStems(value, isBasePart(name))
    if (typeof stems === 'string') return `publisher ${JSON.stringify(key)}: ${stems}`
    publishers.set(key, stems)
  }
  return { part: { metadata, publishers }, sha1: file.sha1 }
}

function readStems(value: CatalogJson, base: boolean): PartStems | string {
  if (!isObject(value)) return 'it is not an object'
  const stems: PartStems = new Map()
  for (const [stem, entries] of Object.entries(value)) {
    if (!Array.isArray(entries)) return `the versions of ${JSON.stringify(stem)} are not a list`
    for (const entry of entries) {
      const reason = entryFault(entry, base)
      if (reason !== undefined) return `an entry of ${JSON.stringify(stem)} ${reason}`
    }
    stems.set(stem, entries as PartEntry[])
  }
  return stems
}

/** Why a value is no part entry, or undefined when it is one. */
export function entryFault(entry: CatalogJson | undefined, base: boolean): string | undefined {
  if (entry === undefined || !isObject(entry)) return 'is not an object'
  if (typeof entry.version !== 'string') return 'has no version text'
  const digest = entry['signature-sha-1']
  if (digest !== undefined && typeof digest !== 'string') return 'has a signature that is not text'
  const actions = entry.actions
  if (actions === undefined) {
    if (!base) return 'has no list of actions'
  } else if (!Array.isArray(actions)) return 'has actions that are not a list'
  else for (const line of actions) if (typeof line !== 'string') return 'has an action that is not text'
  for (const key in entry) {
    if (key === 'version' || key === 'actions' || key === 'signature-sha-1') continue
    if (!nestingAllowed(entry[key]!)) return 'is nested too deeply'
  }
  return undefined
}

function isObject(value: CatalogJson | undefined): value is { readonly [key: string]: CatalogJson } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map)
}

/** The file of a part: canonical text with its signature. Source: catalog-v1 §3. */
export function serialisePart({ metadata, publishers }: CatalogPart): SignedFile {
  return signStems(metadata, publishers as ReadonlyMap<string, ReadonlyMap<string, readonly CatalogJson[]>>)
}

/** A part without entries. */
export function emptyPart(): CatalogPart {
  return { metadata: new Map(), publishers: new Map() }
}

/** Collects additions to and removals from a part; the part changes in `finish`. Linear in the size of the edits and their lists. */
export interface PartEditor {
  /** False when the part has that version text already. */
  add(publisher: string, stem: string, entry: PartEntry): boolean
  /** Removes an entry and returns it; undefined if it is not in the part. */
  take(publisher: string, stem: string, version: string): PartEntry | undefined
  /** Whether the part has a version that differs from this one at most in its build. */
  hasEqual(publisher: string, stem: string, version: Version): boolean
  /** Whether anything was added or removed. */
  touched(): boolean
  /** Changes the part: sorted lists, no empty stems and publishers. */
  finish(): void
}

export function createPartEditor(part: CatalogPart): PartEditor {
  const edits = new Map<string, Map<string, ListEditor>>()
  const listOf = (publisher: string, stem: string): ListEditor => {
    const stems = edits.get(publisher) ?? new Map<string, ListEditor>()
    edits.set(publisher, stems)
    const list = stems.get(stem) ?? createListEditor(part.publishers.get(publisher)?.get(stem) ?? [])
    stems.set(stem, list)
    return list
  }
  let changed = false
  return {
    add(publisher, stem, entry) {
      const added = listOf(publisher, stem).add(entry)
      changed ||= added
      return added
    },
    take(publisher, stem, version) {
      const taken = listOf(publisher, stem).take(version)
      changed ||= taken !== undefined
      return taken
    },
    hasEqual: (publisher, stem, version) => listOf(publisher, stem).hasEqual(version),
    touched: () => changed,
    finish() {
      for (const [publisher, lists] of edits) writeStems(part, publisher, lists)
      edits.clear()
    },
  }
}

function writeStems(part: CatalogPart, publisher: string, lists: ReadonlyMap<string, ListEditor>): void {
  const stems: PartStems = part.publishers.get(publisher) ?? new Map()
  for (const [stem, editor] of lists) {
    const list = editor.finish()
    if (list.length === 0) stems.delete(stem)
    else stems.set(stem, list)
  }
  if (stems.size === 0) part.publishers.delete(publisher)
  else part.publishers.set(publisher, stems)
}

/** Counts of `catalog.attrs`, from the base part. */
export function countPackages(base: CatalogPart): { packages: number; versions: number } {
  let packages = 0
  let versions = 0
  for (const stems of base.publishers.values()) {
    packages += stems.size
    for (const list of stems.values()) versions += list.length
  }
  return { packages, versions }
}
