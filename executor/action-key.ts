import {
  type Action,
  type ActionType,
  actionKey,
  actionRank,
  attribute,
  attributes,
  type Fmri,
  sameContent,
} from '#model'

/** An action of one installed or wanted package. */
export interface OwnedAction {
  readonly fmri: Fmri
  readonly action: Action
}

/** Where keys must be globally identical: all path types share one. Source: image-plan §5. */
export type NameSpace = 'path' | 'group' | 'user' | 'driver' | 'legacy' | 'license'

const nameSpaces: ReadonlyMap<ActionType, NameSpace> = new Map<ActionType, NameSpace>([
  ['dir', 'path'],
  ['file', 'path'],
  ['hardlink', 'path'],
  ['link', 'path'],
  ['group', 'group'],
  ['user', 'user'],
  ['driver', 'driver'],
  ['legacy', 'legacy'],
  ['license', 'license'],
])

/** Name space of a type; undefined for those that change nothing on the target (set, depend, signature, unknown). */
export function nameSpaceOf(type: ActionType): NameSpace | undefined {
  return nameSpaces.get(type)
}

/** Name space and key in one text; licences are kept per package, so theirs has the stem in it. */
export function placeKey({ fmri, action }: OwnedAction): string | undefined {
  const nameSpace = nameSpaces.get(action.type)
  if (nameSpace === undefined) return undefined
  const key = actionKey(action) ?? ''
  return nameSpace === 'license' ? `license ${fmri.stem} ${key}` : `${nameSpace} ${key}`
}

/** True for a link or hard link that belongs to a mediator. Source: image-plan §8. */
export function isMediated(action: Action): boolean {
  return (
    (action.type === 'link' || action.type === 'hardlink') &&
    attribute(action, 'mediator') !== undefined &&
    (attribute(action, 'mediator-version') !== undefined ||
      attribute(action, 'mediator-implementation') !== undefined)
  )
}

/** What identifies an action between two versions of a package. Source: image-plan §2.1. */
export function diffKey(owned: OwnedAction): string {
  const { action } = owned
  const key = placeKey(owned) ?? `${actionKey(action) ?? ''} ${attribute(action, 'value') ?? ''}`
  if (!isMediated(action)) return `${action.type} ${key}`
  const version = attribute(action, 'mediator-version') ?? ''
  return `${action.type} ${key}\0${version}\0${attribute(action, 'mediator-implementation') ?? ''}`
}

const digestAttributes = new Set(['hash', 'chash', 'pkg.content-hash', 'elfhash', 'pkg.hash'])

function sameValues(a: readonly string[], b: readonly string[]): boolean {
  if (a.length === 1 && b.length === 1) return a[0] === b[0]
  const left = new Set(a)
  const right = new Set(b)
  return left.size === right.size && [...left].every((value) => right.has(value))
}

/** True when both state the same content by their best common digest, or neither has a payload. */
export function contentEqual(a: Action, b: Action): boolean {
  if (a.payload === undefined || b.payload === undefined) return a.payload === b.payload
  return a.payload === b.payload || sameContent(a, b)
}

/** Whether an update has anything to do. Source: image-plan §2.1. */
export function actionsDiffer(a: Action, b: Action): boolean {
  if (a === b) return false
  if (!contentEqual(a, b)) return true
  const names = new Set([...a.attributes.keys(), ...b.attributes.keys()])
  for (const name of names) {
    if (a.payload !== undefined && digestAttributes.has(name)) continue
    if (!sameValues(attributes(a, name), attributes(b, name))) return true
  }
  return false
}

const uniqueAttributes: ReadonlyMap<ActionType, readonly string[]> = new Map<ActionType, readonly string[]>([
  ['dir', ['path', 'mode', 'owner', 'group']],
  ['file', ['path', 'mode', 'owner', 'group', 'preserve', 'sysattr']],
  ['hardlink', ['path', 'target']],
  ['link', ['path', 'target']],
  ['license', ['license']],
  [
    'legacy',
    [
      'category',
      'desc',
      'hotline',
      'name',
      'vendor',
      'version',
      'basedir',
      'pkg',
      'pkginst',
      'pstamp',
      'sunw_prodvers',
    ],
  ],
])

/** Attributes that several deliverers of one object must agree on. Source: manifest-and-actions §3. */
export function uniqueAttributesOf(type: ActionType): readonly string[] {
  return uniqueAttributes.get(type) ?? []
}

/** Value of a unique attribute in comparable form: modes without leading zeros, the rest as written. */
export function comparableAttribute(action: Action, name: string): string {
  const values = attributes(action, name)
  if (name === 'mode') return (values[0] ?? '').replace(/^0+(?=.)/, '')
  return [...new Set(values)].sort().join('\0')
}

const UNSPECIFIED_ID = 1024

function numericId(action: Action, name: string): number {
  const value = Number(attribute(action, name) ?? UNSPECIFIED_ID)
  return Number.isSafeInteger(value) ? value : UNSPECIFIED_ID
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Order of installation: type, then ids of groups and users, then path or key. Source: image-plan §3. */
export function compareActions(a: Action, b: Action): number {
  if (a.type !== b.type) return actionRank(a.type) - actionRank(b.type)
  if (a.type === 'group' || a.type === 'user') {
    const id = a.type === 'group' ? 'gid' : 'uid'
    const difference = numericId(a, id) - numericId(b, id)
    if (difference !== 0) return difference
  }
  return compareText(actionKey(a) ?? '', actionKey(b) ?? '')
}
