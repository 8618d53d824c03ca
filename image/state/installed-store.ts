import { err, type Filesystem, ok, type Result, replaceFile } from '#model'
import type { LoadSql, SqlEngine } from '../host.ts'
import { emptyState, type InstalledState } from '../installed-state.ts'
import type { ImageLayout } from '../layout.ts'
import type { ImageProblem } from '../problems.ts'
import { attempt, attemptQuietly, readText } from '../storage.ts'
import { readDatabase, writeDatabase } from './installed-db.ts'
import { formatSnapshot, parseSnapshot, sha256 } from './installed-snapshot.ts'

/** The installed database on disk with its reader's copy. */
export interface InstalledStore {
  /** Reads the state, from the snapshot file when it fits the database. Problems: `corrupt_db`, `storage` and its kin. */
  read(): Promise<Result<InstalledState, ImageProblem>>
  /** Loads what a commit needs, so that the commit itself is synchronous. Only under the lock. */
  prepareCommit(): Promise<Result<CommitState, ImageProblem>>
  /** Generation in the header of the database file, without SQL. Throws `FilesystemError`. */
  durableGeneration(): number
}

/**
 * Makes a new state durable; it is the next generation of the one that was read. Throws `FilesystemError`, which after
 * the rename can only mean that the directory could not be flushed (`durableGeneration` tells), or `CorruptDatabaseError`.
 */
export type CommitState = (next: Omit<InstalledState, 'generation'>) => InstalledState

/** SQLite refused during a commit what it had accepted at preparation. */
export class CorruptDatabaseError extends Error {}

/**
 * Opens nothing yet; a missing database file is `corrupt_db`, since creating the image made one. `readOnly`: the reader's copy is not made
 * anew either.
 */
export function installedStore(
  filesystem: Filesystem,
  layout: ImageLayout,
  loadSql: LoadSql,
  { readOnly }: { readonly readOnly: boolean } = { readOnly: false },
): InstalledStore {
  const corrupt = (reason: string): ImageProblem => ({
    code: 'ips::image_error::corrupt_db',
    path: layout.database,
    reason,
  })
  let loaded: Promise<SqlEngine> | undefined
  const loadOnce = (): Promise<SqlEngine> => {
    loaded ??= loadSql()
    return loaded
  }
  const readBytes = (): Result<Uint8Array, ImageProblem> => {
    const bytes = attempt(() =>
      filesystem.lstat(layout.database) === undefined ? undefined : filesystem.readFile(layout.database),
    )
    if (!bytes.ok) return bytes
    return bytes.value === undefined ? err(corrupt('it is missing')) : ok(bytes.value)
  }
  const readState = async (bytes: Uint8Array): Promise<Result<InstalledState, ImageProblem>> => {
    const stamp = sha256(bytes)
    const copied = readSnapshot(filesystem, layout, stamp)
    if (copied !== undefined) return ok(copied)
    const state = readDatabase(await loadOnce(), bytes)
    if (!state.ok) return err(corrupt(state.error))
    if (!readOnly)
      attemptQuietly(() => replaceFile(filesystem, layout.snapshot, formatSnapshot(state.value, stamp)))
    return ok(state.value)
  }
  return {
    async read() {
      const bytes = readBytes()
      return bytes.ok ? readState(bytes.value) : bytes
    },
    durableGeneration: () => headerGeneration(filesystem.readFile(layout.database)),
    async prepareCommit() {
      const bytes = readBytes()
      if (!bytes.ok) return bytes
      const sql = await loadOnce()
      const before = readDatabase(sql, bytes.value)
      if (!before.ok) return err(corrupt(before.error))
      return ok((changed) => {
        const next = { ...changed, generation: before.value.generation + 1 }
        const written = writeDatabase(sql, bytes.value, before.value, next)
        if (!written.ok) throw new CorruptDatabaseError(written.error)
        replaceFile(filesystem, layout.database, written.value)
        attemptQuietly(() =>
          replaceFile(filesystem, layout.snapshot, formatSnapshot(next, sha256(written.value))),
        )
        return next
      })
    },
  }
}

/** `PRAGMA user_version`: four bytes at offset 60 of a SQLite file, where `writeDatabase` repeats the generation. */
function headerGeneration(bytes: Uint8Array): number {
  return bytes.length < 64 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(60)
}

/** Writes the database of a new image, which holds `state`. Throws `FilesystemError`. */
export function createDatabase(
  filesystem: Filesystem,
  layout: ImageLayout,
  sql: SqlEngine,
  state: InstalledState = emptyState,
): void {
  const written = writeDatabase(sql, undefined, emptyState, state)
  if (!written.ok) throw new Error(`a new database cannot be made: ${written.error}`)
  replaceFile(filesystem, layout.database, written.value)
  replaceFile(filesystem, layout.snapshot, formatSnapshot(state, sha256(written.value)))
}

function readSnapshot(
  filesystem: Filesystem,
  layout: ImageLayout,
  stamp: string,
): InstalledState | undefined {
  // Unreadable, a link, a directory: the database is the truth.
  const text = attempt(() => readText(filesystem, layout.snapshot))
  return text.ok && text.value !== undefined ? parseSnapshot(text.value, stamp) : undefined
}
