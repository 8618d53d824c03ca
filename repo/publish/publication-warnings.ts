import type { Dependency, Fmri, ManifestWarning } from '#model'
import { formatFmri, isAtLeast, isInside, parseDependency } from '#model'
import { formatPlace, type Place, type PlacedAction } from './manifest-source.ts'

/** Something that publication allows and that the author of a package hardly means. */
export interface PublicationWarning {
  readonly kind: ManifestWarning['kind'] | 'unmet-dependency'
  /** Where the action was read that the warning is about. */
  readonly place: Place
  /** Place of the other action that it does not go with. */
  readonly other?: Place
  readonly reason: string
}

/** The warnings of a manifest with the places of its actions. */
export function atPlace(
  warnings: readonly ManifestWarning[],
  actions: readonly PlacedAction[],
): readonly PublicationWarning[] {
  return warnings.map(({ kind, action, other, reason }) => ({
    kind,
    place: actions[action]!.place,
    ...(other === undefined ? {} : { other: actions[other]!.place }),
    reason,
  }))
}

/** One line: `FILE, line 3: what it is about`. */
export function describePublicationWarning({ place, other, reason }: PublicationWarning): string {
  return `${formatPlace(place)}: ${reason}${other === undefined ? '' : ` (see ${formatPlace(other)})`}`
}

/** True for warnings for which strict publication refuses a package. A dependency may be met by another repository. */
export function isRefusable({ kind }: PublicationWarning): boolean {
  return kind !== 'unmet-dependency'
}

/** Finds a package version that a test accepts, among those that a repository has and those that are published with it. */
export type FindPackage = (
  stem: string,
  publisher: string | undefined,
  accepts: (fmri: Fmri) => boolean,
) => boolean

/** Dependencies of these types say nothing when no package is there that they speak of. */
const lenient: ReadonlySet<string> = new Set(['exclude', 'parent', 'optional', 'origin'])

/** Dependencies that no package meets. Dependencies with `ignore-check` are passed over. Source: publishing-tools §10. */
export function unmetDependencies(
  actions: readonly PlacedAction[],
  find: FindPackage,
): readonly PublicationWarning[] {
  const warnings: PublicationWarning[] = []
  for (const { action, place } of actions) {
    if (action.type !== 'depend' || action.attributes.has('ignore-check')) continue
    const dependency = parseDependency(action)
    if (!dependency.ok || lenient.has(dependency.value.type) || isMet(dependency.value, find)) continue
    const { type, targets } = dependency.value
    const texts = targets.filter(({ stem }) => stem !== '__TBD').map((target) => formatFmri(target))
    if (texts.length === 0) continue
    const reason = `no package of the repository meets the ${type} dependency ${texts.join(', ')}`
    warnings.push({ kind: 'unmet-dependency', place, reason })
  }
  return warnings
}

function isMet({ type, targets }: Dependency, find: FindPackage): boolean {
  return targets.some(({ stem, publisher, version }) =>
    find(stem, publisher, (fmri) => {
      if (version === undefined || fmri.version === undefined) return true
      return type === 'incorporate' ? isInside(fmri.version, version) : isAtLeast(fmri.version, version)
    }),
  )
}
