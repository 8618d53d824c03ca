import {
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs'
import { refusesLinks } from '#model'

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/** Returns false when the name exists. */
function unlessTaken(make: () => void): boolean {
  try {
    make()
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    return false
  }
}

function placeFile(from: string, to: string, link: typeof linkSync): boolean {
  try {
    if (!unlessTaken(() => link(from, to))) return false
    unlinkSync(from)
    return true
  } catch (error) {
    if (!refusesLinks(codeOf(error))) throw error
  }
  // An empty file reserves the name. A file of another process is lost only if it replaces the empty file between these two calls.
  if (!unlessTaken(() => closeSync(openSync(to, 'wx', 0o666)))) return false
  try {
    renameSync(from, to)
  } catch (error) {
    unlinkSync(to)
    throw error
  }
  return true
}

/** An empty directory reserves the name; a rename replaces it only while it is empty. */
function placeDirectory(from: string, to: string): boolean {
  if (!unlessTaken(() => mkdirSync(to))) return false
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error) ?? '')) return false
    rmdirSync(to)
    throw error
  }
}

/**
 * Moves a finished file or folder to a new name on the same file system. Returns false when the name exists; it never replaces
 * a file that another process made in the meantime. `link` makes hard links. Throws errors of Node.
 */
export function placeOutput(from: string, to: string, link: typeof linkSync = linkSync): boolean {
  return lstatSync(from).isDirectory() ? placeDirectory(from, to) : placeFile(from, to, link)
}
