import { join } from 'node:path'
import type { PublisherName } from '#model'
import { describeProblem, formatFmri, takesPayload } from '#model'
import { createLimiter } from '../concurrency.ts'
import { folderUri } from '../folder-uri.ts'
import { readStoredPieces } from '../layout/stored-file.ts'
import { defaultSizeLimits } from '../limits.ts'
import { expectPayload, type PayloadExpectation, payloadPath } from '../payload/payload.ts'
import { checkPieces, startPayloadCheck } from '../payload/payload-check.ts'
import { type RepositoryProblem, repositoryMessages } from '../problems.ts'
import { readRegularFile } from '../regular-file.ts'
import { inspectManifests, manifestFiles, reading, unreadable } from './repository-catalog.ts'
import { readPublisherCatalog } from './repository-catalog-files.ts'
import type { Repository } from './repository-open.ts'

/** Something wrong in a repository. */
export type VerifyFinding =
  | { readonly kind: 'catalog'; readonly path: string; readonly reason: string }
  | { readonly kind: 'manifest'; readonly path: string; readonly reason: string }
  | {
      readonly kind: 'payload'
      readonly fmri: string
      readonly path: string
      readonly problem: RepositoryProblem
    }

/** A stored payload with the attributes that an action states about it. Plain data, because it is sent to worker threads. */
export interface StoredPayload {
  readonly path: string
  /** Of the repository. */
  readonly uri: string
  readonly expected: PayloadExpectation
}

/** Checks a stored payload; the answers may come in any order. Rejects with the error of a failed disk call. */
export type CheckStoredPayload = (payload: StoredPayload) => Promise<RepositoryProblem | undefined>

/** Checks a stored payload in the calling thread. */
export const checkStoredPayload: CheckStoredPayload = ({ path, uri, expected }) => {
  const check = startPayloadCheck(expected, uri, defaultSizeLimits.payload)
  return checkPieces(check, readStoredPieces({ path, uri, object: `payload ${expected.name}` }))
}

/** Progress of a verification. */
export interface VerifyProgress {
  /** Checked payloads of packages; a payload of two packages counts twice. */
  readonly done: number
  /** Estimated number of payloads in all manifests, at least `done`. */
  readonly total: number
}

export interface VerifyOptions {
  /** In the calling thread, one after the other, unless given. */
  readonly check?: CheckStoredPayload
  readonly onProgress?: (progress: VerifyProgress) => void
}

/** Payloads that are given to `check` before the first of them is answered. */
const ahead = 2048

/**
 * Checks the catalog, every manifest and every payload of a publisher; reads only. What cannot be read is a finding, too. The findings come in the order
 * of the manifests and their actions. Throws the errors of a process or system that lacks memory or open files.
 */
export async function* verifyPublisher(
  repository: Repository,
  publisher: PublisherName,
  { check = createLimitedCheck(), onProgress }: VerifyOptions = {},
): AsyncGenerator<VerifyFinding> {
  const folder = join(repository.root, 'publisher', publisher)
  const damage = await catalogDamage(folder)
  if (damage !== undefined) yield { kind: 'catalog', ...damage }
  const total = onProgress === undefined ? 0 : countPayloads(folder)
  onProgress?.({ done: 0, total })
  let done = 0
  const waiting: Promise<VerifyFinding | undefined>[] = []
  const next = async (): Promise<VerifyFinding | undefined> => {
    const finding = await waiting.shift()
    done++
    onProgress?.({ done, total: Math.max(total, done) })
    return finding
  }
  for (const step of verifySteps(folder, publisher, folderUri(repository.root), check)) {
    waiting.push(step)
    const finding = waiting.length > ahead ? await next() : undefined
    if (finding !== undefined) yield finding
  }
  while (waiting.length > 0) {
    const finding = await next()
    if (finding !== undefined) yield finding
  }
}

/** The fault of the catalog of a publisher's folder; undefined for none. */
async function catalogDamage(
  folder: string,
): Promise<{ readonly path: string; readonly reason: string } | undefined> {
  const path = join(folder, 'catalog')
  try {
    const catalog = await readPublisherCatalog(folder)
    if (catalog.ok) return catalog.value === undefined ? { path, reason: 'it is missing' } : undefined
    const { error } = catalog
    return {
      path,
      reason: error.code === 'ips::repository_error::bad_catalog' ? error.reason : 'it is missing',
    }
  } catch (thrown) {
    const { path: named, reason } = unreadable(path, thrown)
    return { path: named, reason }
  }
}

/** Estimates the number of payloads that the manifests of a publisher name, by the beginnings of their lines. Unreadable manifests are left out. */
function countPayloads(folder: string): number {
  let count = 0
  for (const file of manifestFiles(folder)) {
    if ('cause' in file) continue
    const text = reading(file.path, () =>
      readRegularFile(file.path, defaultSizeLimits.manifest).toString('latin1'),
    )
    if (typeof text === 'string') for (const _ of text.matchAll(/^(?:file|license) /gm)) count++
  }
  return count
}

function createLimitedCheck(): CheckStoredPayload {
  const limit = createLimiter(1)
  return (payload) => limit(() => checkStoredPayload(payload))
}

/** Starts the checks of a publisher's payloads in order. */
function* verifySteps(
  folder: string,
  publisher: PublisherName,
  uri: string,
  check: CheckStoredPayload,
): Generator<Promise<VerifyFinding | undefined>> {
  // Equal statements about a payload are checked once.
  const checks = new Map<string, Promise<RepositoryProblem | undefined>>()
  for (const found of inspectManifests(folder, publisher)) {
    if ('reason' in found) {
      yield Promise.resolve({ kind: 'manifest', path: found.path, reason: found.reason })
      continue
    }
    const fmri = formatFmri(found.fmri)
    for (const action of found.manifest.actions) {
      if (!takesPayload(action.type) || (action.type === 'signature' && action.payload === undefined))
        continue
      const expected = expectPayload(action, uri)
      if (!expected.ok) {
        yield Promise.resolve({ kind: 'payload', fmri, path: found.path, problem: expected.error })
        continue
      }
      const { name, size, storedSize, digests } = expected.value
      const statement = JSON.stringify([name, size, storedSize, digests])
      const path = join(folder, 'file', payloadPath(name))
      const checked = checks.get(statement) ?? check({ path, uri, expected: expected.value })
      checks.set(statement, checked)
      const finding = checked.then((problem): VerifyFinding | undefined =>
        problem === undefined ? undefined : { kind: 'payload', fmri, path, problem },
      )
      // A failed disk call is thrown where the finding is awaited.
      finding.catch(() => {})
      yield finding
    }
  }
}

/** One line about a finding. */
export function describeVerifyFinding(finding: VerifyFinding): string {
  if (finding.kind !== 'payload') return `${finding.path}: ${finding.reason}`
  return `${finding.fmri}: ${finding.path}: ${describeProblem(repositoryMessages, finding.problem)}`
}
