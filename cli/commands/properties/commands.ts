import type { CommandSpec } from '../../command.ts'
import { noHeader } from '../../shared-options.ts'

/** `property`. Source: cli §8. */
export const property: CommandSpec = {
  name: 'property',
  group: 'Image Configuration',
  level: 'advanced',
  synopsis: ['[-H] [propname ...]'],
  table: { options: [noHeader] },
  needsImage: true,
  load: () => import('./property.ts'),
}

/** `set-property`. Source: cli §8. */
export const setProperty: CommandSpec = {
  name: 'set-property',
  group: 'Image Configuration',
  level: 'advanced',
  synopsis: ['propname propvalue'],
  table: { options: [] },
  needsImage: true,
  load: () => import('./set-property.ts'),
}

/** `add-property-value`. Source: cli §8. */
export const addPropertyValue: CommandSpec = {
  name: 'add-property-value',
  group: 'Image Configuration',
  level: 'advanced',
  synopsis: ['propname propvalue'],
  table: { options: [] },
  needsImage: true,
  load: () => import('./add-property-value.ts'),
}

/** `remove-property-value`. Source: cli §8. */
export const removePropertyValue: CommandSpec = {
  name: 'remove-property-value',
  group: 'Image Configuration',
  level: 'advanced',
  synopsis: ['propname propvalue'],
  table: { options: [] },
  needsImage: true,
  load: () => import('./remove-property-value.ts'),
}

/** `unset-property`. Source: cli §8. */
export const unsetProperty: CommandSpec = {
  name: 'unset-property',
  group: 'Image Configuration',
  level: 'advanced',
  synopsis: ['propname ...'],
  table: { options: [] },
  needsImage: true,
  load: () => import('./unset-property.ts'),
}
