import type { ActionType } from './action.ts'

/** How actions of a type share keys across the packages of an image. Source: manifest-and-actions §3. */
export interface SharingRule {
  /** Actions with equal keys in one namespace meet: dir, file, hardlink and link share `path`. Undefined: they never meet. */
  readonly namespace: string | undefined
  /** Several packages may deliver the object when their unique attributes agree. */
  readonly refcountable: boolean
  /** Attributes on which all deliveries of one object must agree; empty where there can only be one. */
  readonly unique: readonly string[]
}

const alone: SharingRule = { namespace: undefined, refcountable: false, unique: [] }

const rules: { readonly [T in ActionType]: SharingRule } = {
  set: alone,
  depend: alone,
  group: { namespace: 'group', refcountable: false, unique: [] },
  user: { namespace: 'user', refcountable: false, unique: [] },
  dir: { namespace: 'path', refcountable: true, unique: ['path', 'mode', 'owner', 'group'] },
  file: {
    namespace: 'path',
    refcountable: false,
    unique: ['path', 'mode', 'owner', 'group', 'preserve', 'sysattr'],
  },
  hardlink: { namespace: 'path', refcountable: true, unique: ['path', 'target'] },
  link: { namespace: 'path', refcountable: true, unique: ['path', 'target'] },
  driver: { namespace: 'driver', refcountable: false, unique: [] },
  unknown: alone,
  license: { namespace: 'license', refcountable: true, unique: ['license'] },
  legacy: {
    namespace: 'legacy',
    refcountable: true,
    unique: [
      'category',
      'desc',
      'hotline',
      'name',
      'vendor',
      'version',
      'basedir',
      'pkginst',
      'pstamp',
      'sunw_prodvers',
    ],
  },
  signature: alone,
}

/** Namespace, sharing and unique attributes of a type. */
export function sharingRule(type: ActionType): SharingRule {
  return rules[type]
}

/** Attributes on which several deliveries of one object must agree. */
export function uniqueAttributes(type: ActionType): readonly string[] {
  return rules[type].unique
}
