import type { ImageKind } from './image-snapshot.ts'

/** Name of the configuration file; its presence makes a directory an image. Source: image §12. */
export const configName = 'pkg6.image.json'

/** Name of pkg5's configuration file: recognised, never read. */
export const foreignConfigName = 'pkg5.image'

/** Metadata directory below the root, by kind. If a directory has both, the first wins. */
export const metadataNames: readonly (readonly [ImageKind, string])[] = [
  ['user', '.org.opensolaris,pkg'],
  ['partial', '.pkg'],
  ['full', 'var/pkg'],
]

/** Suffixes of the names that a metadata directory has temporarily, while an image is created or replaced. */
export const besidePlace = { creating: '.creating', replaced: '.replaced' } as const

/**
 * Names in a metadata directory that either client uses. A name with a suffix (`lock.break`, `journal.new`) is reserved too.
 * Source: image-plan §4.4.
 */
export const reservedNames: readonly string[] = [
  // Both clients.
  'cache',
  'history',
  'license',
  'lock',
  'lost+found',
  'publisher',
  'ssl',
  // The reference client.
  'gui_cache',
  'linked',
  'state',
  foreignConfigName,
  // This client.
  configName,
  'installed.db',
  'installed.snapshot',
  'journal',
  'modified',
  'notes',
  'reserve',
  'stage',
]
