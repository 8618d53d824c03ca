import {
  type Action,
  type ActionType,
  allowsOverlay,
  attribute,
  comparableAttribute,
  formatAction,
  formatFmri,
  isMediated,
  isOverlay,
  mediationsDiffer,
  mediatorAttributes,
  overlayCompared,
  sharingRule,
} from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { ActionConflict } from '../conflict-text.ts'
import type { KeptAction } from '../store/stored-action.ts'
import type { Claims } from './claim-table.ts'

/** The decision of the conflict rules about one claim key; empty: go on. Source: image-plan §5. */
export interface Verdict {
  readonly conflict?: ActionConflict
  /** Removals under this key do not happen. */
  readonly keep?: true
  /** The action that is left; it is installed again, because another action's object may be on the disk. */
  readonly fixUp?: OwnedAction
  /** Overlaid actions: neither installed, updated nor removed. */
  readonly overlaid?: readonly KeptAction[]
}

/** No rule objects, and nothing follows. */
export const fine: Verdict = {}

interface ClaimKey {
  readonly namespace: string
  readonly key: string
}

/** The conflict of `parties`; installed packages are named first. */
function conflictOf(
  kind: ActionConflict['kind'],
  name: ClaimKey,
  parties: readonly OwnedAction[],
  before: readonly OwnedAction[],
  differs?: string,
): Verdict {
  const installed = new Set(before.map(({ fmri }) => formatFmri(fmri)))
  const isNew = ({ fmri }: OwnedAction): number => (installed.has(formatFmri(fmri)) ? 0 : 1)
  const ordered = [...parties].sort((a, b) => isNew(a) - isNew(b))
  const shown = ordered.map(({ fmri, action }) => ({
    fmri: formatFmri(fmri),
    type: action.type,
    action: formatAction(comparedPart(action)),
  }))
  return {
    conflict: { kind, ...name, parties: shown, ...(differs === undefined ? {} : { attribute: differs }) },
  }
}

/** An action, reduced to the attributes that must agree and to the attributes of mediated links, which need not agree. */
function comparedPart({ type, attributes: all }: Action): Action {
  const compared = [...sharingRule(type).unique, ...mediatorAttributes]
  return {
    type,
    payload: undefined,
    attributes: new Map([...all].filter(([name]) => compared.includes(name))),
  }
}

function typesOf(
  actions: readonly OwnedAction[],
  parents: ReadonlyMap<string, OwnedAction>,
): Set<ActionType> {
  const types = new Set(actions.map(({ action }) => action.type))
  if (parents.size > 0) types.add('dir')
  return types
}

function signature(actions: readonly OwnedAction[]): string {
  return actions
    .map(({ fmri, action }) => `${fmri.stem} ${action.type}`)
    .sort()
    .join('\n')
}

/** An implicit directory as an action, for messages and for putting a directory back. */
function implicitDirectory({ fmri }: OwnedAction, path: string): OwnedAction {
  const attributes = new Map([
    ['path', path],
    ['mode', '0755'],
    ['owner', 'root'],
    ['group', 'root'],
  ])
  return { fmri, action: { type: 'dir', payload: undefined, attributes } }
}

/** Undefined: the types decide nothing, the next rule applies. */
function judgeTypes(claims: Claims, name: ClaimKey): Verdict | undefined {
  const before = typesOf(claims.before, claims.parentsBefore)
  const after = typesOf(claims.after, claims.parentsAfter)
  if (after.size <= 1 && after.size >= before.size) return undefined
  if (after.size < before.size) {
    if (after.size > 1) return { keep: true }
    if (after.size === 0) return undefined
    const left = claims.after[0] ?? implicitDirectory([...claims.parentsAfter.values()][0]!, name.key)
    return { fixUp: left }
  }
  const everythingBefore = [...claims.before, ...implicitParties(claims.parentsBefore, name.key)]
  const everythingAfter = [...claims.after, ...implicitParties(claims.parentsAfter, name.key)]
  if (signature(everythingBefore) === signature(everythingAfter)) return fine
  return conflictOf('inconsistent-type', name, everythingAfter, everythingBefore)
}

function implicitParties(parents: ReadonlyMap<string, OwnedAction>, path: string): OwnedAction[] {
  return [...parents.values()].map((owned) => implicitDirectory(owned, path))
}

/** The overlaid and the overlaying one of exactly two file actions, or undefined. */
function overlayPair(actions: readonly KeptAction[]): { under: KeptAction; over: KeptAction } | undefined {
  if (actions.length !== 2 || actions[0]!.action.type !== 'file') return undefined
  const under = actions.find(({ action }) => allowsOverlay(action))
  const over = actions.find(({ action }) => isOverlay(action))
  return under !== undefined && over !== undefined ? { under, over } : undefined
}

