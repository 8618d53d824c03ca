import { pathToFileURL } from 'node:url'

/** URI of a folder by its absolute path, without trailing slash: blanks, `%`, `#` and `?` are encoded. */
export function folderUri(path: string): string {
  return pathToFileURL(path).href
}
