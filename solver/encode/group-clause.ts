import type { StemId } from '#model'
import { runsOf } from '../lookup/dependency-runs.ts'
import { memo } from '../lookup/memo.ts'
import { Depend, dependenciesOf, isObsolete, targetsOf } from '../lookup/universe.ts'
import type { Question } from '../question/question.ts'
import { STATIC_EXCLUSIONS, type Trim } from '../rules/trim.ts'
import type { Fragments } from './fragment.ts'

/** A group clause that the installed package of a stem may break. Source: repair G1 of solver-semantics §7.1. */
export interface Relaxation {
  readonly stem: StemId
  /** Installed position of the stem. */
  readonly position: number
  /** Whether a member that counts is selected in a model (position by stem, -1 where absent). */
  isMet(model: Int32Array): boolean
  /** True if the clause is relaxed. */
  readonly literal: number
}

/** Writes the clauses of group and group-any. Members that are avoided, rejected or unknown do not count. */
export function createGroupWriter(
  question: Question,
  trim: Trim,
  fragments: Fragments,
  { firm }: { readonly firm: boolean },
) {
  const { clauses, variables } = fragments
  const { universe } = question
  const { catalog } = universe
  const relaxations: Relaxation[] = []
  const vacuous = new Map<StemId, boolean>()
  const isVacuous = (stem: StemId) =>
    memo(vacuous, stem, () => trim.exclusions(stem).every((mask) => (mask & STATIC_EXCLUSIONS) !== 0))
  const membersOf = (dependency: number) => {
    const members = new Set<StemId>()
    for (const target of targetsOf(catalog, dependency)) members.add(catalog.targetStem[target]!)
    return [...members].filter((member) => !skipsMember(question, member))
  }
  /** Obsolete candidates do not count if several members have candidates and one of them has no obsolete one. */
  const countsLivingOnly = (members: readonly StemId[]) => {
    if (members.length < 2) return false
    // An explanation has positions for all packages, but the rule is about candidates.
    const candidates = firm ? trim.candidates : variables.candidates
    const lists = members.map(candidates).filter(({ length }) => length > 0)
    return lists.length > 1 && !lists.every((ids) => ids.some((id) => isObsolete(catalog, id)))
  }
  return {
    /** Group clauses that may be relaxed; none under `firm`. */
    relaxations: relaxations as readonly Relaxation[],
    write(stem: StemId, first: number, last: number, dependency: number) {
      const members = membersOf(dependency)
      if (members.every(isVacuous)) return
      const withCandidates = members.filter((member) => variables.candidates(member).length > 0)
      const livingOnly = countsLivingOnly(members)
      const choices = withCandidates.map((member) => {
        const ids = variables.candidates(member)
        const bad = livingOnly ? runsOf(ids.length, (position) => isObsolete(catalog, ids[position]!)) : []
        return fragments.union(member, bad, `living ${member}`)
      })
      const clause = (from: number, to: number, relax: number) => {
        if (from > to) return
        fragments.begin(stem, from, to)
        for (const choice of choices) clauses.positive(choice)
        clauses.positive(relax)
        clauses.end()
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
      if (firm) return
      const literal = variables.fresh()
      const isMet = (model: Int32Array) =>
        withCandidates.some((member) => {
          const chosen = model[member]!
          return chosen >= 0 && !(livingOnly && isObsolete(catalog, variables.candidates(member)[chosen]!))
        })
      relaxations.push({ stem, position, isMet, literal })
      clause(position, position, literal)
    },
    /**
     * The first position to encode: `from`, or the installed position below it if that package has a group, because all
     * relaxations must be known before the first objective.
     */
    encodedFrom(stem: StemId, from: number): number {
      const present = question.base[stem]!
      const position = from === 0 || present < 0 ? -1 : variables.position(stem, present)
      if (position < 0 || position >= from) return from
      const isOfGroup = (dependency: number) => isGroup(catalog.dependencyType[dependency]!)
      return dependenciesOf(catalog, present).some(isOfGroup) ? position : from
    },
  }
}

export type GroupWriter = ReturnType<typeof createGroupWriter>

/** A dependency type that needs one member, or none if no member is known. */
export function isGroup(type: number): boolean {
  return type === Depend.group || type === Depend.groupAny
}

/** A group member that does not count: the request rejects it, or the administrator avoids it and the request does not name it. */
export function skipsMember(question: Question, member: StemId): boolean {
  const { universe, request } = question
  if (request.rejected.has(member)) return true
  return universe.avoided[member] === 1 && !question.exact && !request.named.has(member)
}
