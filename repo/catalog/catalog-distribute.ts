import { attribute, formatAction, type Manifest } from '#model'

/** The entries of a manifest in the dependency and summary parts: canonical action strings by part name. */
export type DistributedActions = ReadonlyMap<string, readonly string[]>

const dependencyNames = new Set(['pkg.obsolete', 'pkg.renamed', 'pkg.legacy'])
const dependencyPrefixes = ['variant', 'facet', 'pkg.depend.']
const hiddenNames = new Set(['fmri', 'pkg.fmri', 'publisher'])
const hiddenPrefixes = ['info.source-url', 'pkg.debug', 'pkg.linted']

/**
 * Tells which catalog part each `depend` and `set` action of a manifest belongs to; depends first, each group in
 * manifest order. Parts without actions have no key. Source: catalog-v1 §2.1.
 */
export function distributeActions(manifest: Manifest): DistributedActions {
  const parts = new Map<string, string[]>()
  const put = (part: string, line: string) => {
    const lines = parts.get(part)
    if (lines === undefined) parts.set(part, [line])
    else lines.push(line)
  }
  for (const action of manifest.actions) {
    if (action.type === 'depend') put('catalog.dependency.C', formatAction(action))
  }
  for (const action of manifest.actions) {
    if (action.type !== 'set') continue
    const part = partOfSetting(attribute(action, 'name') ?? '')
    if (part !== undefined) put(part, formatAction(action))
  }
  return parts
}

/** Part of a `set` action by its name; undefined for those that no catalog lists. */
function partOfSetting(name: string): string | undefined {
  const starts = (prefix: string) => name.startsWith(prefix)
  if (dependencyNames.has(name) || dependencyPrefixes.some(starts)) return 'catalog.dependency.C'
  if (hiddenNames.has(name) || hiddenPrefixes.some(starts)) return undefined
  return `catalog.summary.${localeOfName(name)}`
}

/** `pkg.summary:fr` -> `fr`. A locale that could not be part of a file name counts as none. */
function localeOfName(name: string): string {
  const locale = name.split(':')[1] ?? ''
  return /^[A-Za-z0-9_@-][A-Za-z0-9_@.-]*$/.test(locale) ? locale : 'C'
}
