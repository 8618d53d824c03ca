import type { StemId } from '#model'
import type { Fact, FactKind } from '../explanation.ts'
import { Depend, isObsolete, packagesOf, targetsOf } from '../lookup/universe.ts'
import type { Question } from '../question/question.ts'
import type { PlacedFact } from './fact.ts'

/** For each target of some dependencies: the fact that nobody offers it, or only as obsolete. */
export function missingFacts(
  question: Question,
  dependents: readonly { readonly stem: StemId; readonly dependency: number }[],
): readonly PlacedFact[] {
  const { catalog } = question.universe
  const facts = new Map<number, PlacedFact>()
  const pulls: readonly number[] = [Depend.require, Depend.requireAny, Depend.conditional, Depend.incorporate]
  for (const { dependency } of dependents) {
    const type = catalog.dependencyType[dependency]!
    if (!pulls.includes(type)) continue
    for (const target of targetsOf(catalog, dependency)) {
      const stem = catalog.targetStem[target]!
      const version = catalog.targetVersion[target]!
      const subject = catalog.stemName(stem)
      const put = (fact: Fact) => facts.set(target, { fact, stem, leadsTo: [] })
      const ranged = (fact: Fact): Fact => (version < 0 ? fact : { ...fact, range: catalog.text(version) })
      const low = catalog.targetLow[target]!
      const high = catalog.stemStart[stem + 1]!
      if (catalog.stemStart[stem] === high) put({ kind: 'none', subject, reason: 'unknown' })
      else if (type === Depend.incorporate) {
        if (catalog.targetRunStart[target] === catalog.targetRunStart[target + 1])
          put(ranged({ kind: 'none', subject, reason: 'inside' }))
      } else if (low === high) put(ranged({ kind: 'none', subject, reason: 'newer' }))
      else {
        const ids = packagesOf(catalog, stem).subarray(low - high)
        if (ids.every((id) => isObsolete(catalog, id))) put(ranged({ kind: 'obsolete', subject }))
      }
    }
  }
  return [...facts.values()]
}

/** Most facts that are put in order: nobody reads more, and the time grows with their square. */
const MOST_ORDERED = 500

const REQUEST_KINDS: readonly FactKind[] = ['named', 'newer', 'removed', 'reject']

/** Orders facts from the request along the dependencies to the contradiction. */
export function inOrder(placed: readonly PlacedFact[]): readonly PlacedFact[] {
  if (placed.length > MOST_ORDERED) return placed
  const rest = [...placed]
  const result: PlacedFact[] = []
  const reached = new Set<StemId>()
  const take = (index: number) => {
    const [next] = rest.splice(index, 1)
    result.push(next!)
    reached.add(next!.stem)
    for (const stem of next!.leadsTo) reached.add(stem)
  }
  const isRequest = ({ fact }: PlacedFact) => fact.kind === 'named' || fact.kind === 'newer'
  for (let index = rest.findIndex(isRequest); index >= 0; index = rest.findIndex(isRequest)) take(index)
  while (rest.length > 0) {
    const leads = rest.findIndex((entry) => entry.leadsTo.length > 0 && reached.has(entry.stem))
    const rule = rest.findIndex(
      (entry) => reached.has(entry.stem) && !REQUEST_KINDS.includes(entry.fact.kind),
    )
    const touches = rest.findIndex((entry) => entry.leadsTo.some((stem) => reached.has(stem)))
    take([leads, rule, touches].find((index) => index >= 0) ?? 0)
  }
  return result
}
