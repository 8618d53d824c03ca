import { hasOpenJournal } from '#executor'
import { err, type Result } from '#model'
import type { ImageProblem, OperationProblem } from '../problems.ts'
import { attempt } from '../storage.ts'
import { type ImageContext, identityOf } from './context.ts'
import { lockHolder } from './lock.ts'

/** Number of readings. If another client disturbs all of them, it changes the image all the time. */
const mostTries = 4

/**
 * Does work that compares the disk with the database, without lock. If another client has changed the image meanwhile, the work is repeated: files
 * that the other client was changing would look damaged. Problems: those of the work; `locked` while another client changes files,
 * `interrupted` when it was cut off.
 */
export async function undisturbed<T>(
  context: ImageContext,
  work: () => Promise<Result<T, OperationProblem>>,
): Promise<Result<T, OperationProblem>> {
  for (let tries = 1; ; tries++) {
    const before = moment(context)
    if (!before.ok) return before
    if (before.value === 'changing') return err(disturbance(context))
    const done = await work()
    const after = moment(context)
    if (!after.ok) return after
    if (after.value === before.value) return done
    if (after.value === 'changing' || tries === mostTries) return err(disturbance(context))
  }
}

/** Identifies the state of the image, or reports a running change: from the first change of a file to the last, a journal exists. */
function moment({ host, layout }: ImageContext): Result<string, ImageProblem> {
  const { filesystem } = host
  return attempt(() =>
    hasOpenJournal(filesystem, layout.metadata) ? 'changing' : identityOf(filesystem, layout.database),
  )
}

function disturbance({ host, layout, root }: ImageContext): ImageProblem {
  const request = { filesystem: host.filesystem, process: host.process, now: host.clock.now() }
  return lockHolder(layout.lock, request) ?? { code: 'ips::image_error::interrupted', root }
}
