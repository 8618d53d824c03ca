import type { PackageId, Reason, StemId } from '#model'
import { memo } from '../lookup/memo.ts'
import {
  Depend,
  dependenciesOf,
  firstTarget,
  isMet,
  isObsolete,
  isPull,
  typeBits,
} from '../lookup/universe.ts'
import type { Question } from '../question/question.ts'

/** The answer of a search, before and after renamed and obsolete packages are dropped. */
export interface Outcome {
  readonly question: Question
  /** Selected package by stem id, obsolete ones included; -1 where none. */
  readonly selected: Int32Array
  /** Ids of all stems that have a package before or after, ascending. */
  readonly stems: Int32Array
  /** Installed package after the plan, by stem id; -1 where none. */
  readonly result: Int32Array
}

/** "The change of the stem `cause` changed the stem `effect`." */
interface Link {
  readonly cause: StemId
  readonly effect: StemId
  readonly kind: Reason['kind']
  /** Made only for the few links that are used, because it parses FMRIs. */
  readonly reason: () => Reason
}

/**
 * Finds the first link back to the request for each stem that changes, and for renamed packages that only led to another one.
 * Links form trees: following `by` from a stem ends at a stem that was asked for, rejected, replaced or newer, or at an installed
 * package that stays. The image before the plan breaks the dependency of each link, so a link says why the stem could not stay.
 * The shortest chain wins.
 */
export function findReasons(outcome: Outcome): ReadonlyMap<StemId, Reason> {
  const { universe } = outcome.question
  const changed: StemId[] = []
  for (let index = 0; index < outcome.stems.length; index += 1) {
    const stem = outcome.stems[index]!
    if (
      universe.installed[stem] !== outcome.selected[stem] ||
      universe.installed[stem] !== outcome.result[stem]
    )
      changed.push(stem)
  }
  const links = [...forwardLinks(outcome, changed), ...backwardLinks(outcome, changed)]
  return explainAll(outcome, changed, links)
}

/** Starts from the stems with a reason of their own and follows the links. Then each remaining stem gets the next best reason, one at a time. */
function explainAll(
  outcome: Outcome,
  changed: readonly StemId[],
  links: readonly Link[],
): ReadonlyMap<StemId, Reason> {
  const { question } = outcome
  const moving = new Set(changed)
  const byCause = new Map<StemId, Link[]>()
  const pushed = new Set<StemId>()
  for (const link of links) {
    memo(byCause, link.cause, (): Link[] => []).push(link)
    if (moving.has(link.cause) && link.kind !== 'displaced-by') pushed.add(link.effect)
  }
  const reasons = new Map<StemId, Reason>()
  const queue: StemId[] = []
  const settle = (stem: StemId, reason: () => Reason) => {
    if (reasons.has(stem)) return
    reasons.set(stem, reason())
    queue.push(stem)
  }
  let reached = 0
  const spread = () => {
    for (; reached < queue.length; reached += 1) {
      for (const { effect, reason } of byCause.get(queue[reached]!) ?? []) settle(effect, reason)
    }
  }
  const own = new Map(changed.map((stem) => [stem, ownReason(outcome, stem)]))
  if (question.everything) {
    for (const stem of changed) {
      const isFree = own.get(stem) === undefined && question.universe.installed[stem]! >= 0
      if (isFree && !pushed.has(stem)) settle(stem, () => ({ kind: 'newer-version' }))
    }
  }
  for (const [stem, reason] of own) if (reason !== undefined) settle(stem, () => reason)
  spread()
  for (const { cause, effect, reason } of links) {
    if (moving.has(cause)) continue
    settle(effect, reason)
    spread()
  }
  for (const stem of changed) {
    settle(stem, () => ({ kind: outcome.result[stem]! < 0 ? 'rejected' : 'newer-version' }))
    spread()
  }
  return reasons
}

/** The reason of a stem that needs no other package; undefined for none. */
function ownReason({ question, selected, result }: Outcome, stem: StemId): Reason | undefined {
  const { universe, request } = question
  const cause = request.causeOf.get(stem)
  if (cause !== undefined) return { kind: 'displaced-by', by: universe.fmri(cause) }
  const pattern = request.patternOf.get(stem)
  const chosen = selected[stem]!
  if (pattern !== undefined && (chosen >= 0 || request.rejected.has(stem)))
    return { kind: 'asked-for', pattern }
  if (request.rejected.has(stem)) return { kind: 'rejected' }
  if (result[stem]! < 0 && chosen >= 0 && universe.installed[stem]! >= 0)
    return { kind: 'obsoleted-by', by: universe.fmri(chosen) }
  return undefined
}

