import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Catalog, ImageSnapshot, SolveRequest } from '#model'
import { describeProblem, formatFmri } from '#model'
import { type NewSatBackend, type Resolution, resolveInstall, type SolveTrace, solverMessages } from '#solver'
import { readPlanCatalog } from '../cli/commands/preview/plan-catalog.ts'
import { type RequestFile, readRequestFile } from '../cli/commands/preview/request-file.ts'

/** How one recorded request came out. */
export interface RequestResult {
  readonly id: string
  readonly catalog: Catalog
  readonly snapshot: ImageSnapshot
  readonly request: SolveRequest
  /** `solution` or the code of the problem. */
  readonly outcome: string
  /** Empty when all expectations of the request file hold. */
  readonly faults: readonly string[]
  /** Milliseconds of each repetition of `resolveInstall`. */
  readonly milliseconds: readonly number[]
  readonly resolution: Resolution | undefined
  /** Text of the problem. */
  readonly text: string | undefined
}

export interface RequestRun {
  /** Folder with the recorded data: `catalogs/` and `requests/`. */
  readonly data: string
  readonly newBackend: NewSatBackend
  readonly repeat: number
  /** Prefixes of request ids; empty for all. */
  readonly only: readonly string[]
  /** Where index files are kept between runs; undefined for nowhere. */
  readonly cache: string | undefined
  readonly conflicts?: number
  /** Watches a repetition, counted from 0. */
  readonly trace?: (round: number) => SolveTrace
  /** Called right before and after each repetition. */
  readonly onStart?: () => void
  readonly onEnd?: () => void
}

/** What a request file says of its answer. */
interface Expectation {
  readonly outcome: 'solution' | 'no-solution'
  readonly contains?: readonly string[]
}

/** Paths of the recorded requests whose names start with one of the prefixes, or of all. */
export function requestPaths(data: string, only: readonly string[]): readonly string[] {
  const requests = join(data, 'requests')
  const folders = readdirSync(requests).filter(
    (folder) => folder !== 'pkg5-answers' && existsSync(join(requests, folder, 'images')),
  )
  return folders.sort().flatMap((folder) =>
    readdirSync(join(requests, folder))
      .filter((name) => name.endsWith('.json'))
      .filter((name) => only.length === 0 || only.some((id) => name.startsWith(id)))
      .sort()
      .map((name) => join(requests, folder, name)),
  )
}

/** Runs the recorded requests, one result at a time. */
export async function* runRequests(run: RequestRun): AsyncGenerator<RequestResult> {
  const catalogs = new Map<string, Catalog>()
  for (const path of requestPaths(run.data, run.only)) {
    const file = await readRequestFile(path, process.cwd())
    if (!file.ok) throw new Error(`${path}: ${JSON.stringify(file.error)}`)
    const key = file.value.catalogs.join('+')
    const catalog = catalogs.get(key) ?? (await loadCatalog(run, file.value.catalogs, key))
    catalogs.set(key, catalog)
    const { expect }: { expect: Expectation } = JSON.parse(readFileSync(path, 'utf8'))
    yield runRequest(run, catalog, file.value, expect)
  }
}

async function loadCatalog(run: RequestRun, folders: readonly string[], key: string): Promise<Catalog> {
  if (run.cache !== undefined) mkdirSync(run.cache, { recursive: true })
  const read = await readPlanCatalog({
    folders: folders.map((folder) => join(run.data, 'catalogs', folder)),
    index: run.cache === undefined ? undefined : join(run.cache, `${key}.index`),
  })
  if (!read.ok) throw new Error(`${key}: ${JSON.stringify(read.error)}`)
  return read.value.catalog
}

function runRequest(
  run: RequestRun,
  catalog: Catalog,
  { id, request, snapshot }: RequestFile,
  expected: Expectation,
): RequestResult {
  const milliseconds: number[] = []
  const budget = run.conflicts === undefined ? {} : { conflicts: run.conflicts }
  let result: ReturnType<typeof resolveInstall> | undefined
  for (let round = 0; round < run.repeat; round += 1) {
    const trace = run.trace === undefined ? {} : { trace: run.trace(round) }
    run.onStart?.()
    const start = performance.now()
    result = resolveInstall({ snapshot, catalog, request, newBackend: run.newBackend, budget, ...trace })
    milliseconds.push(performance.now() - start)
    run.onEnd?.()
  }
  if (result === undefined) throw new Error('repeat must be 1 or more')
  const outcome = result.ok ? 'solution' : 'no-solution'
  const faults: string[] = []
  if (outcome !== expected.outcome) faults.push(`expected ${expected.outcome}`)
  if (result.ok) {
    const { plan } = result.value
    const gone = new Set(plan.remove.map((fmri) => fmri.stem))
    const changed = new Map(
      [...plan.add, ...plan.update.map(({ to }) => to)].map(({ fmri }) => [fmri.stem, fmri]),
    )
    const after = snapshot.installed
      .filter(({ fmri }) => !gone.has(fmri.stem) && !changed.has(fmri.stem))
      .map(({ fmri }) => fmri)
    const all = [...after, ...changed.values()].map((fmri) => formatFmri(fmri, 'short'))
    for (const wanted of expected.contains ?? []) {
      const tail = wanted.replace(/^pkg:\//, '/')
      if (!all.some((text) => text.includes(tail))) faults.push(`lacks ${wanted}`)
    }
    if (plan.proof !== 'optimal') faults.push('not proven')
  }
  return {
    id,
    catalog,
    snapshot,
    request,
    outcome: result.ok ? outcome : result.error.code,
    faults,
    milliseconds,
    resolution: result.ok ? result.value : undefined,
    text: result.ok ? undefined : describeProblem(solverMessages, result.error),
  }
}
