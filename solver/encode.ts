import type { PackageId, StemId } from '#model'
import { PackageFlag } from '#model'
import { type ClauseBuffer, ClauseReason, createClauseBuffer } from './clause.ts'
import { createRunReader, runsOf } from './dependency-runs.ts'
import type { Question } from './question.ts'
import { mustBePresent } from './question.ts'
import { STATIC_BARS, type Trim } from './trim.ts'
import { Depend, firstTarget } from './universe.ts'
import { createVariableMap, type VariableMap } from './variable-map.ts'

/** A group clause that an installed package may break (repair G1 of solver-semantics §7.1). */
export interface Relaxation {
  readonly stem: StemId
  /** Installed position of the carrier. */
  readonly position: number
  /** Whether a member is selected (position by stem, -1 where absent) that counts. */
  isMet(model: Int32Array): boolean
  /** True when the clause is given up. */
  readonly literal: number
}

/** Turns stems into clauses, one stem at a time. Source: solver-semantics §4. */
export interface Encoder {
  readonly clauses: ClauseBuffer
  readonly variables: VariableMap
  /** Stems that some clause can pull in. Grows; holds expanded stems too. */
  readonly pulled: readonly StemId[]
  readonly relaxations: readonly Relaxation[]
  /** Stems that must be in the result and have no candidate. */
  readonly hopeless: readonly StemId[]
  /** Adds the clauses of a stem and those between it and the stems expanded before. */
  expand(stem: StemId, options?: ExpandOptions): void
  isExpanded(stem: StemId): boolean
  /** Positions below this one are not encoded yet; 0 when all are, or when the stem is not expanded. */
  floor(stem: StemId): number
  /** How often `deepen` had something to do. */
  readonly deepened: number
  /** Lowers the floor: three times as many positions as are encoded come in, or all. */
  deepen(stem: StemId): void
  /** Adds the order of the variables made since the last call; due before the clauses are solved. */
  settle(visit?: (stem: StemId, k: number, variable: number) => void): void
}

export interface ExpandOptions {
  /** Leaves the stem's own dependencies out. */
  readonly silent?: boolean
  /**
   * Leaves out what only candidates below this position say. Until the floor falls an answer counts only where `below(floor)`
   * is false.
   */
  readonly floor?: number
}

export interface EncoderOptions {
  /** Gives the places of a stem consecutive variables, also those that no clause asks for. */
  readonly dense?: boolean
  readonly question: Question
  readonly trim: Trim
  /** Packages with a position; default the candidates. */
  readonly candidatesOf?: (stem: StemId) => Int32Array
  /** Selector that switches the clauses of a dependency of a stem on; default: always on. */
  readonly guardOf?: (stem: StemId, dependency: number) => number
  /** Presence (5.5) is left to the caller, and what may be relaxed is left out. */
  readonly dependenciesOnly?: boolean
}

