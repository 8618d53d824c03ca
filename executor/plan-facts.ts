import { type Action, actionCompressedSize, actionSize, attribute, attributes, samePayload } from '#model'
import type { OwnedAction } from './action-key.ts'
import type { ActionChange, ActionPlan } from './action-plan.ts'
import type { ImageScan } from './scan-image.ts'

type Licence = ActionPlan['licenses'][number]

function needsPayload(change: ActionChange): boolean {
  const wanted = change.new?.action
  if (wanted === undefined || wanted.payload === undefined) return false
  if (wanted.type === 'license') return true
  if (wanted.type !== 'file') return false
  if (change.repair !== undefined) return change.repair === 'content'
  return change.old === undefined || (change.sameContent !== true && !samePayload(change.old.action, wanted))
}

function flag(action: Action, name: string): boolean {
  return attribute(action, name)?.toLowerCase() === 'true'
}

function licences(changes: readonly ActionChange[]): Licence[] {
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
    found.push({ ...facts(change.new), replaces: change.old && facts(change.old) })
  }
  return found
}

const actuatorNames = {
  install: ['refresh_fmri', 'restart_fmri'],
  update: ['reboot-needed', 'refresh_fmri', 'restart_fmri', 'suspend_fmri'],
  removal: ['reboot-needed', 'refresh_fmri', 'restart_fmri', 'disable_fmri'],
}

function settingKey(action: Action): string {
  return `${attribute(action, 'name')} ${attribute(action, 'value') ?? ''}`
}

/** Actuators of all differing actions, those without effect on disk too. Source: image-plan §10. */
function actuators(
  scan: Pick<ImageScan, 'settings'>,
  changes: readonly ActionChange[],
): ActionPlan['actuators'] {
  const found = new Map<string, { name: string; value: string }>()
  const look = (action: Action | undefined, names: readonly string[]) => {
    if (action === undefined) return
    for (const name of names) {
      for (const value of attributes(action, name)) {
        if (value !== 'false') found.set(`${name} ${value}`, { name, value })
      }
    }
  }
  const names = {
    install: actuatorNames.install,
    update: actuatorNames.update,
    remove: actuatorNames.removal,
  }
  for (const change of changes) {
    look(change.old?.action, names[change.kind])
    look(change.new?.action, names[change.kind])
  }
  for (const { before, after } of scan.settings) {
    const settings = (actions: readonly OwnedAction[]) =>
      new Map(actions.map(({ action }) => [settingKey(action), action]))
    const old = settings(before)
    const wanted = settings(after)
    for (const [key, action] of wanted) if (!old.has(key)) look(action, actuatorNames.install)
    for (const [key, action] of old) if (!wanted.has(key)) look(action, actuatorNames.removal)
  }
  return [...found.values()].sort((a, b) => (`${a.name} ${a.value}` < `${b.name} ${b.value}` ? -1 : 1))
}

/** The parts of the plan that are told rather than done: payloads, sizes, licences, actuators. */
export function planFacts(
  scan: Pick<ImageScan, 'settings'>,
  changes: readonly ActionChange[],
): Pick<ActionPlan, 'payloads' | 'downloadBytes' | 'installBytes' | 'licenses' | 'actuators'> {
  const payloads = changes.filter(needsPayload).map((change) => change.new!)
  const once = new Map(payloads.map(({ action }) => [action.payload, action]))
  let downloadBytes = 0
  for (const action of once.values()) downloadBytes += actionCompressedSize(action)
  let installBytes = 0
  for (const change of changes) if (change.new) installBytes += actionSize(change.new.action)
  return {
    payloads,
    downloadBytes,
    installBytes,
    licenses: licences(changes),
    actuators: actuators(scan, changes),
  }
}
