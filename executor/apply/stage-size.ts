import { actionSize, hostPath } from '#model'
import type { ExecutorTarget } from '../target.ts'
import { splitName } from './stages.ts'
import type { StagedNode, StepPlan } from './steps.ts'

function sizeOf({ node }: StagedNode): number {
  const { content } = node
  if (content?.kind === 'payload') return actionSize(content.action)
  if (content?.kind === 'bytes') return content.bytes.length
  return content?.kind === 'copy' ? (content.of.origin?.status.size ?? 0) : 0
}

/** Space that a plan needs on one file system before its first visible change. */
export interface StageSize {
  /** Host path of a directory on the file system. */
  readonly path: string
  readonly bytes: number
}

/**
 * Space that staging needs on each file system, by the sizes in manifests. Staging refuses payloads of other sizes. The file system of the
 * metadata folder comes first.
 */
export function sizesOfStages(
  { root, metadata }: Pick<ExecutorTarget, 'root' | 'metadata'>,
  { stages, staged }: StepPlan,
): readonly StageSize[] {
  const paths = [metadata, ...stages.map(([top]) => hostPath(root, top!))]
  const bytes = paths.map(() => 0)
  for (const one of staged) bytes[splitName(one.name)[0]]! += sizeOf(one)
  return paths.map((path, index) => ({ path, bytes: bytes[index]! }))
}
