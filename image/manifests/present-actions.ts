import type { PackageChange } from '#executor'
import { attribute, err, type Fmri, type Manifest, ok, type Result } from '#model'
import type { ImageConfig } from '../config/image-config.ts'
import { effectiveProperty, excludePattern } from '../config/properties.ts'
import type { ImageProblem } from '../problems.ts'
import type { FilterPair } from './replan.ts'

/** The actions of a package that the image wants on its disk; the manifest itself where it wants all of them. */
export type PresentActions = (fmri: Fmri, manifest: Manifest) => Manifest

/** Values of a list property. */
export function listProperty(config: ImageConfig, name: string): readonly string[] {
  const value = effectiveProperty(config, name) ?? []
  return typeof value === 'string' ? [value] : value
}

/** Publishers whose files are left out until they are rehydrated. */
export function dehydratedPublishers(config: ImageConfig): ReadonlySet<string> {
  return new Set(listProperty(config, 'dehydrated'))
}

/** True where the image wants all that variants and facets leave. */
export function keepsEverything(config: ImageConfig): boolean {
  return dehydratedPublishers(config).size === 0 && excludedPaths(config) === undefined
}

/**
 * Leaves out what two properties keep off the disk, beside variants and facets: `dehydrated` publishers have neither files nor hard links, but those
 * that may be edited, overlay others or say `dehydrate=false`; paths that match `exclude-patterns` are nobody's business. Plans,
 * `verify`, `fix` and `revert` all look through it. Source: image-plan §4.2, §12.
 */
export function presentActions(config: ImageConfig): PresentActions {
  if (keepsEverything(config)) return (_, manifest) => manifest
  const dry = dehydratedPublishers(config)
  const excluded = excludedPaths(config)
  return ({ publisher }, manifest) => {
    const isDry = publisher !== undefined && dry.has(publisher)
    const actions = manifest.actions.filter((action) => {
      const path = attribute(action, 'path')
      if (path !== undefined && excluded?.(path) === true) return false
      if (!isDry || (action.type !== 'file' && action.type !== 'hardlink')) return true
      return (
        attribute(action, 'preserve') !== undefined ||
        attribute(action, 'overlay') !== undefined ||
        attribute(action, 'dehydrate')?.toLowerCase() === 'false'
      )
    })
    return actions.length === manifest.actions.length ? manifest : { ...manifest, actions }
  }
}

/** True for paths that an exclude pattern matches from their start; undefined where there are no patterns. A text that is no pattern matches nothing. */
export function excludedPaths(config: ImageConfig): ((path: string) => boolean) | undefined {
  const patterns = listProperty(config, 'exclude-patterns').flatMap((text) => excludePattern(text) ?? [])
  return patterns.length === 0 ? undefined : (path) => patterns.some((pattern) => pattern.test(path))
}

/** Something that a plan would deliver and that is left out. */
export interface Elided {
  readonly fmri: Fmri
  readonly path: string
}

/**
 * What `exclude-patterns` keep from being delivered anew, to be told: nothing under the policy `ignore`. Problem: `excluded_paths` under
 * the policy `reject`. Pure. Source: image-plan §4.2.
 */
export function elidedPaths(
  config: ImageConfig,
  { packages, filters }: { readonly packages: readonly PackageChange[]; readonly filters: FilterPair },
): Result<readonly Elided[], ImageProblem> {
  const excluded = excludedPaths(config)
  const policy = effectiveProperty(config, 'exclude-policy')
  if (excluded === undefined || policy === 'ignore') return ok([])
  const delivered = (manifest: Manifest | undefined, filter: FilterPair['before']): readonly string[] =>
    (manifest?.actions ?? []).flatMap((action) => {
      const path = filter.actionApplies(action) ? attribute(action, 'path') : undefined
      return path !== undefined && excluded(path) ? [path] : []
    })
  const elided = packages.flatMap(({ from, to }) => {
    const before = new Set(delivered(from?.manifest, filters.before))
    return to === undefined
      ? []
      : delivered(to.manifest, filters.after)
          .filter((path) => !before.has(path))
          .map((path) => ({ fmri: to.fmri, path }))
  })
  return policy === 'reject' && elided.length > 0
    ? err({ code: 'ips::image_error::excluded_paths', paths: elided.map(({ path }) => path) })
    : ok(elided)
}