export function createEncoder(options: EncoderOptions): Encoder {
  const { question, trim, guardOf } = options
  const { universe } = question
  const { catalog } = universe
  const clauses = createClauseBuffer()
  const variables = createVariableMap(catalog.stemCount, options.candidatesOf ?? trim.candidates, {
    dense: options.dense === true,
  })
  const readRuns = createRunReader(universe)
  const expanded = new Uint8Array(catalog.stemCount)
  const floors = new Int32Array(catalog.stemCount)
  let deepened = 0
  const isPulled = new Uint8Array(catalog.stemCount)
  const pulled: StemId[] = []
  const relaxations: Relaxation[] = []
  const hopeless: StemId[] = []
  const waiting = createWaitingList(catalog.stemCount)
  const unmet = new Map<number, readonly number[]>()
  const unions = new Map<string, number>()
  const vacuous = new Map<StemId, boolean>()
  /** Negated selector of the dependency being encoded, or 0. */
  let guard = 0

  const isObsolete = (id: PackageId) => (catalog.packageFlags[id]! & PackageFlag.obsolete) !== 0
  const begin = (stem: StemId, first: number, last: number) => {
    clauses.begin()
    clauses.positive(guard)
    outside(stem, first, last)
  }
  /** Adds "the stem's position is not in first..last". */
  const outside = (stem: StemId, first: number, last: number) => {
    clauses.negative(variables.below(stem, last + 1))
    clauses.positive(variables.below(stem, first))
  }
  const pull = (stem: StemId) => {
    variables.candidates(stem)
    if (isPulled[stem] === 1) return
    isPulled[stem] = 1
    pulled.push(stem)
  }
  /** A clause of its own says that the stem is present. */
  const isForced = (stem: StemId) => options.dependenciesOnly !== true && mustBePresent(question, stem)
  /** Runs of positions that do not meet a target as `require` wants it. */
  const unmetRuns = (target: number) => {
    const ids = variables.candidates(catalog.targetStem[target]!)
    const low = catalog.targetLow[target]!
    if (ids.length === 1) return ids[0]! < low || isObsolete(ids[0]!) ? ONLY : NONE
    let runs = unmet.get(target)
    if (runs === undefined) {
      runs = runsOf(ids.length, (position) => ids[position]! < low || isObsolete(ids[position]!))
      unmet.set(target, runs)
    }
    return runs
  }
  const covers = (runs: readonly number[], length: number) =>
    length === 0 || (runs.length === 2 && runs[0] === 0 && runs[1] === length - 1)

  /** Literal that is only true when the stem is present outside the runs; 0 when that cannot be. */
  const union = (stem: StemId, runs: readonly number[], key: string) => {
    const ids = variables.candidates(stem)
    if (covers(runs, ids.length)) return 0
    pull(stem)
    if (runs.length === 0) return variables.present(stem)
    const known = unions.get(key)
    if (known !== undefined) return known
    const literal = variables.fresh()
    unions.set(key, literal)
    clauses.begin()
    clauses.negative(literal)
    clauses.positive(variables.present(stem))
    clauses.end(ClauseReason.definition)
    for (let run = 0; run < runs.length; run += 2) {
      clauses.begin()
      clauses.negative(literal)
      outside(stem, runs[run]!, runs[run + 1]!)
      clauses.end(ClauseReason.definition)
    }
    return literal
  }
  const requirement = (target: number) =>
    union(catalog.targetStem[target]!, unmetRuns(target), `require ${target}`)

  /** "Not (the carrier, which begins the clause), or the target is met"; `isPresent`: its presence is said elsewhere. */
  const needTarget = (dependency: number, target: number, carrier: () => void, isPresent = false) => {
    const stem = catalog.targetStem[target]!
    const ids = variables.candidates(stem)
    const runs = unmetRuns(target)
    if (covers(runs, ids.length)) {
      carrier()
      clauses.end(dependency)
      return
    }
    if (isForced(stem)) isPresent = true
    else pull(stem)
    if (!isPresent) {
      carrier()
      clauses.positive(variables.present(stem))
      clauses.end(dependency)
    }
    for (let run = 0; run < runs.length; run += 2) {
      carrier()
      outside(stem, runs[run]!, runs[run + 1]!)
      clauses.end(dependency)
    }
  }

  /** "The carrier is not in its run, or the target's stem not in positions from..to"; nothing for an empty range. */
  const forbid = (
    stem: StemId,
    first: number,
    last: number,
    dependency: number,
    from: number,
    to: number,
  ) => {
    if (from > to) return
    begin(stem, first, last)
    outside(catalog.targetStem[firstTarget(catalog, dependency)]!, from, to)
    clauses.end(dependency)
  }

  const incorporate = (stem: StemId, first: number, last: number, dependency: number) => {
    const target = firstTarget(catalog, dependency)
    const ids = variables.candidates(catalog.targetStem[target]!)
    let open = 0
    for (let run = catalog.targetRunStart[target]!; run < catalog.targetRunStart[target + 1]!; run += 1) {
      const from = firstAtLeast(ids, catalog.targetRuns[2 * run]!)
      const end = firstAtLeast(ids, catalog.targetRuns[2 * run + 1]! + 1)
      if (from === end) continue
      forbid(stem, first, last, dependency, open, from - 1)
      open = end
    }
    forbid(stem, first, last, dependency, open, ids.length - 1)
  }

  const conditional = (stem: StemId, first: number, last: number, dependency: number) => {
    const predicate = catalog.dependencyPredicate[dependency]!
    const cause = catalog.targetStem[predicate]!
    const ids = variables.candidates(cause)
    const low = catalog.targetLow[predicate]!
    const runs = runsOf(ids.length, (position) => ids[position]! >= low && !isObsolete(ids[position]!))
    for (let run = 0; run < runs.length; run += 2) {
      needTarget(dependency, firstTarget(catalog, dependency), () => {
        begin(stem, first, last)
        outside(cause, runs[run]!, runs[run + 1]!)
      })
    }
  }

  const isVacuous = (stem: StemId) => {
    let answer = vacuous.get(stem)
    if (answer === undefined) {
      answer = trim.bars(stem).every((bars) => (bars & STATIC_BARS) !== 0)
      vacuous.set(stem, answer)
    }
    return answer
  }

  /** Clauses of group and group-any; members that are avoided, rejected or unknown do not count. */
  const group = (stem: StemId, first: number, last: number, dependency: number) => {
    const members: StemId[] = []
    const end = catalog.dependencyTargetStart[dependency + 1]!
    for (let index = catalog.dependencyTargetStart[dependency]!; index < end; index += 1) {
      const member = catalog.targetStem[catalog.targetList[index]!]!
      if (!skipsMember(question, member) && !members.includes(member)) members.push(member)
    }
    if (members.every(isVacuous)) return
    const withCandidates = members.filter((member) => variables.candidates(member).length > 0)
    const hasObsolete = (member: StemId) => variables.candidates(member).some(isObsolete)
    const livingOnly = withCandidates.length > 1 && !withCandidates.every(hasObsolete)
    const choices = withCandidates.map((member) => {
      const ids = variables.candidates(member)
      const bad = livingOnly ? runsOf(ids.length, (position) => isObsolete(ids[position]!)) : []
      return union(member, bad, `living ${member}`)
    })
    const clause = (from: number, to: number, relax: number) => {
      if (from > to) return
      begin(stem, from, to)
      for (const choice of choices) clauses.positive(choice)
      clauses.positive(relax)
      clauses.end(dependency)
    }
    const present = question.base[stem]!
    const position = present < 0 ? -1 : variables.position(stem, present)
    const missing = members.every((member) => universe.installed[member]! < 0)
    if (position < first || position > last || !missing) {
      clause(first, last, 0)
      return
    }
    clause(first, position - 1, 0)
    clause(position + 1, last, 0)
    if (options.dependenciesOnly === true) return
    const literal = variables.fresh()
    const isMet = (model: Int32Array) =>
      withCandidates.some((member) => {
        const chosen = model[member]!
        return chosen >= 0 && !(livingOnly && isObsolete(variables.candidates(member)[chosen]!))
      })
    relaxations.push({ stem, position, isMet, literal })
    clause(position, position, literal)
  }

  /** Positions of the stem being expanded that are read. */
  let windowFrom = 0
  let windowTo = 0
  /** Runs of the stem being expanded that require each stem at any version, to be said once for all of them. */
  const required = new Map<StemId, { dependency: number; runs: [number, number][] }>()
  const noteRequired = (stem: StemId, dependency: number, first: number, last: number) => {
    const known = required.get(stem)
    if (known === undefined) required.set(stem, { dependency, runs: [[first, last]] })
    else known.runs.push([first, last])
  }
  const requirePresence = (stem: StemId, from: number, to: number) => {
    for (const [target, { dependency, runs }] of required) {
      runs.sort((a, b) => a[0] - b[0])
      for (let index = 0; index < runs.length; ) {
        const [first] = runs[index]!
        let last = runs[index]![1]
        for (index += 1; index < runs.length && runs[index]![0] <= last + 1; index += 1) {
          last = Math.max(last, runs[index]![1])
        }
        if (last < from || last > to) continue
        pull(target)
        begin(stem, first, last)
        clauses.positive(variables.present(target))
        clauses.end(dependency)
      }
    }
    required.clear()
  }

  const emit = (stem: StemId, first: number, last: number, dependency: number) => {
    guard = guardOf === undefined ? 0 : -guardOf(stem, dependency)
    const merges = guard === 0 && (first > windowFrom || last < windowTo)
    const target = firstTarget(catalog, dependency)
    const low = catalog.targetLow[target]!
    const targetIds = () => variables.candidates(catalog.targetStem[target]!)
    switch (catalog.dependencyType[dependency]) {
      case Depend.require:
        needTarget(dependency, target, () => begin(stem, first, last), merges)
        if (merges && !isForced(catalog.targetStem[target]!))
          noteRequired(catalog.targetStem[target]!, dependency, first, last)
        break
      case Depend.requireAny: {
        const choices: number[] = []
        const end = catalog.dependencyTargetStart[dependency + 1]!
        for (let index = catalog.dependencyTargetStart[dependency]!; index < end; index += 1) {
          choices.push(requirement(catalog.targetList[index]!))
        }
        begin(stem, first, last)
        for (const choice of choices) clauses.positive(choice)
        clauses.end(dependency)
        break
      }
      case Depend.optional:
        forbid(stem, first, last, dependency, 0, firstAtLeast(targetIds(), low) - 1)
        break
      case Depend.exclude:
        forbid(stem, first, last, dependency, firstAtLeast(targetIds(), low), targetIds().length - 1)
        break
      case Depend.incorporate:
        if (universe.conditionHolds(catalog.dependencyCondition[dependency]!))
          incorporate(stem, first, last, dependency)
        break
      case Depend.conditional:
        conditional(stem, first, last, dependency)
        break
      case Depend.group:
      case Depend.groupAny:
        group(stem, first, last, dependency)
        break
    }
    guard = 0
  }

  /** Stem that must be expanded before the dependency says anything, or -1. */
  const trigger = (dependency: number) => {
    switch (catalog.dependencyType[dependency]) {
      case Depend.optional:
      case Depend.exclude:
        return catalog.targetStem[firstTarget(catalog, dependency)]!
      case Depend.incorporate: {
        const target = firstTarget(catalog, dependency)
        return catalog.targetVersion[target]! < 0 ? NEVER : catalog.targetStem[target]!
      }
      case Depend.conditional:
        return catalog.targetStem[catalog.dependencyPredicate[dependency]!]!
      case Depend.origin:
      case Depend.parent:
        return NEVER
      default:
        return NOW
    }
  }

  const presence = (stem: StemId, ids: Int32Array) => {
    if (!mustBePresent(question, stem)) return
    if (ids.length === 0) hopeless.push(stem)
    else clauses.unit(variables.present(stem), ClauseReason.mustBePresent)
  }

  const permits = (stem: StemId, ids: Int32Array, from: number, to: number) => {
    if (trim.downgrades.size === 0) return
    for (let position = from; position <= to; position += 1) {
      const starts = trim.downgrades.get(ids[position]!)
      if (starts === undefined || trim.isDowngradeAsked(stem)) continue
      const choices = permitLiterals(starts, `permit ${ids[position]}`)
      clauses.begin()
      outside(stem, position, position)
      for (const choice of choices) clauses.positive(choice)
      clauses.end(ClauseReason.permit)
    }
  }

  /** Literals that are only true when one of the packages is selected. */
  const permitLiterals = (packages: readonly PackageId[], key: string) => {
    const stems = new Set(packages.map((id) => catalog.packageStem[id]!))
    return [...stems].map((stem) => {
      const ids = variables.candidates(stem)
      const runs = runsOf(ids.length, (position) => !packages.includes(ids[position]!))
      return union(stem, runs, `${key} ${stem}`)
    })
  }

  /**
   * What the candidates of a stem say from the position `from` on, where what ends at `said` or above was said before. The runs
   * of a stem that says little are said as a whole. Of others nothing below `from` is read, for a release incorporation has
   * tens of thousands of dependencies; a run that turns out to go on is said again as a whole: in pieces it would prove less.
   */
  const readOwn = (stem: StemId, ids: Int32Array, from: number, said: number) => {
    permits(stem, ids, from, said - 1)
    const newest = ids.length - 1
    const entries = catalog.dependencyStart[ids[newest]! + 1]! - catalog.dependencyStart[ids[0]!]!
    const isShort = entries <= SHORT
    windowFrom = isShort ? 0 : from
    windowTo = newest
    readRuns(ids, windowFrom, newest, (dependency, first, end) => {
      if (question.ignored?.has(dependency) === true) return
      if (isShort ? end < from || end >= said : first >= said) {
        if (isShort && guardOf === undefined && catalog.dependencyType[dependency] === Depend.require) {
          const target = catalog.targetStem[firstTarget(catalog, dependency)]!
          if (!isForced(target)) noteRequired(target, dependency, first, end)
        }
        return
      }
      // A group of the installed version is relaxed once.
      const last = isGroup(dependency) ? Math.min(end, said - 1) : end
      const before = trigger(dependency)
      if (before === NOW || (before >= 0 && expanded[before] === 1)) emit(stem, first, last, dependency)
      else if (before >= 0) waiting.add(before, stem, first, last, dependency)
    })
    requirePresence(stem, isShort ? from : 0, isShort ? said - 1 : newest)
  }

  const isGroup = (dependency: number) => {
    const type = catalog.dependencyType[dependency]
    return type === Depend.group || type === Depend.groupAny
  }
  /** A group clause of the installed version makes a relaxation, which must be there from the start. */
  const groupFloor = (stem: StemId, floor: number) => {
    const present = question.base[stem]!
    const position = floor === 0 || present < 0 ? -1 : variables.position(stem, present)
    if (position < 0 || position >= floor) return floor
    const end = catalog.dependencyStart[present + 1]!
    for (let index = catalog.dependencyStart[present]!; index < end; index += 1) {
      if (isGroup(catalog.dependencyList[index]!)) return position
    }
    return floor
  }

  const inOrder = (lower: number, upper: number) => {
    clauses.begin()
    clauses.negative(lower)
    clauses.positive(upper)
    clauses.end(ClauseReason.order)
  }

  return {
    clauses,
    variables,
    pulled,
    relaxations,
    hopeless,
    isExpanded: (stem) => expanded[stem] === 1,
    floor: (stem) => floors[stem]!,
    get deepened() {
      return deepened
    },
    expand(stem, how) {
      if (expanded[stem] === 1) return
      expanded[stem] = 1
      const ids = variables.candidates(stem)
      const floor = groupFloor(stem, how?.floor ?? 0)
      floors[stem] = floor
      if (floor > 0) variables.below(stem, floor)
      if (options.dependenciesOnly !== true) presence(stem, ids)
      if (how?.silent !== true && ids.length > 0) readOwn(stem, ids, floor, ids.length)
      waiting.release(stem, emit)
    },
    deepen(stem) {
      const ids = variables.candidates(stem)
      const floor = floors[stem]!
      if (floor === 0) return
      deepened += 1
      floors[stem] = Math.max(0, floor - 3 * (ids.length - floor))
      if (floors[stem]! > 0) variables.below(stem, floors[stem]!)
      readOwn(stem, ids, floors[stem]!, floor)
    },
    settle(visit) {
      variables.takeNew((stem, k, variable) => {
        const places = variables.places(stem)
        const index = places.indexOf(k)
        if (index > 0) inOrder(variables.known(stem, places[index - 1]!), variable)
        if (index < places.length - 1) inOrder(variable, variables.known(stem, places[index + 1]!))
        visit?.(stem, k, variable)
      })
    },
  }
}

