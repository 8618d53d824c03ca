import { err, type Filesystem, FilesystemError, hostPath, ok, type Result, removeTree } from '#model'
import { type BulkFiles, inlineBulkFiles } from '../files/bulk-files.ts'
import { parentOf } from '../image-path.ts'
import type { InstallerProblem } from '../problems.ts'
import { metadataPathOf, type RecoveryTarget } from '../target.ts'
import { linkOnTheWay, missingStage, strangeStage } from './check-places.ts'
import { type Journal, journalPath, readJournal } from './journal.ts'
import { removeStages, stagePath } from './stages.ts'
import { tidy, undo } from './transaction.ts'

/** The result of a recovery. `operation`: name of the interrupted run, '' when there was none. */
export interface Recovery {
  readonly side: 'none' | 'undone' | 'finished'
  readonly operation: string
}

/** True when a run was interrupted between its first visible change and its end. Reads only. Throws `FilesystemError`. */
export function hasOpenJournal(filesystem: Filesystem, metadata: string): boolean {
  return filesystem.lstat(journalPath(metadata)) !== undefined
}

/**
 * True when a run left an open journal, or a stage that it filled before its first visible change; the holder of the lock calls
 * `recoverInterrupted` then. Reads only. Throws `FilesystemError`.
 */
export function hasLeftovers(filesystem: Filesystem, metadata: string): boolean {
  const paths = [journalPath(metadata), `${journalPath(metadata)}.new`, stagePath(metadata)]
  return paths.some((path) => filesystem.lstat(path) !== undefined)
}

/** Removes the files of a run that never wrote its journal, or has removed it already. Files that cannot be removed hinder no later run. */
function sweep(target: RecoveryTarget, bulk: BulkFiles): void {
  removeTree(target.filesystem, `${journalPath(target.metadata)}.new`)
  removeStages(target, bulk)
}

/** Why a valid journal cannot be undone: the paths that it names have changed. */
function obstacle(target: RecoveryTarget, journal: Journal): InstallerProblem | undefined {
  const missing = missingStage(target.filesystem, target.root, journal)
  if (missing !== undefined) {
    return {
      code: 'ips::installer_error::stage_missing',
      path: hostPath(target.root, missing),
      directory: hostPath(target.root, parentOf(missing)),
      journal: journalPath(target.metadata),
    }
  }
  const strange = strangeStage(target.filesystem, target, journal)
  const path = strange ?? linkOnTheWay(target.filesystem, target.root, journal)
  if (path === undefined) return undefined
  const cause = { code: 'ips::filesystem_error::call_failed', call: 'lstat', path, errno: 'ELOOP' } as const
  return { code: 'ips::installer_error::recovery_failed', cause }
}

/**
 * Finishes or undoes an interrupted run. The durable generation tells on which side of the commit the run was: with the journal's base
 * all steps are undone, with the next generation only temporary files are removed. Call it under the image lock before any change; it
 * may be interrupted and called again. Checks the whole journal, and the paths that it names, before the first change. Problems:
 * `bad_journal`, `recovery_failed` and `stage_missing` (call again when the cause is gone).
 */
export function recoverInterrupted(target: RecoveryTarget): Result<Recovery, InstallerProblem> {
  const { filesystem, metadata, metadataFiles, committedGeneration } = target
  const place = { ...target, bulk: inlineBulkFiles(filesystem), asRoot: false }
  try {
    const read = readJournal(filesystem, metadata, { metadataPath: metadataPathOf(target), metadataFiles })
    if (!read.ok) return read
    if (read.value === undefined) {
      sweep(target, place.bulk)
      return ok({ side: 'none', operation: '' })
    }
    const { journal, marks } = read.value
    if (committedGeneration === journal.base + 1) {
      // The run may have died before it had flushed its commit; without the journal that would be past saving.
      filesystem.sync(metadata)
      tidy(place)
      return ok({ side: 'finished', operation: journal.operation })
    }
    if (committedGeneration !== journal.base) {
      const reason = `its generation is ${journal.base}, but that of the image is ${committedGeneration}`
      return err({ code: 'ips::installer_error::bad_journal', path: journalPath(metadata), reason })
    }
    const found = obstacle(target, journal)
    if (found !== undefined) return err(found)
    // Owners that we may not set were not set by the interrupted run either.
    undo(place, journal, marks)
    return ok({ side: 'undone', operation: journal.operation })
  } catch (error) {
    if (!(error instanceof FilesystemError)) throw error
    return err({ code: 'ips::installer_error::recovery_failed', cause: error.problem })
  }
}
