import type { ActionType } from './action.ts'

/** What publication asks of the attributes of one action type. Source: manifest-and-actions §2. */
export interface PublicationRule {
  /** Must be there with more than blanks. */
  readonly required: readonly string[]
  /** Whole numbers where present. */
  readonly integers: readonly string[]
  /** At most one value. */
  readonly single: ReadonlySet<string>
}

function rule(required: string, integers: string, single: string): PublicationRule {
  const words = (text: string): string[] => text.split(' ').filter((word) => word !== '')
  return { required: words(required), integers: words(integers), single: new Set(words(single)) }
}

const sizes = 'pkg.size pkg.csize'
const mediators = 'mediator mediator-version mediator-implementation mediator-priority'

const rules: { readonly [T in ActionType]: PublicationRule } = {
  set: rule('', '', ''),
  depend: rule('type fmri', '', 'predicate root-image ignore-check type'),
  group: rule('', 'gid', 'gid'),
  user: rule(
    'group',
    'uid lastchg min max warn inactive expire flag',
    'password group gcos-field home-dir login-shell ftpuser',
  ),
  dir: rule('owner group mode', '', 'owner group mode'),
  file: rule(
    'owner group mode',
    sizes,
    'chash preserve overlay elfarch elfbits elfhash original_name preserve-version owner group mode',
  ),
  hardlink: rule('target', '', `target ${mediators}`),
  link: rule('target', '', `target ${mediators}`),
  driver: rule('', '', ''),
  unknown: rule('', '', ''),
  license: rule('', sizes, 'chash must-accept must-display'),
  legacy: rule('', '', 'category desc hotline name vendor version'),
  signature: rule('value', sizes, 'algorithm chash value'),
}

/** The rule of a type. */
export function publicationRule(type: ActionType): PublicationRule {
  return rules[type]
}
