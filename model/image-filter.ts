import type { Action } from './action.ts'
import type { Tag } from './catalog.ts'
import type { FacetSetting } from './image-snapshot.ts'

/** Decides which actions apply to an image. Source: manifest-and-actions §5. */
export interface ImageFilter {
  /** All variant and facet tags pass. */
  tagsApply(tags: readonly Tag[]): boolean
  /** As `tagsApply` on the action's tags; `set` actions of facets and variants are never filtered. */
  actionApplies(action: Action): boolean
  /** Package-level rule: every declared variant that the image sets lists the image's value. */
  packageVariantsSupported(tags: readonly Tag[]): boolean
  /** Effective value of a facet by full name. */
  facetValue(name: string): boolean
}

/** Variants by full name (`variant.arch`); facets in any order. */
export function createImageFilter(
  _variants: ReadonlyMap<string, string>,
  _facets: readonly FacetSetting[],
): ImageFilter {
  throw new Error('unwritten')
}
