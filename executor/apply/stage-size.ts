import { actionSize } from '#model'
import type { StepPlan } from './steps.ts'

/** Bytes that staging writes, by the sizes in manifests; staging refuses payloads of other sizes. */
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
