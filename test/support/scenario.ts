import type {
  Catalog,
  FacetSetting,
  Fmri,
  ImageSnapshot,
  PackageActuator,
  PublisherName,
  Result,
  SolveRequest,
} from '#model'
import { formatFmri, parseFmri } from '#model'
import type { CatalogEntry } from '#repo'
import { type NewSatBackend, type Resolution, resolveInstall, type SolverProblem } from '#solver'
import { buildCatalog } from './build-catalog.ts'

/** The file format of solver scenarios. */
export interface ScenarioFile {
  readonly schema: 1
  readonly default_publisher: string
  readonly scenarios: readonly Scenario[]
}

export interface Scenario {
  readonly id: string
  readonly title: string
  readonly publishers?: readonly { name: string; sticky?: boolean; enabled?: boolean }[]
  readonly catalog: readonly ScenarioPackage[]
  readonly image: {
    readonly installed: readonly string[]
    readonly frozen?: readonly { fmri: string; reason?: string }[]
    readonly avoid?: readonly string[]
    readonly facets?: Readonly<Record<string, boolean>>
    readonly variants?: Readonly<Record<string, string>>
    readonly parent?: readonly string[] | null
    /** Own key: what is installed in the image at `/`. */
    readonly root?: readonly string[]
  }
  readonly request: {
    readonly op: SolveRequest['operation']
    readonly patterns?: readonly string[]
    readonly reject?: readonly string[]
    readonly ignore_missing?: boolean
    readonly facets?: Readonly<Record<string, boolean>>
    readonly variants?: Readonly<Record<string, string>>
  }
  readonly expect: ScenarioPlan | ScenarioError
}

/** A scenario outside of a file; unless told otherwise it installs `a` in an empty image, and has no plan. */
export function scenarioOf(some: Partial<Scenario>): Scenario {
  return {
    id: 'x',
    title: 'x',
    catalog: [],
    image: { installed: [] },
    request: { op: 'install', patterns: ['a'] },
    expect: { error: 'unsatisfiable', exit: 1 },
    ...some,
  }
}

export interface ScenarioPackage {
  readonly fmri: string
  readonly depends?: readonly Readonly<Record<string, string | boolean | readonly string[]>>[]
  readonly obsolete?: boolean
  readonly renamed?: boolean
  readonly 'install-hold'?: string
  readonly 'explicit-install'?: boolean
  readonly variants?: Readonly<Record<string, readonly string[]>>
  /** Own key: packages to be updated or uninstalled when this one is uninstalled. */
  readonly actuators?: Readonly<Partial<Record<PackageActuator['effect'], readonly string[]>>>
}

export interface ScenarioPlan {
  readonly add: readonly string[]
  readonly remove: readonly string[]
  readonly update: readonly (readonly [string, string])[]
  readonly avoid?: readonly string[]
}

export interface ScenarioError {
  readonly error: string
  readonly exit: number
  readonly because?: readonly string[]
  /** Something matched, but only for other variant values. */
  readonly wrong_variant?: boolean
}

/** The solver's input for a scenario. */
export interface ScenarioInput {
  readonly catalog: Catalog
  readonly snapshot: ImageSnapshot
  readonly request: SolveRequest
}

