import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { actionTags, attribute, attributes, parseManifest } from '#model'

/** A published package version with the settings that its manifest speaks of. */
export interface TaggedPackage {
  /** Full. */
  readonly fmri: string
  readonly name: string
  /** Full names, sorted. */
  readonly facets: readonly string[]
  /** Values by full name; where the package declares them, only those it supports. */
  readonly variants: ReadonlyMap<string, readonly string[]>
}

/** One value for each facet and variant of a package. */
export interface Combination {
  readonly facets: Readonly<Record<string, boolean>>
  readonly variants: Readonly<Record<string, string>>
}

/** All package versions of a repository folder that have tags, in order of name. */
export function taggedPackages(repository: string): readonly TaggedPackage[] {
  const below = (...path: readonly string[]): readonly string[] =>
    readdirSync(join(repository, 'publisher', ...path)).sort()
  return below().flatMap((publisher) =>
    below(publisher, 'pkg').flatMap((stem) =>
      below(publisher, 'pkg', stem).flatMap((version) => {
        const text = readFileSync(join(repository, 'publisher', publisher, 'pkg', stem, version), 'utf8')
        const name = `${decodeURIComponent(stem)}@${decodeURIComponent(version)}`
        const found = tagsOf(text)
        return found.facets.length + found.variants.size === 0
          ? []
          : [{ fmri: `pkg://${publisher}/${name}`, name: name.replace(/,.*/, ''), ...found }]
      }),
    ),
  )
}

function tagsOf(text: string): Pick<TaggedPackage, 'facets' | 'variants'> {
  const manifest = parseManifest(text)
  if (!manifest.ok) throw new Error(manifest.error.code)
  const facets = new Set<string>()
  const tagged = new Map<string, Set<string>>()
  const declared = new Map<string, readonly string[]>()
  for (const action of manifest.value.actions) {
    const name = action.type === 'set' ? (attribute(action, 'name') ?? '') : ''
    if (name.startsWith('variant.')) declared.set(name, [...attributes(action, 'value')].sort())
    for (const tag of actionTags(action))
      if (tag.name.startsWith('facet.')) facets.add(tag.name)
      else tagged.set(tag.name, new Set([...(tagged.get(tag.name) ?? []), ...tag.values]))
  }
  const variants = new Map([...tagged].map(([name, values]) => [name, [...values].sort()] as const))
  return { facets: [...facets].sort(), variants: new Map([...variants, ...declared]) }
}

/** Every combination of the settings of a package, the variants changing slowest. */
export function combinationsOf(one: TaggedPackage): readonly Combination[] {
  let variants: Record<string, string>[] = [{}]
  for (const [name, values] of one.variants)
    variants = variants.flatMap((before) => values.map((value) => ({ ...before, [name]: value })))
  let facets: Record<string, boolean>[] = [{}]
  for (const name of one.facets)
    facets = facets.flatMap((before) => [true, false].map((value) => ({ ...before, [name]: value })))
  return variants.flatMap((some) => facets.map((others) => ({ variants: some, facets: others })))
}
