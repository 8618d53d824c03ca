import {
  append,
  clearTree,
  type Filesystem,
  FilesystemError,
  type FilesystemProblem,
  hostPath,
  mostBytesOfText,
} from '#model'
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

/** Host paths of the stages of a run; the stage in the metadata folder comes first. */
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

/** Makes the empty stages of a run. The list of their possible paths is flushed before the first is made. Throws `FilesystemError`. */
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

/** Stages outside the metadata folder that a run may have left, by image path. */
function stagesLeft({ filesystem, metadata }: StageTarget, operation: string): readonly string[] {
  const run = `${stagePath(metadata)}/${operation}`
  const list = `${run}/places`
  if (!isDirectory(filesystem, run) || filesystem.lstat(list)?.type !== 'file') return []
  const lines = Buffer.from(filesystem.readFile(list, mostBytesOfText)).toString('utf8').split('\n')
  return lines.filter((line) => isStageOf(operation, line))
}

/** Runs work on the disk and returns its failure as a list; empty: it succeeded. */
function failuresOf(work: () => readonly FilesystemProblem[]): readonly FilesystemProblem[] {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof FilesystemError)) throw error
    return [error.problem]
  }
}

/**
 * Removes a stage outside the metadata folder as far as possible, and returns one failure for each file that could not be removed. A stage
 * behind a link, or on a file system that is not mounted, is left alone without a failure.
 */
function removeOne(target: StageTarget, path: string): readonly FilesystemProblem[] {
  const { filesystem, root } = target
  const known = hostPath(root, path)
  const failures: FilesystemProblem[] = []
  const found = failuresOf(() => {
    if (filesystem.lstat(known) === undefined) return []
    inParent(target, path, (held, directory) => {
      for (const failure of clearTree(filesystem, held)) {
        const isBelow = failure.path.startsWith(held)
        failures.push(isBelow ? { ...failure, path: known + failure.path.slice(held.length) } : failure)
      }
      filesystem.sync(directory)
    })
    return []
  })
  return [...failures, ...found.filter(({ errno }) => errno !== 'ELOOP')]
}

/**
 * Removes the stages of all runs as far as possible, and returns one failure for each file that could not be removed. The stage that lists
 * the others goes last. Remaining files hinder no later run.
 */
export function removeStages(
  target: StageTarget,
  bulk: Pick<BulkFiles, 'remove'>,
): readonly FilesystemProblem[] {
  const { filesystem, metadata } = target
  const all = stagePath(metadata)
  const failures: FilesystemProblem[] = []
  const listed = failuresOf(() => {
    const runs = isDirectory(filesystem, all) ? filesystem.readDirectory(all) : []
    // The list of a run stays as long as a stage that it names.
    const free = runs.flatMap((operation) => {
      const failed = failuresOf(() =>
        stagesLeft(target, operation).flatMap((path) => removeOne(target, path)),
      )
      append(failures, failed)
      const run = `${all}/${operation}`
      return failed.length === 0 ? [run] : [`${run}/new`, `${run}/old`]
    })
    return bulk.remove(failures.length === 0 ? [all] : free)
  })
  return [...failures, ...listed]
}
