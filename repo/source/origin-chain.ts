import type { Action, Fmri, PublisherName, Result } from '#model'
import { err, formatFmri, ok } from '#model'
import type { PayloadFailure, PayloadProgress, PayloadRequest } from '../payload/payload-batch.ts'
import { fetchPayloadBatch } from '../payload/payload-batch.ts'
import type { RepositoryProblem } from '../problems.ts'
import type { PublishedBy, RepositorySource } from '../source.ts'
import { asksAgain, retryLimits, singleTry } from './retry.ts'

/** The origins and mirrors of one publisher as one source; the first that can give an object gives it. */
export interface OriginChain extends RepositorySource {
  /**
   * Fetches many payloads, at most `concurrency` (20) at a time, and goes on after failures: the answer lists all of them, in
   * the order of the requests, and is empty when everything was fetched. Requests with the same destination are fetched once.
   */
  fetchPayloads(
    requests: readonly PayloadRequest[],
    options?: {
      readonly concurrency?: number
      readonly onProgress?: (progress: PayloadProgress) => void
    },
  ): Promise<readonly PayloadFailure[]>
}

export interface OriginChainOptions {
  /** Asked for payloads, and only for these, before the origins. */
  readonly mirrors?: readonly RepositorySource[]
  /** Rounds over all places for one object; default: those of the retrying sources, else 4; 0 = until a place answers. */
  readonly rounds?: number
  /** Successive failures of one place in a batch, per round, after which the batch does without it; as `rounds`. */
  readonly maximumConsecutiveErrors?: number
}

/** A source, and its failures so far in a batch. */
export interface Place {
  readonly source: RepositorySource
  consecutiveErrors: number
}

/**
 * Asks the origins in the order given, in rounds: after a failure it asks the next origin, and in the next round those that may
 * answer then. Retrying sources are asked once per round; the rounds are the chain's. Catalog
 * files of one refresh must come from one origin, so a refresh works with the sources themselves. Problems: `no_origin`
 * without origins, `all_origins_failed` with the last problem of each place, `storage` (at once: no other origin can help).
 * Source: transport §5.
 */
export function originChain(
  origins: readonly RepositorySource[],
  options: OriginChainOptions = {},
): OriginChain {
  const limits = [...(options.mirrors ?? []), ...origins]
    .map(retryLimits)
    .find((found) => found !== undefined)
  const rounds = options.rounds ?? limits?.rounds ?? 4
  const maximumErrors =
    (options.maximumConsecutiveErrors ?? limits?.maximumConsecutiveErrors ?? 4) * Math.max(1, rounds)
  const originTries = origins.map(singleTry)
  const contentTries = [...(options.mirrors ?? []).map(singleTry), ...originTries]
  const places = (sources: readonly RepositorySource[]): readonly Place[] =>
    sources.map((source) => ({ source, consecutiveErrors: 0 }))
  const ask = <T>(object: string, publisher: string, attempt: Attempt<T>) =>
    askInRounds({ places: places(originTries), rounds, maximumErrors: undefined, object, publisher, attempt })

  return {
    uri: origins[0]?.uri ?? '',
    fetchPublishers: () =>
      ask<readonly PublishedBy[]>('publisher information', '', (s) => s.fetchPublishers()),
    fetchCatalogFile: (publisher, name, how) =>
      ask<Uint8Array>(`catalog file ${name}`, publisher, (source, round) =>
        source.fetchCatalogFile(publisher, name, {
          ...how,
          revalidate: how.revalidate || round > 1,
        }),
      ),
    fetchManifest: (publisher: PublisherName, fmri: Fmri, sha1: string | undefined) =>
      ask<string>(`manifest ${formatFmri(fmri)}`, publisher, (s) => s.fetchManifest(publisher, fmri, sha1)),
    fetchPayload: (publisher: PublisherName, action: Action, destination: string) =>
      askInRounds<void>({
        places: places(contentTries),
        rounds,
        maximumErrors: undefined,
        object: `payload ${action.payload ?? ''}`,
        publisher,
        attempt: (source) => source.fetchPayload(publisher, action, destination),
      }),
    fetchPayloads: (requests, how = {}) => {
      const batch = places(contentTries)
      return fetchPayloadBatch(requests, {
        concurrency: how.concurrency ?? 20,
        onProgress: how.onProgress ?? (() => {}),
        fetchOne: (wanted) =>
          askInRounds<void>({
            places: batch,
            rounds,
            maximumErrors,
            object: `payload ${wanted.action.payload ?? ''}`,
            publisher: wanted.publisher,
            attempt: (source) => source.fetchPayload(wanted.publisher, wanted.action, wanted.destination),
          }),
      })
    },
    async payloadFolders(publisher) {
      const all = [...(options.mirrors ?? []), ...origins].map((source) => source.payloadFolders(publisher))
      return (await Promise.all(all)).flat()
    },
    async close() {
      await Promise.all([...(options.mirrors ?? []), ...origins].map((source) => source.close()))
    },
  }
}

type Attempt<T> = (source: RepositorySource, round: number) => Promise<Result<T, RepositoryProblem>>

async function askInRounds<T>(job: {
  readonly places: readonly Place[]
  readonly rounds: number
  /** Undefined: places are not given up between objects. */
  readonly maximumErrors: number | undefined
  readonly object: string
  readonly publisher: string
  readonly attempt: Attempt<T>
}): Promise<Result<T, RepositoryProblem>> {
  if (job.places.length === 0) {
    return err({ code: 'ips::repository_error::no_origin', publisher: job.publisher })
  }
  const causes = new Map<Place, RepositoryProblem>()
  let candidates = job.places
  for (let round = 1; candidates.length > 0; round += 1) {
    const next: Place[] = []
    for (const place of candidates) {
      if (job.maximumErrors !== undefined && place.consecutiveErrors >= job.maximumErrors) {
        if (!causes.has(place)) causes.set(place, givenUp(place))
        continue
      }
      const outcome = await job.attempt(place.source, round)
      if (outcome.ok) {
        place.consecutiveErrors = 0
        return ok(outcome.value)
      }
      if (outcome.error.code === 'ips::repository_error::storage') return outcome
      if (outcome.error.code === 'ips::repository_error::unreachable') place.consecutiveErrors += 1
      causes.set(place, outcome.error)
      // A folder gives the same answer each time.
      const again = asksAgain(outcome.error, round, job.rounds) && !place.source.uri.startsWith('file:')
      if (again) next.push(place)
    }
    candidates = next
  }
  const inOrder = job.places.map((place) => causes.get(place)).filter((cause) => cause !== undefined)
  return err({ code: 'ips::repository_error::all_origins_failed', object: job.object, causes: inOrder })
}

function givenUp(place: Place): RepositoryProblem {
  return {
    code: 'ips::repository_error::unreachable',
    uri: place.source.uri,
    reason: `given up after ${place.consecutiveErrors} failures in a row`,
    status: undefined,
    fatal: true,
  }
}
