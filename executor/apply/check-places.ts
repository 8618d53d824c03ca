import { type Filesystem, hostPath } from '#model'
import { parentOf } from '../image-path.ts'
import type { Journal } from './journal.ts'
import { type Run, stagePath, stagesOf } from './stages.ts'
import { directoriesOf } from './whole-trees.ts'

/** Host path of a folder in a stage that is no directory; a rollback must not read through it. Undefined: there is none. */
export function strangeStage(
  filesystem: Filesystem,
  target: { readonly root: string; readonly metadata: string },
  run: Run,
): string | undefined {
  const folders = stagesOf(target, run).flatMap((stage) => [stage, `${stage}/new`, `${stage}/old`])
  return [stagePath(target.metadata), ...folders].find(
    (path) => (filesystem.lstat(path)?.type ?? 'directory') !== 'directory',
  )
}

/**
 * Image path of a missing stage outside the metadata folder. The journal is written after all stages are made, so the file system of a
 * missing stage is not mounted. Undefined: all stages exist.
 */
export function missingStage(
  filesystem: Filesystem,
  root: string,
  { stages }: Pick<Run, 'stages'>,
): string | undefined {
  return stages.find((stage) => filesystem.lstat(hostPath(root, stage)) === undefined)
}

/** Image paths of the directories above all paths of a journal. */
function* directoriesIn(journal: Journal): Generator<string> {
  for (const stage of journal.stages) yield parentOf(stage)
  for (const step of [...journal.displacing, ...journal.placing]) {
    yield step.path.slice(0, Math.max(0, step.path.lastIndexOf('/')))
    if (!('content' in step)) continue
    for (const inside of directoriesOf(step.content))
      yield inside === '' ? step.path : `${step.path}/${inside}`
  }
}

/**
 * Host path of a link in place of a directory of the run: a rollback must not go through it. Links that the journal itself delivers or removes
 * are ignored. Undefined: there is none.
 */
export function linkOnTheWay(filesystem: Filesystem, root: string, journal: Journal): string | undefined {
  const own = new Set(
    [...journal.displacing, ...journal.placing].flatMap((step) =>
      ['displace', 'place', 'rehome'].includes(step.do) ? [step.path] : [],
    ),
  )
  /** Whether one can go on from a directory. */
  const known = new Map<string, boolean>()
  for (const directory of directoriesIn(journal)) {
    let at = ''
    for (const name of directory === '' ? [] : directory.split('/')) {
      at = at === '' ? name : `${at}/${name}`
      if (!known.has(at)) {
        const type = filesystem.lstat(hostPath(root, at))?.type
        if (type === 'link' && !own.has(at)) return hostPath(root, at)
        known.set(at, type === 'directory')
      }
      if (known.get(at) !== true) break
    }
  }
  return undefined
}
