import { actionSize } from '#model'
import type { StepPlan } from './steps.ts'

/** Bytes that staging will write; manifests state the sizes, and staging holds them to it. */
export function sizeOfStage(steps: StepPlan): number {
  let bytes = 0
  for (const { node } of steps.staged) {
    const { content } = node
    if (content?.kind === 'payload') bytes += actionSize(content.action)
    else if (content?.kind === 'bytes') bytes += content.bytes.length
    else if (content?.kind === 'copy') bytes += content.of.origin?.status.size ?? 0
  }
  return bytes
}
