import { FilesystemError } from '#model'
import { stagePath } from './journal.ts'
import { readPayload } from './payload.ts'
import { contentOf, hostPath, type Simulation } from './simulation.ts'
import type { Backup, Ownership, StagedNode, StepPlan } from './steps.ts'
import type { ExecutorTarget } from './target.ts'
import type { TreeNode } from './target-tree.ts'

/** Sets owner and mode; an owner that only root may set is left where we are not root. */
export function setOwnership(
  target: Pick<ExecutorTarget, 'filesystem' | 'asRoot'>,
  path: string,
  { mode, uid, gid }: Ownership,
  isLink = false,
): void {
  try {
    target.filesystem.setOwner(path, uid, gid)
  } catch (error) {
    const forbidden = error instanceof FilesystemError && ['EPERM', 'EINVAL'].includes(error.problem.errno)
    if (target.asRoot || !forbidden) throw error
  }
  // After the owner: changing it clears set-id bits.
  if (!isLink) target.filesystem.setMode(path, mode)
}

const OWNER_READ = 0o400

function stageFile(simulation: Simulation, path: string, node: TreeNode, bytes: Uint8Array): boolean {
  const { target } = simulation
  const { filesystem } = target
  // Without being root a file that its owner may not read cannot be opened again for flushing.
  const flushLater = target.asRoot || (node.mode & OWNER_READ) !== 0
  filesystem.createFile(path, [bytes], { mode: node.mode, fsync: !flushLater })
  setOwnership(target, path, node)
  const mtime = node.content?.kind === 'copy' ? node.content.of.origin?.status.mtime : node.mtime
  if (mtime !== undefined) filesystem.setTimes(path, mtime, mtime)
  return flushLater
}

/** True when the file is still to be flushed. */
function stageNode(simulation: Simulation, stage: string, { name, node }: StagedNode): boolean {
  const path = `${stage}/${name}`
  const { content } = node
  if (content?.kind === 'link') {
    simulation.target.filesystem.symbolicLink(content.target, path)
    setOwnership(simulation.target, path, node, true)
    return false
  }
  const bytes =
    content?.kind === 'payload' ? readPayload(simulation.target, content) : contentOf(simulation, node)
  return stageFile(simulation, path, node, bytes)
}

/** Where the file of a hard link lies while everything is staged; undefined when the plan itself took it away again. */
function linkSource(
  simulation: Simulation,
  stage: string,
  names: ReadonlyMap<TreeNode, string>,
  to: TreeNode,
): string | undefined {
  if (to.origin !== undefined) return hostPath(simulation.target, to.origin.path)
  const name = names.get(to)
  return name === undefined ? undefined : `${stage}/${name}`
}

/** Stages hard links to what is staged or on disk; the content of a file that is no more becomes a file of its own. */
function stageHardLinks(simulation: Simulation, stage: string, staged: readonly StagedNode[]): void {
  const { filesystem } = simulation.target
  const names = new Map(staged.map(({ name, node }) => [node, name]))
  for (const { name, node } of staged) {
    if (node.content?.kind !== 'hardlink') continue
    const path = `${stage}/${name}`
    const source = linkSource(simulation, stage, names, node.content.to)
    if (source !== undefined) filesystem.hardLink(source, path)
    else if (stageFile(simulation, path, node, contentOf(simulation, node))) filesystem.sync(path)
  }
}

const linkRefusals = ['EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

/** A second link to what will be replaced; where the file system makes none, a copy. */
function backUp(simulation: Simulation, stage: string, { name, node }: Backup): void {
  const { target } = simulation
  const { filesystem } = target
  const from = hostPath(target, node.origin!.path)
  const to = `${stage}/${name}`
  if (node.type === 'link') {
    filesystem.symbolicLink(filesystem.readLink(from), to)
    setOwnership(target, to, node.origin!.status, true)
    return
  }
  try {
    filesystem.hardLink(from, to)
  } catch (error) {
    if (!(error instanceof FilesystemError) || !linkRefusals.includes(error.problem.errno)) throw error
    const { status } = node.origin!
    filesystem.createFile(to, [filesystem.readFile(from)], { mode: status.mode, fsync: true })
    setOwnership(target, to, status)
    filesystem.setTimes(to, status.mtime, status.mtime)
  }
}

/**
 * Makes the stage of a run with everything new in it, verified and flushed; nothing visible changes. `onProgress` counts what
 * is written and then what is flushed: on many disks the flushing takes the longest of a whole operation.
 */
export function stageEverything(
  simulation: Simulation,
  steps: StepPlan,
  operation: string,
  onProgress: (done: number, total: number) => void,
): string {
  const { filesystem, metadata } = simulation.target
  const all = stagePath(metadata)
  if (filesystem.lstat(all) === undefined) filesystem.makeDirectory(all, 0o700)
  const stage = `${all}/${operation}`
  filesystem.makeDirectory(stage, 0o700)
  filesystem.makeDirectory(`${stage}/new`, 0o700)
  filesystem.makeDirectory(`${stage}/old`, 0o700)
  const unflushed: string[] = []
  const written = steps.staged.filter(({ node }) => node.content?.kind !== 'hardlink')
  let done = 0
  for (const staged of written) {
    if (stageNode(simulation, stage, staged)) unflushed.push(`${stage}/${staged.name}`)
    onProgress(++done, 2 * written.length)
  }
  // Flushed when all are written: the first flush of a journalling file system then carries many of the others.
  done = 2 * written.length - unflushed.length
  for (const path of unflushed) {
    filesystem.sync(path)
    onProgress(++done, 2 * written.length)
  }
  stageHardLinks(simulation, stage, steps.staged)
  for (const backup of steps.backups) backUp(simulation, stage, backup)
  for (const directory of [`${stage}/new`, `${stage}/old`, stage, all]) filesystem.sync(directory)
  return stage
}
