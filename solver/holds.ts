import type { PackageId, StemId } from '#model'
import { createImageTests } from './image-tests.ts'
import type { Question } from './question.ts'
import { Depend, firstTarget, isInsideTarget, isObsolete } from './universe.ts'

/** Installed incorporations that do not move in this request. Source: solver-semantics §5.3. */
export interface Holds {
  /** Held stems: only the installed package is a candidate. */
  readonly held: ReadonlySet<StemId>
  /** By stem: the targets it must stay inside, each with the held package that says so. */
  readonly insideOf: {
    get(stem: StemId): readonly { readonly target: number; readonly holder: PackageId }[] | undefined
  }
}

const NO_HOLDS: Holds = { held: new Set(), insideOf: { get: () => undefined } }

/**
 * Works out the held incorporations; none under update of everything, exact-install and sync. `relaxLinked`: packages that
 * differ from the parent image they must match may move.
 */
export function findHolds(question: Question, { relaxLinked }: { readonly relaxLinked: boolean }): Holds {
  const { universe, wish } = question
  // A sync with the parent relaxes every installed stem.
  if (question.everything || question.exact || wish.sync) return NO_HOLDS
  const { catalog, installed } = universe
  const incorporations = new Set<StemId>()
  const versionedDependedOn = new Set<StemId>()
  const holdOf = new Map<StemId, string>()
  const isNews = (dependency: number) => {
    const end = catalog.dependencyTargetStart[dependency + 1]!
    for (let place = catalog.dependencyTargetStart[dependency]!; place < end; place += 1) {
      const target = catalog.targetList[place]!
      const other = catalog.targetStem[target]!
      if (catalog.targetVersion[target]! >= 0 && installed[other]! >= 0 && !versionedDependedOn.has(other))
        return true
    }
    return false
  }
  for (const stem of universe.installedStems) {
    const id = installed[stem]!
    const removed = wish.rejected.has(stem)
    if (catalog.packageHold[id]! >= 0) holdOf.set(stem, catalog.text(catalog.packageHold[id]!))
    for (let index = catalog.dependencyStart[id]!; index < catalog.dependencyStart[id + 1]!; index += 1) {
      const dependency = catalog.dependencyList[index]!
      const incorporates =
        catalog.dependencyType[dependency] === Depend.incorporate && !removed && !incorporations.has(stem)
      // Tags are only looked at where the dependency would tell something new: an incorporation has thousands.
      if (!incorporates && !isNews(dependency)) continue
      if (!universe.conditionHolds(catalog.dependencyCondition[dependency]!)) continue
      if (incorporates) incorporations.add(stem)
      const end = catalog.dependencyTargetStart[dependency + 1]!
      for (let place = catalog.dependencyTargetStart[dependency]!; place < end; place += 1) {
        const target = catalog.targetList[place]!
        if (catalog.targetVersion[target]! >= 0) versionedDependedOn.add(catalog.targetStem[target]!)
      }
    }
  }
  const relaxed = relaxedStems(question, relaxLinked)
  const relaxedHolds: string[] = []
  for (const stem of relaxed) {
    const hold = holdOf.get(stem)
    if (hold !== undefined) relaxedHolds.push(hold)
  }
  const isRelaxed = (hold: string) =>
    relaxedHolds.some((value) => hold === value || hold.startsWith(`${value}.`))
  addChildHolds(question, incorporations, holdOf, isRelaxed)
  const held = new Set<StemId>()
  for (const stem of incorporations) {
    if (relaxed.has(stem)) continue
    const hold = holdOf.get(stem)
    const firm = hold !== undefined && !isRelaxed(hold)
    if (firm || !versionedDependedOn.has(stem)) held.add(stem)
  }
  return { held, insideOf: insideOf(question, held) }
}

