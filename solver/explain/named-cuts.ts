import type { PackageId, StemId } from '#model'
import { eachDependencyOn } from '../lookup/incorporations.ts'
import { installedDependencies } from '../lookup/installed-dependencies.ts'
import { Depend, firstTarget, isInsideTarget, packagesOf } from '../lookup/universe.ts'
import { createImageTests } from '../question/image-tests.ts'
import type { Search } from './failure.ts'

/** Versions that named incorporations rule out before any search. Source: solver-semantics §6.1, rows 3 and 4. */
interface NamedCuts {
  isCut(id: PackageId): boolean
  /** Stems assumed unchanged whose installed package is cut. */
  installed(): readonly StemId[]
}

const NO_CUTS: NamedCuts = { isCut: () => false, installed: () => [] }

/** Packages of an installed stem, newest first. Every answer has one of them. */
type Versions = readonly PackageId[]

/**
 * A package is cut if every version of a named and installed stem incorporates its stem without it. A stem that all those versions
 * incorporate counts as named in turn. In a child image the versions that follow the parent count as named, too.
 */
export function createNamedCuts(search: Search): NamedCuts {
  const { question, session } = search
  const { universe, base } = question
  const { catalog } = universe
  const starts = [...namedVersions(search), ...followingVersions(search)]
  if (starts.length === 0) return NO_CUTS
  const excludes = (holder: PackageId, id: PackageId) => {
    const stem = catalog.packageStem[id]!
    let found = false
    eachDependencyOn(catalog, holder, [stem], (dependency) => {
      if (found || catalog.dependencyType[dependency] !== Depend.incorporate) return
      const target = firstTarget(catalog, dependency)
      if (catalog.targetStem[target] !== stem || catalog.targetVersion[target]! < 0) return
      if (isInsideTarget(catalog, target, id)) return
      found = universe.conditionHolds(catalog.dependencyCondition[dependency]!)
    })
    return found
  }
  /** Checks the newest version first: it mostly allows the package, and then the others need not be read. */
  const isCutBy = (versions: Versions, id: PackageId) => versions.every((holder) => excludes(holder, id))
  const { incorporations } = installedDependencies(universe)
  const lists: Versions[] = []
  const known = new Set<string>()
  const add = (versions: Versions) => {
    const key = versions.join()
    if (!known.has(key)) lists.push(versions)
    known.add(key)
  }
  for (const versions of starts) add(versions)
  for (const versions of lists) {
    for (const stem of incorporations) {
      const all = packagesOf(catalog, stem).filter(universe.known).toReversed()
      const left = all.filter((id) => !isCutBy(versions, id))
      if (left.length > 0 && left.length < all.length) add(Array.from(left))
    }
  }
  const answers = new Map<PackageId, boolean>()
  const isCut = (id: PackageId) => {
    const answer = answers.get(id) ?? lists.some((versions) => isCutBy(versions, id))
    answers.set(id, answer)
    return answer
  }
  const isAssumed = (stem: StemId) => session.encoder.activation.isUnchanged(stem)
  return {
    isCut,
    installed: () => universe.installedStems.filter((stem) => isAssumed(stem) && isCut(base[stem]!)),
  }
}

function namedVersions({ question }: Search): readonly Versions[] {
  return [...question.request.named].flatMap(([stem, ids]) =>
    question.base[stem]! < 0 ? [] : [ids.toReversed()],
  )
}

/** The versions by which installed packages that differ from the parent image follow it. */
function followingVersions({ question, trim }: Search): readonly Versions[] {
  const { universe, base } = question
  if (universe.snapshot.parent === undefined) return []
  const images = createImageTests(universe)
  return universe.installedStems.flatMap((stem) => {
    if (base[stem]! < 0 || !images.followsParent(base[stem]!)) return []
    const ids = trim.candidates(stem)
    const following = [...ids].filter((id) => images.followsParent(id))
    return following.length === 0 || ids.includes(base[stem]!) ? [] : [following]
  })
}
