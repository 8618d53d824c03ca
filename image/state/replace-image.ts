import { dirname, join } from 'node:path'
import { err, type Filesystem, FilesystemError, ok, type Result, removeTree } from '#model'
import type { ImageLocation } from '../config/find-image.ts'
import type { ImageHost } from '../host.ts'
import { configName, imageLayout, setAside } from '../layout.ts'
import type { ImageProblem } from '../problems.ts'
import { attemptQuietly, storageProblem } from '../storage.ts'
import { lockIsHeld } from './lock.ts'

/*
 * A new image in the place of another one is two renames: the old metadata folder is set aside, the new one takes its place.
 * A crash between them leaves no image there, so whoever opens one looks beside it; a crash after them leaves the old folder.
 */

/** Moves the old metadata folder aside and the draft into its place. After a problem, everything is as before: `unmovable_metadata`, `storage` and its kin. */
export function moveIntoPlace(
  filesystem: Filesystem,
  draft: string,
  place: string,
): Result<void, ImageProblem> {
  return attemptMove(place, () => exchange(filesystem, draft, place))
}

/** Runs renames of the metadata folder, which some file systems refuse. */
function attemptMove(path: string, action: () => void): Result<void, ImageProblem> {
  try {
    return ok(action())
  } catch (error) {
    if (!(error instanceof FilesystemError)) throw error
    const { call, errno } = error.problem
    if (call === 'rename' && (errno === 'EXDEV' || errno === 'EBUSY'))
      return err({ code: 'ips::image_error::unmovable_metadata', path, errno })
    return err(storageProblem(error))
  }
}

function exchange(filesystem: Filesystem, draft: string, place: string): void {
  const retired = setAside(place)
  removeTree(filesystem, retired)
  const replaced = filesystem.lstat(place) !== undefined
  if (replaced) filesystem.rename(place, retired)
  let moved = false
  try {
    filesystem.rename(draft, place)
    moved = true
    filesystem.sync(dirname(place))
  } catch (error) {
    if (moved) filesystem.rename(place, draft)
    if (replaced) filesystem.rename(retired, place)
    throw error
  }
}

/** The new image is good: what it replaces goes, also an image of another kind, which must not win over it. */
export function finishReplacement(
  filesystem: Filesystem,
  place: string,
  existing: ImageLocation | undefined,
): void {
  sweepReplaced(filesystem, place)
  if (existing === undefined || existing.metadata === place) return
  discard(filesystem, existing.metadata, place)
  attemptQuietly(() => filesystem.unlink(join(existing.metadata, configName)))
}

/** The new image is not good: it goes, and what was set aside comes back, without the lock of whoever replaced it. */
export function takeBack(filesystem: Filesystem, place: string, draft: string): void {
  attemptQuietly(() => {
    const retired = setAside(place)
    const replaced = filesystem.lstat(retired) !== undefined
    filesystem.rename(place, draft)
    if (replaced) {
      attemptQuietly(() => filesystem.unlink(imageLayout(retired as ImageLocation['metadata']).lock))
      filesystem.rename(retired, place)
    }
    removeTree(filesystem, draft)
  })
}

/** Removes the folder that was replaced, but `ssl` moves over; nothing there is fine. Under the lock of the new image. */
export function sweepReplaced(filesystem: Filesystem, place: string): void {
  discard(filesystem, setAside(place), place)
}

/** Moves `ssl` out of the old folder, then removes the folder. If `ssl` can be neither moved nor copied, the folder stays: its keys may exist nowhere else. */
function discard(filesystem: Filesystem, before: string, place: string): void {
  attemptQuietly(() => {
    const ssl = join(before, 'ssl')
    if (filesystem.lstat(ssl) !== undefined) moveTree(filesystem, ssl, join(place, 'ssl'))
    removeTree(filesystem, before)
  })
}

function moveTree(filesystem: Filesystem, from: string, to: string): void {
  try {
    filesystem.rename(from, to)
  } catch (error) {
    const refused = error instanceof FilesystemError && /^(?:EXDEV|EBUSY)$/.test(error.problem.errno)
    if (!refused) throw error
    const copy = `${to}.copy`
    removeTree(filesystem, copy)
    copyTree(filesystem, from, copy)
    filesystem.rename(copy, to)
    filesystem.sync(dirname(to))
  }
}

/** Copies directories, files and links with mode and, where the process may, owner. Throws `FilesystemError`. */
function copyTree(filesystem: Filesystem, from: string, to: string): void {
  const status = filesystem.lstat(from)
  if (status?.type === 'link') filesystem.symbolicLink(filesystem.readLink(from), to)
  if (status?.type === 'file') {
    const owner = { uid: status.uid, gid: status.gid, required: false }
    filesystem.createFile(to, filesystem.readChunks(from), { mode: status.mode, fsync: true, owner })
  }
  if (status?.type !== 'directory') return
  filesystem.makeDirectory(to, status.mode)
  for (const name of filesystem.readDirectory(from)) copyTree(filesystem, join(from, name), join(to, name))
  filesystem.sync(to)
}

/**
 * Puts an image back that was set aside and never replaced, unless that is going on right now. Problems: `locked`, `storage` and
 * its kin.
 */
export function putBack(
  { filesystem, process, clock }: ImageHost,
  { metadata, isSetAside }: ImageLocation,
): Result<void, ImageProblem> {
  if (isSetAside !== true) return ok(undefined)
  const retired = setAside(metadata)
  const lock = imageLayout(retired as ImageLocation['metadata']).lock
  const request = { filesystem, process, now: clock.now() }
  if (lockIsHeld(lock, request)) {
    const { hostname } = process
    return err({ code: 'ips::image_error::locked', name: 'image-create', hostname, pid: undefined })
  }
  return attemptMove(retired, () => {
    // Another command may have done it meanwhile.
    if (filesystem.lstat(metadata) !== undefined) return
    filesystem.rename(retired, metadata)
    filesystem.sync(dirname(metadata))
  })
}
