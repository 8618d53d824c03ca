import {
  type Filesystem,
  FilesystemError,
  type FilesystemProblem,
  hostPath,
  type PinnedDirectory,
} from '#model'
import { checkCancelled } from '../executor.ts'
import { refuse } from '../failure.ts'
import type { BulkFiles } from '../files/bulk-files.ts'
import { joinPath, nameOf, parentOf } from '../image-path.ts'
import { OWNER_ACCESS, type Ownership } from '../ownership.ts'
import { missingStage } from './check-places.ts'
import { type Journal, markJournal, removeJournal } from './journal.ts'
import { setOwnership } from './stage.ts'
import { pathInStage, removeStages, stagesOf } from './stages.ts'
import type { CopiedFile, DisplacingStep, PlacingStep, TreeContent } from './steps.ts'
import { directoriesOf, namesInTree, sizeOfStep } from './whole-trees.ts'

/** The image and the stages that steps work on. */
export interface Place {
  readonly filesystem: Filesystem
  /** Flushes and removes many files, through the same file system. */
  readonly bulk: BulkFiles
  readonly root: string
  readonly metadata: string
  readonly asRoot: boolean
}

type Paths = ReturnType<typeof pathsOf>

function pathsOf(place: Place, journal: Journal) {
  const { filesystem, root } = place
  const stages = stagesOf(place, journal)
  /** Host path of an image path, for messages. */
  const known = (path: string): string => hostPath(root, path)
  const realRoot = filesystem.realPath(root)
  let held: { readonly parent: string; readonly directory: PinnedDirectory } | undefined
  /** Throws where a link leads to a stage outside the metadata folder. */
  const checkStages = (): void => {
    for (const stage of journal.stages)
      if (filesystem.realPath(known(stage)) !== hostPath(realRoot, stage))
        fail('realPath', known(stage), 'ELOOP')
  }
  /** Releases the directory that is held. */
  const release = (): void => {
    held?.directory.release()
    held = undefined
  }
  return {
    /** Host path of an image path; after `checkParent`, by way of the directory that it holds. */
    at(path: string): string {
      const isHeld = path !== '' && held?.parent === parentOf(path)
      return isHeld ? `${held?.directory.path}/${nameOf(path)}` : known(path)
    },
    known,
    stages,
    /** Host path of a name in a stage. */
    staged: (name: string) => pathInStage(stages, name),
    /** Holds the directory of an image path. Throws unless it exists and no link leads to it. */
    checkParent(path: string): void {
      const parent = parentOf(path)
      if (parent === held?.parent) return
      release()
      checkStages()
      const expected = hostPath(realRoot, parent)
      const directory = filesystem.pinDirectory(known(parent))
      if (directory.realPath !== expected) {
        directory.release()
        fail('realPath', known(parent), 'ELOOP')
      }
      held = { parent, directory }
    },
    release,
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

function fail(call: string, path: string, errno: string): never {
  throw new FilesystemError({ code: 'ips::filesystem_error::call_failed', call, path, errno })
}

/** Refuses a link in place of a directory of a tree: it leads out of the stage. `known`: the path for messages. */
function mustBeDirectory(filesystem: Filesystem, path: string, known: string): void {
  const type = filesystem.lstat(path)?.type
  if (type !== 'directory') fail('readDirectory', known, type === 'link' ? 'ELOOP' : 'ENOTDIR')
}

/** Fails when others added files to a displaced directory since it was read: they must not be removed with it. */
function checkTree(
  filesystem: Filesystem,
  paths: Paths,
  { path, to, content }: Extract<DisplacingStep, { do: 'displace-tree' }>,
): void {
  for (const [directory, names] of namesInTree(content)) {
    const below = directory === '' ? '' : `/${directory}`
    mustBeDirectory(filesystem, paths.staged(to + below), paths.known(path + below))
    for (const name of filesystem.readDirectory(paths.staged(to + below))) {
      if (!names.has(name)) fail('removeDirectory', paths.known(path + below), 'ENOTEMPTY')
    }
  }
}

/** Refuses a file that was written after its content was copied. Problem: `changed_meanwhile`. */
function checkCopied(
  filesystem: Filesystem,
  path: string,
  copied: CopiedFile | undefined,
  known: string,
): void {
  if (copied === undefined) return
  const status = filesystem.lstat(path)
  if (status?.size !== copied.size || status.mtime !== copied.mtime)
    refuse({ code: 'ips::installer_error::changed_meanwhile', path: known })
}

/** Renames. A problem names the image path, because the name in the stage tells users nothing. */
function move(
  { filesystem }: Place,
  paths: Paths,
  path: string,
  [from, to]: readonly [from: string, to: string],
): void {
  try {
    filesystem.rename(from, to)
  } catch (error) {
    if (error instanceof FilesystemError) fail('rename', paths.known(path), error.problem.errno)
    throw error
  }
}

/** Carries out one step. Problem: `unchangeable` for a path that even root is not permitted to change. */
function perform(place: Place, paths: Paths, step: DisplacingStep | PlacingStep): void {
  if (step.path !== '') checkForward(paths, step.path)
  try {
    performStep(place, paths, step)
  } catch (error) {
    if (!place.asRoot || !(error instanceof FilesystemError) || error.problem.errno !== 'EPERM') throw error
    refuse({ code: 'ips::installer_error::unchangeable', path: paths.known(step.path), cause: error.problem })
  }
}

function performStep(place: Place, paths: Paths, step: DisplacingStep | PlacingStep): void {
  const { filesystem } = place
  const here = paths.at(step.path)
  switch (step.do) {
    case 'open-directory':
      openDirectory(filesystem, here, step.mode)
      return
    case 'displace':
      move(place, paths, step.path, [here, paths.staged(step.to)])
      checkCopied(filesystem, paths.staged(step.to), step.copied, paths.known(step.path))
      return
    case 'remove-directory':
      filesystem.removeDirectory(here)
      return
    case 'displace-tree':
      move(place, paths, step.path, [here, paths.staged(step.to)])
      checkTree(filesystem, paths, step)
      return
    case 'place-tree':
      // A rename would silently replace an empty directory.
      if (filesystem.lstat(here) !== undefined) fail('makeDirectory', paths.known(step.path), 'EEXIST')
      move(place, paths, step.path, [paths.staged(step.from), here])
      return
    case 'make-directory':
      filesystem.makeDirectory(here, step.mode)
      setOwnership(place, here, step)
      return
    case 'place':
      checkCopied(filesystem, here, step.copied, paths.known(step.path))
      move(place, paths, step.path, [paths.staged(step.from), here])
      return
    case 'rehome':
      move(place, paths, step.path, [paths.staged(step.from), here])
      return
    case 'attributes':
      setOwnership(place, here, step.after)
  }
}

/** Lets the owner change a directory. If the user does not own it, nothing happens here, and the next step reports the problem. */
function openDirectory(filesystem: Filesystem, path: string, mode: number): void {
  try {
    filesystem.setMode(path, mode | OWNER_ACCESS)
  } catch (error) {
    if (!(error instanceof FilesystemError) || error.problem.errno !== 'EPERM') throw error
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
    restoreOwnership(place, paths.at(step.path), step.before)
    return
  }
  if (step.do === 'make-directory') {
    if (filesystem.lstat(here)?.type !== 'directory') return
    paths.checkParent(step.path)
    removeUnlessFilled(filesystem, paths.at(step.path))
    return
  }
  const from = paths.staged(step.from)
  // Still in the stage: the file was not placed yet, or was taken back.
  if (filesystem.lstat(from) !== undefined) return
  if (step.do === 'place-tree') {
    removeContent(place, paths, step)
    return
  }
  if (step.do === 'place' && step.backup !== undefined) {
    const backup = paths.staged(step.backup)
    if (filesystem.lstat(backup) === undefined) return
    paths.checkParent(step.path)
    filesystem.rename(backup, paths.at(step.path))
  } else if (filesystem.lstat(here) !== undefined) {
    paths.checkParent(step.path)
    filesystem.rename(paths.at(step.path), from)
  }
}

/** Removes the content that a tree delivered, last first, without files that others added. */
function removeContent(
  { filesystem }: Place,
  paths: Paths,
  { path, content }: { readonly path: string; readonly content: TreeContent },
): void {
  for (const inside of [...[...content].reverse(), '/']) {
    const isDirectory = inside.endsWith('/')
    const at = inside === '/' ? path : joinPath(path, isDirectory ? inside.slice(0, -1) : inside)
    const found = filesystem.lstat(paths.at(at))
    if (found === undefined || (found.type === 'directory') !== isDirectory) continue
    paths.checkParent(at)
    if (isDirectory) removeUnlessFilled(filesystem, paths.at(at))
    else filesystem.unlink(paths.at(at))
  }
  flushTree(filesystem, paths, { path, content })
}

/** Flushes the remaining directories of a tree: those with files that others added. */
function flushTree(
  filesystem: Filesystem,
  paths: Paths,
  { path, content }: { readonly path: string; readonly content: TreeContent },
): void {
  if (filesystem.lstat(paths.at(path))?.type !== 'directory') return
  for (const directory of directoriesOf(content)) {
    const here = paths.at(directory === '' ? path : joinPath(path, directory))
    if (filesystem.lstat(here)?.type === 'directory') flushQuietly(filesystem, here)
  }
}

/** Puts a tree back, entry by entry, where others have made its directory again. */
function mergeBack(
  place: Place,
  paths: Paths,
  tree: string,
  { path, content }: { readonly path: string; readonly content: TreeContent },
): void {
  const { filesystem } = place
  // Others replaced these directories before the run removed them: their content is not the image's.
  const swapped = new Set<string>()
  for (const inside of content) {
    const isDirectory = inside.endsWith('/')
    const name = isDirectory ? inside.slice(0, -1) : inside
    if (swapped.has(parentOf(name))) {
      if (isDirectory) swapped.add(name)
      continue
    }
    const kept = filesystem.lstat(`${tree}/${name}`)
    if (kept === undefined) continue
    paths.checkParent(joinPath(path, name))
    const here = paths.at(joinPath(path, name))
    const isFree = filesystem.lstat(here) === undefined
    if (isDirectory && kept.type !== 'directory') swapped.add(name)
    if (!isDirectory || (kept.type !== 'directory' && isFree)) filesystem.rename(`${tree}/${name}`, here)
    else if (isFree) {
      filesystem.makeDirectory(here, kept.mode)
      restoreOwnership(place, here, kept)
    }
  }
  flushTree(filesystem, paths, { path, content })
}

/** Removes a directory unless others added files to it. */
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
  if (step.do === 'open-directory') {
    if (step.path !== '') paths.checkParent(step.path)
    const here = paths.at(step.path)
    const isOpen = filesystem.lstat(here)?.mode === (step.mode | OWNER_ACCESS)
    if (isOpen) filesystem.setMode(here, step.mode)
    return
  }
  if (step.do === 'remove-directory') {
    paths.checkParent(step.path)
    const here = paths.at(step.path)
    if (filesystem.lstat(here) === undefined) filesystem.makeDirectory(here, step.mode)
    restoreOwnership(place, here, step)
    return
  }
  const to = paths.staged(step.to)
  if (filesystem.lstat(to) === undefined) return
  paths.checkParent(step.path)
  const here = paths.at(step.path)
  if (step.do === 'displace-tree' && filesystem.lstat(here)?.type === 'directory')
    mergeBack(place, paths, to, step)
  else filesystem.rename(to, here)
}

/** Flushes each directory that steps changed, once; removed directories need no flush. */
function flushDirectories(place: Place, paths: Paths, steps: readonly { readonly path: string }[]): void {
  const { filesystem, bulk } = place
  const touched = new Set(steps.map(({ path }) => paths.at(parentOf(path))))
  // A journal may survive a power cut without its stage: then nothing was moved there.
  for (const stage of paths.stages) for (const name of ['new', 'old']) touched.add(`${stage}/${name}`)
  bulk.flush(
    [...touched].filter((path) => filesystem.lstat(path)?.type === 'directory'),
    () => {},
  )
}

/** Carries out the steps of a durable journal, and flushes them. */
export function* carryOut(
  place: Place,
  journal: Journal,
  onStep: (done: number) => void,
): Generator<void, void, boolean> {
  const paths = pathsOf(place, journal)
  try {
    yield* carryOutSteps(place, paths, journal, onStep)
  } finally {
    paths.release()
  }
}

/** File operations between two checks for cancelling. */
const STEPS = 1024

function* carryOutSteps(
  place: Place,
  paths: Paths,
  journal: Journal,
  onStep: (done: number) => void,
): Generator<void, void, boolean> {
  let done = 0
  for (const [index, step] of journal.displacing.entries()) {
    perform(place, paths, step)
    done += sizeOfStep(step)
    onStep(done)
    if (index % STEPS === 0) yield* checkCancelled()
  }
  // The mark states that the first phase is on disk; a rollback needs it to find displaced files.
  if (journal.displacing.length > 0) flushDirectories(place, paths, journal.displacing)
  markJournal(place.filesystem, place.metadata, 'placing')
  for (const [index, step] of journal.placing.entries()) {
    perform(place, paths, step)
    done += sizeOfStep(step)
    onStep(done)
    if (index % STEPS === 0) yield* checkCancelled()
  }
  flushDirectories(place, paths, journal.placing)
  flushOwnership(place, paths, journal.placing)
  yield* checkCancelled()
}

const owning: readonly string[] = ['attributes', 'make-directory', 'remove-directory', 'open-directory']

/** Flushes files and directories whose mode and owner steps set: a flush of their parent does not cover that. */
function flushOwnership(place: Place, paths: Paths, steps: readonly (DisplacingStep | PlacingStep)[]): void {
  for (const step of steps) {
    const here = paths.at(step.path)
    if (!owning.includes(step.do)) continue
    const type = place.filesystem.lstat(here)?.type
    if (type === 'file' || type === 'directory') flushQuietly(place.filesystem, here)
  }
}

/** Flushes a file or directory; one that cannot be opened is flushed later by the system. */
function flushQuietly(filesystem: Filesystem, path: string): void {
  try {
    filesystem.sync(path)
  } catch (error) {
    if (!(error instanceof FilesystemError) || error.problem.errno !== 'EACCES') throw error
  }
}

/** Undoes all steps. It may be interrupted and started again at any point. */
export function undo(place: Place, journal: Journal, marks: ReadonlySet<string>): void {
  const paths = pathsOf(place, journal)
  try {
    undoSteps(place, paths, journal, marks)
  } finally {
    paths.release()
  }
}

function undoSteps(place: Place, paths: Paths, journal: Journal, marks: ReadonlySet<string>): void {
  const { filesystem, metadata } = place
  const missing = missingStage(filesystem, place.root, journal)
  if (missing !== undefined) fail('lstat', paths.known(missing), 'ENOENT')
  if (marks.has('placing') && !marks.has('unplaced')) {
    for (const step of journal.placing.toReversed()) undoPlacing(place, paths, step)
    flushDirectories(place, paths, journal.placing)
    flushOwnership(place, paths, journal.placing)
    markJournal(filesystem, metadata, 'unplaced')
  }
  for (const step of journal.displacing.toReversed()) undoDisplacing(place, paths, step)
  flushDirectories(place, paths, journal.displacing)
  flushOwnership(place, paths, journal.displacing)
  tidy(place)
}

/**
 * Removes the files of a run that is completely done or undone: the journal first, then the stages. Returns one
 * failure for each file that could not be removed from a stage; such files hinder no later run. Throws `FilesystemError` where the journal
 * could not be removed.
 */
export function tidy(
  place: Pick<Place, 'filesystem' | 'bulk' | 'root' | 'metadata'>,
): readonly FilesystemProblem[] {
  removeJournal(place.filesystem, place.metadata)
  return removeStages(place, place.bulk)
}
