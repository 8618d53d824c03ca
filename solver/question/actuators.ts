import { type Fmri, formatFmri, isInside, type PackageId, type StemId } from '#model'
import { findPackage, type Universe, versionOf } from '../lookup/universe.ts'
import type { ResolvedRequest } from './question.ts'

/**
 * Adds the package actuators of the removed packages: they remove other installed packages, or name them at a version, which may
 * be older than the installed one. Actuators change no stem that the request names, and name no unknown version. `ofOneSource`
 * selects the publisher as for any named stem. Source: solver-semantics §3, package actuators.
 */
export function withActuators(
  universe: Universe,
  resolved: ResolvedRequest,
  ofOneSource: (stem: StemId, ids: readonly PackageId[], explicit: boolean) => readonly PackageId[],
): ResolvedRequest {
  const { catalog, installed, snapshot } = universe
  const actuators = new Map(
    snapshot.installed.flatMap(({ fmri, actuators: own = [] }) =>
      own.length === 0 ? [] : [[findPackage(catalog, fmri), own] as const],
    ),
  )
  if (actuators.size === 0) return resolved
  const rejected = new Set(resolved.rejected)
  const updates = new Map<StemId, Fmri>()
  const causeOf = new Map<StemId, PackageId>()
  const queue = [...rejected].sort((a, b) => b - a)
  for (let stem = queue.pop(); stem !== undefined; stem = queue.pop()) {
    for (const { effect, fmri } of actuators.get(installed[stem]!) ?? []) {
      const other = catalog.findStem(fmri.stem)
      if (other < 0 || installed[other]! < 0 || rejected.has(other)) continue
      if (effect === 'update' && (resolved.named.has(other) || updates.has(other))) continue
      causeOf.set(other, installed[stem]!)
      if (effect === 'update') updates.set(other, fmri)
      else {
        rejected.add(other)
        queue.push(other)
      }
    }
  }
  const named = new Map([...resolved.named].filter(([stem]) => !rejected.has(stem)))
  const patternOf = new Map(resolved.patternOf)
  for (const [stem, fmri] of updates) {
    const ids = rejected.has(stem)
      ? []
      : ofOneSource(stem, matching(universe, stem, fmri), hasPublisher(fmri))
    if (ids.length > 0) {
      named.set(stem, ids)
      patternOf.set(stem, formatFmri({ ...fmri, publisher: undefined }, 'no-build'))
    } else if (!rejected.has(stem)) causeOf.delete(stem)
  }
  return { ...resolved, named, order: [...named.keys()], patternOf, rejected, causeOf }
}

const hasPublisher = (fmri: Fmri): boolean => fmri.publisher !== undefined

function matching(universe: Universe, stem: StemId, fmri: Fmri): readonly PackageId[] {
  const { catalog } = universe
  const ids: PackageId[] = []
  for (let id = catalog.stemStart[stem]!; id < catalog.stemStart[stem + 1]!; id += 1) {
    if (!universe.known(id) || !universe.variantsSupported(id)) continue
    if (hasPublisher(fmri) && catalog.publishers[catalog.packagePublisher[id]!] !== fmri.publisher) continue
    const version = versionOf(catalog, id)
    if (version !== undefined && (fmri.version === undefined || isInside(version, fmri.version))) ids.push(id)
  }
  return ids
}
