import { join } from 'node:path'
import { err, type Filesystem, type Fmri, ok, parseFmri, parseTimestamp, type Result } from '#model'
import type { LoadSql } from '../host.ts'
import { isObject, parseJson } from '../json.ts'
import { readText } from '../storage.ts'

/** An installed package as pkg5 records it. Times in milliseconds since 1970-01-01 UTC. */
export interface ForeignPackage {
  /** Full, with publisher and timestamp. */
  readonly fmri: Fmri
  readonly manual: boolean
  readonly installTime: number
  readonly updateTime: number | undefined
  /** SHA-1 of the manifest, lower-case hex; undefined: not stated. */
  readonly manifestSha1: string | undefined
}

/** Numbers in `metadata.states`. Source: image §3. */
const state = { installed: 2, manual: 13 } as const

interface Row {
  readonly publisher: string
  readonly stem: string
  readonly version: string
  /** The entry of the catalog, parsed. */
  readonly entry: unknown
}

/**
 * The installed set of an image of pkg5: from `state/catalog.db` (format 5) or the catalog in `state/installed` (format 4). The error says what
 * is wrong and names the file. Throws `FilesystemError`. Source: image §3.
 */
export async function readForeignInstalled(
  filesystem: Filesystem,
  metadata: string,
  loadSql: LoadSql,
): Promise<Result<readonly ForeignPackage[], { readonly path: string; readonly reason: string }>> {
  const database = join(metadata, 'state', 'catalog.db')
  const catalog = join(metadata, 'state', 'installed', 'catalog.base.C')
  const isDatabase = filesystem.lstat(database) !== undefined
  const path = isDatabase ? database : catalog
  const rows = isDatabase
    ? await databaseRows(filesystem, database, loadSql)
    : catalogRows(filesystem, catalog)
  if (!rows.ok) return err({ path, reason: rows.error })
  const packages = new Map<string, ForeignPackage>()
  for (const row of rows.value) {
    const found = readRow(row)
    if (typeof found === 'string') return err({ path, reason: found })
    if (packages.has(found.fmri.stem)) return err({ path, reason: `${found.fmri.stem} is installed twice` })
    packages.set(found.fmri.stem, found)
  }
  return ok([...packages.values()])
}

async function databaseRows(
  filesystem: Filesystem,
  path: string,
  loadSql: LoadSql,
): Promise<Result<readonly Row[], string>> {
  // What another client has not written into the database yet would be missed.
  for (const suffix of ['-wal', '-journal'])
    if ((filesystem.lstat(path + suffix)?.size ?? 0) > 0)
      return err('pkg5 was interrupted or is at work; let it finish first')
  const bytes = filesystem.readFile(path)
  const sql = await loadSql()
  let database: InstanceType<typeof sql.Database> | undefined
  try {
    database = new sql.Database(bytes)
    database.run('PRAGMA trusted_schema = OFF')
    const rows = (text: string): readonly (readonly unknown[])[] => database?.exec(text)[0]?.values ?? []
    if (rows('PRAGMA quick_check(1)')[0]?.[0] !== 'ok') return err('it is damaged')
    // A view could make up rows without end.
    if (rows("SELECT type FROM sqlite_master WHERE name = 'packages'")[0]?.[0] !== 'table')
      return err('it has no table of packages')
    return ok(
      rows('SELECT pub, stem, version, base FROM packages WHERE installed = 1 ORDER BY stem').map(
        ([publisher, stem, version, base]) => ({
          publisher: String(publisher),
          stem: String(stem),
          version: String(version),
          entry: parseJson(String(base)),
        }),
      ),
    )
  } catch (error) {
    // sql.js throws plain Errors with SQLite's text.
    return err(error instanceof Error ? error.message : String(error))
  } finally {
    database?.close()
  }
}

function catalogRows(filesystem: Filesystem, path: string): Result<readonly Row[], string> {
  const text = readText(filesystem, path)
  if (text === undefined) return err('there is neither a database nor a catalog of what is installed')
  const value = parseJson(text)
  if (!isObject(value)) return err('it is not a catalog')
  const rows: Row[] = []
  for (const [publisher, stems] of Object.entries(value)) {
    if (publisher === '_SIGNATURE') continue
    if (!isObject(stems)) return err(`'${publisher}' is not a list of packages`)
    for (const [stem, entries] of Object.entries(stems)) {
      if (!Array.isArray(entries)) return err(`'${stem}' is not a list of versions`)
      for (const entry of entries)
        rows.push({ publisher, stem, version: String(isObject(entry) ? entry.version : ''), entry })
    }
  }
  return ok(rows)
}

function readRow({ publisher, stem, version, entry }: Row): ForeignPackage | string {
  const text = `pkg://${publisher}/${stem}@${version}`
  const fmri = parseFmri(text)
  if (!fmri.ok || fmri.value.version?.timestamp === undefined)
    return `'${text}' is not a full name of a package`
  if (!isObject(entry) || !isObject(entry.metadata)) return `the entry of ${text} is damaged`
  const { states, 'last-install': installed, 'last-update': updated } = entry.metadata
  if (!Array.isArray(states) || !states.includes(state.installed)) return `${text} has no state`
  const sha1 = entry['signature-sha-1']
  const updateTime = moment(updated)
  return {
    fmri: fmri.value,
    manual: states.includes(state.manual),
    installTime: moment(installed) ?? updateTime ?? 0,
    updateTime,
    manifestSha1: typeof sha1 === 'string' ? sha1 : undefined,
  }
}

/** `20261122T192521.762926Z`, to the millisecond. */
function moment(text: unknown): number | undefined {
  const match = typeof text === 'string' ? /^(\d{8}T\d{6})(?:\.(\d{3})\d*)?Z$/.exec(text) : null
  const seconds = match === null ? undefined : parseTimestamp(`${match[1]}Z`)
  return seconds === undefined ? undefined : seconds + Number(match?.[2] ?? 0)
}
