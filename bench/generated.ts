import type { Catalog, ImageSnapshot, InstallPlan, SolveRequest } from '#model'
import { formatFmri, parseFmri } from '#model'
import { backendNames, loadBackend, type NewSatBackend, resolveInstall } from '#solver'
import { buildCatalog } from '../test/support/build-catalog.ts'
import { readWorld } from '../test/support/checked-world.ts'
import { findFaults, resultOf } from '../test/support/plan-checker.ts'
import {
  type GeneratedShape,
  generatedPublisher,
  generateEntries,
  randomNumbers,
  stemName,
} from './generate.ts'

/** Stems x versions x requirements. */
const SHAPES = [
  [1_000, 5, 3],
  [1_000, 20, 3],
  [5_000, 5, 3],
  [5_000, 10, 6],
  [10_000, 10, 4],
] as const
const LARGE_SHAPES = [
  [50_000, 10, 4],
  [200_000, 10, 3],
] as const
const CONFLICTS = 200_000

/** How the cost grows with the catalog; each plan is checked. Throws where one is wrong. */
export async function benchGenerated(options: {
  readonly seed: number
  readonly large: boolean
}): Promise<void> {
  const newBackend = await loadBackend(backendNames[0]!)
  console.log(`generated catalogs, seed ${options.seed}`)
  for (const [stems, versions, density] of options.large ? [...SHAPES, ...LARGE_SHAPES] : SHAPES) {
    benchShape({ stems, versions, density, seed: options.seed }, newBackend)
  }
}

function benchShape(shape: GeneratedShape, newBackend: NewSatBackend): void {
  const started = performance.now()
  const catalog = buildCatalog([generatedPublisher], generateEntries(shape))
  const built = performance.now() - started
  const empty: ImageSnapshot = {
    generation: 1,
    installed: [],
    publishers: [{ name: generatedPublisher, sticky: true, enabled: true }],
    variants: new Map(),
    facets: [],
    frozen: [],
    avoided: [],
    parent: undefined,
  }
  console.log(
    `${shape.stems} stems x ${shape.versions} versions x ${shape.density} requirements: ${catalog.packageCount} packages, ${catalog.dependencyCount} dependencies, index in ${Math.round(built)} ms`,
  )
  const random = randomNumbers(shape.seed + 1)
  const some = (count: number) =>
    Array.from({ length: count }, () => stemName(Math.floor(random() * shape.stems)))
  const requestFor = (patterns: readonly string[], operation: SolveRequest['operation']): SolveRequest => ({
    operation,
    patterns: patterns.map((name) => `pkg:/${name}`),
    reject: [],
    ignoreMissing: false,
  })
  const solve = (name: string, snapshot: ImageSnapshot, request: SolveRequest) =>
    report(name, catalog, snapshot, request, newBackend)
  solve('install 20 into nothing', empty, requestFor(some(20), 'install'))
  const middle = Math.ceil(shape.versions / 2)
  const pinned = some(10).map((stem) => `${stem}@${middle}`)
  const older = solve(`install 10 at version ${middle}`, empty, requestFor(pinned, 'install'))
  if (older === undefined) return
  const image: ImageSnapshot = {
    ...empty,
    installed: older.add.map(({ fmri }) => ({ fmri: parsed(formatFmri(fmri)), manual: false })),
  }
  solve('then update everything', image, requestFor([], 'update'))
  solve('or install 5 more', image, requestFor(some(5), 'install'))
}

function parsed(text: string) {
  const fmri = parseFmri(text)
  if (!fmri.ok) throw new Error(`bad FMRI ${text}`)
  return fmri.value
}

function report(
  name: string,
  catalog: Catalog,
  snapshot: ImageSnapshot,
  request: SolveRequest,
  newBackend: NewSatBackend,
): InstallPlan | undefined {
  const started = performance.now()
  const answer = resolveInstall({ catalog, snapshot, request, newBackend, budget: { conflicts: CONFLICTS } })
  const time = `${(performance.now() - started).toFixed(1)} ms`
  if (!answer.ok) {
    console.log(`  ${name.padEnd(28)} ${time.padStart(12)}  ${answer.error.code}`)
    return undefined
  }
  const { plan, statistics } = answer.value
  const world = readWorld(catalog, snapshot, request)
  const faults = findFaults(world, resultOf(world, plan))
  if (faults.length > 0) throw new Error(`${name}: ${faults.slice(0, 3).join('; ')}`)
  console.log(
    `  ${name.padEnd(28)} ${time.padStart(12)}  ${plan.proof}  +${plan.add.length} ~${plan.update.length}  stems ${statistics.stemsInCone} clauses ${statistics.clauses} solves ${statistics.solves} conflicts ${statistics.conflicts}`,
  )
  return plan
}
