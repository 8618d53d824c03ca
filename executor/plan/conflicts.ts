import {
  type ActionType,
  attribute,
  formatAction,
  formatFmri,
  isMediated,
  sharingRule,
  uniqueAttributes,
} from '#model'
import { comparableAttribute, type OwnedAction } from '../action-key.ts'
import { deniesOverlayAttributes, overlayFree } from '../files/overlay.ts'
import type { ActionConflict } from '../problems.ts'
import type { KeptAction } from '../store/stored-action.ts'
import type { Place } from './touched-places.ts'

/** What the conflict rules decided about one place beyond "go on". Source: image-plan §5. */
export interface PlaceVerdict {
  readonly conflict?: ActionConflict
  /** Removals at this place do not happen. */
  readonly keep?: true
  /** Install again what is left, for what was there may be another's. */
  readonly fixUp?: OwnedAction
  /** Overlaid actions: neither installed, updated nor removed. */
  readonly overlaid?: readonly KeptAction[]
}

/** No rule objects, and nothing follows. */
export const fine: PlaceVerdict = {}

interface PlaceName {
  readonly namespace: string
  readonly key: string
}

function conflictOf(
  kind: ActionConflict['kind'],
  name: PlaceName,
  parties: readonly OwnedAction[],
  differs?: string,
): PlaceVerdict {
  const shown = parties.map(({ fmri, action }) => ({ fmri: formatFmri(fmri), action: formatAction(action) }))
  return {
    conflict: { kind, ...name, parties: shown, ...(differs === undefined ? {} : { attribute: differs }) },
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

/** Undefined: the types are no reason to stop, look at the next rule. */
function judgeTypes(place: Place, name: PlaceName): PlaceVerdict | undefined {
  const before = typesOf(place.before, place.parentsBefore)
  const after = typesOf(place.after, place.parentsAfter)
  if (after.size <= 1 && after.size >= before.size) return undefined
  if (after.size < before.size) {
    if (after.size > 1) return { keep: true }
    if (after.size === 0) return undefined
    const left = place.after[0] ?? implicitDirectory([...place.parentsAfter.values()][0]!, name.key)
    return { fixUp: left }
  }
  const everythingBefore = [...place.before, ...implicitParties(place.parentsBefore, name.key)]
  const everythingAfter = [...place.after, ...implicitParties(place.parentsAfter, name.key)]
  if (signature(everythingBefore) === signature(everythingAfter)) return fine
  return conflictOf('inconsistent-type', name, everythingAfter)
}

function implicitParties(parents: ReadonlyMap<string, OwnedAction>, path: string): OwnedAction[] {
  return [...parents.values()].map((owned) => implicitDirectory(owned, path))
}

/** The overlaid and the overlaying one of exactly two file actions, or undefined. */
function overlayPair(actions: readonly KeptAction[]): { under: KeptAction; over: KeptAction } | undefined {
  if (actions.length !== 2 || actions[0]!.action.type !== 'file') return undefined
  const under = actions.find(
    ({ action }) => attribute(action, 'overlay') === 'allow' && attribute(action, 'preserve') !== undefined,
  )
  const over = actions.find(({ action }) => attribute(action, 'overlay') === 'true')
  return under !== undefined && over !== undefined ? { under, over } : undefined
}

function judgeOverlay(pair: { under: KeptAction; over: KeptAction }, name: PlaceName): PlaceVerdict {
  const parties = [pair.under, pair.over]
  const strict = deniesOverlayAttributes(pair.under.action, pair.over.action)
  const compared = uniqueAttributes('file').filter(
    (each) => each !== 'preserve' && (strict || !overlayFree.includes(each)),
  )
  const differs = differingAttribute(parties, compared)
  return differs === undefined
    ? { overlaid: [pair.under] }
    : conflictOf('inconsistent-attribute', name, parties, differs)
}

function identity(actions: readonly OwnedAction[]): string {
  return actions
    .map(({ fmri }) => formatFmri(fmri))
    .sort()
    .join('\n')
}

function judgeDuplicates(place: Place, name: PlaceName): PlaceVerdict {
  const { before, after } = place
  if (after.length <= 1 && before.length <= 1) return fine
  if (after.length === 0) {
    const pair = overlayPair(before)
    return pair === undefined ? fine : { overlaid: [pair.under] }
  }
  if (after.length < before.length) return judgeFewer(place)
  const pair = overlayPair(after)
  if (pair !== undefined) return judgeOverlay(pair, name)
  if (identity(before) === identity(after)) return fine
  return conflictOf('duplicate', name, after)
}

function judgeFewer({ before, after }: Place): PlaceVerdict {
  const overlaying = after.some(({ action }) => attribute(action, 'overlay') === 'true')
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

function uniqueForm({ action }: OwnedAction): string {
  return uniqueAttributes(action.type)
    .map((name) => comparableAttribute(action, name))
    .join('\0\0')
}

function mediatorForm({ action }: OwnedAction): string {
  if (!isMediated(action)) return ''
  const parts = ['mediator', 'mediator-version', 'mediator-implementation']
  return parts.map((name) => attribute(action, name) ?? '').join('\0')
}

/** Number of pairs of actions that disagree; links of one mediator but other version or implementation agree. */
function badPairs(actions: readonly OwnedAction[]): number {
  const count = new Map<string, number>()
  const groups = new Map<string, OwnedAction>()
  for (const owned of actions) {
    const form = `${mediatorForm(owned)}\0\0${uniqueForm(owned)}`
    groups.set(form, owned)
    count.set(form, (count.get(form) ?? 0) + 1)
  }
  const forms = [...groups.entries()]
  let pairs = 0
  forms.forEach(([formA, a], index) => {
    for (const [formB, b] of forms.slice(index + 1)) {
      if (!compatibleMediation(a, b) && uniqueForm(a) !== uniqueForm(b))
        pairs += count.get(formA)! * count.get(formB)!
    }
  })
  return pairs
}

function compatibleMediation(a: OwnedAction, b: OwnedAction): boolean {
  return (
    isMediated(a.action) &&
    isMediated(b.action) &&
    attribute(a.action, 'mediator') === attribute(b.action, 'mediator') &&
    mediatorForm(a) !== mediatorForm(b)
  )
}

function judgeAttributes({ before, after }: Place, name: PlaceName): PlaceVerdict {
  const bad = badPairs(after)
  const badBefore = badPairs(before)
  if (bad > badBefore) {
    const differs = differingAttribute(after, uniqueAttributes(after[0]!.action.type))
    return conflictOf('inconsistent-attribute', name, after, differs)
  }
  return bad < badBefore && after.length > 0 ? { fixUp: after[0]! } : fine
}

/** Applies the rules in their order to one touched place. */
export function judgePlace(placeKey: string, place: Place): PlaceVerdict {
  const blank = placeKey.indexOf(' ')
  const name: PlaceName = { namespace: placeKey.slice(0, blank), key: placeKey.slice(blank + 1) }
  if (name.namespace === 'license') return fine
  const types = judgeTypes(place, name)
  if (types !== undefined) return types
  const type = place.after[0]?.action.type ?? place.before[0]?.action.type
  if (type === undefined) return fine
  // What was of another type here is gone; it says nothing about how many of this type there may be.
  const ofType = { ...place, before: place.before.filter(({ action }) => action.type === type) }
  return sharingRule(type).refcountable ? judgeAttributes(ofType, name) : judgeDuplicates(ofType, name)
}
