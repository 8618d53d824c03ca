import { type Action, actionCompressedSize, actionSize, attribute, samePayload } from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { ActionChange, ActionPlan, ChangeList, PayloadList } from '../action-plan.ts'
import { KeyTable } from '../store/key-table.ts'
import { actuatorsOf } from './actuators.ts'
import type { ImageScan } from './scan-image.ts'

type Licence = ActionPlan['licenses'][number]

function needsPayload(change: ActionChange): boolean {
  const wanted = change.new?.action
  if (wanted?.payload === undefined) return false
  if (wanted.type === 'license') return true
  if (wanted.type !== 'file') return false
  if (change.repair !== undefined) return change.repair === 'content'
  return change.old === undefined || (change.sameContent !== true && !samePayload(change.old.action, wanted))
}

function flag(action: Action, name: string): boolean {
  return attribute(action, name)?.toLowerCase() === 'true'
}

function licences(changes: ChangeList): Licence[] {
  const found: Licence[] = []
  for (const change of changes) {
    if (change.new?.action.type !== 'license') continue
    const facts = ({ fmri, action }: OwnedAction) => ({
      fmri,
      name: attribute(action, 'license') ?? '',
      payload: action.payload ?? '',
      mustAccept: flag(action, 'must-accept'),
      mustDisplay: flag(action, 'must-display'),
    })
    const wanted = facts(change.new)
    const replaces = change.old && facts(change.old)
    const same = change.old !== undefined && samePayload(change.old.action, change.new.action)
    const accepted = change.repair === undefined && same && wanted.mustAccept && replaces?.mustAccept === true
    found.push({ ...wanted, accepted, replaces })
  }
  return found
}

/** Looked for each time they are asked for, because there may be very many. */
function payloadsOf(changes: ChangeList): PayloadList {
  function* payloads(): Generator<OwnedAction> {
    for (const change of changes) if (needsPayload(change)) yield change.new!
  }
  let length = 0
  for (const _ of payloads()) length++
  return { length, [Symbol.iterator]: payloads }
}

/** The parts of the plan that are told rather than done: payloads, sizes, licences, actuators. */
export function planFacts(
  scan: Pick<ImageScan, 'actuating'>,
  changes: ChangeList,
): Pick<ActionPlan, 'payloads' | 'downloadBytes' | 'installBytes' | 'licenses' | 'actuators'> {
  const payloads = payloadsOf(changes)
  const counted = new KeyTable()
  let downloadBytes = 0
  for (const { action } of payloads) {
    const known = counted.size
    if (counted.add(action.payload ?? '') === known) downloadBytes += actionCompressedSize(action)
  }
  let installBytes = 0
  for (const change of changes) if (change.new) installBytes += actionSize(change.new.action)
  return {
    payloads,
    downloadBytes,
    installBytes,
    licenses: licences(changes),
    actuators: actuatorsOf(changes, scan.actuating),
  }
}
