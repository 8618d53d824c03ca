import { dirname } from 'node:path'
import { FilesystemError, hostPath, type NewFileOptions, refusesLinks } from '#model'
import { checkCancelled } from '../executor.ts'
import { refuse } from '../failure.ts'
import type { BulkFiles, NewFile, NewFileFailure } from '../files/bulk-files.ts'
import { refusePayload, storedPayload } from '../files/payload.ts'
import type { Ownership } from '../ownership.ts'
import { contentOf, type Simulation } from '../simulate/simulation.ts'
import type { TreeNode } from '../simulate/target-tree.ts'
import type { ExecutorTarget } from '../target.ts'
import { pathInStage, type Run, stagesOf } from './stages.ts'
import type { Backup, StagedNode, StepPlan } from './steps.ts'
import { readAgain } from './whole-trees.ts'

const SET_ID = 0o6000

/** Sets owner and mode; `keepsMode`: the owner only. Without root, an owner that only root may set stays. */
export function setOwnership(
  target: Pick<ExecutorTarget, 'filesystem' | 'asRoot'>,
  path: string,
  { mode, uid, gid }: Ownership,
  keepsMode = false,
): void {
  try {
    target.filesystem.setOwner(path, uid, gid)
  } catch (error) {
    const forbidden = error instanceof FilesystemError && ['EPERM', 'EINVAL'].includes(error.problem.errno)
    if (target.asRoot || !forbidden) throw error
  }
  // After the owner: changing it clears set-id bits.
  if (!keepsMode) target.filesystem.setMode(path, mode)
}

const OWNER_READ = 0o400

/** Ports for filling a stage. */
export interface Staging {
  readonly bulk: BulkFiles
  readonly onProgress: (done: number, total: number) => void
}

/** False: without root, a file that its owner may not read cannot be opened again for flushing. */
function flushesLater(target: ExecutorTarget, node: TreeNode): boolean {
  return target.asRoot || (node.mode & OWNER_READ) !== 0
}

function optionsOf(target: ExecutorTarget, node: TreeNode): NewFileOptions {
  const { mode, uid, gid, content } = node
  return {
    mode,
    fsync: !flushesLater(target, node),
    owner: { uid, gid, required: target.asRoot },
    mtime: content?.kind === 'copy' ? content.of.origin?.status.mtime : node.mtime,
  }
}

/** Content of a file that `BulkFiles` can make; undefined for bytes in memory and for links. */
function bulkContent(simulation: Simulation, node: TreeNode): NewFile['content'] | undefined {
  const { target } = simulation
  const { content } = node
  if (content?.kind === 'payload') return { kind: 'payload', payload: storedPayload(target, content) }
  if (content?.kind !== 'copy' || content.of.origin === undefined) return undefined
  return { kind: 'copy', path: hostPath(target.root, content.of.origin.path) }
}

function isBulk({ content }: TreeNode): boolean {
  return content?.kind === 'payload' || (content?.kind === 'copy' && content.of.origin !== undefined)
}

function isHardLink({ content }: TreeNode): boolean {
  return content?.kind === 'hardlink'
}

function countOf(staged: Iterable<StagedNode>, counts: (one: StagedNode) => boolean): number {
  let count = 0
  for (const one of staged) if (counts(one)) count++
  return count
}

/** Throws the fault of a file. */
function refuseFile({ node }: StagedNode, { fault }: NewFileFailure): never {
  if (fault.kind === 'filesystem') throw new FilesystemError(fault.problem)
  if (fault.kind === 'worker')
    return refuse({ code: 'ips::installer_error::worker_lost', reason: fault.reason })
  if (node.content?.kind !== 'payload') throw new RangeError('only payloads are verified')
  return refusePayload(node.content, fault)
}

/** Files and bytes of one step. */
const STEP_FILES = 4096
const STEP_BYTES = 1 << 27

/** The staged node with an index among those that `BulkFiles` makes. */
function bulkNode(staged: Iterable<StagedNode>, index: number): StagedNode {
  let at = 0
  for (const one of staged) if (isBulk(one.node) && at++ === index) return one
  throw new RangeError(`nothing number ${index} is staged`)
}

/** Stages files from payloads and from other files, with `BulkFiles`. */
function* stageFiles(
  simulation: Simulation,
  stages: readonly string[],
  staged: Iterable<StagedNode>,
  { bulk }: Staging,
  onDone: (done: number) => void,
): Generator<void, void, boolean> {
  function* inBulk(): Generator<StagedNode> {
    for (const one of staged) if (isBulk(one.node)) yield one
  }
  const waiting = inBulk()
  let next = waiting.next()
  let count = 0
  /** Made as they are asked for: there may be hundreds of thousands. */
  function* filesOfStep(): Generator<NewFile> {
    const first = count
    for (let bytes = 0; next.done !== true && count - first < STEP_FILES && bytes < STEP_BYTES; count++) {
      const { name, node } = next.value
      next = waiting.next()
      const content = bulkContent(simulation, node)
      if (content === undefined) continue
      bytes += content.kind === 'payload' ? (content.payload.size ?? 0) : 0
      yield { path: pathInStage(stages, name), content, ...optionsOf(simulation.target, node) }
    }
  }
  while (next.done !== true) {
    const first = count
    const failure = bulk.make(filesOfStep(), (done) => onDone(first + done))
    if (failure !== undefined) refuseFile(bulkNode(staged, first + failure.index), failure)
    yield* checkCancelled()
  }
}