function judgeOverlay(
  pair: { under: KeptAction; over: KeptAction },
  name: ClaimKey,
  before: readonly OwnedAction[],
): Verdict {
  const parties = [pair.under, pair.over]
  const differs = differingAttribute(parties, overlayCompared(pair.under.action, pair.over.action))
  return differs === undefined
    ? { overlaid: [pair.under] }
    : conflictOf('inconsistent-attribute', name, parties, before, differs)
}

function identity(actions: readonly OwnedAction[]): string {
  return actions
    .map(({ fmri }) => formatFmri(fmri))
    .sort()
    .join('\n')
}

function judgeDuplicates(claims: Claims, name: ClaimKey): Verdict {
  const { before, after } = claims
  if (after.length <= 1 && before.length <= 1) return fine
  if (after.length === 0) {
    const pair = overlayPair(before)
    return pair === undefined ? fine : { overlaid: [pair.under] }
  }
  if (after.length < before.length) return judgeFewer(claims)
  const pair = overlayPair(after)
  if (pair !== undefined) return judgeOverlay(pair, name, before)
  if (identity(before) === identity(after)) return fine
  return conflictOf('duplicate', name, after, before)
}

function judgeFewer({ before, after }: Claims): Verdict {
  const overlaying = after.some(({ action }) => isOverlay(action))
  if (overlaying) {
    return { overlaid: before.filter(({ action }) => attribute(action, 'overlay') === 'allow') }
  }
  if (after.length > 1 || after.some(({ action }) => attribute(action, 'preserve') !== undefined))
    return { keep: true }
  return { fixUp: after[0]! }
}

function differingAttribute(parties: readonly OwnedAction[], names: readonly string[]): string | undefined {
  return names.find(
    (name) => new Set(parties.map(({ action }) => comparableAttribute(action, name))).size > 1,
  )
}

function uniqueText({ action }: OwnedAction): string {
  return sharingRule(action.type)
    .unique.map((name) => comparableAttribute(action, name))
    .join('\0\0')
}

function mediatorText({ action }: OwnedAction): string {
  if (!isMediated(action)) return ''
  const parts = mediatorAttributes.filter((name) => name !== 'mediator-priority')
  return ['mediator', ...parts].map((name) => attribute(action, name) ?? '').join('\0')
}

/** Number of pairs of actions that disagree; links of one mediator but other version or implementation agree. */
function badPairs(actions: readonly OwnedAction[]): number {
  const count = new Map<string, number>()
  const groups = new Map<string, OwnedAction>()
  for (const owned of actions) {
    const text = `${mediatorText(owned)}\0\0${uniqueText(owned)}`
    groups.set(text, owned)
    count.set(text, (count.get(text) ?? 0) + 1)
  }
  const texts = [...groups.entries()]
  let pairs = 0
  texts.forEach(([textA, a], index) => {
    for (const [textB, b] of texts.slice(index + 1)) {
      if (!mediationsDiffer(a.action, b.action) && uniqueText(a) !== uniqueText(b))
        pairs += count.get(textA)! * count.get(textB)!
    }
  })
  return pairs
}

function judgeAttributes({ before, after }: Claims, name: ClaimKey): Verdict {
  const bad = badPairs(after)
  const badBefore = badPairs(before)
  if (bad > badBefore) {
    const differs = differingAttribute(after, sharingRule(after[0]!.action.type).unique)
    return conflictOf('inconsistent-attribute', name, after, before, differs)
  }
  return bad < badBefore && after.length > 0 ? { fixUp: after[0]! } : fine
}

/** Applies the conflict rules in their order to the claims under one key. */
export function judgeClaims(claimKey: string, claims: Claims): Verdict {
  const blank = claimKey.indexOf(' ')
  const name: ClaimKey = { namespace: claimKey.slice(0, blank), key: claimKey.slice(blank + 1) }
  if (name.namespace === 'license') return fine
  const types = judgeTypes(claims, name)
  if (types !== undefined) return types
  const type = claims.after[0]?.action.type ?? claims.before[0]?.action.type
  if (type === undefined) return fine
  // What was of another type here is gone; it says nothing about how many of this type there may be.
  const ofType = { ...claims, before: claims.before.filter(({ action }) => action.type === type) }
  return sharingRule(type).refcountable ? judgeAttributes(ofType, name) : judgeDuplicates(ofType, name)
}
