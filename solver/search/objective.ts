import type { PackageId, StemId } from '#model'
import { runsOf } from '../lookup/dependency-runs.ts'
import { memo } from '../lookup/memo.ts'
import { Depend, isObsolete, typeBits } from '../lookup/universe.ts'
import { mustBePresent, Role } from '../question/question.ts'
import type { Model, Session } from './session.ts'

/** What one stem, or one group clause, adds to an objective, counted in unary. */
export interface UnaryCost {
  /** Literal that is true where the cost is at least `cost`, 1 or more; undefined above the greatest cost. */
  atLeast(cost: number): number | undefined
  /** The cost in a model. */
  cost(model: Model): number
}

/** A sum of costs that the search minimises. */
export interface Objective {
  /** Name in every output. A refinement appends the stem: `named-distance web/curl`. */
  readonly id: string
  /** Id of the objective that sums this cost over all stems. If every stem of the sum is at its own best, this objective is settled. */
  readonly refines?: string
  /** Bits of the roles whose stems may cost something. */
  readonly roles: number
  /** The cost of a stem in one of the roles; undefined where it can cost nothing. Callers use `stemCost`. */
  costOf(session: Session, stem: StemId): UnaryCost | undefined
  /** The only stem that costs something; without it, every stem may. */
  readonly only?: StemId
  /** Costs that belong to no single stem. */
  readonly common?: (session: Session) => readonly UnaryCost[]
}

/** How outputs name an objective. */
export function named({ id, refines }: Objective): Pick<Objective, 'id' | 'refines'> {
  return refines === undefined ? { id } : { id, refines }
}

/** What a stem can add to an objective; undefined for nothing. */
export function stemCost(objective: Objective, session: Session, stem: StemId): UnaryCost | undefined {
  return hasRole(objective.roles, session.question.role(stem)) ? objective.costOf(session, stem) : undefined
}

/** Whether a role is among bits. */
export function hasRole(roles: number, role: number): boolean {
  return ((roles >> role) & 1) === 1
}

const NAMED = 1 << Role.named
const AVOIDED = 1 << Role.avoided
const INSTALLED = (1 << Role.keep) | AVOIDED
const NEW = 1 << Role.new
const ALL = NAMED | INSTALLED | NEW | (1 << Role.rejected)

/** A column of the table: a request about some packages, an exact-install, or an update of everything. */
type RequestKind = 'some' | 'exact' | 'everything'

/** The objectives, most important first. A new objective is a new row here. Source: solver-semantics §7.2. */
const table: readonly (Objective & { readonly requests: readonly RequestKind[] })[] = [
  {
    id: 'relaxed-groups',
    requests: ['some', 'everything'],
    roles: 0,
    costOf: () => undefined,
    common: relaxedGroups,
  },
  { id: 'named-distance', requests: ['some', 'exact'], roles: NAMED, costOf: distanceCost },
  {
    id: 'to-obsolete',
    requests: ['some'],
    roles: INSTALLED,
    costOf: changeCost(({ obsolete }) => (obsolete ? 1 : 0)),
  },
  {
    id: 'downgraded',
    requests: ['some'],
    roles: INSTALLED,
    costOf: changeCost(({ position, present }) => (position < present ? 1 : 0)),
  },
  { id: 'changed', requests: ['some'], roles: INSTALLED, costOf: changeCost(() => 1) },
  {
    id: 'changed-distance',
    requests: ['some'],
    roles: INSTALLED,
    costOf: changeCost(({ distance }) => distance),
  },
  { id: 'held-distance', requests: ['everything'], roles: INSTALLED, costOf: updateCost(1) },
  { id: 'incorporating-distance', requests: ['everything'], roles: INSTALLED, costOf: updateCost(2) },
  { id: 'other-distance', requests: ['everything'], roles: INSTALLED, costOf: updateCost(3) },
  { id: 'new-distance', requests: ['some', 'exact', 'everything'], roles: NEW, costOf: distanceCost },
  { id: 'new-packages', requests: ['some', 'exact', 'everything'], roles: NEW | AVOIDED, costOf: livingCost },
  { id: 'left-installed', requests: ['exact'], roles: ALL, costOf: notInstalledCost },
]

/** The objectives of a request, most important first. */
export function objectivesOf({ question }: Session): readonly Objective[] {
  const { everything, exact, request, universe } = question
  const kind: RequestKind = everything ? 'everything' : exact ? 'exact' : 'some'
  return table
    .filter(({ requests }) => requests.includes(kind))
    .flatMap((row) => {
      if (row.roles !== NAMED || request.order.length === 1) return [row]
      if (request.order.length === 0) return []
      const refinements = request.order.map((only) => ({
        ...row,
        id: `${row.id} ${universe.catalog.stemName(only)}`,
        refines: row.id,
        only,
      }))
      return [row, ...refinements]
    })
}

/** Number of distinct candidate versions newer than each position. */
function distances(session: Session, stem: StemId): readonly number[] {
  const ids = session.encoder.variables.candidates(stem)
  const classes = session.question.universe.catalog.packageVersionClass
  const result: number[] = new Array(ids.length).fill(0)
  for (let position = ids.length - 2; position >= 0; position -= 1) {
    const step = classes[ids[position]!] === classes[ids[position + 1]!] ? 0 : 1
    result[position] = result[position + 1]! + step
  }
  return result
}

