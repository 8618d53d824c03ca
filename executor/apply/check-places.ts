import { type Filesystem, hostPath } from '#model'
import type { Journal } from './journal.ts'
import { directoriesOf } from './whole-trees.ts'

/** A folder of a run's stage that is there and no directory, as host path: what is put back must come from nowhere else. */
export function strangeStage(filesystem: Filesystem, stage: string, operation: string): string | undefined {
  const run = `${stage}/${operation}`
  return [stage, run, `${run}/new`, `${run}/old`].find(
    (path) => (filesystem.lstat(path)?.type ?? 'directory') !== 'directory',
  )
}

/** Image paths of directories that a journal reaches into. */
function* directoriesIn(journal: Journal): Generator<string> {
  for (const step of [...journal.displacing, ...journal.placing]) {
    yield step.path.slice(0, Math.max(0, step.path.lastIndexOf('/')))
    if (!('content' in step)) continue
    for (const inside of directoriesOf(step.content))
      yield inside === '' ? step.path : `${step.path}/${inside}`
  }
}

/**
 * A link, as host path, where the run had a directory: nothing can be put back through it. Links that the journal itself
 * brings or takes away do not count.
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
