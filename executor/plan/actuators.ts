import { type Action, actionDiffKey, actionsDiffer, attributes, formatAction, sharingRule } from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { ActionChange, ActionPlan, ChangeList } from '../action-plan.ts'

/** Actuators that count at each kind of change. Source: image-plan §10. */
const actuatorNames: { readonly [Kind in ActionChange['kind']]: readonly string[] } = {
  install: ['refresh_fmri', 'restart_fmri'],
  update: ['reboot-needed', 'refresh_fmri', 'restart_fmri', 'suspend_fmri'],
  remove: ['reboot-needed', 'refresh_fmri', 'restart_fmri', 'disable_fmri'],
}
const allNames = new Set(Object.values(actuatorNames).flat())

/** True for an action without object on the target, such as `set` and `depend`. */
export function claimsNothing({ action }: OwnedAction): boolean {
  return sharingRule(action.type).namespace === undefined
}

/** True where an action has any actuator. */
export function hasActuator({ action }: OwnedAction): boolean {
  for (const name of action.attributes.keys()) if (allNames.has(name)) return true
  return false
}

/** Actions by the key that identifies them from version to version; actions of type `unknown` by their text. */
function byKey(actions: readonly OwnedAction[]): Map<string, Action> {
  return new Map(actions.map(({ action }) => [actionDiffKey(action) ?? formatAction(action), action]))
}

type Actuator = ActionPlan['actuators'][number]

/** Actuators by name and value, each once. */
class ActuatorSet {
  readonly #found = new Map<string, Actuator>()

  /** Adds the actuators of an action that apply to a kind of change. */
  add(kind: ActionChange['kind'], action: Action | undefined): void {
    if (action === undefined) return
    for (const name of actuatorNames[kind])
      for (const value of attributes(action, name))
        if (value !== 'false') this.#found.set(`${name} ${value}`, { name, value })
  }

  sorted(): ActionPlan['actuators'] {
    return [...this.#found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, actuator]) => actuator)
  }
}

/** Actuators that apply when these actions are repaired. Sorted by name and value. */
export function repairActuators(actions: Iterable<Action>): ActionPlan['actuators'] {
  const found = new ActuatorSet()
  for (const action of actions) found.add('update', action)
  return found.sorted()
}

/** Actuators of all changes, and of actions that claim nothing and differ. Sorted by name and value. */
export function actuatorsOf(
  changes: ChangeList,
  withoutClaim: readonly {
    readonly before: readonly OwnedAction[]
    readonly after: readonly OwnedAction[]
  }[],
): ActionPlan['actuators'] {
  const found = new ActuatorSet()
  for (const change of changes) {
    found.add(change.kind, change.old?.action)
    found.add(change.kind, change.new?.action)
  }
  for (const { before, after } of withoutClaim) {
    const [old, wanted] = [byKey(before), byKey(after)]
    for (const [key, action] of wanted) {
      const former = old.get(key)
      if (former === undefined) found.add('install', action)
      else if (actionsDiffer(former, action)) {
        found.add('update', former)
        found.add('update', action)
      }
    }
    for (const [key, action] of old) if (!wanted.has(key)) found.add('remove', action)
  }
  return found.sorted()
}
