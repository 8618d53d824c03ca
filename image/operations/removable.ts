import { createImageFilter, type ImageSnapshot, parseAction, parseDependency } from '#model'
import type { InstalledRecord } from '../installed-state.ts'

/** Dependency types that keep their targets in the image. Source: cli §7 (`list -r`), solver-semantics §4. */
const holding = new Set(['require', 'require-any', 'conditional', 'group', 'group-any'])

/** Names that other installed packages depend on; `optional`: only by optional dependencies. Pure. */
export function dependentNames(
  records: readonly InstalledRecord[],
  snapshot: ImageSnapshot,
): { readonly required: ReadonlySet<string>; readonly optional: ReadonlySet<string> } {
  const filter = createImageFilter(snapshot.variants, snapshot.facets)
  const installed = new Set<string>(records.map(({ fmri }) => fmri.stem))
  const required = new Set<string>()
  const optional = new Set<string>()
  for (const record of records) {
    for (const line of record.catalogActions.split('\n')) {
      if (!line.startsWith('depend ')) continue
      const action = parseAction(line)
      const dependency = action.ok ? parseDependency(action.value) : action
      if (!dependency.ok || !filter.tagsApply(dependency.value.tags)) continue
      const { type, predicate, targets } = dependency.value
      // A conditional whose predicate is not there asks for nothing.
      if (predicate !== undefined && !installed.has(predicate.stem)) continue
      const names = holding.has(type) ? required : type === 'optional' ? optional : undefined
      for (const target of targets) if (target.stem !== record.fmri.stem) names?.add(target.stem)
    }
  }
  for (const name of required) optional.delete(name)
  return { required, optional }
}
