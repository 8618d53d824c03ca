import type { Filesystem, Result } from '#model'
import type { InstallerProblem } from './problems.ts'
import type { RecoveryTarget } from './target.ts'

/** What recovery did; `operation` is the id of the interrupted run. */
export interface Recovery {
  readonly side: 'none' | 'undone' | 'finished'
  readonly operation: string
}

/** True when an earlier run was interrupted between its first visible change and its end. Reads only. */
export function hasOpenJournal(_filesystem: Filesystem, _metadata: string): boolean {
  throw new Error('unwritten')
}

/** Finishes or undoes an interrupted run; call it under the image lock before any change. May itself be interrupted. */
export function recoverInterrupted(_target: RecoveryTarget): Result<Recovery, InstallerProblem> {
  throw new Error('unwritten')
}
