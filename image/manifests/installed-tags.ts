import { actionTags, attribute, attributes, ok, type Result } from '#model'
import type { InstalledState } from '../installed-state.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { readInstalled, withManifests } from './manifest-reader.ts'

/** Facets and variants that the manifests of installed packages speak of. Full names. */
export interface InstalledTags {
  readonly facets: ReadonlySet<string>
  /** With the values that packages declare or tag actions with. */
  readonly variants: ReadonlyMap<string, ReadonlySet<string>>
}

/** Reads the manifests of all installed packages, one at a time. Problems: `corrupt_db`, `missing_manifest`. */
export function installedTags(context: ImageContext): Promise<Result<InstalledTags, OperationProblem>> {
  return readInstalled(context, (state) => tagsOf(context, state))
}

function tagsOf(
  context: ImageContext,
  state: InstalledState,
): Promise<Result<InstalledTags, OperationProblem>> {
  return withManifests(context, state, false, async (manifests) => {
    const facets = new Set<string>()
    const variants = new Map<string, Set<string>>()
    const collect = (name: string, values: readonly string[]): void => {
      if (name.startsWith('facet.')) facets.add(name)
      if (!name.startsWith('variant.')) return
      const known = variants.get(name) ?? new Set<string>()
      for (const value of values) known.add(value)
      variants.set(name, known)
    }
    for (const { fmri } of state.packages) {
      const manifest = manifests.read(fmri)
      if (!manifest.ok) return manifest
      for (const action of manifest.value.actions) {
        for (const { name, values } of actionTags(action)) collect(name, values)
        if (action.type === 'set') collect(attribute(action, 'name') ?? '', attributes(action, 'value'))
      }
    }
    return ok({ facets, variants })
  })
}
