import { FilesystemError } from '#model'
import { metadataPathOf, type RecoveryTarget } from '../target.ts'
import { type Journal, readJournal, stagePath } from './journal.ts'

/** A file of the image's own that a run has replaced which is not over. */
export interface OpenReplacement {
  /** Generation that the file is ahead of, until the run commits. */
  readonly base: number
  /** Host path of what it was; gone as soon as the run is over. */
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
 * What a run under way, or one that was cut off, has done so far to one of the image's own files; undefined when nothing. Reads
 * only. A journal that cannot be used says nothing. Throws `FilesystemError`.
 */
export function openReplacement(
  target: Omit<RecoveryTarget, 'committedGeneration'>,
  name: string,
): OpenReplacement | undefined {
  const { filesystem, metadata } = target
  const metadataPath = metadataPathOf(target)
  const journal = journalIfThere(target, metadataPath)
  if (journal === undefined) return undefined
  const { base, operation, placing } = journal
  const stage = `${stagePath(metadata)}/${operation}`
  for (const step of placing) {
    if (step.do !== 'place' || step.path !== `${metadataPath}/${name}` || step.backup === undefined) continue
    if (filesystem.lstat(`${stage}/${step.from}`) !== undefined) return undefined
    return { base, previous: `${stage}/${step.backup}` }
  }
  return undefined
}
