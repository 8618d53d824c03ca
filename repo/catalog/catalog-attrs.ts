import { type CatalogJson, openSignedFile, type SignedFile, signFile } from './catalog-canonical.ts'

/** The record of a part or an update log in `catalog.attrs`. */
export interface FileRecord {
  readonly lastModified: string
  /** SHA-1 (hex) of the canonical text; undefined where the repository gives none. */
  readonly sha1: string | undefined
}

/** `catalog.attrs`, read. Timestamps are texts; compare them with `compareTimestamps`. */
export interface CatalogAttributes {
  readonly created: string | null
  readonly lastModified: string | null
  readonly packageCount: number
  readonly packageVersionCount: number
  /** By part name, e.g. `catalog.base.C`. */
  readonly parts: ReadonlyMap<string, FileRecord>
  /** By log name, e.g. `update.20240102T03Z.C`. */
  readonly updates: ReadonlyMap<string, FileRecord>
  readonly version: number
}

/** The attributes of a repository without packages. */
export function emptyAttributes(created: string): CatalogAttributes {
  return {
    created,
    lastModified: created,
    packageCount: 0,
    packageVersionCount: 0,
    parts: new Map(),
    updates: new Map(),
    version: 1,
  }
}

/** Reads `catalog.attrs`, its signature included; a string is the reason why not. Source: catalog-v1 §2.2. */
export async function openAttributes(bytes: Uint8Array): Promise<CatalogAttributes | string> {
  const file = openSignedFile(bytes)
  if (typeof file === 'string') return file
  const { attributesFault } = await import('./catalog-schema.ts')
  const value = Object.fromEntries(file.members)
  const fault = attributesFault(value)
  if (fault !== undefined) return fault
  const raw = value as unknown as RawAttributes
  return {
    created: raw.created,
    lastModified: raw['last-modified'],
    packageCount: raw['package-count'],
    packageVersionCount: raw['package-version-count'],
    parts: readRecords(raw.parts),
    updates: readRecords(raw.updates),
    version: raw.version,
  }
}

/** The shape that the schema has checked. */
interface RawAttributes {
  readonly created: string | null
  readonly 'last-modified': string | null
  readonly 'package-count': number
  readonly 'package-version-count': number
  readonly parts: RawRecords
  readonly updates: RawRecords
  readonly version: number
}
type RawRecords = {
  readonly [name: string]: { readonly 'last-modified': string; readonly 'signature-sha-1'?: string }
}

function readRecords(records: RawRecords): Map<string, FileRecord> {
  return new Map(
    Object.entries(records).map(([name, record]) => [
      name,
      { lastModified: record['last-modified'], sha1: record['signature-sha-1'] },
    ]),
  )
}

/** The file `catalog.attrs`. Source: catalog-v1 §2.2 and §3. */
export function serialiseAttributes(attributes: CatalogAttributes): SignedFile {
  return signFile(
    new Map<string, CatalogJson>([
      ['created', attributes.created],
      ['last-modified', attributes.lastModified],
      ['package-count', attributes.packageCount],
      ['package-version-count', attributes.packageVersionCount],
      ['parts', writeRecords(attributes.parts)],
      ['updates', writeRecords(attributes.updates)],
      ['version', attributes.version],
    ]),
  )
}

function writeRecords(records: ReadonlyMap<string, FileRecord>): ReadonlyMap<string, CatalogJson> {
  return new Map(
    [...records].map(([name, { lastModified, sha1 }]) => [
      name,
      sha1 === undefined
        ? { 'last-modified': lastModified }
        : { 'last-modified': lastModified, 'signature-sha-1': sha1 },
    ]),
  )
}

/** Order of two timestamps; `…00Z` comes before `…00.000001Z`, null before all. */
export function compareTimestamps(a: string | null, b: string | null): number {
  const left = a === null ? '' : a.slice(0, -1)
  const right = b === null ? '' : b.slice(0, -1)
  return left < right ? -1 : left > right ? 1 : 0
}

/** A point of time in the form of catalogs. Fraction from `microseconds` (0 to 999), left out when all of it is zero. */
export function catalogTimestamp(milliseconds: number, microseconds = 0): string {
  const iso = new Date(milliseconds).toISOString()
  const fraction = iso.slice(20, 23) + String(microseconds).padStart(3, '0')
  const seconds = iso.slice(0, 19).replace(/[-:]/g, '')
  return fraction === '000000' ? `${seconds}Z` : `${seconds}.${fraction}Z`
}

/** Locale of a part or log: everything after the second dot. */
export function localeOf(name: string): string {
  return name.split('.').slice(2).join('.')
}
