import type { Fmri, InstallPlan, PackageId, Reason, ResolvedPkg, Stem, StemId } from '#model'
import { PackageFlag } from '#model'
import { cleanUp } from './clean-up.ts'
import type { Question } from './question.ts'
import { Depend, fmriOf } from './universe.ts'

/** What the search hands over to make a plan. */
export interface Chosen {
  readonly question: Question
  /** Selected package by stem id, obsolete ones included; -1 where none. */
  readonly selected: Int32Array
  readonly objectives: InstallPlan['objectives']
  readonly proof: InstallPlan['proof']
}

/** Compares the choice with the image. Lists are sorted by stem; the same choice gives the same plan. */
export function diffPlan({ question, selected, objectives, proof }: Chosen): InstallPlan {
  const { universe, wish } = question
  const { catalog, installed } = universe
  const result = cleanUp(universe, selected)
  const add: ResolvedPkg[] = []
  const remove: Fmri[] = []
  const update: { from: Fmri; to: ResolvedPkg }[] = []
  const reasons = new Map<string, Reason>()
  const explain = createReasons(question, selected, result)
  for (let stem = 0; stem < catalog.stemCount; stem += 1) {
    const before = installed[stem]!
    const after = result[stem]!
    if (before === after) continue
    if (before < 0) add.push({ fmri: fmriOf(catalog, after) })
    else if (after < 0) remove.push(fmriOf(catalog, before))
    else update.push({ from: fmriOf(catalog, before), to: { fmri: fmriOf(catalog, after) } })
    reasons.set(catalog.stemName(stem), explain(stem))
  }
  const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return {
    base: universe.snapshot.generation,
    add: add.sort((a, b) => byName(a.fmri.stem, b.fmri.stem)),
    remove: remove.sort((a, b) => byName(a.stem, b.stem)),
    update: update.sort((a, b) => byName(a.from.stem, b.from.stem)),
    // A null-prototype-safe object: names come from catalogs.
    reasons: Object.fromEntries([...reasons].sort(([a], [b]) => byName(a, b))),
    named: wish.order.map((stem) => catalog.stemName(stem)).sort(byName),
    avoid: newAvoidSet(question, selected, result),
    objectives,
    proof,
  }
}

/** Source: solver-semantics §4.2. */
function newAvoidSet(question: Question, selected: Int32Array, result: Int32Array): readonly Stem[] {
  const { universe, wish } = question
  const { catalog } = universe
  const avoid = new Set<Stem>(universe.snapshot.avoided)
  for (const stem of wish.named.keys()) avoid.delete(catalog.stemName(stem))
  if (wish.rejected.size > 0) {
    for (const id of selected) {
      if (id < 0 || (catalog.packageFlags[id]! & PackageFlag.obsolete) !== 0) continue
      universe.eachDependency(id, (dependency) => {
        const type = catalog.dependencyType[dependency]
        if (type !== Depend.group && type !== Depend.groupAny) return
        const end = catalog.dependencyTargetStart[dependency + 1]!
        for (let index = catalog.dependencyTargetStart[dependency]!; index < end; index += 1) {
          const member = catalog.targetStem[catalog.targetList[index]!]!
          if (result[member]! < 0 && wish.rejected.has(member)) avoid.add(catalog.stemName(member))
        }
      })
    }
  }
  return [...avoid].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/** The first link back to the request, per changed stem. */
function createReasons(
  question: Question,
  selected: Int32Array,
  result: Int32Array,
): (stem: StemId) => Reason {
  const { universe, wish } = question
  const { catalog } = universe
  let links: Map<StemId, readonly [PackageId, number]> | undefined
  const isPull = (type: number | undefined) =>
    type !== Depend.incorporate &&
    type !== Depend.optional &&
    type !== Depend.exclude &&
    type !== Depend.origin &&
    type !== Depend.parent
  /** Carriers of dependencies on each stem; those that pull win, then those that change in this plan, then by name. */
  const find = () => {
    const found = new Map<StemId, readonly [PackageId, number]>()
    const score = new Map<StemId, number>()
    for (const id of result) {
      if (id < 0) continue
      const carrier = catalog.packageStem[id]!
      const changes = universe.installed[carrier] !== id
      universe.eachDependency(id, (dependency) => {
        const type = catalog.dependencyType[dependency]
        const end = catalog.dependencyTargetStart[dependency + 1]!
        for (let index = catalog.dependencyTargetStart[dependency]!; index < end; index += 1) {
          const target = catalog.targetStem[catalog.targetList[index]!]!
          if (target === carrier) continue
          const points = (isPull(type) ? 2 : 0) + (changes ? 1 : 0) + 1
          if (points <= (score.get(target) ?? 0)) continue
          score.set(target, points)
          found.set(target, [id, dependency])
        }
      })
    }
    return found
  }
  return (stem) => {
    const before = universe.installed[stem]!
    const after = result[stem]!
    const pattern = wish.patternOf.get(stem)
    if (after >= 0 && pattern !== undefined) return { kind: 'asked-for', pattern }
    if (after < 0 && wish.rejected.has(stem))
      return pattern === undefined ? { kind: 'rejected' } : { kind: 'asked-for', pattern }
    const chosen = selected[stem]!
    if (after < 0 && chosen >= 0) return { kind: 'obsoleted-by', by: fmriOf(catalog, chosen) }
    if (after < 0) return { kind: 'rejected' }
    links ??= find()
    const link = links.get(stem)
    const carrierChanges = link !== undefined && universe.installed[catalog.packageStem[link[0]]!] !== link[0]
    if (link === undefined || (question.everything && before >= 0 && !carrierChanges))
      return { kind: 'newer-version' }
    const [by, dependency] = link
    const type = catalog.dependencyType[dependency]
    if (type === Depend.exclude) return { kind: 'displaced-by', by: fmriOf(catalog, by) }
    if (!isPull(type)) return { kind: 'held-by', by: fmriOf(catalog, by) }
    return {
      kind: 'required-by',
      by: fmriOf(catalog, by),
      dependency: dependencyName(question, dependency, stem),
    }
  }
}

/** The part of a dependency that names the stem, as the action has it. */
function dependencyName(question: Question, dependency: number, stem: StemId): string {
  const { catalog } = question.universe
  const start = catalog.dependencyTargetStart[dependency]!
  const targets = catalog.targetList.subarray(start, catalog.dependencyTargetStart[dependency + 1]!)
  const target = targets.find((each) => catalog.targetStem[each] === stem) ?? targets[0]!
  const version = catalog.targetVersion[target]!
  const name = catalog.stemName(catalog.targetStem[target]!)
  return version < 0 ? name : `${name}@${catalog.text(version)}`
}
