import type { StemId } from '#model'
import { installedDependencies } from '../lookup/installed-dependencies.ts'
import { isPull } from '../lookup/universe.ts'
import { type Question, Role } from '../question/question.ts'

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
