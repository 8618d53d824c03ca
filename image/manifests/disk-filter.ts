import type { ManifestReader, PackageChange } from '#executor'
import { type Action, attribute, err, type Fmri, ok, type Result } from '#model'
import type { ImageConfig } from '../config/image-config.ts'
import { effectiveProperty, excludePattern } from '../config/properties.ts'
import type { ImageProblem } from '../problems.ts'
import type { FilterPair } from './replan.ts'

/** True for an action of a package that the image wants on its disk. */
export type DiskFilter = (action: Action, fmri: Fmri) => boolean

/** Values of a list property. */
export function listProperty(config: ImageConfig, name: string): readonly string[] {
  const value = effectiveProperty(config, name) ?? []
  return typeof value === 'string' ? [value] : value
}

/** Publishers whose files are left out until they are rehydrated. */
export function dehydratedPublishers(config: ImageConfig): ReadonlySet<string> {
  return new Set(listProperty(config, 'dehydrated'))
}

/**
 * Keeps actions off the disk by two properties, beside variants and facets: `dehydrated` publishers have neither files nor hard links,
 * except those that may be edited, overlay others or say `dehydrate=false`; paths that match `exclude-patterns` are left out. Plans,
 * `verify`, `fix` and `revert` use it. Source: image-plan §4.2, §12.
 */
export function diskFilter(config: ImageConfig): DiskFilter {
  const dry = dehydratedPublishers(config)
  const excluded = excludedPaths(config)
  return (action, { publisher }) => {
    if (excluded !== undefined) {
      const path = attribute(action, 'path')
      if (path !== undefined && excluded(path)) return false
    }
    if (action.type !== 'file' && action.type !== 'hardlink') return true
    if (publisher === undefined || !dry.has(publisher)) return true
    return (
      attribute(action, 'preserve') !== undefined ||
      attribute(action, 'overlay') !== undefined ||
      attribute(action, 'dehydrate')?.toLowerCase() === 'false'
    )
  }
}

/** The same reader without the actions that the image keeps off its disk. */
export function manifestsOnDisk<P>(manifests: ManifestReader<P>, config: ImageConfig): ManifestReader<P> {
  if (dehydratedPublishers(config).size === 0 && excludedPaths(config) === undefined) return manifests
  const isOnDisk = diskFilter(config)
  return {
    read(fmri) {
      const manifest = manifests.read(fmri)
      return manifest.ok
        ? ok({ actions: manifest.value.actions.filter((action) => isOnDisk(action, fmri)) })
        : manifest
    },
    readWanted: (fmri, wants, visit) =>
      manifests.readWanted(fmri, wants, (action) => {
        if (isOnDisk(action, fmri)) visit(action)
      }),
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
 * Lists what `exclude-patterns` keep from being delivered anew; nothing under the policy `ignore`. Problems: `excluded_paths` under the
 * policy `reject`, those of the reader. Source: image-plan §4.2.
 */
export function elidedPaths<P>(
  config: ImageConfig,
  packages: readonly PackageChange[],
  filters: FilterPair,
  manifests: ManifestReader<P>,
): Result<readonly Elided[], ImageProblem | P> {
  const excluded = excludedPaths(config)
  const policy = effectiveProperty(config, 'exclude-policy')
  if (excluded === undefined || policy === 'ignore') return ok([])
  const delivered = (fmri: Fmri | undefined, filter: FilterPair['before']): Result<readonly string[], P> => {
    if (fmri === undefined) return ok([])
    const manifest = manifests.read(fmri)
    if (!manifest.ok) return manifest
    return ok(
      manifest.value.actions.flatMap((action) => {
        const path = filter.actionApplies(action) ? attribute(action, 'path') : undefined
        return path !== undefined && excluded(path) ? [path] : []
      }),
    )
  }
  const elided: Elided[] = []
  for (const { from, to } of packages) {
    if (to === undefined) continue
    const old = delivered(from, filters.before)
    if (!old.ok) return old
    const before = new Set(old.value)
    const after = delivered(to, filters.after)
    if (!after.ok) return after
    for (const path of after.value) if (!before.has(path)) elided.push({ fmri: to, path })
  }
  return policy === 'reject' && elided.length > 0
    ? err({ code: 'ips::image_error::excluded_paths', paths: elided.map(({ path }) => path) })
    : ok(elided)
}
