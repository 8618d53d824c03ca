import { type Filesystem, FilesystemError, hostPath, mostBytesOfText, removeTree } from '#model'
import type { BulkFiles } from '../files/bulk-files.ts'
import { isInStage, joinPath, nameOf, parentOf, pathFault, stageName } from '../image-path.ts'
import type { StagePlace } from './steps.ts'

/*
 * The stages of a run: `stage/<run>` in the metadata folder, and a directory with a reserved name on each other file system that
 * changes. A name in a stage is `new/3` or `old/3`; with `@2/` before it, it is in the second of the others. The file `places`
 * of a run lists all paths where such a directory may be.
 */

/** A run and its stages outside the metadata folder, by image path. */
export interface Run {
  readonly operation: string
  readonly stages: readonly string[]
}

/** Where stages are made and removed. */
export interface StageTarget {
  readonly filesystem: Filesystem
  readonly root: string
  readonly metadata: string
}

/** Directory of staged and displaced files, one subdirectory for each run. */
export function stagePath(metadata: string): string {
  return `${metadata}/stage`
}

/** Host paths of the stages of a run, that in the metadata folder first. */
export function stagesOf({ root, metadata }: Omit<StageTarget, 'filesystem'>, run: Run): readonly string[] {
  return [`${stagePath(metadata)}/${run.operation}`, ...run.stages.map((stage) => hostPath(root, stage))]
}

/** Number of the stage of a name, and the name in it. 0 is the stage in the metadata folder. */
export function splitName(name: string): readonly [stage: number, inside: string] {
  const [, number, inside] = /^@(\d+)\/(.*)$/s.exec(name) ?? []
  return number === undefined || inside === undefined ? [0, name] : [Number(number), inside]
}

/** Host path of a name in the stages that `stagesOf` returned. */
export function pathInStage(stages: readonly string[], name: string): string {
  const [stage, inside] = splitName(name)
  return `${stages[stage]}/${inside}`
}

/** True for a path that a stage of a run may have outside the metadata folder. */
export function isStageOf(operation: string, path: unknown): path is string {
  if (typeof path !== 'string' || pathFault(path) !== undefined) return false
  return nameOf(path) === stageName(operation) && !isInStage(parentOf(path))
}

/** Works in the directory of an image path while it is held. Throws ELOOP where a link leads to it. */
function inParent(
  { filesystem, root }: StageTarget,
  path: string,
  work: (path: string, directory: string) => void,
): void {
  const parent = parentOf(path)
  const directory = filesystem.pinDirectory(hostPath(root, parent))
  try {
    if (directory.realPath !== hostPath(filesystem.realPath(root), parent))
      throw new FilesystemError({
        code: 'ips::filesystem_error::call_failed',
        call: 'realPath',
        path: hostPath(root, parent),
        errno: 'ELOOP',
      })
    work(`${directory.path}/${nameOf(path)}`, directory.path)
  } finally {
    directory.release()
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof FilesystemError && ['EACCES', 'EPERM', 'EROFS'].includes(error.problem.errno)
}

/** Makes the stage of one volume in the first of its directories that allows it. */
function makeOne(target: StageTarget, candidates: StagePlace, operation: string): string {
  const [directory, ...others] = candidates
  const path = joinPath(directory!, stageName(operation))
  try {
    inParent(target, path, (held) => {
      target.filesystem.makeDirectory(held, 0o700)
      for (const folder of ['new', 'old']) target.filesystem.makeDirectory(`${held}/${folder}`, 0o700)
    })
    return path
  } catch (error) {
    if (others.length === 0 || !isRefusal(error)) throw error
    return makeOne(target, others, operation)
  }
}

/** Makes the empty stages of a run. Where they may be is on the disk before they are there. Throws `FilesystemError`. */
export function makeStages(target: StageTarget, operation: string, places: readonly StagePlace[]): Run {
  const { filesystem, metadata } = target
  const all = stagePath(metadata)
  if (filesystem.lstat(all) === undefined) filesystem.makeDirectory(all, 0o700)
  const stage = `${all}/${operation}`
  filesystem.makeDirectory(stage, 0o700)
  filesystem.makeDirectory(`${stage}/new`, 0o700)
  filesystem.makeDirectory(`${stage}/old`, 0o700)
  if (places.length === 0) return { operation, stages: [] }
  const text = places.flat().map((place) => `${joinPath(place, stageName(operation))}\n`)
  filesystem.createFile(`${stage}/places`, [Buffer.from(text.join(''))], { mode: 0o600, fsync: true })
  for (const path of [stage, all, metadata]) filesystem.sync(path)
  return { operation, stages: places.map((candidates) => makeOne(target, candidates, operation)) }
}

function isDirectory(filesystem: Filesystem, path: string): boolean {
  return filesystem.lstat(path)?.type === 'directory'
}

/** Image paths of the stages outside the metadata folder that runs may have left. */
function placesLeft({ filesystem, metadata }: StageTarget): readonly string[] {
  const all = stagePath(metadata)
  if (!isDirectory(filesystem, all)) return []
  return filesystem.readDirectory(all).flatMap((operation) => {
    const run = `${all}/${operation}`
    const list = `${run}/places`
    if (!isDirectory(filesystem, run) || filesystem.lstat(list)?.type !== 'file') return []
    const lines = Buffer.from(filesystem.readFile(list, mostBytesOfText)).toString('utf8').split('\n')
    return lines.filter((line) => isStageOf(operation, line))
  })
}

/** Removes a stage outside the metadata folder. One behind a link, or on a file system that is away, is nobody's business. */
function removeOne(target: StageTarget, path: string): void {
  const { filesystem, root } = target
  if (filesystem.lstat(hostPath(root, path)) === undefined) return
  try {
    inParent(target, path, (held, directory) => {
      removeTree(filesystem, held)
      filesystem.sync(directory)
    })
  } catch (error) {
    if (!(error instanceof FilesystemError) || error.problem.errno !== 'ELOOP') throw error
  }
}

/** Removes the stages of all runs, that with the list of the others last. Throws `FilesystemError`. */
export function removeStages(target: StageTarget, bulk: Pick<BulkFiles, 'remove'>): void {
  for (const path of placesLeft(target)) removeOne(target, path)
  bulk.remove([stagePath(target.metadata)])
}
