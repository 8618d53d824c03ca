import { type Filesystem, FilesystemError, removeTree } from '#model'
import { refuse } from './failure.ts'
import { parentOf } from './image-path.ts'
import { type Journal, markJournal, removeJournal, stagePath } from './journal.ts'
import { setOwnership } from './stage.ts'
import type { DisplacingStep, Ownership, PlacingStep } from './steps.ts'

/** Where steps act. */
export interface Place {
  readonly filesystem: Filesystem
  readonly root: string
  readonly metadata: string
  readonly asRoot: boolean
}

interface Paths {
  /** Host path of an image path. */
  readonly at: (path: string) => string
  /** Host path of a name in the stage. */
  readonly staged: (name: string) => string
  /** Throws unless the directory of an image path is really there, without any link on the way. */
  readonly checkParent: (path: string) => void
}

function pathsOf(place: Place, operation: string): Paths {
  const { filesystem, root } = place
  const base = root === '/' ? '' : root
  const realRoot = filesystem.realPath(root)
  const realBase = realRoot === '/' ? '' : realRoot
  let checked: string | undefined
  return {
    at: (path) => (path === '' ? root : `${base}/${path}`),
    staged: (name) => `${stagePath(place.metadata)}/${operation}/${name}`,
    checkParent(path) {
      const parent = parentOf(path)
      if (parent === checked) return
      const expected = parent === '' ? realRoot : `${realBase}/${parent}`
      if (filesystem.realPath(parent === '' ? root : `${base}/${parent}`) !== expected) {
        throw new FilesystemError({
          code: 'ips::filesystem_error::call_failed',
          call: 'realPath',
          path: `${base}/${parent}`,
          errno: 'ELOOP',
        })
      }
      checked = parent
    },
  }
}

function checkForward(paths: Paths, path: string): void {
  try {
    paths.checkParent(path)
  } catch (error) {
    if (!(error instanceof FilesystemError) || error.problem.errno !== 'ELOOP') throw error
    refuse({ code: 'ips::installer_error::unsafe_path', fmri: '', path, parent: parentOf(path) })
  }
}

function perform(place: Place, paths: Paths, step: DisplacingStep | PlacingStep): void {
  const { filesystem } = place
  const here = paths.at(step.path)
  if (step.path !== '') checkForward(paths, step.path)
  switch (step.do) {
    case 'displace':
      filesystem.rename(here, paths.staged(step.to))
      return
    case 'remove-directory':
      filesystem.removeDirectory(here)
      return
    case 'make-directory':
      filesystem.makeDirectory(here, step.mode)
      setOwnership(place, here, step)
      return
    case 'place':
    case 'rehome':
      filesystem.rename(paths.staged(step.from), here)
      return
    case 'attributes':
      setOwnership(place, here, step.after)
  }
}

function restoreOwnership(place: Place, path: string, wanted: Ownership): void {
  const status = place.filesystem.lstat(path)
  if (status === undefined || status.type === 'link') return
  if (status.mode !== wanted.mode || status.uid !== wanted.uid || status.gid !== wanted.gid) {
    setOwnership(place, path, wanted)
  }
}

function undoPlacing(place: Place, paths: Paths, step: PlacingStep): void {
  const { filesystem } = place
  const here = paths.at(step.path)
  if (step.do === 'attributes') {
    if (filesystem.lstat(here) === undefined) return
    if (step.path !== '') paths.checkParent(step.path)
    restoreOwnership(place, here, step.before)
    return
  }
  if (step.do === 'make-directory') {
    if (filesystem.lstat(here)?.type !== 'directory') return
    paths.checkParent(step.path)
    removeUnlessFilled(filesystem, here)
    return
  }
  const from = paths.staged(step.from)
  // Still in the stage: it was not placed yet, or is not any more.
  if (filesystem.lstat(from) !== undefined) return
  if (step.do === 'place' && step.backup !== undefined) {
    const backup = paths.staged(step.backup)
    if (filesystem.lstat(backup) === undefined) return
    paths.checkParent(step.path)
    filesystem.rename(backup, here)
  } else if (filesystem.lstat(here) !== undefined) {
    paths.checkParent(step.path)
    filesystem.rename(here, from)
  }
}

