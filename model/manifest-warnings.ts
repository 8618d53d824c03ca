import { type Action, actionKey, attribute, attributes } from './action.ts'
import { formatAction } from './action-format.ts'
import { sharingRule } from './action-types.ts'
import { sharingFault, variantsExclude } from './sharing.ts'

/** A probable mistake in a manifest that publication allows. */
export interface ManifestWarning {
  readonly kind: 'unresolved-dependency' | 'unresolved-macro' | 'conflict' | 'license-text'
  /** Index of the action in the manifest. */
  readonly action: number
  /** Index of the earlier action that it conflicts with. */
  readonly other?: number
  readonly reason: string
}

/** Warnings to read before publication: unresolved dependencies and macros, and conflicting actions. */
export function manifestWarnings(actions: readonly Action[]): readonly ManifestWarning[] {
  const warnings: ManifestWarning[] = []
  actions.forEach((action, index) => {
    if (action.type === 'depend' && attributes(action, 'fmri').includes('__TBD'))
      warnings.push({
        kind: 'unresolved-dependency',
        action: index,
        reason: 'the dependency __TBD was not resolved',
      })
    const [macro] = /\$\([^()\s]+\)/.exec(formatAction(action)) ?? []
    if (macro !== undefined)
      warnings.push({
        kind: 'unresolved-macro',
        action: index,
        reason: `the macro ${macro} was not replaced`,
      })
  })
  const all = [...warnings, ...keyConflicts(actions), ...directoryConflicts(actions)]
  return all.sort((a, b) => a.action - b.action)
}

/** Licences of one name with different payloads: an image keeps one text for each name. The payloads of the actions must be named by digest. */
export function licenseWarnings(actions: readonly Action[]): readonly ManifestWarning[] {
  const warnings: ManifestWarning[] = []
  const licenses = [...actions.entries()].filter(([, { type }]) => type === 'license')
  for (const [index, action] of licenses) {
    const name = attribute(action, 'license')
    const [other] =
      licenses.find(
        ([, one]) =>
          attribute(one, 'license') === name &&
          one.payload !== action.payload &&
          !variantsExclude(one, action),
      ) ?? []
    if (other === undefined || other >= index) continue
    const reason = `the license ${name} is delivered with two different texts`
    warnings.push({ kind: 'license-text', action: index, other, reason })
  }
  return warnings
}

/** Most earlier actions of one key that an action is compared with: a package may have a hundred thousand. */
const MOST_COMPARED = 32

/** Actions with one key, such as a path, that conflict when they are installed together. */
function* keyConflicts(actions: readonly Action[]): Generator<ManifestWarning> {
  for (const indices of byKey(actions)) {
    for (const [place, index] of indices.entries()) {
      const action = actions[index]!
      const other = indices.slice(0, Math.min(place, MOST_COMPARED)).find((earlier) => {
        const one = actions[earlier]!
        return !variantsExclude(one, action) && sharingFault(one, action) !== undefined
      })
      if (other === undefined) continue
      const reason = `${shortName(action)} is delivered twice: ${sharingFault(actions[other]!, action)}`
      yield { kind: 'conflict', action: index, other, reason }
    }
  }
}

/** Indices of the actions with the same key in an image, for each key with several. Licences are left out. */
function byKey(actions: readonly Action[]): readonly (readonly number[])[] {
  const keys = new Map<string, number[]>()
  actions.forEach((action, index) => {
    const { namespace } = sharingRule(action.type)
    if (namespace === undefined || namespace === 'license') return
    const key = `${namespace} ${actionKey(action) ?? ''}`
    const indices = keys.get(key)
    if (indices === undefined) keys.set(key, [index])
    else indices.push(index)
  })
  return [...keys.values()].filter(({ length }) => length > 1)
}

/** Actions other than directories at a path that another action needs as a directory; each is reported once. */
function* directoryConflicts(actions: readonly Action[]): Generator<ManifestWarning> {
  const leaves = new Map<string, number[]>()
  actions.forEach((action, index) => {
    const path = pathOf(action)
    if (path === undefined || action.type === 'dir') return
    const known = leaves.get(path)
    if (known === undefined) leaves.set(path, [index])
    else if (known.length < MOST_COMPARED) known.push(index)
  })
  const reported = new Set<number>()
  for (const [index, action] of actions.entries()) {
    const path = pathOf(action) ?? ''
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      for (const leaf of leaves.get(path.slice(0, slash)) ?? []) {
        if (reported.has(leaf) || variantsExclude(actions[leaf]!, action)) continue
        reported.add(leaf)
        const reason = `${shortName(action)} needs a directory where ${shortName(actions[leaf]!)} is delivered`
        yield { kind: 'conflict', action: index, other: leaf, reason }
      }
    }
  }
}

function pathOf(action: Action): string | undefined {
  return sharingRule(action.type).namespace === 'path' ? actionKey(action) : undefined
}

function shortName(action: Action): string {
  return `${action.type} ${actionKey(action) ?? ''}`
}
