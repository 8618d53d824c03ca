import { type Fmri, formatFmri, isInside, type PackageId, type StemId } from '#model'
import { findPackage, type Universe, versionOf } from '../lookup/universe.ts'
import type { ResolvedRequest } from './question.ts'

/**
 * Adds the package actuators of the removed packages: they remove other installed packages, or name them at the newest matching
 * version that is not the installed one. That version may be older than the installed one, also if the request names the stem as
 * well. `ofOneSource` selects the publisher as for any named stem. Source: solver-semantics §3, package actuators.
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
      if (effect === 'update' && updates.has(other)) continue
      // A version that is not installed cannot be removed.
      if (effect === 'uninstall' && !matching(universe, other, fmri).includes(installed[other]!)) continue
      if (!resolved.named.has(other)) causeOf.set(other, installed[stem]!)
      if (effect === 'update') updates.set(other, fmri)
      else {
        rejected.add(other)
        queue.push(other)
      }
    }
  }
  const named = new Map([...resolved.named].filter(([stem]) => !rejected.has(stem)))
  const patternOf = new Map(resolved.patternOf)
  const lowered = new Set<StemId>()
  for (const [stem, fmri] of updates) {
    if (rejected.has(stem)) continue
    const matches = ofOneSource(stem, matching(universe, stem, fmri), hasPublisher(fmri))
    const ids = otherVersion(universe, stem, matches)
    if (ids.length === 0) {
      causeOf.delete(stem)
      continue
    }
    if (isOlder(universe, ids[0]!, installed[stem]!)) lowered.add(stem)
    named.set(
      stem,
      [...new Set([...(named.get(stem) ?? []), ...ids])].sort((a, b) => a - b),
    )
    if (causeOf.has(stem)) patternOf.set(stem, formatFmri({ ...fmri, publisher: undefined }, 'no-build'))
  }
  return { ...resolved, named, order: [...named.keys()], patternOf, rejected, causeOf, lowered }
}

/** The packages of the newest version, without the installed package: naming it would forbid any other version. */
function otherVersion(
  { catalog, installed }: Universe,
  stem: StemId,
  ids: readonly PackageId[],
): readonly PackageId[] {
  const others = ids.filter((id) => id !== installed[stem])
  const newest = others.at(-1)
  return others.filter((id) => catalog.packageVersionClass[id] === catalog.packageVersionClass[newest!])
}

const isOlder = ({ catalog }: Universe, id: PackageId, other: PackageId): boolean =>
  catalog.packageVersionClass[id]! < catalog.packageVersionClass[other]!

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