/** A directory that somebody else put something into meanwhile stays. */
function removeUnlessFilled(filesystem: Filesystem, path: string): void {
  try {
    filesystem.removeDirectory(path)
  } catch (error) {
    if (!(error instanceof FilesystemError) || !['ENOTEMPTY', 'EEXIST'].includes(error.problem.errno))
      throw error
  }
}

function undoDisplacing(place: Place, paths: Paths, step: DisplacingStep): void {
  const { filesystem } = place
  const here = paths.at(step.path)
  if (step.do === 'remove-directory') {
    paths.checkParent(step.path)
    if (filesystem.lstat(here) === undefined) filesystem.makeDirectory(here, step.mode)
    restoreOwnership(place, here, step)
    return
  }
  const to = paths.staged(step.to)
  if (filesystem.lstat(to) === undefined) return
  paths.checkParent(step.path)
  filesystem.rename(to, here)
}

/** Flushes each directory that steps touched, once; those that are gone need none. */
function flushDirectories(
  place: Place,
  paths: Paths,
  steps: readonly { readonly path: string }[],
  stage: string,
): void {
  const { filesystem } = place
  const directories = new Set(steps.map(({ path }) => paths.at(parentOf(path))))
  for (const directory of directories) {
    if (filesystem.lstat(directory)?.type === 'directory') filesystem.sync(directory)
  }
  for (const name of ['new', 'old']) filesystem.sync(`${stage}/${name}`)
}

/** Makes the visible changes of a journal that is durable, and flushes them. */
export function carryOut(place: Place, journal: Journal, onStep: (done: number) => void): void {
  const paths = pathsOf(place, journal.operation)
  const stage = paths.staged('').slice(0, -1)
  let done = 0
  for (const step of journal.displacing) {
    perform(place, paths, step)
    onStep(++done)
  }
  // The mark promises that all of the first phase is on disk: undoing relies on it to tell where a thing is.
  if (journal.displacing.length > 0) flushDirectories(place, paths, journal.displacing, stage)
  markJournal(place.filesystem, place.metadata, 'placing')
  for (const step of journal.placing) {
    perform(place, paths, step)
    onStep(++done)
  }
  flushDirectories(place, paths, journal.placing, stage)
  for (const step of journal.placing) {
    if (step.do === 'attributes' || step.do === 'make-directory')
      flushQuietly(place.filesystem, paths.at(step.path))
  }
}

/** Flushes modes; what we may not open keeps them in memory a little longer. */
function flushQuietly(filesystem: Filesystem, path: string): void {
  try {
    filesystem.sync(path)
  } catch (error) {
    if (!(error instanceof FilesystemError) || error.problem.errno !== 'EACCES') throw error
  }
}

/** Puts everything back; may be interrupted and started again at any point. */
export function undo(place: Place, journal: Journal, marks: ReadonlySet<string>): void {
  const { filesystem, metadata } = place
  const paths = pathsOf(place, journal.operation)
  const stage = paths.staged('').slice(0, -1)
  if (marks.has('placing') && !marks.has('unplaced')) {
    for (const step of journal.placing.toReversed()) undoPlacing(place, paths, step)
    flushDirectories(place, paths, journal.placing, stage)
    markJournal(filesystem, metadata, 'unplaced')
  }
  for (const step of journal.displacing.toReversed()) undoDisplacing(place, paths, step)
  flushDirectories(place, paths, journal.displacing, stage)
  tidy(place)
}

/** Forgets a run that is wholly done or wholly undone: the journal first, then what is only rubbish without it. */
export function tidy(place: Pick<Place, 'filesystem' | 'metadata'>): void {
  removeJournal(place.filesystem, place.metadata)
  removeTree(place.filesystem, stagePath(place.metadata))
}
