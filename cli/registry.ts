import { editDistanceFrom } from '#model'
import type { CommandSpec } from './command.ts'
import { autoremove, changeFacet, changeVariant, exactInstall } from './tables/change-commands.ts'
import { avoid, flag, freeze, unavoid, unfreeze } from './tables/constraint-commands.ts'
import { imageExport, imageImport } from './tables/export-commands.ts'
import { imageCreate, publisher, refresh, setPublisher, unsetPublisher } from './tables/image-commands.ts'
import { install, uninstall, update, verify } from './tables/plan-commands.ts'
import {
  addPropertyValue,
  property,
  removePropertyValue,
  setProperty,
  unsetProperty,
} from './tables/property-commands.ts'
import { contents, history, info, list, purgeHistory, version } from './tables/query-commands.ts'
import {
  dehydrate,
  fix,
  mediator,
  rehydrate,
  revert,
  setMediator,
  unsetMediator,
} from './tables/repair-commands.ts'
import { facet, variant } from './tables/settings-commands.ts'
import { plan } from './tables/solver-commands.ts'
import { clean, rebuildIndex, updateFormat } from './tables/upkeep-commands.ts'

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

/** Command names that a mistyped one may have meant, closest first, at most three. */
export function nearCommands(name: string): readonly string[] {
  const toWord = editDistanceFrom(name.slice(0, 64), SLIPS)
  /** Also to the last word of a name like `set-publisher`, one more for the missing first word. */
  const distance = (other: string): number => {
    const dash = other.indexOf('-')
    return dash < 0 ? toWord(other) : Math.min(toWord(other), toWord(other.slice(dash + 1)) + 1)
  }
  return commands
    .flatMap((spec) => [spec.name, ...(spec.aliases ?? [])])
    .map((other) => ({ other, distance: distance(other) }))
    .filter((one) => one.distance <= SLIPS)
    .sort((a, b) => a.distance - b.distance || commandIndex(a.other) - commandIndex(b.other))
    .slice(0, 3)
    .map((one) => one.other)
}

/** Slips that a mistyped command has at most. */
const SLIPS = 2

function commandIndex(name: string): number {
  return commands.findIndex((spec) => spec.name === name || spec.aliases?.includes(name))
}