/** Links by dependencies of selected packages that the image before does not meet. Those that pull come first. */
function forwardLinks({ question, selected, stems }: Outcome, changed: readonly StemId[]): readonly Link[] {
  const { universe } = question
  const { catalog, installed } = universe
  const { dependencyStart, dependencyList, dependencyTargetStart, targetList, targetStem } = catalog
  const moves = new Uint8Array(catalog.stemCount)
  for (const stem of changed) moves[stem] = 1
  const pulls: Link[] = []
  const limits: Link[] = []
  const visit = (id: PackageId, dependency: number) => {
    const type = catalog.dependencyType[dependency]!
    if (type === Depend.origin || type === Depend.parent) return
    const dependent = catalog.packageStem[id]!
    const start = catalog.dependencyTargetStart[dependency]!
    let applies: boolean | undefined
    for (let index = start; index < catalog.dependencyTargetStart[dependency + 1]!; index += 1) {
      const target = catalog.targetList[index]!
      const effect = catalog.targetStem[target]!
      if (moves[effect] === 0 || effect === dependent) continue
      if (isMet(universe, type, target, installed[effect]!)) continue
      if (!isMet(universe, type, target, selected[effect]!)) continue
      // Tags are tested last, because of thousands of incorporated packages few change.
      applies ??= universe.conditionHolds(catalog.dependencyCondition[dependency]!)
      if (!applies) return
      if (!isPull(type)) {
        const kind = type === Depend.exclude ? 'displaced-by' : 'held-by'
        limits.push({ cause: dependent, effect, kind, reason: () => ({ kind, by: universe.fmri(id) }) })
        continue
      }
      const kind = 'required-by'
      const requiredBy = (by: PackageId) => (): Reason => ({
        kind,
        by: universe.fmri(by),
        dependency: targetText(question, target),
      })
      pulls.push({ cause: dependent, effect, kind, reason: requiredBy(id) })
      const predicate = catalog.dependencyPredicate[dependency]!
      const other = predicate < 0 ? -1 : catalog.targetStem[predicate]!
      if (other < 0 || moves[dependent] === 1 || moves[other] === 0 || selected[other]! < 0) continue
      pulls.push({ cause: other, effect, kind, reason: requiredBy(selected[other]!) })
    }
  }
  for (let index = 0; index < stems.length; index += 1) {
    const id = selected[stems[index]!]!
    if (id < 0 || isObsolete(catalog, id)) continue
    const end = dependencyStart[id + 1]!
    for (let at = dependencyStart[id]!; at < end; at += 1) {
      const dependency = dependencyList[at]!
      // This loop skips dependencies on stems that do not change: that is nearly all of an image.
      const last = dependencyTargetStart[dependency + 1]!
      let place = dependencyTargetStart[dependency]!
      while (place < last && moves[targetStem[targetList[place]!]!] === 0) place += 1
      if (place < last) visit(id, dependency)
    }
  }
  return [...pulls, ...limits]
}

const DISPLACING = typeBits(Depend.require, Depend.optional, Depend.exclude, Depend.incorporate, Depend.group)

/** Links of packages that could not stay because a stem that they depend on changed. */
function backwardLinks({ question, selected }: Outcome, changed: readonly StemId[]): readonly Link[] {
  const { universe } = question
  const { catalog, installed } = universe
  const isMoving = new Uint8Array(catalog.stemCount)
  for (const stem of changed) isMoving[stem] = 1
  const links: Link[] = []
  for (const effect of changed) {
    const before = installed[effect]!
    if (before < 0) continue
    for (const dependency of dependenciesOf(catalog, before)) {
      const type = catalog.dependencyType[dependency]!
      if (((1 << type) & DISPLACING) === 0) continue
      const target = firstTarget(catalog, dependency)
      const cause = catalog.targetStem[target]!
      if (cause === effect || isMoving[cause] === 0) continue
      if (isMet(universe, type, target, selected[cause]!)) continue
      const other = selected[cause]! < 0 ? installed[cause]! : selected[cause]!
      // Tags are tested last, because an incorporation has thousands.
      if (other < 0 || !universe.conditionHolds(catalog.dependencyCondition[dependency]!)) continue
      const kind = 'displaced-by'
      links.push({ cause, effect, kind, reason: () => ({ kind, by: universe.fmri(other) }) })
    }
  }
  return links
}

/** A target as in the depend action. */
function targetText({ universe }: Question, target: number): string {
  const { catalog } = universe
  const version = catalog.targetVersion[target]!
  const name = catalog.stemName(catalog.targetStem[target]!)
  return version < 0 ? name : `${name}@${catalog.text(version)}`
}