/** The number of distinct candidate versions newer than the selected one. Older positions cost more, so no list of costs is needed. */
function distanceCost(session: Session, stem: StemId): UnaryCost | undefined {
  const { variables } = session.encoder
  const ids = variables.candidates(stem)
  const classes = session.question.universe.catalog.packageVersionClass
  if (ids.length < 2 || classes[ids[0]!] === classes[ids[ids.length - 1]!]) return undefined
  return {
    atLeast(cost) {
      let distance = 0
      for (let position = ids.length - 2; position >= 0; position -= 1) {
        if (classes[ids[position]!] !== classes[ids[position + 1]!]) distance += 1
        if (distance >= cost) return variables.below(stem, position + 1)
      }
      return undefined
    },
    cost(model) {
      const selected = model[stem]!
      let distance = 0
      if (selected < 0) return distance
      for (let position = ids.length - 2; position >= selected; position -= 1) {
        if (classes[ids[position]!] !== classes[ids[position + 1]!]) distance += 1
      }
      return distance
    },
  }
}

/** Costs 1 where a candidate is selected that is not obsolete. */
function livingCost(session: Session, stem: StemId): UnaryCost | undefined {
  const { catalog } = session.question.universe
  const ids = session.encoder.variables.candidates(stem)
  const costOf = (id: PackageId) => (isObsolete(catalog, id) ? 0 : 1)
  return positionCost(session, stem, Array.from(ids, costOf))
}

/** Unary counter over the positions of a stem; absent costs nothing. Undefined when nothing costs. */
function positionCost(session: Session, stem: StemId, costs: readonly number[]): UnaryCost | undefined {
  let most = 0
  for (const cost of costs) if (cost > most) most = cost
  if (most === 0) return undefined
  // Literals are made on demand: the search uses only those around the optimum.
  const literals: (number | undefined)[] = []
  return {
    atLeast(cost) {
      if (cost > most) return undefined
      literals[cost] ??= runsLiteral(
        session,
        stem,
        runsOf(costs.length, (position) => costs[position]! >= cost),
        costs.length,
      )
      return literals[cost]
    },
    cost: (model) => (model[stem]! < 0 ? 0 : costs[model[stem]!]!),
  }
}

/** A literal that is true where the stem's position is in the runs. */
function runsLiteral(session: Session, stem: StemId, runs: readonly number[], length: number): number {
  const { variables, clauses } = session.encoder
  if (runs.length === 2 && runs[0] === 0) return variables.below(stem, runs[1]! + 1)
  const isLast = runs.length === 2 && runs[1] === length - 1
  if (isLast && mustBePresent(session.question, stem)) return -variables.below(stem, runs[0]!)
  const literal = variables.fresh()
  for (let run = 0; run < runs.length; run += 2) {
    clauses.begin()
    clauses.negative(variables.below(stem, runs[run + 1]! + 1))
    clauses.positive(variables.below(stem, runs[run]!))
    clauses.positive(literal)
    clauses.end()
  }
  return literal
}

/** 1 for each relaxed group clause that is broken. */
function relaxedGroups({ encoder }: Session): readonly UnaryCost[] {
  return encoder.relaxations.map(({ stem, position, isMet, literal }) => ({
    atLeast: (cost) => (cost > 1 ? undefined : literal),
    cost: (model) => (model[stem] === position && !isMet(model) ? 1 : 0),
  }))
}

interface Change {
  readonly position: number
  /** Installed position; if the installed package is no candidate, the position it would have. */
  readonly present: number
  readonly obsolete: boolean
  readonly distance: number
}

/** A cost of an installed, not named stem that leaves its installed version. */
function changeCost(costOf: (change: Change) => number): Objective['costOf'] {
  return (session, stem) => {
    const { question, encoder } = session
    const ids = encoder.variables.candidates(stem)
    const installed = question.base[stem]!
    if (ids.length === 1 && ids[0] === installed) return undefined
    const present = installedPosition(session, ids, installed)
    const distance = distances(session, stem)
    const costs = Array.from(ids, (id, position) =>
      id === installed
        ? 0
        : costOf({
            position,
            present,
            obsolete: isObsolete(question.universe.catalog, id),
            distance: distance[position]!,
          }),
    )
    return positionCost(session, stem, costs)
  }
}

function installedPosition(session: Session, ids: Int32Array, installed: PackageId): number {
  const classes = session.question.universe.catalog.packageVersionClass
  const position = ids.indexOf(installed)
  if (position >= 0) return position
  const newer = ids.findIndex((id) => classes[id]! >= classes[installed]!)
  return newer < 0 ? ids.length : newer
}

/** The distance of a stem of one tier. */
function updateCost(tier: number): Objective['costOf'] {
  return (session, stem) => {
    if (session.encoder.variables.candidates(stem).length < 2) return undefined
    return tierOf(session, stem) === tier ? distanceCost(session, stem) : undefined
  }
}

const INCORPORATES = typeBits(Depend.incorporate)

/** Tiers found before: three objectives ask for the tier of each stem. */
const tiers = new WeakMap<Session, Map<StemId, number>>()

/** 1: some candidate has an install-hold; 2: some candidate incorporates; 3: the others. */
function tierOf(session: Session, stem: StemId): number {
  const known = memo(tiers, session, () => new Map<StemId, number>())
  return memo(known, stem, () => {
    const { universe } = session.question
    const ids = session.encoder.variables.candidates(stem)
    if (ids.some((id) => universe.catalog.packageHold[id]! >= 0)) return 1
    return ids.some((id) => universe.hasDependencyOf(id, INCORPORATES)) ? 2 : 3
  })
}

/** Costs 1 where a living package is selected that is not the installed one. */
function notInstalledCost(session: Session, stem: StemId): UnaryCost | undefined {
  const { question, encoder } = session
  const installed = question.universe.installed[stem]!
  const ids = encoder.variables.candidates(stem)
  const costOf = (id: PackageId) => (id === installed || isObsolete(question.universe.catalog, id) ? 0 : 1)
  return positionCost(session, stem, Array.from(ids, costOf))
}
