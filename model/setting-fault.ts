/** Facets and variants by full name as somebody wants them; undefined: no longer set. */
export interface WantedSettings {
  readonly facets?: ReadonlyMap<string, boolean | undefined>
  readonly variants?: ReadonlyMap<string, string>
}

/** Why names of facets or variants cannot be set. */
export interface SettingFault {
  /** With the prefix `variant.` or `facet.`. */
  readonly names: readonly string[]
  readonly why: 'blank' | 'empty' | 'glob' | 'every-lock-true' | 'every-lock-false'
}

/** Facet that stands for all version locks at once; it cannot be set, only the locks one by one. Source: solver-semantics §2.1. */
const everyVersionLock = 'facet.version-lock.*'

/** The first setting that is never allowed; undefined when all are. Source: cli §5, solver-semantics §2.1. */
export function settingFault({ facets, variants }: WantedSettings): SettingFault | undefined {
  const variantNames = [...(variants?.keys() ?? [])]
  const names = [...variantNames, ...(facets?.keys() ?? [])]
  const blank = names.filter((name) => /\s/.test(name))
  if (blank.length > 0) return { names: blank, why: 'blank' }
  const nameless = names.filter((name) => name === 'facet.' || name === 'variant.')
  if (nameless.length > 0) return { names: nameless, why: 'empty' }
  const globs = variantNames.filter((name) => /[*?]/.test(name))
  if (globs.length > 0) return { names: globs, why: 'glob' }
  const lock = facets?.get(everyVersionLock)
  if (lock === undefined) return undefined
  return { names: [everyVersionLock], why: lock ? 'every-lock-true' : 'every-lock-false' }
}
