import type { StemId } from '#model'
import { createRunReader } from './dependency-runs.ts'
import { Role } from './question.ts'
import { addClause, keepModel, type Model, type Session, solveSome } from './session.ts'
import { Depend, typeBits } from './universe.ts'

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
  const hopeless = findHopeless(session, readWishes, first)
  if (hopeless === undefined) return first
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
  let best = first
  while (pending.length > 0) {
    if (sorted !== pending.length) {
      pending.sort((a, b) => compareKeys(b.key, a.key))
      sorted = pending.length
    }
    const wish = pending.pop()!
    sorted -= 1
    reached = wish.key
    if (hopeless.has(groupOf(wish)) && !wish.isMet(first)) continue
    if (!wish.isMet(best)) {
      const model = solveSome(session, wish.clause)
      if (model === undefined) continue
      if (best === first) best = first.slice()
      keepModel(session, model, best)
    }
    addClause(session, wish.clause)
  }
  session.onExpand = outer
  return best
}

/** Groups of unmet wishes that no optimal answer meets; undefined when that is all of them, so that `model` is the answer. */
function findHopeless(
  session: Session,
  readWishes: ReturnType<typeof createWishReader>,
  model: Model,
): ReadonlySet<string> | undefined {
  const unmet = session.expanded.flatMap((stem) => (model[stem]! < 0 ? [] : readWishes(stem, model)))
  // One literal per wish: two wishes may name a variable with opposite signs, and their union would say nothing.
  const literalOf = new Map(unmet.map((wish) => [wish, wishLiteral(session, wish)]))
  let open = unmet
  while (open.length > 0) {
    const other = solveSome(session, [...new Set(open.map((wish) => literalOf.get(wish)!))])
    if (other === undefined) break
    open = open.filter((wish) => !wish.isMet(other))
  }
  return open.length === unmet.length ? undefined : new Set(open.map(groupOf))
}

/** A literal that is only true where the wish is met. */
function wishLiteral(session: Session, wish: TieWish): number {
  if (wish.clause.length === 1) return wish.clause[0]!
  const literal = session.encoder.variables.fresh()
  addClause(session, [-literal, ...wish.clause])
  return literal
}

/** Wishes that are hopeless together: all wishes for a newer version of one stem, any other wish alone. */
function groupOf({ key }: TieWish): string {
  return key[0] === 3 ? `3 ${key[1]}` : key.join(' ')
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < a.length && index < b.length; index += 1) {
    if (a[index] !== b[index]) return a[index]! - b[index]!
  }
  return a.length - b.length
}

/** Reads the wishes of a stem: all, or those that `unmetIn` does not meet, without those that follow from an easier one. */
function createWishReader(session: Session): (stem: StemId, unmetIn?: Model) => readonly TieWish[] {
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
    readRuns(ids, 0, ids.length - 1, (dependency, first, last) => {
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
  const choosesAlternatives = (id: number) => question.universe.carriesTypes(id, CHOICES)
  return (stem, unmetIn) => {
    const ids = variables.candidates(stem)
    const { length } = ids
    const wishes: TieWish[] = []
    if (length === 0) return wishes
    if (unmetIn === undefined) alternatives(stem, wishes)
    else if (choosesAlternatives(ids[unmetIn[stem]!]!)) {
      const own: TieWish[] = []
      alternatives(stem, own)
      wishes.push(...own.filter((wish) => !wish.isMet(unmetIn)))
    }
    if (isFree(stem)) {
      wishes.push({
        key: [2, -stem],
        clause: [-variables.present(stem)],
        isMet: (model) => model[stem]! < 0,
      })
    }
    // To be newer than k - 1 is the easiest of the wishes for a newer version.
    const lowest = unmetIn === undefined ? 1 : unmetIn[stem]! + 1
    for (let k = unmetIn === undefined ? length - 1 : Math.min(lowest, length - 1); k >= lowest; k -= 1) {
      wishes.push({
        key: [3, stem, -k],
        clause: [-variables.below(stem, k)],
        isMet: (model) => model[stem]! < 0 || model[stem]! >= k,
      })
    }
    return wishes
  }
}

const CHOICES = typeBits(Depend.requireAny, Depend.groupAny)
