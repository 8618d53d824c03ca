import type { StemId } from '#model'
import { createRunReader } from './dependency-runs.ts'
import { Role } from './question.ts'
import { addClause, type Model, type Session, solveSome } from './session.ts'
import { Depend } from './universe.ts'

/** One wish of the tie rule: met when one of the literals is true. All wishes are tried in the order of their keys. */
interface TieWish {
  readonly key: readonly number[]
  readonly clause: readonly number[]
  isMet(model: Model): boolean
}

/**
 * Rule T of solver-semantics §7.2 as a fixed order of wishes, so that the answer is one and the same on every engine:
 * 1. of the alternatives of a require-any or group-any the later listed stay out (carriers by name, last alternative first);
 * 2. stems that are neither installed nor named stay out, last name first;
 * 3. each stem, in order of name, is at its newest (of equal versions: from the best publisher).
 * Wishes about absent stems are met, so the stems outside the cone need not be looked at.
 */
export function settleTies(session: Session, first: Model): Model {
  const readWishes = createWishReader(session)
  const outer = session.onExpand
  const pending: TieWish[] = []
  let reached: readonly number[] = []
  const take = (stem: StemId) => {
    for (const wish of readWishes(stem)) {
      // A stem that is new here was absent, so its wishes before this place were met when it was passed.
      if (compareKeys(wish.key, reached) < 0) addClause(session, wish.clause)
      else pending.push(wish)
    }
  }
  for (const stem of session.expanded) take(stem)
  let sorted = 0
  session.onExpand = (stem) => {
    outer(stem)
    take(stem)
  }
  const hopeless = findHopeless(session, pending, first)
  if (hopeless === undefined) {
    session.onExpand = outer
    return first
  }
  let best = first
  while (pending.length > 0) {
    if (sorted !== pending.length) {
      pending.sort((a, b) => compareKeys(b.key, a.key))
      sorted = pending.length
    }
    const wish = pending.pop()!
    sorted -= 1
    reached = wish.key
    if (hopeless.has(wish)) continue
    if (!wish.isMet(best)) {
      const model = solveSome(session, wish.clause)
      if (model === undefined) continue
      best = model
    }
    addClause(session, wish.clause)
  }
  session.onExpand = outer
  return best
}

/** Unmet wishes that no optimal answer meets; undefined when that is all of them, so that `model` is the answer. */
function findHopeless(
  session: Session,
  wishes: readonly TieWish[],
  model: Model,
): ReadonlySet<TieWish> | undefined {
  const unmet = wishes.filter((wish) => !wish.isMet(model))
  let open = unmet
  while (open.length > 0) {
    const literals = new Set(open.flatMap((wish) => wish.clause))
    const other = solveSome(session, [...literals])
    if (other === undefined) break
    open = open.filter((wish) => !wish.isMet(other))
  }
  return open.length === unmet.length ? undefined : new Set(open)
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < a.length && index < b.length; index += 1) {
    if (a[index] !== b[index]) return a[index]! - b[index]!
  }
  return a.length - b.length
}

function createWishReader(session: Session): (stem: StemId) => readonly TieWish[] {
  const { question, encoder } = session
  const { variables } = encoder
  const { catalog } = question.universe
  const readRuns = createRunReader(question.universe)
  const isFree = (stem: StemId) => {
    const role = question.role(stem)
    return role === Role.new || role === Role.avoided
  }
  const alternatives = (carrier: StemId, wishes: TieWish[]) => {
    const ids = variables.candidates(carrier)
    readRuns(ids, (dependency, first, last) => {
      const type = catalog.dependencyType[dependency]
      if (type !== Depend.requireAny && type !== Depend.groupAny) return
      const start = catalog.dependencyTargetStart[dependency]!
      const place = placeOf(ids[last]!, dependency)
      for (let index = start; index < catalog.dependencyTargetStart[dependency + 1]!; index += 1) {
        const stem = catalog.targetStem[catalog.targetList[index]!]!
        const present = variables.present(stem)
        if (present === 0 || stem === carrier || !isFree(stem)) continue
        const clause = [-variables.below(carrier, last + 1), -present]
        if (first > 0) clause.push(variables.below(carrier, first))
        wishes.push({
          key: [1, carrier, -last, place, start - index],
          clause,
          isMet: (model) => model[stem]! < 0 || model[carrier]! < first || model[carrier]! > last,
        })
      }
    })
  }
  const placeOf = (id: number, dependency: number) => {
    let place = catalog.dependencyStart[id]!
    while (catalog.dependencyList[place] !== dependency) place += 1
    return place - catalog.dependencyStart[id]!
  }
  return (stem) => {
    const wishes: TieWish[] = []
    const { length } = variables.candidates(stem)
    if (length === 0) return wishes
    alternatives(stem, wishes)
    if (isFree(stem)) {
      wishes.push({
        key: [2, -stem],
        clause: [-variables.present(stem)],
        isMet: (model) => model[stem]! < 0,
      })
    }
    for (let k = length - 1; k > 0; k -= 1) {
      wishes.push({
        key: [3, stem, -k],
        clause: [-variables.below(stem, k)],
        isMet: (model) => model[stem]! < 0 || model[stem]! >= k,
      })
    }
    return wishes
  }
}
