/** How actions of a type share keys across the packages of an image. Source: manifest-and-actions §3. */
export interface SharingRule {
  /** Actions with equal keys in one namespace meet: dir, file, hardlink and link share `path`. Undefined: they never meet. */
  readonly namespace: string | undefined
  /** Several packages may deliver the object when their unique attributes agree. */
  readonly refcountable: boolean
  /** Attributes on which all deliveries of one object must agree; empty where there can only be one. */
  readonly unique: readonly string[]
}

/** Conditions on the attributes of an action that is going to be published. Source: manifest-and-actions §2. */
export interface PublicationRule {
  /** Must be there with more than blanks. */
  readonly required: readonly string[]
  /** Whole numbers where present. */
  readonly integers: readonly string[]
  /** At most one value. */
  readonly single: ReadonlySet<string>
}

interface TypeFacts {
  /** Name of the attribute that identifies an action of the type. */
  readonly key: string | undefined
  readonly payload: boolean
  readonly sharing: SharingRule
  readonly publication: PublicationRule
}

const alone: SharingRule = { namespace: undefined, refcountable: false, unique: [] }

function owned(namespace: string, unique = ''): SharingRule {
  return { namespace, refcountable: false, unique: words(unique) }
}

function shared(namespace: string, unique: string): SharingRule {
  return { namespace, refcountable: true, unique: words(unique) }
}

function publishing(required: string, integers: string, single: string): PublicationRule {
  return { required: words(required), integers: words(integers), single: new Set(words(single)) }
}

function words(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ')
}

const sizes = 'pkg.size pkg.csize'

/** The attributes of a mediated link. */
export const mediatorAttributes = words('mediator mediator-version mediator-implementation mediator-priority')

const linkFacts: TypeFacts = {
  key: 'path',
  payload: false,
  sharing: shared('path', 'path target'),
  publication: publishing('target', '', ['target', ...mediatorAttributes].join(' ')),
}

/** All that differs by type; a row is an action type. In the order of first execution on install (rank). Source: manifest-and-actions §2, §3. */
const types = {
  set: { key: 'name', payload: false, sharing: alone, publication: publishing('', '', '') },
  depend: {
    key: 'fmri',
    payload: false,
    sharing: alone,
    publication: publishing('type fmri', '', 'predicate root-image ignore-check type'),
  },
  group: {
    key: 'groupname',
    payload: false,
    sharing: owned('group'),
    publication: publishing('', 'gid', 'gid'),
  },
  user: {
    key: 'username',
    payload: false,
    sharing: owned('user'),
    publication: publishing(
      'group',
      'uid lastchg min max warn inactive expire flag',
      'password group gcos-field home-dir login-shell ftpuser',
    ),
  },
  dir: {
    key: 'path',
    payload: false,
    sharing: shared('path', 'path mode owner group'),
    publication: publishing('owner group mode', '', 'owner group mode'),
  },
  file: {
    key: 'path',
    payload: true,
    sharing: owned('path', 'path mode owner group preserve sysattr'),
    publication: publishing(
      'owner group mode',
      sizes,
      'chash preserve overlay elfarch elfbits elfhash original_name preserve-version owner group mode',
    ),
  },
  hardlink: linkFacts,
  link: linkFacts,
  driver: { key: 'name', payload: false, sharing: owned('driver'), publication: publishing('', '', '') },
  unknown: { key: undefined, payload: false, sharing: alone, publication: publishing('', '', '') },
  license: {
    key: 'license',
    payload: true,
    sharing: shared('license', 'license'),
    publication: publishing('', sizes, 'chash must-accept must-display'),
  },
  legacy: {
    key: 'pkg',
    payload: false,
    sharing: shared(
      'legacy',
      'category desc hotline name vendor version basedir pkginst pstamp sunw_prodvers',
    ),
    publication: publishing('', '', 'category desc hotline name vendor version'),
  },
  signature: {
    key: 'value',
    payload: true,
    sharing: alone,
    publication: publishing('value', sizes, 'algorithm chash value'),
  },
} as const satisfies Readonly<Record<string, TypeFacts>>

export type ActionType = keyof typeof types

/** All types, by rank. */
export const actionTypes = Object.keys(types) as readonly ActionType[]

const ranks: ReadonlyMap<string, number> = new Map(actionTypes.map((type, rank) => [type, rank]))

/** True for a word of `actionTypes`, which are case-sensitive. */
export function isActionType(text: string): text is ActionType {
  return ranks.has(text)
}

/** Rank by type: index in `actionTypes`. */
export function actionRank(type: ActionType): number {
  return ranks.get(type)!
}

/** Name of the key attribute (`path`, `name`, ...) of a type, or undefined. */
export function keyAttribute(type: ActionType): string | undefined {
  return types[type].key
}

/** True for the types that may have a payload. */
export function takesPayload(type: ActionType): boolean {
  return types[type].payload
}

/** Namespace, sharing and unique attributes of a type. */
export function sharingRule(type: ActionType): SharingRule {
  return types[type].sharing
}

/** The conditions that publication puts on a type. */
export function publicationRule(type: ActionType): PublicationRule {
  return types[type].publication
}