/**
 * First position whose package id is `id` or higher. Within equal versions the order of positions is not the order of ids,
 * but the ids asked for are always the first or the one past the last of a version.
 */
function firstAtLeast(ids: Int32Array, id: PackageId): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ids[middle]! < id) low = middle + 1
    else high = middle
  }
  return low
}

/** Dependencies of all candidates of a stem, up to which they are all read at once. */
const SHORT = 100

/** Runs of a stem with one candidate. */
const NONE: readonly number[] = []
const ONLY: readonly number[] = [0, 0]

const NOW = -1
const NEVER = -2

/** Group members that need not come: avoided by the administrator or rejected by the request. */
export function skipsMember(question: Question, member: StemId): boolean {
  const { universe, wish } = question
  return wish.rejected.has(member) || (universe.avoided[member] === 1 && !question.exact)
}

/** Dependencies that wait for a stem, as linked lists in one array: millions must stay cheap. */
function createWaitingList(stemCount: number) {
  const WIDTH = 5
  const heads = new Int32Array(stemCount).fill(-1)
  let cells = new Int32Array(1 << 12)
  let used = 0
  return {
    add(waitsFor: StemId, stem: StemId, first: number, last: number, dependency: number) {
      if (used + WIDTH > cells.length) {
        const grown = new Int32Array(2 * cells.length)
        grown.set(cells)
        cells = grown
      }
      cells[used] = heads[waitsFor]!
      cells[used + 1] = stem
      cells[used + 2] = first
      cells[used + 3] = last
      cells[used + 4] = dependency
      heads[waitsFor] = used
      used += WIDTH
    },
    release(stem: StemId, visit: (stem: StemId, first: number, last: number, dependency: number) => void) {
      let cell = heads[stem]!
      heads[stem] = -1
      while (cell >= 0) {
        const next = cells[cell]!
        visit(cells[cell + 1]!, cells[cell + 2]!, cells[cell + 3]!, cells[cell + 4]!)
        cell = next
      }
    },
  }
}
