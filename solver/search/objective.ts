import type { PackageId, StemId } from '#model'
import { runsOf } from '../lookup/dependency-runs.ts'
import { Depend, isObsolete, typeBits } from '../lookup/universe.ts'
import { Role } from '../question/question.ts'
import type { Model, Session } from './session.ts'

/** A cost counted in unary. */
export interface Chain {
  /** Literal that is true where the cost is at least `cost`, 1 or more; undefined above the greatest cost. */
  atLeast(cost: number): number | undefined
  cost(model: Model): number
}

/** One row of the table in solver-semantics §7.2. */
export interface Level {
  readonly id: string
  /** Bits of the roles whose stems may cost something. */
  readonly roles: number
  /** What a stem in one of the roles can add to the cost; see `chainOf`. */
  chain(session: Session, stem: StemId): Chain | undefined
  /** The one stem that the level is about; without it, all. */
  readonly only?: StemId
  /** Costs of no single stem. */
  readonly common?: (session: Session) => readonly Chain[]
}

/** What a stem can add to the cost of a level. */
export function chainOf(level: Level, session: Session, stem: StemId): Chain | undefined {
  return hasRole(level.roles, session.question.role(stem)) ? level.chain(session, stem) : undefined
}

/** Whether a role is among bits. */
export function hasRole(roles: number, role: number): boolean {
  return ((roles >> role) & 1) === 1
}

const NAMED = 1 << Role.named
const INSTALLED = (1 << Role.keep) | (1 << Role.avoided)
const NEW = 1 << Role.new
const ALL = NAMED | INSTALLED | NEW | (1 << Role.rejected)

/** The objectives of a request, most important first. */
export function objectiveLevels(session: Session): readonly Level[] {
  const { question } = session
  if (question.everything) {
    const tiers = new Map<StemId, number>()
    const tierOf = (stem: StemId) => {
      const tier = tiers.get(stem) ?? findTier(session, stem)
      tiers.set(stem, tier)
      return tier
    }
    const updates = [1, 2, 3].map((tier) => update(tier, tierOf))
    return [relaxedGroups, ...updates, newDistance, newCount]
  }
  const named: Level[] = question.wish.order.length === 0 ? [] : [namedDistance]
  if (question.wish.order.length > 1) {
    for (const stem of question.wish.order) named.push(namedDistanceOf(session, stem))
  }
  if (question.exact) return [...named, newDistance, newCount, notInstalled]
  return [
    relaxedGroups,
    ...named,
    keepLevel('O3', ({ obsolete }) => (obsolete ? 1 : 0)),
    keepLevel('O4', ({ position, present }) => (position < present ? 1 : 0)),
    keepLevel('O5', () => 1),
    keepLevel('O6', ({ distance }) => distance),
    newDistance,
    newCount,
  ]
}