/** Stages a symbolic link, or a file of bytes in memory. */
function stageNode(simulation: Simulation, stages: readonly string[], { name, node }: StagedNode): void {
  const path = pathInStage(stages, name)
  const { target } = simulation
  const { content } = node
  if (content?.kind === 'link') {
    target.filesystem.symbolicLink(content.target, path)
    setOwnership(target, path, node, true)
  } else target.filesystem.createFile(path, [contentOf(simulation, node)], optionsOf(target, node))
}

/** Path of the file of a hard link during staging; undefined: the plan removes the file again. */
function linkSource(
  simulation: Simulation,
  stages: readonly string[],
  names: ReadonlyMap<TreeNode, string>,
  to: TreeNode,
): string | undefined {
  if (to.origin !== undefined) return hostPath(simulation.target.root, to.origin.path)
  const name = names.get(to)
  return name === undefined ? undefined : pathInStage(stages, name)
}

/** Makes a second name of a file; where the file system refuses it, a copy with the options that `optionsOfCopy` makes of its errno. */
function linkOrCopy(
  { filesystem }: ExecutorTarget,
  from: string,
  to: string,
  optionsOfCopy: (errno: string) => Omit<NewFileOptions, 'fsync'>,
): void {
  try {
    filesystem.hardLink(from, to)
  } catch (error) {
    if (!(error instanceof FilesystemError && refusesLinks(error.problem.errno))) throw error
    filesystem.createFile(to, filesystem.readChunks(from), {
      ...optionsOfCopy(error.problem.errno),
      fsync: true,
    })
  }
}

/** Stages a hard link to a file. Problem: `no_hard_link`, where a package wants the link and the file system refuses it. */
function stageHardLink({ target }: Simulation, { node, path }: StagedNode, from: string, to: string): void {
  const { content } = node
  linkOrCopy(target, from, to, (errno) => {
    if (content?.kind !== 'hardlink' || content.mayCopy !== true)
      refuse({ code: 'ips::installer_error::no_hard_link', path: hostPath(target.root, path), errno })
    return { ...optionsOf(target, node), mtime: target.filesystem.lstat(from)?.mtime }
  })
}

/** Stages hard links to files in the stage or on disk; a link whose file is removed becomes a file. */
function stageHardLinks(
  simulation: Simulation,
  stages: readonly string[],
  staged: Iterable<StagedNode>,
): void {
  const { target } = simulation
  const { filesystem } = target
  const targets = new Set<TreeNode>()
  for (const { node } of staged) if (node.content?.kind === 'hardlink') targets.add(node.content.to)
  if (targets.size === 0) return
  const names = new Map<TreeNode, string>()
  for (const { name, node } of staged) if (targets.has(node)) names.set(node, name)
  for (const one of staged) {
    const { name, node } = one
    if (node.content?.kind !== 'hardlink') continue
    const path = pathInStage(stages, name)
    const source = linkSource(simulation, stages, names, node.content.to)
    if (source !== undefined) stageHardLink(simulation, one, source, path)
    else {
      const options = { ...optionsOf(target, node), fsync: true }
      filesystem.createFile(path, [contentOf(simulation, node)], options)
    }
  }
}

/** Makes a second link to a file that will be replaced; a copy where the file system has no links. */
function backUp(simulation: Simulation, stages: readonly string[], backup: Backup): void {
  const { target } = simulation
  const { filesystem } = target
  const from = hostPath(target.root, backup.path)
  const to = pathInStage(stages, backup.name)
  if (backup.type === 'link') {
    filesystem.symbolicLink(filesystem.readLink(from), to)
    setOwnership(target, to, backup, true)
    return
  }
  const { mode, uid, gid, mtime } = backup
  const owner = { uid, gid, required: target.asRoot }
  linkOrCopy(target, from, to, () => ({ mode, owner, mtime }))
}

/**
 * Fills the stages of a run with all new files, verified and flushed; nothing visible changes. `onProgress` counts written files, then
 * flushed files: on many disks flushing takes the most time of a whole operation.
 */
export function* stageEverything(
  simulation: Simulation,
  steps: StepPlan,
  run: Run,
  staging: Staging,
): Generator<void, void, boolean> {
  const { target } = simulation
  const { filesystem } = target
  const stages = stagesOf(target, run)
  const { staged } = steps
  const flushedLater = ({ node }: StagedNode): boolean =>
    !isHardLink(node) && node.type === 'file' && flushesLater(target, node)
  const directories: string[] = []
  for (const directory of steps.directories) {
    const path = pathInStage(stages, directory.name)
    directories.push(path)
    filesystem.makeDirectory(path, directory.mode)
    // It was made with its mode, and a change of owner clears no more than set-id bits.
    setOwnership(target, path, directory, (directory.mode & SET_ID) === 0)
  }
  const [written, later] = [countOf(staged, ({ node }) => !isHardLink(node)), countOf(staged, flushedLater)]
  const total = written + later
  let made = 0
  yield* stageFiles(simulation, stages, staged, staging, (done) => {
    made = done
    staging.onProgress(done, total)
  })
  for (const one of staged) {
    if (isBulk(one.node) || isHardLink(one.node)) continue
    stageNode(simulation, stages, one)
    staging.onProgress(++made, total)
  }
  stageHardLinks(simulation, stages, staged)
  for (const backup of steps.backups) backUp(simulation, stages, backup)
  // Flushed when all are written: the first flush of a journalling file system then carries many of the others.
  staging.bulk.flush(
    readAgain(function* () {
      for (const one of staged) if (flushedLater(one)) yield pathInStage(stages, one.name)
      yield* directories
      for (const stage of stages) yield* [`${stage}/new`, `${stage}/old`, stage, dirname(stage)]
    }),
    (done) => staging.onProgress(written + Math.min(done, later), total),
  )
}
