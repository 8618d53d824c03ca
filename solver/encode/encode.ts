import type { Catalog, PackageId, StemId } from '#model'
import { type ReadRuns, runsOf } from '../lookup/dependency-runs.ts'
import { Depend } from '../lookup/universe.ts'
import { mustBePresent, type Question } from '../question/question.ts'
import type { Trim } from '../rules/trim.ts'
import { createActivation } from './activation.ts'
import { createClauseBuffer } from './clause.ts'
import { createDependencyWriter } from './dependency-clause.ts'
import { createFragments, type Fragments } from './fragment.ts'
import { createGroupWriter, isGroup } from './group-clause.ts'
import { createVariableMap } from './variable-map.ts'

export interface ExpandOptions {
  /** Leaves the stem's own dependencies out. */
  readonly silent?: boolean
  /**
   * Leaves out the dependencies that only older candidates have. Until `encodeOlder` reaches 0, a model counts only if
   * `below(encodedFrom)` is false.
   */
  readonly encodedFrom?: number
  /** The package that a good answer selects. */
  readonly preferred?: PackageId | undefined
}

interface EncoderOptions {
  /** Gives the positions of a stem consecutive variables, also those that no clause needs. */
  readonly dense?: boolean
  readonly question: Question
  readonly trim: Trim
  /** Packages with a position; default: the candidates. */
  readonly candidatesOf?: (stem: StemId) => Int32Array
  /** Selector that switches the clauses of a dependency of a stem on; default: always on. */
  readonly guardOf?: (stem: StemId, dependency: number) => number
  /** Selector that switches on the permits of a stem's downgrades (repair D1); default: always on. */
  readonly permitGuardOf?: (stem: StemId) => number
  /** Reads the dependencies of a stem; default: the reader of the universe. */
  readonly readRuns?: ReadRuns
  /** Dependencies that are encoded; default: all. */
  readonly bears?: (dependency: number) => boolean
  /** Leaves presence (5.5) to the caller, and leaves out what may be relaxed. */
  readonly dependenciesOnly?: boolean
}

