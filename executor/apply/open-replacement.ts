import { FilesystemError } from '#model'
import { metadataPathOf, type RecoveryTarget } from '../target.ts'
import { type Journal, readJournal } from './journal.ts'
import { pathInStage, stagesOf } from './stages.ts'

/** A file of the image itself that an unfinished run has replaced. */
export interface OpenReplacement {
  /** Generation before the run; the file belongs to the next one. */
  readonly base: number
  /** Host path of the old file; removed when the run ends. */
  readonly previous: string
}

function journalIfThere(
  { filesystem, metadata, metadataFiles }: Omit<RecoveryTarget, 'committedGeneration'>,
  metadataPath: string,
): Journal | undefined {
  try {
    const read = readJournal(filesystem, metadata, { metadataPath, metadataFiles })
    return read.ok ? read.value?.journal : undefined
  } catch (error) {
    // The run ended between two looks.
    if (error instanceof FilesystemError && error.problem.errno === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Finds the replacement of a file of the image itself by a running or interrupted run; undefined: the file is not replaced, or the
 * journal cannot be used. Reads only. Throws `FilesystemError`.
 */
export function openReplacement(
  target: Omit<RecoveryTarget, 'committedGeneration'>,
  name: string,
): OpenReplacement | undefined {
  const { filesystem } = target
  const metadataPath = metadataPathOf(target)
  const journal = journalIfThere(target, metadataPath)
  if (journal === undefined) return undefined
  const { base, placing } = journal
  const stages = stagesOf(target, journal)
  for (const step of placing) {
    if (step.do !== 'place' || step.path !== `${metadataPath}/${name}` || step.backup === undefined) continue
    if (filesystem.lstat(pathInStage(stages, step.from)) !== undefined) return undefined
    return { base, previous: pathInStage(stages, step.backup) }
  }
  return undefined
}
