import {
  compareCodePoints,
  err,
  type Freeze,
  formatVersion,
  ok,
  parsePublisherName,
  parseStem,
  parseVersion,
  type Result,
  type Stem,
} from '#model'
import type { SqlDatabase, SqlEngine, SqlValue } from '../host.ts'
import { createTables, databaseFormat } from '../installed-db-schema.ts'
import type { InstalledRecord, InstalledState } from '../installed-state.ts'

/** Reads a whole database file. The error is a reason for `corrupt_db`. Nothing of it is trusted: every row is parsed again. */
export function readDatabase(sql: SqlEngine, bytes: Uint8Array): Result<InstalledState, string> {
  const opened = openDatabase(sql, bytes)
  if (!opened.ok) return opened
  const database = opened.value
  try {
    return readTables(database)
  } catch (error) {
    return err(reasonOf(error))
  } finally {
    database.close()
  }
}

/**
 * The bytes of the database that holds `next`, made from the one that holds `previous` (undefined: a new one) by changing only
 * the rows that differ, in one transaction. The error is a reason for `corrupt_db`.
 */
export function writeDatabase(
  sql: SqlEngine,
  bytes: Uint8Array | undefined,
  previous: InstalledState,
  next: InstalledState,
): Result<Uint8Array, string> {
  const opened = openDatabase(sql, bytes)
  if (!opened.ok) return opened
  const database = opened.value
  try {
    database.run('BEGIN')
    if (bytes === undefined) database.exec(createTables)
    storeChanges(database, previous, next)
    database.run('COMMIT')
    return ok(database.export())
  } catch (error) {
    return err(reasonOf(error))
  } finally {
    database.close()
  }
}

function openDatabase(sql: SqlEngine, bytes: Uint8Array | undefined): Result<SqlDatabase, string> {
  try {
    return ok(new sql.Database(bytes))
  } catch (error) {
    return err(reasonOf(error))
  }
}

/** sql.js throws plain Errors with SQLite's text; they say what is wrong with the file. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function readTables(database: SqlDatabase): Result<InstalledState, string> {
  const check = rows(database, 'PRAGMA quick_check(1)')[0]?.[0]
  if (check !== 'ok') return err(`integrity check: ${String(check)}`)
  const format = metaValue(database, 'format')
  if (format !== databaseFormat) return err(`format ${format} instead of ${databaseFormat}`)
  const generation = metaValue(database, 'generation')
  if (generation === undefined || !Number.isSafeInteger(generation) || generation < 0)
    return err('it has no generation')
  const packages: InstalledRecord[] = []
  for (const row of rows(
    database,
    'SELECT stem, publisher, version, manual, installed_at, updated_at, manifest_sha256, dependencies FROM packages',
  )) {
    const record = readPackage(row)
    if (record === undefined) return err(`package row '${String(row[0])}' does not parse`)
    packages.push(record)
  }
  packages.sort((a, b) => compareCodePoints(a.fmri.stem, b.fmri.stem))
  const avoided: Stem[] = []
  for (const [text] of rows(database, 'SELECT stem FROM avoided')) {
    const stem = parseStem(String(text))
    if (!stem.ok) return err(`avoided name '${String(text)}' does not parse`)
    avoided.push(stem.value)
  }
  const frozen: Freeze[] = []
  for (const [text, version, reason, since] of rows(
    database,
    'SELECT stem, version, reason, since FROM frozen',
  )) {
    const stem = parseStem(String(text))
    if (!stem.ok) return err(`frozen name '${String(text)}' does not parse`)
    frozen.push({
      stem: stem.value,
      version: String(version),
      reason: reason === null || reason === undefined ? undefined : String(reason),
      since: Number(since),
    })
  }
  avoided.sort(compareCodePoints)
  frozen.sort((a, b) => compareCodePoints(a.stem, b.stem))
  return ok({ generation, packages, avoided, frozen })
}

function readPackage(row: readonly SqlValue[]): InstalledRecord | undefined {
  const [stemText, publisherText, versionText, manual, installed, updated, sha256, actions] = row
  const stem = parseStem(String(stemText))
  const publisher = parsePublisherName(String(publisherText))
  const version = parseVersion(String(versionText))
  if (!stem.ok || !publisher.ok || !version.ok) return undefined
  return {
    fmri: { publisher: publisher.value, stem: stem.value, version: version.value },
    manual: manual === 1,
    installTime: Number(installed),
    updateTime: updated === null || updated === undefined ? undefined : Number(updated),
    manifestSha256: String(sha256),
    catalogActions: String(actions),
  }
}

function metaValue(database: SqlDatabase, name: string): number | undefined {
  const value = rows(database, 'SELECT value FROM meta WHERE name = ?', [name])[0]?.[0]
  return typeof value === 'number' ? value : undefined
}

function rows(database: SqlDatabase, text: string, parameters?: SqlValue[]): SqlValue[][] {
  const [result] = database.exec(text, parameters)
  return result === undefined ? [] : result.values
}

function storeChanges(database: SqlDatabase, previous: InstalledState, next: InstalledState): void {
  database.run('INSERT OR REPLACE INTO meta VALUES (?, ?)', ['format', databaseFormat])
  database.run('INSERT OR REPLACE INTO meta VALUES (?, ?)', ['generation', next.generation])
  database.run(`PRAGMA user_version = ${next.generation % 2 ** 31}`)
  const before = new Map(previous.packages.map((record) => [record.fmri.stem, record]))
  const after = new Map(next.packages.map((record) => [record.fmri.stem, record]))
  const remove = database.prepare('DELETE FROM packages WHERE stem = ?')
  for (const stem of before.keys()) if (!after.has(stem)) remove.run([stem])
  remove.free()
  const put = database.prepare('INSERT OR REPLACE INTO packages VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  for (const [stem, record] of after) if (before.get(stem) !== record) put.run(packageRow(record))
  put.free()
  database.run('DELETE FROM avoided')
  for (const stem of next.avoided) database.run('INSERT INTO avoided VALUES (?)', [stem])
  database.run('DELETE FROM frozen')
  for (const freeze of next.frozen)
    database.run('INSERT INTO frozen VALUES (?, ?, ?, ?)', [
      freeze.stem,
      freeze.version,
      freeze.reason ?? null,
      freeze.since,
    ])
}

function packageRow(record: InstalledRecord): SqlValue[] {
  const { fmri } = record
  if (fmri.publisher === undefined || fmri.version === undefined)
    throw new RangeError(`an installed package needs publisher and version: ${fmri.stem}`)
  return [
    fmri.stem,
    fmri.publisher,
    formatVersion(fmri.version),
    record.manual ? 1 : 0,
    record.installTime,
    record.updateTime ?? null,
    record.manifestSha256,
    record.catalogActions,
  ]
}
