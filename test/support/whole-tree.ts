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
  rmSync,
  type Stats,
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
  restoreTree(from, to)
}

/** Makes a tree like another that it was copied from, as `copyTree` would make it anew, and touches only what differs. */
export function restoreTree(from: string, to: string): void {
  const isRoot = process.geteuid?.() === 0
  const copied = new Map<number, string>()
  const restore = (source: string, target: string): void => {
    const status = lstatSync(source)
    let there = lstatSync(target, { throwIfNoEntry: false })
    if (there !== undefined && !isKept(source, status, target, there)) {
      rmSync(target, { recursive: true })
      there = undefined
    }
    const known = copied.get(status.ino)
    if (status.isDirectory()) {
      if (there === undefined) mkdirSync(target)
      const names = readdirSync(source)
      if (there !== undefined)
        for (const name of readdirSync(target))
          if (!names.includes(name)) rmSync(join(target, name), { recursive: true })
      for (const name of names) restore(join(source, name), join(target, name))
    } else if (there === undefined) {
      if (status.isSymbolicLink()) symlinkSync(readlinkSync(source), target)
      else if (known !== undefined) linkSync(known, target)
      else copyFileSync(source, target)
    }
    if (!status.isDirectory()) copied.set(status.ino, target)
    if (there !== undefined && looksAs(status, there)) return
    if (isRoot) lchownSync(target, status.uid, status.gid)
    if (!status.isSymbolicLink()) chmodSync(target, status.mode)
  }
  restore(from, to)
}

function looksAs(one: Stats, other: Stats): boolean {
  return one.mode === other.mode && one.uid === other.uid && one.gid === other.gid
}

/** Whether an entry needs no copy: the same link, the same file under one name, or any directory. */
function isKept(source: string, status: Stats, target: string, there: Stats): boolean {
  if (status.isDirectory()) return there.isDirectory()
  // Of several names it would have to be known which belong together.
  if (status.nlink > 1 || there.nlink > 1 || !looksAs(status, there)) return false
  if (status.isSymbolicLink()) return readlinkSync(target) === readlinkSync(source)
  return there.size === status.size && readFileSync(target).equals(readFileSync(source))
}
