import { editDistanceFrom } from '#model'
import type { CommandSpec } from './command.ts'
import { avoid, flag, freeze, unavoid, unfreeze } from './commands/constraints/commands.ts'
import { imageExport } from './commands/export/commands.ts'
import {
  clean,
  history,
  imageCreate,
  imageImport,
  purgeHistory,
  rebuildIndex,
  updateFormat,
  version,
} from './commands/image/commands.ts'
import {
  autoremove,
  changeFacet,
  changeVariant,
  exactInstall,
  install,
  uninstall,
  update,
} from './commands/plan/commands.ts'
import { plan } from './commands/preview/commands.ts'
import {
  addPropertyValue,
  property,
  removePropertyValue,
  setProperty,
  unsetProperty,
} from './commands/properties/commands.ts'
import { publisher, refresh, setPublisher, unsetPublisher } from './commands/publishers/commands.ts'
import { contents, info, list } from './commands/query/commands.ts'
import {
  dehydrate,
  fix,
  mediator,
  rehydrate,
  revert,
  setMediator,
  unsetMediator,
  verify,
} from './commands/repair/commands.ts'
import { facet, variant } from './commands/settings/commands.ts'

/** All commands, in the order of the long help. */
export const commands: readonly CommandSpec[] = [
  refresh,
  install,
  uninstall,
  update,
  autoremove,
  list,
  version,
  info,
  contents,
  verify,
  fix,
  revert,
  mediator,
  setMediator,
  unsetMediator,
  plan,
  variant,
  changeVariant,
  facet,
  changeFacet,
  avoid,
  unavoid,
  freeze,
  unfreeze,
  property,
  setProperty,
  addPropertyValue,
  removePropertyValue,
  unsetProperty,
  publisher,
  setPublisher,
  unsetPublisher,
  history,
  purgeHistory,
  rebuildIndex,
  updateFormat,
  dehydrate,
  rehydrate,
  imageCreate,
  imageExport,
  imageImport,
  exactInstall,
  flag,
  clean,
]

/** The command of a name or alias. */
export function findCommand(name: string): CommandSpec | undefined {
  return commands.find((spec) => spec.name === name || spec.aliases?.includes(name))
}

/**
 * Suggestions for a mistyped command name, closest first, at most three. A command is suggested if its name contains the mistyped one, or
 * if the edit distance between the two is at most half the length of its name.
 */
export function nearCommands(name: string): readonly string[] {
  const names = commands.flatMap((spec) => [spec.name, ...(spec.aliases ?? [])])
  const longest = names.reduce((most, { length }) => Math.max(most, length), 0)
  if (name.length > 2 * longest) return []
  const distance = editDistanceFrom(name, longest)
  const isPart = (other: string): boolean => name.length >= SHORTEST_PART && other.includes(name)
  return names
    .map((other) => ({ other, distance: distance(other) }))
    .filter((one) => one.distance <= one.other.length / 2 || isPart(one.other))
    .sort((a, b) => a.distance - b.distance || commandIndex(a.other) - commandIndex(b.other))
    .slice(0, 3)
    .map((one) => one.other)
}

/** Minimum length of a mistyped name that is searched for inside command names: shorter texts occur in too many. */
const SHORTEST_PART = 3

function commandIndex(name: string): number {
  return commands.findIndex((spec) => spec.name === name || spec.aliases?.includes(name))
}