/** For the refinement of O2: nothing is left to decide once the sum is reached with every stem at its own best. */
export function isRefinement(level: Level): boolean {
  return level.id.startsWith('O2 ')
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

/** The distance itself as a cost. It grows towards older positions, so that no list of costs has to be made. */
function distanceChain(session: Session, stem: StemId): Chain | undefined {
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
function livingChain(session: Session, stem: StemId): Chain | undefined {
  const { variables } = session.encoder
  const { catalog } = session.question.universe
  const ids = variables.candidates(stem)
  let living = 0
  for (let index = 0; index < ids.length; index += 1) if (!isObsolete(catalog, ids[index]!)) living += 1
  if (living === 0) return undefined
  let literal: number | undefined
  return {
    atLeast(cost) {
      if (cost > 1) return undefined
      if (living === ids.length) return variables.present(stem)
      literal ??= runsLiteral(
        session,
        stem,
        runsOf(ids.length, (position) => !isObsolete(catalog, ids[position]!)),
        ids.length,
      )
      return literal
    },
    cost: (model) => (model[stem]! < 0 || isObsolete(catalog, ids[model[stem]!]!) ? 0 : 1),
  }
}

/** Unary counter over the positions of a stem; absent costs nothing. Undefined when nothing costs. */
function positionChain(session: Session, stem: StemId, costs: readonly number[]): Chain | undefined {
  let most = 0
  for (const cost of costs) if (cost > most) most = cost
  if (most === 0) return undefined
  // Made when asked for: of a long chain only the literals around the optimum are ever used.
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
  const role = session.question.role(stem)
  const mustBePresent = role === Role.named || role === Role.keep
  if (runs.length === 2 && runs[1] === length - 1 && mustBePresent) return -variables.below(stem, runs[0]!)
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

const relaxedGroups: Level = {
  id: 'O1',
  roles: 0,
  chain: () => undefined,
  common: ({ encoder }) =>
    encoder.relaxations.map(({ stem, position, isMet, literal }) => ({
      atLeast: (cost) => (cost > 1 ? undefined : literal),
      cost: (model) => (model[stem] === position && !isMet(model) ? 1 : 0),
    })),
}

const namedDistance: Level = {
  id: 'O2',
  roles: NAMED,
  chain: distanceChain,
}

function namedDistanceOf(session: Session, named: StemId): Level {
  return {
    id: `O2 ${session.question.universe.catalog.stemName(named)}`,
    only: named,
    roles: NAMED,
    chain: distanceChain,
  }
}

interface KeepCost {
  readonly position: number
  /** Installed position; where the installed package is no candidate, the place it would have. */
  readonly present: number
  readonly obsolete: boolean
  readonly distance: number
}

/** Costs of installed, not named stems that leave their installed version. */
function keepLevel(id: string, costOf: (cost: KeepCost) => number): Level {
  return {
    id,
    roles: INSTALLED,
    chain(session, stem) {
      const { question, encoder } = session
      const ids = encoder.variables.candidates(stem)
      const installed = question.base[stem]!
      if (ids.length === 1 && ids[0] === installed) return undefined
      const present = placeOf(session, ids, installed)
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
      return positionChain(session, stem, costs)
    },
  }
}

function placeOf(session: Session, ids: Int32Array, installed: PackageId): number {
  const classes = session.question.universe.catalog.packageVersionClass
  const position = ids.indexOf(installed)
  if (position >= 0) return position
  const newer = ids.findIndex((id) => classes[id]! >= classes[installed]!)
  return newer < 0 ? ids.length : newer
}

function update(tier: number, tierOf: (stem: StemId) => number): Level {
  return {
    id: `U${tier}`,
    roles: INSTALLED,
    chain(session, stem) {
      const { question, encoder } = session
      if (encoder.variables.candidates(stem).length < 2) return undefined
      if (tierOf(stem) !== tier) return undefined
      const isAvoided = question.role(stem) === Role.avoided
      const present = isAvoided ? encoder.variables.position(stem, question.base[stem]!) : -1
      if (present < 0) return distanceChain(session, stem)
      const costs = [...distances(session, stem)]
      costs[present] = 0
      return positionChain(session, stem, costs)
    },
  }
}

const INCORPORATES = typeBits(Depend.incorporate)

/** 1: some candidate has an install-hold; 2: some candidate incorporates; 3: the others. */
function findTier(session: Session, stem: StemId): number {
  const { universe } = session.question
  const ids = session.encoder.variables.candidates(stem)
  if (ids.some((id) => universe.catalog.packageHold[id]! >= 0)) return 1
  return ids.some((id) => universe.carriesTypes(id, INCORPORATES)) ? 2 : 3
}

const newDistance: Level = {
  id: 'O7',
  roles: NEW,
  chain: distanceChain,
}

const newCount: Level = {
  id: 'O8',
  roles: NEW | (1 << Role.avoided),
  chain: livingChain,
}

const notInstalled: Level = {
  id: 'O9',
  roles: ALL,
  chain(session, stem) {
    const { question, encoder } = session
    const installed = question.universe.installed[stem]!
    const ids = encoder.variables.candidates(stem)
    return positionChain(
      session,
      stem,
      Array.from(ids, (id) => (id === installed || isObsolete(question.universe.catalog, id) ? 0 : 1)),
    )
  },
}