/** `shuffle` reorders the catalog before it is built; the answer may not depend on it. */
export function scenarioInput(
  file: Pick<ScenarioFile, 'default_publisher'>,
  scenario: Scenario,
  shuffle: (entries: CatalogEntry[]) => CatalogEntry[] = (entries) => entries,
): ScenarioInput {
  const publishers = scenario.publishers ?? [{ name: file.default_publisher }]
  const home = publishers[0]!.name
  const full = (text: string) => readFmri(text, home)
  const entries: CatalogEntry[] = scenario.catalog.map((entry) => {
    const fmri = full(entry.fmri)
    return {
      publisher: fmri.publisher!,
      stem: fmri.stem,
      version: versionText(entry.fmri),
      actions: actionsOf(entry),
    }
  })
  const known = new Set(scenario.catalog.map((entry) => formatFmri(full(entry.fmri))))
  for (const text of scenario.image.installed) {
    const fmri = full(text)
    if (known.has(formatFmri(fmri))) continue
    entries.push({
      publisher: fmri.publisher!,
      stem: fmri.stem,
      version: versionText(text),
      actions: [],
      installedOnly: true,
    })
  }
  const { image, request } = scenario
  const facets: FacetSetting[] = Object.entries({ ...image.facets, ...request.facets }).map(
    ([name, value]) => ({ name, value, source: 'local' }),
  )
  return {
    catalog: buildCatalog(
      publishers.map(({ name }) => name as PublisherName),
      shuffle(entries),
    ),
    snapshot: {
      generation: 1,
      installed: image.installed.map((text) => ({
        fmri: full(text),
        manual: false,
        actuators: actuatorsOf(scenario.catalog.find(({ fmri }) => fmri === text)),
      })),
      publishers: publishers.map(({ name, sticky = true, enabled = true }) => ({
        name: name as PublisherName,
        sticky,
        enabled,
      })),
      variants: new Map(Object.entries({ ...image.variants, ...request.variants })),
      facets,
      frozen: (image.frozen ?? []).map(({ fmri, reason }) => ({
        stem: full(fmri).stem,
        version: versionText(fmri),
        reason,
        since: 0,
      })),
      avoided: (image.avoid ?? []).map((stem) => full(stem).stem),
      parent: image.parent?.map(full),
      ...(image.root === undefined ? {} : { root: image.root.map(full) }),
    },
    request: {
      operation: request.op,
      patterns: request.patterns ?? [],
      reject: request.reject ?? [],
      ignoreMissing: request.ignore_missing ?? false,
    },
  }
}

function actuatorsOf(entry: ScenarioPackage | undefined): readonly PackageActuator[] {
  return (['update', 'uninstall'] as const).flatMap((effect) =>
    (entry?.actuators?.[effect] ?? []).map((text) => {
      const parsed = parseFmri(text)
      if (!parsed.ok) throw new Error(`scenario: bad FMRI ${text}`)
      return { effect, fmri: parsed.value }
    }),
  )
}

function readFmri(text: string, home: string): Fmri {
  const parsed = parseFmri(text)
  if (!parsed.ok) throw new Error(`scenario: bad FMRI ${text}`)
  return { ...parsed.value, publisher: parsed.value.publisher ?? (home as PublisherName) }
}

function versionText(fmri: string): string {
  return fmri.slice(fmri.lastIndexOf('@') + 1)
}

function actionsOf(entry: ScenarioPackage): readonly string[] {
  const actions = (entry.depends ?? []).map((depend) => {
    const parts = Object.entries(depend).flatMap(([key, value]) =>
      (Array.isArray(value) ? value : [value]).map((item) => `${key}=${item}`),
    )
    return `depend ${parts.join(' ')}`
  })
  const set = (name: string, values: readonly string[]) =>
    actions.push(`set name=${name} ${values.map((value) => `value=${value}`).join(' ')}`)
  if (entry.obsolete === true) set('pkg.obsolete', ['true'])
  if (entry.renamed === true) set('pkg.renamed', ['true'])
  if (entry['install-hold'] !== undefined) set('pkg.depend.install-hold', [entry['install-hold']])
  if (entry['explicit-install'] === true) set('pkg.depend.explicit-install', ['true'])
  for (const [name, values] of Object.entries(entry.variants ?? {})) set(name, values)
  return actions
}

/** Solves a scenario. */
export function runScenario(
  file: Pick<ScenarioFile, 'default_publisher'>,
  scenario: Scenario,
  newBackend: NewSatBackend,
  shuffle?: (entries: CatalogEntry[]) => CatalogEntry[],
): Result<Resolution, SolverProblem> {
  const input = scenarioInput(file, scenario, shuffle)
  return resolveInstall({ ...input, newBackend, budget: {} })
}

