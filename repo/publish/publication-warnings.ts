import type { Dependency, Fmri, ManifestWarning } from '#model'
import { formatFmri, isAtLeast, isInside, parseDependency } from '#model'
import { formatPlace, type Place, type PlacedAction } from './manifest-source.ts'

/** A probable mistake in a package that publication allows. */
export interface PublicationWarning {
  readonly kind: ManifestWarning['kind'] | 'unmet-dependency'
  /** Place of the action with the mistake. */
  readonly place: Place
  /** Place of the other action that it conflicts with. */
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

/** One line: `FILE, line 3: TEXT`. */
export function describePublicationWarning({ place, other, reason }: PublicationWarning): string {
  return `${formatPlace(place)}: ${reason}${other === undefined ? '' : ` (see ${formatPlace(other)})`}`
}

/** True for a warning that stops strict publication. An unmet dependency does not, because another repository may have the package. */
export function isRefusable({ kind }: PublicationWarning): boolean {
  return kind !== 'unmet-dependency'
}

/** Whether a test accepts a package version of the repository or of the packages being published. */
export type FindPackage = (
  stem: string,
  publisher: string | undefined,
  accepts: (fmri: Fmri) => boolean,
) => boolean

/** Dependency types that may name a package that no repository has. */
const lenient: ReadonlySet<string> = new Set(['exclude', 'parent', 'optional', 'origin'])

/** Dependencies that no package meets. Dependencies with `ignore-check` are skipped. Source: publishing-tools §10. */
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
