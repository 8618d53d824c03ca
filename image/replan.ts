import {
  type actionTags,
  type Fmri,
  type ImageFilter,
  type InstallPlan,
  type Manifest,
  parseAction,
  type Tag,
} from '#model'
import type { InstalledRecord, InstalledState } from './installed-state.ts'

/** Two filters: before and after an operation. */
export interface FilterPair {
  readonly before: ImageFilter
  readonly after: ImageFilter
}

/**
 * True where other settings may ask for other packages: a dependency of an installed package begins or ceases to count, or
 * an installed package does not support the new variants. Otherwise what is installed still is a solution, and nothing has
 * to be solved. Source: solver-semantics §5.7.
 */
export function changesPackages(records: readonly InstalledRecord[], { before, after }: FilterPair): boolean {
  return records.some(({ catalogActions }) => {
    // Most packages have no tag at all; reading their actions would be the larger part of the work.
    if (!catalogActions.includes('variant.') && !catalogActions.includes('facet.')) return false
    const declared: Tag[] = []
    for (const line of catalogActions.split('\n')) {
      const parsed = parseAction(line)
      if (!parsed.ok) continue
      const action = parsed.value
      if (action.type === 'depend' && before.actionApplies(action) !== after.actionApplies(action))
        return true
      if (action.type === 'set') declared.push(...declaredVariants(action))
    }
    return before.packageVariantsSupported(declared) !== after.packageVariantsSupported(declared)
  })
}

/** `set name=variant.arch value=i386 value=sparc` as a tag. */
function declaredVariants(action: Parameters<typeof actionTags>[0]): readonly Tag[] {
  const name = action.attributes.get('name')
  const value = action.attributes.get('value')
  if (typeof name !== 'string' || !name.startsWith('variant.') || value === undefined) return []
  return [{ name, values: typeof value === 'string' ? [value] : value }]
}

/** Other settings make other actions of the package count. */
export function isReplanned(manifest: Manifest, { before, after }: FilterPair): boolean {
  return manifest.actions.some((action) => before.actionApplies(action) !== after.actionApplies(action))
}

/** The plan that changes no package. */
export function standstill(state: InstalledState): InstallPlan {
  return {
    base: state.generation,
    add: [],
    remove: [],
    update: [],
    reasons: {},
    named: [],
    avoid: state.avoided,
    objectives: [],
    proof: 'optimal',
  }
}

/** Installed packages that a plan of packages leaves as they are. */
export function staying(records: readonly InstalledRecord[], plan: InstallPlan): readonly InstalledRecord[] {
  const leaving = new Set<string>([...plan.remove, ...plan.update.map(({ from }) => from)].map(stemOf))
  return records.filter(({ fmri }) => !leaving.has(fmri.stem))
}

const stemOf = ({ stem }: Fmri): string => stem
