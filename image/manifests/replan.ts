import type { Fmri, ImageFilter, InstallPlan, Manifest } from '#model'
import type { InstalledRecord } from '../installed-state.ts'

/** Two filters: before and after an operation. */
export interface FilterPair {
  readonly before: ImageFilter
  readonly after: ImageFilter
}

/** False for the text of a manifest that has no facet and no variant anywhere, also when lines are joined and old spellings read. */
export function mayHaveTags(text: string): boolean {
  return /facet\.|variant\.|opensolaris\.zone|\\[\r\n]/.test(text)
}

/** Other settings make other actions of the package count. */
export function isReplanned(manifest: Manifest, { before, after }: FilterPair): boolean {
  return manifest.actions.some((action) => before.actionApplies(action) !== after.actionApplies(action))
}

/** Installed packages that a plan of packages leaves as they are. */
export function staying(records: readonly InstalledRecord[], plan: InstallPlan): readonly InstalledRecord[] {
  const leaving = new Set<string>([...plan.remove, ...plan.update.map(({ from }) => from)].map(stemOf))
  return records.filter(({ fmri }) => !leaving.has(fmri.stem))
}

const stemOf = ({ stem }: Fmri): string => stem
