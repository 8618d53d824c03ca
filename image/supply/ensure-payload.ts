import { dirname } from 'node:path'
import { type Action, err, isPayloadName, makeDirectories, ok, type Result } from '#model'
import { lockImage } from '../change/change-image.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { attempt } from '../storage.ts'
import { fetchFrom } from './payloads.ts'

/**
 * Brings one payload into the content cache, from the first enabled publisher that has it, and returns the path of its file: gzip. The
 * content is compared with the digest when it is fetched, and not again where the cache has it. Takes the lock. `digest`: the name of the payload in manifests, SHA-1 of the content
 * in lower-case hex. Problems: `bad_digest`, `no_payload`, those of the lock and of the repository that was asked last.
 */
export async function ensurePayload(
  context: ImageContext,
  digest: string,
): Promise<Result<string, OperationProblem>> {
  if (!isPayloadName(digest)) return err({ code: 'ips::image_error::bad_digest', digest })
  const lock = await lockImage(context)
  if (!lock.ok) return lock
  try {
    return await bringPayload(context, digest)
  } finally {
    lock.value.release()
  }
}

async function bringPayload(
  context: ImageContext,
  digest: string,
): Promise<Result<string, OperationProblem>> {
  const { host, layout } = context
  const { publishers } = context.config()
  const cached = attempt(() =>
    publishers
      .map(({ name }) => layout.payload(name, digest))
      .find((path) => host.filesystem.lstat(path)?.type === 'file'),
  )
  if (!cached.ok) return cached
  if (cached.value !== undefined) return ok(cached.value)
  const action: Action = { type: 'file', payload: digest, attributes: new Map() }
  let problem: OperationProblem = { code: 'ips::image_error::no_payload', digest }
  for (const publisher of publishers.filter(({ enabled }) => enabled)) {
    const destination = layout.payload(publisher.name, digest)
    const made = attempt(() => makeDirectories(host.filesystem, dirname(destination)))
    if (!made.ok) return made
    const request = { publisher: publisher.name, action, destination }
    const fetched = await fetchFrom(context, publisher.name, [request])
    if (fetched.ok) return ok(destination)
    problem = fetched.error
  }
  return err(problem)
}
