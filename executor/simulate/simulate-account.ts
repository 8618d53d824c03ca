import { attribute } from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { ActionChange } from '../action-plan.ts'
import {
  applyGroup,
  applyUser,
  type DatabaseName,
  type DatabaseTexts,
  databaseFault,
  databasePaths,
  removeGroup,
  removeUser,
} from '../files/user-database.ts'
import { databaseTexts, findSafely, invalidAction, putAt, type Simulation } from './simulation.ts'
import { newNode } from './target-tree.ts'

const allDatabases = Object.keys(databasePaths) as readonly DatabaseName[]

/** Delivers each changed database as a new file with the mode and owner of the old one. */
function writeDatabases(
  simulation: Simulation,
  before: DatabaseTexts,
  after: DatabaseTexts,
  owned: OwnedAction,
  names = allDatabases,
): void {
  for (const name of names) {
    const text = after[name]
    if (text === undefined || text === before[name]) continue
    const path = databasePaths[name]
    const present = findSafely(simulation, path, owned.fmri)!
    putAt(simulation, path, newNode('file', present, { kind: 'bytes', bytes: Buffer.from(text) }), owned.fmri)
  }
}

/** Delivers a user or group; 'later': its databases come with the plan. Problem: `invalid_action`. */
export function simulateAccount(simulation: Simulation, change: ActionChange): 'later' | undefined {
  // The account is on the disk already, except in the databases that the plan delivers.
  if (change.repair === 'attributes') return undefined
  return addAccount(simulation, change, allDatabases)
}

/** Adds a user or group to databases. */
function addAccount(
  simulation: Simulation,
  change: ActionChange,
  into: readonly DatabaseName[],
): 'later' | undefined {
  const owned = change.new!
  const fault = databaseFault(owned.action)
  if (fault !== undefined) invalidAction(owned, fault)
  const texts = databaseTexts(simulation)
  if (texts.group === undefined || (owned.action.type === 'user' && texts.passwd === undefined))
    return 'later'
  const after =
    owned.action.type === 'group'
      ? (applyGroup(texts, owned.action) ?? 'no-id')
      : applyUser(texts, { old: change.old?.action, new: owned.action, now: simulation.target.now })
  if (after === 'no-group' && simulation.payloadsOptional) return undefined
  if (after === 'no-group')
    invalidAction(owned, `its group ${attribute(owned.action, 'group') ?? ''} is unknown in this image`)
  if (after === 'no-id') invalidAction(owned, 'no number is free for it')
  writeDatabases(simulation, texts, after, owned, into)
  return undefined
}

/** Removes a user or group from the databases. */
export function simulateAccountRemoval(simulation: Simulation, owned: OwnedAction): void {
  const texts = databaseTexts(simulation)
  const after =
    owned.action.type === 'user' ? removeUser(texts, owned.action) : removeGroup(texts, owned.action)
  writeDatabases(simulation, texts, after, owned)
}

/** Adds the accounts of a plan to the databases that it delivers: a plan adds accounts before files, so the delivered files lack them. */
export function completeDatabases(simulation: Simulation): void {
  const { changes } = simulation.plan
  const names = new Set<DatabaseName>()
  for (const { new: next } of changes) {
    const path = next?.action.type === 'file' ? attribute(next.action, 'path') : undefined
    const name = allDatabases.find((each) => databasePaths[each] === path)
    if (name !== undefined) names.add(name)
  }
  if (names.size === 0) return
  for (const change of changes)
    if (change.new?.action.type === 'user' || change.new?.action.type === 'group')
      addAccount(simulation, change, [...names])
}
