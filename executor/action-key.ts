import {
  type Action,
  actionDiffKey,
  actionKey,
  compareActions,
  compareCodePoints,
  type Fmri,
  sharingRule,
} from '#model'

/** An action of one installed or wanted package. */
export interface OwnedAction {
  readonly fmri: Fmri
  readonly action: Action
}

/** The key that an action claims in its namespace, as one text; the key of a licence has the stem in it. Undefined: the type claims none. */
export function claimKey({ fmri, action }: OwnedAction): string | undefined {
  const nameSpace = sharingRule(action.type).namespace
  if (nameSpace === undefined) return undefined
  const key = actionKey(action) ?? ''
  return nameSpace === 'license' ? `license ${fmri.stem} ${key}` : `${nameSpace} ${key}`
}

/**
 * The key that identifies an action between two versions of a package, or in another package that takes it over; licences stay with
 * their package. Only for types with a key. Source: image-plan §2.1, §4.
 */
export function diffKey({ fmri, action }: OwnedAction): string {
  const key = actionDiffKey(action)!
  return action.type === 'license' ? `${fmri.stem} ${key}` : key
}

/** Order of installation: the order of printing, then the key. Source: image-plan §3. */
export function compareInstallation(a: Action, b: Action): number {
  return compareActions(a, b) || compareCodePoints(actionKey(a) ?? '', actionKey(b) ?? '')
}
