import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs'
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

/** Copies a tree with modes, links and hard links as they are; owners too where the tests may give files away. */
export function copyTree(from: string, to: string): void {
  const copied = new Map<number, string>()
  const copy = (source: string, target: string): void => {
    const status = lstatSync(source)
    const known = copied.get(status.ino)
    if (status.isDirectory()) {
      mkdirSync(target)
      for (const name of readdirSync(source)) copy(join(source, name), join(target, name))
    } else if (status.isSymbolicLink()) symlinkSync(readlinkSync(source), target)
    else if (known !== undefined) linkSync(known, target)
    else {
      copyFileSync(source, target)
      copied.set(status.ino, target)
    }
    if (process.geteuid?.() === 0) lchownSync(target, status.uid, status.gid)
    if (!status.isSymbolicLink()) chmodSync(target, status.mode)
  }
  copy(from, to)
}
