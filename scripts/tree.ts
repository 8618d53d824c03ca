import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A folder as text: one line a path, sorted, with mode, type, link target and SHA-256 of content; `except` (a top-level name)
 * is left out. Times and owners are not part of it.
 */
export function treeOf(folder: string, except: string): string {
  const lines: string[] = []
  const visit = (relative: string): void => {
    for (const name of readdirSync(join(folder, relative)).sort()) {
      const path = relative === '' ? name : `${relative}/${name}`
      if (path === except) continue
      const full = join(folder, path)
      const status = lstatSync(full)
      const mode = (status.mode & 0o7777).toString(8).padStart(4, '0')
      if (status.isSymbolicLink()) lines.push(`0777 link ${path} -> ${readlinkSync(full)}`)
      else if (status.isDirectory()) {
        lines.push(`${mode} dir ${path}`)
        visit(path)
      } else {
        const content = createHash('sha256').update(readFileSync(full)).digest('hex')
        lines.push(`${mode} file ${path} ${status.nlink} ${content}`)
      }
    }
  }
  visit('')
  return lines.join('\n')
}
