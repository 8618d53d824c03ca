import type { CommandSpec } from '../command.ts'
import { noRecurse, planRules, recursion } from './shared-options.ts'

/** `clean`, also called `cleanup`. Source: cli §8. */
export const clean: CommandSpec = {
  name: 'clean',
  aliases: ['cleanup'],
  group: 'Miscellaneous',
  level: 'advanced',
  synopsis: ['[-v]'],
  table: { options: [{ key: 'verbose', short: 'v', kind: 'count', help: 'Name the folders.' }] },
  needsImage: true,
  load: () => import('../commands/clean.ts'),
}

/** `rebuild-index`. It has no options, not even `--`. Source: cli §8. */
export const rebuildIndex: CommandSpec = {
  name: 'rebuild-index',
  group: 'Image Configuration',
  level: 'advanced',
  synopsis: [],
  table: { options: [] },
  needsImage: true,
  rawOperands: true,
  load: () => import('../commands/rebuild-index.ts'),
}

/** `update-format`. Source: cli §8. */
export const updateFormat: CommandSpec = {
  name: 'update-format',
  level: 'advanced',
  synopsis: ['[-R | -r [-z zonename... | -Z zonename...]]'],
  table: {
    options: [noRecurse, ...recursion],
    conflicts: planRules.conflicts.filter(([key]) => /^recurse/.test(key)),
    requires: planRules.requires,
  },
  needsImage: true,
  load: () => import('../commands/update-format.ts'),
}
