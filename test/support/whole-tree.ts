import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/**
 * One line for each entry below a directory, sorted: `mode uid gid type path`, then the target of a link, the SHA-256 of a file. `skip` leaves
 * subtrees out by path.
 */
export function wholeTree(root: string, skip: (path: string) => boolean = () => false): readonly string[] {
  const lines: string[] = []
  const walk = (prefix: string): void => {
    for (const name of readdirSync(join(root, prefix)).sort()) {
      const path = prefix === '' ? name : `${prefix}/${name}`
      if (skip(path)) continue
      const status = lstatSync(join(root, path))
      const mode = (status.mode & 0o7777).toString(8).padStart(4, '0')
      const head = `${mode} ${status.uid} ${status.gid}`
      if (status.isSymbolicLink()) lines.push(`${head} link ${path} -> ${readlinkSync(join(root, path))}`)
      else if (status.isDirectory()) {
        lines.push(`${head} dir ${path}`)
        walk(path)
      } else {
        const content = createHash('sha256')
          .update(readFileSync(join(root, path)))
          .digest('hex')
        lines.push(`${head} file ${path} ${content}`)
      }
    }
  }
  walk('')
  return lines
}
