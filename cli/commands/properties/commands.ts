import type { CommandSpec } from '../../command.ts'
import { noHeader } from '../../shared-options.ts'

const shared = {
  group: 'Image Configuration',
  level: 'advanced',
  table: { options: [] },
} as const

/** `property`. Source: cli §8. */
export const property: CommandSpec = {
  ...shared,
  name: 'property',
  synopsis: ['[-H] [propname ...]'],
  table: { options: [noHeader] },
  load: () => import('./property.ts'),
}

/** `set-property`. Source: cli §8. */
export const setProperty: CommandSpec = {
  ...shared,
  name: 'set-property',
  synopsis: ['propname propvalue'],
  load: async () => (await import('./change-property.ts')).set,
}

/** `add-property-value`. Source: cli §8. */
export const addPropertyValue: CommandSpec = {
  ...shared,
  name: 'add-property-value',
  synopsis: ['propname propvalue'],
  load: async () => (await import('./change-property.ts')).addValue,
}

/** `remove-property-value`. Source: cli §8. */
export const removePropertyValue: CommandSpec = {
  ...shared,
  name: 'remove-property-value',
  synopsis: ['propname propvalue'],
  load: async () => (await import('./change-property.ts')).removeValue,
}

/** `unset-property`. Source: cli §8. */
export const unsetProperty: CommandSpec = {
  ...shared,
  name: 'unset-property',
  synopsis: ['propname ...'],
  load: async () => (await import('./change-property.ts')).unset,
}
