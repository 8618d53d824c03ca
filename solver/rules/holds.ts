import type { PackageId, StemId } from '#model'
import { eachDependencyOn } from '../lookup/incorporations.ts'
import { installedDependencies } from '../lookup/installed-dependencies.ts'
import { memo } from '../lookup/memo.ts'
import {
  Depend,
  firstTarget,
  isInsideTarget,
  isObsolete,
  targetsOf,
  type Universe,
} from '../lookup/universe.ts'
import { createImageTests } from '../question/image-tests.ts'
import type { Question } from '../question/question.ts'

/** Installed incorporations that do not move in a request. Source: solver-semantics §5.3. */
export interface Holds {
  /** Held stems: only the installed package is a candidate. */
  readonly held: ReadonlySet<StemId>
  /** By stem: the targets that its packages must be inside, each with the held package that incorporates it. */
  readonly insideOf: {
    get(stem: StemId): readonly Limit[] | undefined
  }
}

const NO_HOLDS: Holds = { held: new Set(), insideOf: { get: () => undefined } }

/**
 * Finds the held incorporations; none under update of everything, exact-install and sync. With `relaxLinked`, a package that
 * must match the parent image and differs from it may move.
 */
export function findHolds(question: Question, { relaxLinked }: { readonly relaxLinked: boolean }): Holds {
  const { universe, request } = question
  // A sync with the parent relaxes every installed stem.
  if (question.everything || question.exact || request.sync) return NO_HOLDS
  const { catalog, installed } = universe
  const goes = (stem: StemId) => request.rejected.has(stem) || question.isLeaving(stem)
  const incorporations = new Set(installedDependencies(universe).incorporations.filter((stem) => !goes(stem)))
  const childHolds = new Map<StemId, string>()
  const holdOf = (stem: StemId) => {
    const hold = installed[stem]! < 0 ? -1 : catalog.packageHold[installed[stem]!]!
    return hold < 0 ? childHolds.get(stem) : catalog.text(hold)
  }
  const relaxed = relaxedStems(question, relaxLinked)
  const relaxedHolds = [...relaxed].flatMap((stem) => holdOf(stem) ?? [])
  const isFirm = (stem: StemId) => {
    const hold = holdOf(stem)
    if (hold === undefined) return false
    return !relaxedHolds.some((value) => hold === value || hold.startsWith(`${value}.`))
  }
  addChildHolds(question, incorporations, childHolds, { holdOf, isFirm })
  const steady = [...incorporations].filter((stem) => !relaxed.has(stem))
  const dependedOn = dependedOnByVersion(
    universe,
    steady.filter((stem) => !isFirm(stem)),
  )
  const held = new Set(steady.filter((stem) => isFirm(stem) || !dependedOn.has(stem)))
  return { held, insideOf: insideOf(question, held) }
}

/** The same holds without the incorporate dependencies that the question ignores. */
export function withoutIgnored(holds: Holds, less: Question): Holds {
  return holds === NO_HOLDS ? holds : { held: holds.held, insideOf: insideOf(less, holds.held) }
}

/** The part of some stems that an installed package depends on with a version, by a dependency of any type. */
function dependedOnByVersion(universe: Universe, stems: readonly StemId[]): ReadonlySet<StemId> {
  const { targetStem, targetVersion, dependencyCondition } = universe.catalog
  const found = new Set<StemId>()
  for (const stem of stems) {
    installedDependencies(universe).of(stem, (_, dependency) => {
      if (found.has(stem)) return
      for (const target of targetsOf(universe.catalog, dependency)) {
        if (targetStem[target] !== stem || targetVersion[target]! < 0) continue
        if (universe.conditionHolds(dependencyCondition[dependency]!)) found.add(stem)
      }
    })
  }
  return found
}

function relaxedStems(question: Question, relaxLinked: boolean): ReadonlySet<StemId> {
  const { universe, request } = question
  const { catalog, installed, snapshot } = universe
  const relaxed = new Set<StemId>()
  for (const [stem, ids] of request.named) {
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

/** Adds child holds: an incorporation that a firmly held one limits to one known version holds, too. */
function addChildHolds(
  question: Question,
  incorporations: ReadonlySet<StemId>,
  childHolds: Map<StemId, string>,
  { holdOf, isFirm }: { holdOf(stem: StemId): string | undefined; isFirm(stem: StemId): boolean },
): void {
  const { universe } = question
  const { catalog, installed } = universe
  const queue = [...incorporations].filter(isFirm)
  const seen = new Set(queue)
  for (let stem = queue.pop(); stem !== undefined; stem = queue.pop()) {
    const holder = installed[stem]!
    eachDependencyOn(catalog, holder, incorporations, (dependency) => {
      if (catalog.dependencyType[dependency] !== Depend.incorporate) return
      const target = firstTarget(catalog, dependency)
      const child = catalog.targetStem[target]!
      // Tags are tested last, because few targets of an incorporation incorporate in turn.
      if (!incorporations.has(child) || seen.has(child) || !leavesOne(question, target)) return
      if (!isInsideTarget(catalog, target, installed[child]!)) return
      if (!universe.conditionHolds(catalog.dependencyCondition[dependency]!)) return
      seen.add(child)
      if (holdOf(child) === undefined) {
        childHolds.set(child, catalog.stemName(child))
        queue.push(child)
      }
    })
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
  const { packageStem } = universe.catalog
  const all = memo(limits, universe, readLimits)
  const { ignored } = question
  const isHeld = ({ holder, dependency }: Limit) =>
    held.has(packageStem[holder]!) && ignored?.has(dependency) !== true
  return {
    get(stem) {
      const list = all(stem)
      if (list === undefined || list.every(isHeld)) return list
      const left = list.filter(isHeld)
      return left.length === 0 ? undefined : left
    },
  }
}

/** An incorporate dependency of an installed package. */
interface Limit {
  readonly target: number
  readonly holder: PackageId
  readonly dependency: number
}

/** All searches in a universe share the lists. */
const limits = new WeakMap<Universe, (stem: StemId) => readonly Limit[] | undefined>()

/** By stem: its limits by all installed packages, in order of the packages. */
function readLimits(universe: Universe): (stem: StemId) => readonly Limit[] | undefined {
  const { catalog, installed } = universe
  const listOf = (stem: StemId) => {
    const list: Limit[] = []
    installedDependencies(universe).of(stem, (dependent, dependency) => {
      if (catalog.dependencyType[dependency] !== Depend.incorporate) return
      const holder = installed[dependent]!
      const target = firstTarget(catalog, dependency)
      if (catalog.targetVersion[target]! < 0 || isObsolete(catalog, holder)) return
      if (universe.conditionHolds(catalog.dependencyCondition[dependency]!))
        list.push({ target, holder, dependency })
    })
    return list.sort((a, b) => a.holder - b.holder || a.dependency - b.dependency)
  }
  const lists = new Map<StemId, readonly Limit[]>()
  return (stem) => {
    const list = memo(lists, stem, listOf)
    return list.length === 0 ? undefined : list
  }
}
