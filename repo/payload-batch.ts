import type { Action, PublisherName, Result } from '#model'
import { transferSize } from '#model'
import { createLimiter } from './concurrency.ts'
import type { RepositoryProblem } from './problems.ts'

/** One payload to fetch. */
export interface PayloadRequest {
  readonly publisher: PublisherName
  readonly action: Action
  /** Absolute path of the file to make; its folder exists. */
  readonly destination: string
}

/** A payload that could not be fetched; nothing is left at its destination. */
export interface PayloadFailure {
  readonly request: PayloadRequest
  readonly problem: RepositoryProblem
}

/** How far a batch is. Bytes are those of the stored files, as the actions state them; failed items count as done. */
export interface PayloadProgress {
  readonly itemsDone: number
  readonly itemsTotal: number
  readonly bytesDone: number
  readonly bytesTotal: number
}

/** Runs a batch with bounded parallelism; see `OriginChain.fetchPayloads`. */
export async function fetchPayloadBatch(
  requests: readonly PayloadRequest[],
  how: {
    readonly concurrency: number
    readonly onProgress: (progress: PayloadProgress) => void
    readonly fetchOne: (request: PayloadRequest) => Promise<Result<void, RepositoryProblem>>
  },
): Promise<readonly PayloadFailure[]> {
  const byDestination = new Map<string, PayloadRequest>()
  for (const request of requests) {
    if (!byDestination.has(request.destination)) byDestination.set(request.destination, request)
  }
  const unique = [...byDestination.values()]
  const itemsTotal = unique.length
  const bytesTotal = unique.reduce((sum, request) => sum + transferSize(request.action), 0)
  let itemsDone = 0
  let bytesDone = 0
  const limiter = createLimiter(Math.max(1, how.concurrency))
  const outcomes = await Promise.all(
    unique.map((request) =>
      limiter(async () => {
        const outcome = await how.fetchOne(request)
        itemsDone += 1
        bytesDone += transferSize(request.action)
        how.onProgress({ itemsDone, itemsTotal, bytesDone, bytesTotal })
        return { request, outcome }
      }),
    ),
  )
  const failures: PayloadFailure[] = []
  for (const { request, outcome } of outcomes) {
    if (!outcome.ok) failures.push({ request, problem: outcome.error })
  }
  return failures
}
