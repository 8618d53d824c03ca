import type { Fmri, PackageId, StemId } from '#model'
import { installedDependencies } from '../lookup/installed-dependencies.ts'
import { memo } from '../lookup/memo.ts'
import { Depend, firstTarget, isPull, typeBits } from '../lookup/universe.ts'
import { type Question, Role } from './question.ts'

const REQUIRES = typeBits(Depend.require)

/** For each package that an uninstall removes: the installed packages that stay and require it. Source: solver-semantics §5.5. */
export function findDependents(question: Question): readonly { fmri: Fmri; dependents: readonly Fmri[] }[] {
  const { universe, request } = question
  const { catalog, installed } = universe
  const found = new Map<PackageId, Set<PackageId>>()
  for (const target of request.rejected) {
    if (installed[target]! < 0) continue
    installedDependencies(universe).of(target, (stem, dependency) => {
      if (catalog.dependencyType[dependency] !== Depend.require || request.rejected.has(stem)) return
      if (!universe.conditionHolds(catalog.dependencyCondition[dependency]!)) return
      if (mayStopRequiring(question, stem, target)) return
      memo(found, installed[target]!, () => new Set<PackageId>()).add(installed[stem]!)
    })
  }
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([removed, dependents]) => ({
      fmri: universe.fmri(removed),
      dependents: [...dependents].sort((a, b) => a - b).map((id) => universe.fmri(id)),
    }))
}

/** Whether an actuator names the dependent at a version that does not require the stem. */
function mayStopRequiring({ universe, request }: Question, dependent: StemId, target: StemId): boolean {
  const { catalog } = universe
  const isOnTarget = (dependency: number) => catalog.targetStem[firstTarget(catalog, dependency)] === target
  const ids = request.named.get(dependent) ?? []
  return ids.some((id) => universe.findOfTypes(id, REQUIRES, isOnTarget) < 0)
}

/** Stems that must stay and whose installed package needs a rejected stem: they have a part in most contradictions. */
export function needingRejected({ universe, request, role, ignored }: Question): ReadonlySet<StemId> {
  const needy = new Set<StemId>()
  for (const stem of request.rejected) {
    installedDependencies(universe).of(stem, (dependent, dependency) => {
      const isNeed = isPull(universe.catalog.dependencyType[dependency]!) && ignored?.has(dependency) !== true
      if (isNeed && role(dependent) === Role.keep) needy.add(dependent)
    })
  }
  return needy
}
