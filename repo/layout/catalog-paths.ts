import { join } from 'node:path'

/**
 * Paths where a reader without lock looks for a file of a catalog, in this order. A change renames the folder `catalog` to `old.catalog`
 * before the new folder gets the name, so a reader may miss the file at both paths. `folder` is the folder of the publisher.
 */
export function catalogFilePaths(folder: string, name: string): readonly string[] {
  const current = join(folder, 'catalog', name)
  const replaced = join(folder, 'old.catalog', name)
  return [current, replaced, current, replaced, current]
}