/** The explanation, where there must be one. */
export function explanationOf(
  result: Result<Resolution, SolverProblem>,
): Extract<SolverProblem, { readonly code: 'ips::solver_error::unsatisfiable' }> {
  if (result.ok || result.error.code !== 'ips::solver_error::unsatisfiable') {
    throw new Error(`expected unsatisfiable, got ${JSON.stringify(result)}`)
  }
  return result.error
}

/** What a scenario came to, in the words of the file. */
export function outcomeOf(
  file: Pick<ScenarioFile, 'default_publisher'>,
  scenario: Scenario,
  result: Result<Resolution, SolverProblem>,
): ScenarioPlan | ScenarioError {
  if (!result.ok) return failureOf(result.error)
  const home = scenario.publishers?.[0]?.name ?? file.default_publisher
  const text = (fmri: Fmri) =>
    formatFmri(fmri, 'short').replace(new RegExp(`^pkg://${home.replaceAll('.', '\\.')}/`), '')
  const { plan } = result.value
  return {
    add: plan.add.map(({ fmri }) => text(fmri)).sort(),
    remove: plan.remove.map(text).sort(),
    update: plan.update.map(({ from, to }) => [text(from), text(to.fmri)] as const),
    avoid: plan.avoid,
  }
}

/** Undefined where the outcome is the expected one, else a line that says what differs. */
export function mismatch(scenario: Scenario, outcome: ScenarioPlan | ScenarioError): string | undefined {
  const expected = scenario.expect
  const shown = `expected ${JSON.stringify(withoutBecause(expected))}, got ${JSON.stringify(outcome)}`
  if ('error' in expected) {
    if (!('error' in outcome) || outcome.error !== expected.error) return shown
    if (expected.wrong_variant !== outcome.wrong_variant) return shown
    // Which of the two exit codes depends on which rule fired first in the reference client.
    const exits = expected.error === 'unsatisfiable' ? [1, 9] : [expected.exit]
    return exits.includes(outcome.exit) ? undefined : shown
  }
  if ('error' in outcome) return shown
  const same =
    sameList(expected.add, outcome.add) &&
    sameList(expected.remove, outcome.remove) &&
    sameList(expected.update.map(String), outcome.update.map(String)) &&
    (expected.avoid === undefined || sameList(expected.avoid, outcome.avoid ?? []))
  return same ? undefined : shown
}

function withoutBecause(expected: ScenarioPlan | ScenarioError): unknown {
  return 'error' in expected ? { ...expected, because: undefined } : expected
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify([...a].sort()) === JSON.stringify([...b].sort())
}

function failureOf(problem: SolverProblem): ScenarioError {
  const named = { error: errorName(problem), exit: exitCode(problem) }
  // A pattern that matches nothing at all comes before one that matches other variant values only.
  const isForeign =
    problem.code === 'ips::solver_error::no_candidates' &&
    problem.patterns.every(({ why }) => why === 'wrong-variant')
  return isForeign ? { ...named, wrong_variant: true } : named
}

function errorName(problem: SolverProblem): string {
  if (problem.code === 'ips::solver_error::no_candidates') {
    const { why } = problem.patterns.find(({ why: each }) => each !== 'wrong-variant') ?? problem.patterns[0]!
    if (why === 'rejected') return 'rejected-pattern'
    return why === 'wrong-variant' || why === 'not-offered' ? 'no-match' : why
  }
  return problem.code.slice(problem.code.lastIndexOf(':') + 1).replaceAll('_', '-')
}

/** Exit code of a problem. Source: cli §2. */
function exitCode(problem: SolverProblem): number {
  if (problem.code === 'ips::solver_error::overconstrained') return 9
  if (problem.code === 'ips::solver_error::unsatisfiable') return problem.beforeSearch ? 1 : 9
  return 1
}
