import { diskFailure, type FilesystemProblem } from '#model'
import { isWithin, joinPath } from '../image-path.ts'
import { type Journal, stagePath } from './journal.ts'

/** Leftovers that are told one by one. */
const MOST_TOLD = 10

/** Image path of a file that a run moved or linked to a name in its stage; undefined: it is a new one. */
function formerPath({ displacing, placing }: Journal, name: string): string | undefined {
  for (const step of displacing)
    if ('to' in step && isWithin(name, step.to))
      return name === step.to ? step.path : joinPath(step.path, name.slice(step.to.length + 1))
  return placing.find((step) => step.do === 'place' && step.backup === name)?.path
}

/**
 * A text for each file that stays in the stage of a finished run: its path, its former path in the image, and the reason. Files of earlier
 * runs were told then.
 */
export function leftoverWarnings(
  metadata: string,
  journal: Journal,
  failures: readonly FilesystemProblem[],
): string[] {
  const stage = `${stagePath(metadata)}/${journal.operation}/`
  const own = failures.filter(({ path }) => path.startsWith(stage))
  const texts = own.slice(0, MOST_TOLD).map((failure) => {
    const former = formerPath(journal, failure.path.slice(stage.length))
    const subject = former === undefined ? '' : `${former}: removed from its place, but not deleted: `
    return `${subject}${diskFailure(failure)}; later commands try again`
  })
  const more = own.length - texts.length
  return more > 0 ? [...texts, `${more} more files were not deleted`] : texts
}
