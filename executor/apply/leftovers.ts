import { diskFailure, type FilesystemProblem } from '#model'
import { isWithin, joinPath } from '../image-path.ts'
import type { Journal } from './journal.ts'
import { stagesOf } from './stages.ts'

/** Most leftovers that are listed one by one. */
const MOST_TOLD = 10

/** Image path of a file that a run moved or linked to a name in its stage; undefined: the file is new. */
function formerPath({ displacing, placing }: Journal, name: string): string | undefined {
  for (const step of displacing)
    if ('to' in step && isWithin(name, step.to))
      return name === step.to ? step.path : joinPath(step.path, name.slice(step.to.length + 1))
  return placing.find((step) => step.do === 'place' && step.backup === name)?.path
}

/** The name of a file in the stages of a run; undefined: it is in none. */
function nameInStages(stages: readonly string[], path: string): string | undefined {
  const stage = stages.findIndex((one) => path.startsWith(`${one}/`))
  if (stage < 0) return undefined
  return `${stage === 0 ? '' : `@${stage}/`}${path.slice(stages[stage]!.length + 1)}`
}

/**
 * A text for each file that stays in a stage of a finished run: its path, its former path in the image, and the reason. Files of earlier
 * runs are not listed: those runs listed them.
 */
export function leftoverWarnings(
  target: { readonly root: string; readonly metadata: string },
  journal: Journal,
  failures: readonly FilesystemProblem[],
): string[] {
  const stages = stagesOf(target, journal)
  const own = failures.flatMap((failure) => {
    const name = nameInStages(stages, failure.path)
    return name === undefined ? [] : [{ failure, name }]
  })
  const texts = own.slice(0, MOST_TOLD).map(({ failure, name }) => {
    const former = formerPath(journal, name)
    const subject = former === undefined ? '' : `${former}: removed from its place, but not deleted: `
    return `${subject}${diskFailure(failure)}; later commands try again`
  })
  const more = own.length - texts.length
  return more > 0 ? [...texts, `${more} more files were not deleted`] : texts
}