function relaxedStems(question: Question, relaxLinked: boolean): ReadonlySet<StemId> {
  const { universe, wish } = question
  const { catalog, installed, snapshot } = universe
  const relaxed = new Set<StemId>()
  for (const [stem, ids] of wish.named) {
    if (!(ids.length === 1 && ids[0] === installed[stem])) relaxed.add(stem)
  }
  if (snapshot.parent === undefined || !relaxLinked) return relaxed
  const images = createImageTests(universe)
  const parentHas = new Set(
    snapshot.parent.map((fmri) => `${fmri.stem}@${fmri.version?.release}-${fmri.version?.branch}`),
  )
  for (const stem of universe.installedStems) {
    if (!images.followsParent(installed[stem]!)) continue
    const own = snapshot.installed.find((entry) => entry.fmri.stem === catalog.stemName(stem))?.fmri
    if (!parentHas.has(`${own?.stem}@${own?.version?.release}-${own?.version?.branch}`)) relaxed.add(stem)
  }
  return relaxed
}

/** Packages that firmly held incorporations pin to one known version hold in their turn. */
function addChildHolds(
  question: Question,
  incorporations: ReadonlySet<StemId>,
  holdOf: Map<StemId, string>,
  isRelaxed: (hold: string) => boolean,
): void {
  const { universe } = question
  const { catalog, installed } = universe
  const queue = [...incorporations].filter((stem) => {
    const hold = holdOf.get(stem)
    return hold !== undefined && !isRelaxed(hold)
  })
  const seen = new Set(queue)
  for (let stem = queue.pop(); stem !== undefined; stem = queue.pop()) {
    const holder = installed[stem]!
    const end = catalog.dependencyStart[holder + 1]!
    for (let index = catalog.dependencyStart[holder]!; index < end; index += 1) {
      const dependency = catalog.dependencyList[index]!
      if (catalog.dependencyType[dependency] !== Depend.incorporate) continue
      const target = firstTarget(catalog, dependency)
      const child = catalog.targetStem[target]!
      // Tags are looked at last: an incorporation has thousands, and few of what it incorporates incorporate in turn.
      if (!incorporations.has(child) || seen.has(child) || !leavesOne(question, target)) continue
      if (!isInsideTarget(catalog, target, installed[child]!)) continue
      if (!universe.conditionHolds(catalog.dependencyCondition[dependency]!)) continue
      seen.add(child)
      if (!holdOf.has(child)) {
        holdOf.set(child, catalog.stemName(child))
        queue.push(child)
      }
    }
  }
}

function leavesOne(question: Question, target: number): boolean {
  const { universe } = question
  const { catalog } = universe
  let count = 0
  for (let run = catalog.targetRunStart[target]!; run < catalog.targetRunStart[target + 1]!; run += 1) {
    for (let id = catalog.targetRuns[2 * run]!; id <= catalog.targetRuns[2 * run + 1]!; id += 1) {
      if (universe.known(id)) count += 1
      if (count > 1) return false
    }
  }
  return count === 1
}

function insideOf(question: Question, held: ReadonlySet<StemId>): Holds['insideOf'] {
  const { universe } = question
  const { catalog, installed } = universe
  /** Incorporate dependencies of the holders by the stem they speak of, as linked lists: last cell plus 1. */
  const heads = new Int32Array(catalog.stemCount)
  const cells: number[] = []
  for (const stem of held) {
    const holder = installed[stem]!
    if (isObsolete(catalog, holder)) continue
    const end = catalog.dependencyStart[holder + 1]!
    for (let index = catalog.dependencyStart[holder]!; index < end; index += 1) {
      const dependency = catalog.dependencyList[index]!
      if (catalog.dependencyType[dependency] !== Depend.incorporate) continue
      const target = firstTarget(catalog, dependency)
      if (catalog.targetVersion[target]! < 0) continue
      const subject = catalog.targetStem[target]!
      cells.push(heads[subject]!, dependency, holder)
      heads[subject] = cells.length / 3
    }
  }
  const lists = new Map<StemId, { target: number; holder: PackageId }[]>()
  return {
    get(stem) {
      if (heads[stem] === 0) return undefined
      let list = lists.get(stem)
      if (list === undefined) {
        list = []
        for (let cell = heads[stem]!; cell !== 0; cell = cells[3 * cell - 3]!) {
          const dependency = cells[3 * cell - 2]!
          if (!universe.conditionHolds(catalog.dependencyCondition[dependency]!)) continue
          list.push({ target: firstTarget(catalog, dependency), holder: cells[3 * cell - 1]! })
        }
        lists.set(stem, list.reverse())
      }
      return list
    },
  }
}
