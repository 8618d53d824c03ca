import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Catalog, ImageSnapshot, PublisherName, SolveRequest } from '#model'
import { describeProblem, formatFmri, parseFmri } from '#model'
import { type CatalogEntry, encodeCatalogIndex, openCatalogIndex, readCatalogFolder } from '#repo'
import { type NewSatBackend, type Resolution, resolveInstall, type SolveTrace, solverWords } from '#solver'

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
  /** Watches the first repetition. */
  readonly trace?: SolveTrace
}

interface RequestFile {
  readonly id: string
  readonly image: string
  readonly operation: SolveRequest['operation']
  readonly patterns: readonly string[]
  readonly reject: readonly string[]
  readonly expect: {
    readonly outcome: 'solution' | 'no-solution'
    readonly contains?: readonly string[]
    readonly empty?: boolean
  }
}

interface ImageFile {
  readonly catalogs: readonly string[]
  readonly publishers: readonly string[]
  readonly variants: Readonly<Record<string, string>>
  readonly facets: Readonly<Record<string, boolean>>
  readonly installed: readonly string[]
}

/** Runs the recorded requests, one result at a time. */
export function* runRequests(run: RequestRun): Generator<RequestResult> {
  const catalogs = new Map<string, Catalog>()
  const requests = join(run.data, 'requests')
  for (const folder of readdirSync(requests).sort()) {
    if (folder === 'pkg5-answers' || !existsSync(join(requests, folder, 'images'))) continue
    for (const name of readdirSync(join(requests, folder)).sort()) {
      if (!name.endsWith('.json')) continue
      if (run.only.length > 0 && !run.only.some((id) => name.startsWith(id))) continue
      const request: RequestFile = JSON.parse(readFileSync(join(requests, folder, name), 'utf8'))
      const image: ImageFile = JSON.parse(readFileSync(join(requests, folder, request.image), 'utf8'))
      const key = image.catalogs.join('+')
      const catalog = catalogs.get(key) ?? loadCatalog(run, image.catalogs, key)
      catalogs.set(key, catalog)
      yield runRequest(run, catalog, snapshotOf(image), request)
    }
  }
}

function loadCatalog(run: RequestRun, folders: readonly string[], key: string): Catalog {
  const cached = run.cache === undefined ? undefined : join(run.cache, `${key}.index`)
  if (cached !== undefined && existsSync(cached)) {
    const opened = openCatalogIndex(readFileSync(cached), key)
    if (typeof opened !== 'string') return opened
  }
  const publishers: PublisherName[] = []
  const entries: CatalogEntry[] = []
  for (const folder of folders) {
    const read = readCatalogFolder(join(run.data, 'catalogs', folder))
    if (!read.ok) throw new Error(`catalog ${folder}: ${read.error.code}`)
    publishers.push(...read.value.publishers)
    for (const entry of read.value.entries) entries.push(entry)
  }
  const bytes = encodeCatalogIndex({ publishers, entries, stamp: key })
  if (cached !== undefined && run.cache !== undefined) {
    mkdirSync(run.cache, { recursive: true })
    writeFileSync(cached, bytes)
  }
  const opened = openCatalogIndex(bytes, key)
  if (typeof opened === 'string') throw new Error(`index of ${key}: ${opened}`)
  return opened
}

function snapshotOf(image: ImageFile): ImageSnapshot {
  return {
    generation: 1,
    installed: image.installed.map((text) => {
      const fmri = parseFmri(text)
      if (!fmri.ok) throw new Error(`bad FMRI ${text}`)
      return { fmri: fmri.value, manual: false }
    }),
    publishers: image.publishers.map((name) => ({
      name: name as PublisherName,
      sticky: true,
      enabled: true,
    })),
    variants: new Map(Object.entries(image.variants)),
    facets: Object.entries(image.facets).map(([name, value]) => ({ name, value, source: 'local' })),
    frozen: [],
    avoided: [],
    parent: undefined,
  }
}

function runRequest(
  run: RequestRun,
  catalog: Catalog,
  snapshot: ImageSnapshot,
  file: RequestFile,
): RequestResult {
  const request: SolveRequest = {
    operation: file.operation,
    patterns: file.patterns,
    reject: file.reject,
    ignoreMissing: false,
  }
  const milliseconds: number[] = []
  const budget = run.conflicts === undefined ? {} : { conflicts: run.conflicts }
  let result: ReturnType<typeof resolveInstall> | undefined
  for (let round = 0; round < run.repeat; round += 1) {
    const start = performance.now()
    const trace = round > 0 || run.trace === undefined ? {} : { trace: run.trace }
    result = resolveInstall({ snapshot, catalog, request, newBackend: run.newBackend, budget, ...trace })
    milliseconds.push(performance.now() - start)
  }
  if (result === undefined) throw new Error('repeat must be 1 or more')
  const outcome = result.ok ? 'solution' : 'no-solution'
  const faults: string[] = []
  if (outcome !== file.expect.outcome) faults.push(`expected ${file.expect.outcome}`)
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
    for (const wanted of file.expect.contains ?? []) {
      const tail = wanted.replace(/^pkg:\//, '/')
      if (!all.some((text) => text.includes(tail))) faults.push(`lacks ${wanted}`)
    }
    if (plan.proof !== 'optimal') faults.push('not proven')
  }
  return {
    id: file.id,
    catalog,
    snapshot,
    request,
    outcome: result.ok ? outcome : result.error.code,
    faults,
    milliseconds,
    resolution: result.ok ? result.value : undefined,
    text: result.ok ? undefined : describeProblem(solverWords, result.error),
  }
}
