import type { Fmri, InstallPlan, Reason, ResolvedPkg, Stem } from '#model'
import { installedDependencies } from '../lookup/installed-dependencies.ts'
import { Depend, isObsolete, targetsOf, typeBits } from '../lookup/universe.ts'
import { cleanUp } from '../question/clean-up.ts'
import { findReasons, type Outcome } from './reasons.ts'

/** The answer of a search. */
type Chosen = Omit<Outcome, 'result'> & Pick<InstallPlan, 'objectives' | 'proof'>

/** Makes the plan that changes the image to the answer. Lists are sorted by stem; the same answer gives the same plan. */
export function diffPlan({ question, selected, stems, objectives, proof }: Chosen): InstallPlan {
  const { universe, request } = question
  const { catalog, installed } = universe
  const result = cleanUp(universe, selected, stems)
  const add: ResolvedPkg[] = []
  const remove: Fmri[] = []
  const update: { from: Fmri; to: ResolvedPkg }[] = []
  for (let index = 0; index < stems.length; index += 1) {
    const stem = stems[index]!
    const before = installed[stem]!
    const after = result[stem]!
    if (before === after) continue
    if (before < 0) add.push({ fmri: universe.fmri(after) })
    else if (after < 0) remove.push(universe.fmri(before))
    else update.push({ from: universe.fmri(before), to: { fmri: universe.fmri(after) } })
  }
  let reasons: Readonly<Record<string, Reason>> | undefined
  return {
    base: universe.snapshot.generation,
    add: add.sort((a, b) => byName(a.fmri.stem, b.fmri.stem)),
    remove: remove.sort((a, b) => byName(a.stem, b.stem)),
    update: update.sort((a, b) => byName(a.from.stem, b.from.stem)),
    // Found on demand: most callers do not read the reasons, which take as long as the rest of the plan.
    get reasons() {
      reasons ??= namedReasons({ question, selected, stems, result })
      return reasons
    },
    named: request.order
      .filter((stem) => !request.causeOf.has(stem))
      .map((stem) => catalog.stemName(stem))
      .sort(byName),
    avoid: newAvoidSet({ question, selected, stems, result }),
    objectives,
    proof,
  }
}

const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function namedReasons(outcome: Outcome): Readonly<Record<string, Reason>> {
  const { catalog } = outcome.question.universe
  const named = Array.from(
    findReasons(outcome),
    ([stem, reason]) => [catalog.stemName(stem), reason] as const,
  )
  // `fromEntries` is safe for any name, also `__proto__`: names come from catalogs.
  return Object.fromEntries(named.sort(([a], [b]) => byName(a, b)))
}

const GROUPS = typeBits(Depend.group, Depend.groupAny)

/** The avoid set after the plan. Source: solver-semantics §4.2. */
function newAvoidSet({ question, selected, stems, result }: Outcome): readonly Stem[] {
  const { universe, request } = question
  const { catalog } = universe
  // An exact-install starts with an empty set.
  const avoid = new Set<Stem>(question.exact ? [] : universe.snapshot.avoided)
  for (const stem of request.named.keys()) avoid.delete(catalog.stemName(stem))
  if (request.rejected.size > 0) {
    const { installed } = universe
    const note = (dependency: number) => {
      for (const target of targetsOf(catalog, dependency)) {
        const member = catalog.targetStem[target]!
        if (result[member]! < 0 && request.rejected.has(member)) avoid.add(catalog.stemName(member))
      }
    }
    for (const stem of stems) {
      const id = selected[stem]!
      if (id >= 0 && id !== installed[stem] && !isObsolete(catalog, id))
        universe.eachOfTypes(id, GROUPS, note)
    }
    for (const member of request.rejected) {
      installedDependencies(universe).of(member, (dependent, dependency) => {
        const id = installed[dependent]!
        if (id !== selected[dependent] || isObsolete(catalog, id)) return
        if (((1 << catalog.dependencyType[dependency]!) & GROUPS) === 0) return
        if (universe.conditionHolds(catalog.dependencyCondition[dependency]!)) note(dependency)
      })
    }
  }
  return [...avoid].sort(byName)
}
