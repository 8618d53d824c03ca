import { type Action, actionTags, attribute, isTagName } from './action.ts'
import type { Tag } from './catalog.ts'
import { compileGlob } from './glob.ts'
import type { FacetSetting } from './image-snapshot.ts'
import { compareCodePoints } from './text-order.ts'

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
  variants: ReadonlyMap<string, string>,
  facets: readonly FacetSetting[],
): ImageFilter {
  const facetValue = facetLookup(facets)
  const tagsApply = (tags: readonly Tag[]): boolean => {
    let anySeen = false
    let anyTrue = false
    for (const { name, values } of tags) {
      if (name.startsWith('variant.')) {
        if (!variantAllows(variants.get(name), values)) return false
      } else if (name.startsWith('facet.')) {
        const value = facetValue(name)
        if (values.length === 1 && values[0] === 'all') {
          if (!value) return false
        } else {
          anySeen = true
          anyTrue ||= value
        }
      }
    }
    return !anySeen || anyTrue
  }
  return {
    tagsApply,
    actionApplies: (action) => declaresTag(action) || tagsApply(actionTags(action)),
    packageVariantsSupported: (tags) =>
      tags.every(({ name, values }) => {
        const value = name.startsWith('variant.') ? variants.get(name) : undefined
        return value === undefined || values.includes(value)
      }),
    facetValue,
  }
}

/** A variant the image does not set is `false`; a list never fits. */
function variantAllows(imageValue: string | undefined, values: readonly string[]): boolean {
  return values.length === 1 && values[0] === (imageValue ?? 'false')
}

/** `set name=variant.X` and `set name=facet.X` speak of the package, not of themselves. */
function declaresTag(action: Action): boolean {
  if (action.type !== 'set') return false
  const name = attribute(action, 'name')
  return name !== undefined && isTagName(name)
}

const rememberedFacets = 4096

/** Exact name, then patterns (of the parent first, longer first, then alphabetical), then the default of the name. */
function facetLookup(facets: readonly FacetSetting[]): (name: string) => boolean {
  const inOrder = [...facets].sort(
    (a, b) =>
      Number(a.source === 'local') - Number(b.source === 'local') ||
      b.name.length - a.name.length ||
      compareCodePoints(a.name, b.name),
  )
  const exact = new Map<string, boolean>()
  for (const { name, value } of inOrder) if (!exact.has(name)) exact.set(name, value)
  const globs = inOrder
    .filter(({ name }) => /[*?[]/.test(name))
    .map(({ name, value }) => ({ matches: compileGlob(name, { classes: true }), value }))
  // Names come from packages, so the memory for them has a limit.
  const remembered = new Map<string, boolean>()
  return (name) => {
    const known = exact.get(name) ?? remembered.get(name)
    if (known !== undefined) return known
    const value = globs.find(({ matches }) => matches(name))?.value ?? facetDefault(name)
    if (remembered.size < rememberedFacets) remembered.set(name, value)
    return value
  }
}

function facetDefault(name: string): boolean {
  return !name.startsWith('facet.debug.') && !name.startsWith('facet.optional.')
}