/** Turns stems into clauses, one stem at a time. Source: solver-semantics §4. */
export function createEncoder(options: EncoderOptions) {
  const { question, trim } = options
  const { catalog } = question.universe
  const clauses = createClauseBuffer()
  const variables = createVariableMap(catalog.stemCount, options.candidatesOf ?? trim.candidates, {
    dense: options.dense === true,
  })
  const firm = options.dependenciesOnly === true
  const isForced = (stem: StemId) => !firm && mustBePresent(question, stem)
  const fragments = createFragments(catalog, clauses, variables, isForced)
  const groups = createGroupWriter(question, trim, fragments, { firm })
  const writer = createDependencyWriter(question.universe, fragments, groups, options.guardOf)
  /** A held package does not move, and the candidates of other stems are inside what it incorporates. */
  const isHeld = (stem: StemId) => !firm && trim.holds.held.has(stem)
  const { bears, readRuns } = options
  const activation = createActivation({ question, isHeld, bears, readRuns, emit: writer.write })
  const writePermits = createPermitWriter(trim, fragments, options.permitGuardOf)
  const encodedFrom = new Int32Array(catalog.stemCount)
  const withoutCandidates: StemId[] = []
  let timesOlder = 0

  /**
   * Reads the dependencies of the candidates from the position `from` on; runs that end at `written` or above were read before.
   * A stem with few dependencies is read as a whole. Of other stems nothing below `from` is read, because a release
   * incorporation has tens of thousands of dependencies. A run that goes on below `written` is written again as a whole: its
   * pieces would prove less.
   */
  const readOwn = (stem: StemId, from: number, written: number, preferred: number) => {
    writePermits(stem, from, written - 1)
    const ids = variables.candidates(stem)
    const newest = ids.length - 1
    const isShort = hasFewDependencies(catalog, ids)
    const first = isShort ? 0 : from
    writer.begin({ from: first, to: newest, preferred })
    const held = isHeld(stem)
    activation.read(stem, ids, first, (dependency, start, end) => {
      const type = catalog.dependencyType[dependency]!
      if (question.ignored?.has(dependency) === true || (held && type === Depend.incorporate)) return
      if (isShort ? end < from || end >= written : start >= written) {
        if (isShort) writer.noteWritten(start, end, dependency)
        return
      }
      // A group of the installed version is relaxed once.
      activation.dispatch(stem, start, isGroup(type) ? Math.min(end, written - 1) : end, dependency)
    })
    writer.end(stem, isShort ? from : 0, isShort ? written - 1 : newest)
  }

  const addPresence = (stem: StemId) => {
    if (firm || !mustBePresent(question, stem)) return
    if (variables.candidates(stem).length === 0) withoutCandidates.push(stem)
    else clauses.unit(variables.present(stem))
  }

  return {
    clauses,
    variables,
    /** Decides which dependencies matter. Only the encoder calls `expand`, `read`, `dispatch` and `release`. */
    activation,
    /** Stems that some clause can pull in. Grows; includes expanded stems. */
    pulled: fragments.pulled,
    relaxations: groups.relaxations,
    /** Stems that must be in the result and have no candidate. */
    withoutCandidates: withoutCandidates as readonly StemId[],
    /** Stems whose preferred package has a `require` dependency that no candidate meets. Grows. */
    blocked: writer.blocked,
    /** First position that is encoded; 0 when all are, or when the stem is not expanded. */
    encodedFrom: (stem: StemId) => encodedFrom[stem]!,
    /** Number of calls of `encodeOlder` that added positions. */
    get timesOlder(): number {
      return timesOlder
    },
    /**
     * Adds the clauses of a stem, and those between it and the stems expanded before. Returns the unchanged stems that have a
     * reason to move for its preferred package.
     */
    expand(stem: StemId, how: ExpandOptions = {}): readonly StemId[] {
      if (activation.isExpanded(stem)) return []
      activation.expand(stem)
      const ids = variables.candidates(stem)
      const from = groups.encodedFrom(stem, how.encodedFrom ?? 0)
      encodedFrom[stem] = from
      if (from > 0) variables.below(stem, from)
      const preferred = how.preferred === undefined ? -1 : variables.position(stem, how.preferred)
      addPresence(stem)
      if (how.silent !== true && ids.length > 0) readOwn(stem, from, ids.length, preferred)
      return activation.release(how.preferred)
    },
    /** Encodes three times as many older positions as are encoded already, or all. */
    encodeOlder(stem: StemId) {
      const before = encodedFrom[stem]!
      if (before === 0) return
      timesOlder += 1
      const from = Math.max(0, before - 3 * (variables.candidates(stem).length - before))
      encodedFrom[stem] = from
      if (from > 0) variables.below(stem, from)
      readOwn(stem, from, before, -1)
    },
    /** Adds the order clauses of the variables made since the last call. Must precede each solve. */
    addOrder(visit?: (stem: StemId, k: number, variable: number) => void) {
      variables.takeNew((stem, k, variable) => {
        const places = variables.places(stem)
        const index = places.indexOf(k)
        if (index > 0) clauses.implication(variables.known(stem, places[index - 1]!), variable)
        if (index < places.length - 1)
          clauses.implication(variable, variables.known(stem, places[index + 1]!))
        visit?.(stem, k, variable)
      })
    },
  }
}

export type Encoder = ReturnType<typeof createEncoder>

/** Whether all candidates of a stem together have so few dependencies that they are read at once, whatever `encodedFrom` is. */
export function hasFewDependencies({ dependencyStart }: Catalog, ids: Int32Array): boolean {
  return ids.length === 0 || dependencyStart[ids[ids.length - 1]! + 1]! - dependencyStart[ids[0]!]! <= FEW
}

const FEW = 100

/**
 * Returns a writer for the positions `from` to `to` of a stem: its clauses tie each downgrade to the packages that permit it.
 * `guardOf` gives a selector that switches the clauses of a stem on. Source: repair D1 of solver-semantics §7.1.
 */
function createPermitWriter(
  trim: Trim,
  fragments: Fragments,
  guardOf?: (stem: StemId) => number,
): (stem: StemId, from: number, to: number) => void {
  const { catalog, clauses, variables } = fragments
  /** Literals that are only true if one of the packages is selected. */
  const permitLiterals = (packages: readonly PackageId[], key: string) => {
    const stems = new Set(packages.map((id) => catalog.packageStem[id]!))
    return [...stems].map((stem) => {
      const ids = variables.candidates(stem)
      const runs = runsOf(ids.length, (position) => !packages.includes(ids[position]!))
      return fragments.union(stem, runs, `${key} ${stem}`)
    })
  }
  return (stem, from, to) => {
    if (trim.downgrades.size === 0) return
    const ids = variables.candidates(stem)
    for (let position = from; position <= to; position += 1) {
      const starts = trim.downgrades.get(ids[position]!)
      if (starts === undefined || trim.isDowngradeAsked(stem)) continue
      const choices = permitLiterals(starts, `permit ${ids[position]}`)
      clauses.begin()
      if (guardOf !== undefined) clauses.negative(guardOf(stem))
      fragments.outside(stem, position, position)
      for (const choice of choices) clauses.positive(choice)
      clauses.end()
    }
  }
}
