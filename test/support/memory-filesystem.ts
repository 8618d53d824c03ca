import { type AbsolutePath, type FileStatus, type Filesystem, FilesystemError, mostBytesOfFile } from '#model'

interface Content {
  bytes: Uint8Array
}

interface Inode {
  readonly number: number
  readonly type: FileStatus['type']
  mode: number
  uid: number
  gid: number
  mtime: number
  links: number
  readonly content: Content
  readonly target: string
  readonly entries: Map<string, Inode>
  /** Number of the file system. */
  volume: number
  /** It comes from a lower layer. */
  isLower: boolean
}

/** A file system that is mounted in a memory file system. */
export interface Mount {
  readonly path: string
  /** True: it has the device of the first file system, as a directory that is mounted once more. */
  readonly bind?: boolean
  /** True: the file system has no hard links. */
  readonly linkless?: boolean
}

/** How a memory file system is put together. */
export interface DiskLayout {
  readonly mounts: readonly Mount[]
  /** True: the file system lies over a lower layer. */
  readonly overlay: boolean
  /** The system lists no mount points. */
  readonly unlisted?: boolean
}

/** A `Filesystem` in memory, with ways to look at and prepare its tree. */
export interface MemoryFilesystem extends Filesystem {
  /** Puts a file there and makes missing parents (0755 root:root). Replaces what is there, unless it is a directory. */
  plant(
    path: string,
    content: string | Uint8Array,
    options?: { mode?: number; uid?: number; gid?: number },
  ): void
  /** Puts a directory there, with missing parents. */
  plantDirectory(path: string, options?: { mode?: number; uid?: number; gid?: number }): void
  /** Puts a symbolic link there, with missing parents. */
  plantLink(path: string, target: string): void
  /** Puts a device-like node there, with missing parents. */
  plantOther(path: string): void
  /** Whole content as UTF-8 text. */
  text(path: string): string
  /**
   * One line for each entry below a directory, sorted by path: `mode uid gid type path[ -> target][ content]`. Of several
   * names of one inode the first is the `file`, the others are hard links to it. `skip` leaves out subtrees by path
   * relative to the directory.
   */
  listing(path: string, skip?: (relative: string) => boolean): string[]
  /** A copy that shares nothing with this one. */
  clone(): MemoryFilesystem
  /** Limits the bytes that can still be written to the file system of a path; then writing fails with ENOSPC. Default: no limit. */
  limit(bytes: number, path?: string): void
  /**
   * Mounts file systems on existing directories, which keep their content: renames and links between file systems fail with EXDEV. Over a
   * lower layer, existing directories cannot be renamed, and existing files have another device until they change. `isLower` restricts this
   * to the paths that it accepts.
   */
  arrange(layout: DiskLayout, isLower?: (path: string) => boolean): void
  /** As arranged. */
  layout(): DiskLayout
  /** True for paths that come from a lower layer. */
  isLower(path: string): boolean
}

interface State {
  readonly root: Inode
  nextInode: number
  /** By number of the file system. */
  readonly free: Map<number, number>
  layout: DiskLayout
}

function fail(call: string, path: string, errno: string): never {
  throw new FilesystemError({ code: 'ips::filesystem_error::call_failed', call, path, errno })
}

function newInode(state: State, type: FileStatus['type'], mode: number, target = ''): Inode {
  const content: Content = { bytes: new Uint8Array(0) }
  const number = state.nextInode++
  const attributes = { mode, uid: 0, gid: 0, mtime: 0, links: 1, volume: 0, isLower: false }
  return { number, type, content, target, entries: new Map(), ...attributes }
}

function split(path: string): string[] {
  const parts: string[] = []
  for (const part of path.split('/')) if (part !== '' && part !== '.') parts.push(part)
  return parts
}

const MAXIMUM_LINKS = 40

/** Directory that the path's parents lead to (links in them are followed) and the last name, `.` for the root; undefined where missing. */
function locate(state: State, call: string, path: string): { parent: Inode; name: string } | undefined {
  const pending = split(path)
  const trail: Inode[] = [state.root]
  let followed = 0
  while (pending.length > 1) {
    const name = pending.shift()!
    if (name === '..') {
      if (trail.length > 1) trail.pop()
      continue
    }
    const found = trail.at(-1)!.entries.get(name)
    if (found === undefined) return undefined
    if (found.type === 'link') {
      if (++followed > MAXIMUM_LINKS) fail(call, path, 'ELOOP')
      if (found.target.startsWith('/')) trail.length = 1
      pending.unshift(...split(found.target))
    } else if (found.type === 'directory') trail.push(found)
    else fail(call, path, 'ENOTDIR')
  }
  return { parent: trail.at(-1)!, name: pending[0] ?? '.' }
}

function find(state: State, call: string, path: string): Inode | undefined {
  const place = locate(state, call, path)
  if (place === undefined) return undefined
  return place.name === '.' ? place.parent : place.parent.entries.get(place.name)
}

function need(state: State, call: string, path: string, type?: FileStatus['type']): Inode {
  const found = find(state, call, path) ?? fail(call, path, 'ENOENT')
  if (type === 'file' && found.type === 'link') fail(call, path, 'ELOOP')
  if (type === 'file' && found.type === 'directory') fail(call, path, 'EISDIR')
  if (type === 'directory' && found.type !== 'directory') fail(call, path, 'ENOTDIR')
  return found
}

function vacant(state: State, call: string, path: string): { parent: Inode; name: string } {
  const place = locate(state, call, path) ?? fail(call, path, 'ENOENT')
  if (place.name === '.' || place.parent.entries.has(place.name)) fail(call, path, 'EEXIST')
  return place
}

function link(place: { parent: Inode; name: string }, inode: Inode): void {
  place.parent.entries.set(place.name, inode)
  inode.volume = place.parent.volume
}

/** True for a directory on which something is mounted; `parent` is the one above. */
function isMounted(parent: Inode, inode: Inode | undefined): boolean {
  return inode !== undefined && inode.volume !== parent.volume
}

function hasMounts(tree: Inode): boolean {
  for (const child of tree.entries.values()) if (isMounted(tree, child) || hasMounts(child)) return true
  return false
}

/** All of a directory belongs to another file system from now on. */
function enter(tree: Inode, from: number, to: number): void {
  if (tree.volume !== from) return
  tree.volume = to
  for (const child of tree.entries.values()) enter(child, from, to)
}

function contains(tree: Inode, wanted: Inode): boolean {
  if (tree === wanted) return true
  for (const child of tree.entries.values()) if (contains(child, wanted)) return true
  return false
}

function freeOf({ free }: State, { volume }: Inode): number {
  return free.get(volume) ?? Number.POSITIVE_INFINITY
}

function drop(state: State, inode: Inode): void {
  inode.links--
  if (inode.links === 0) state.free.set(inode.volume, freeOf(state, inode) + inode.content.bytes.length)
}

function write(state: State, call: string, path: string, inode: Inode, chunk: Uint8Array): void {
  const free = freeOf(state, inode)
  if (chunk.length > free) fail(call, path, 'ENOSPC')
  state.free.set(inode.volume, free - chunk.length)
  inode.isLower = false
  const grown = new Uint8Array(inode.content.bytes.length + chunk.length)
  grown.set(inode.content.bytes)
  grown.set(chunk, inode.content.bytes.length)
  inode.content.bytes = grown
}

function rename(state: State, from: string, to: string): void {
  const source = locate(state, 'rename', from)
  const moved = source?.parent.entries.get(source.name)
  const place = locate(state, 'rename', to)
  if (source === undefined || moved === undefined || place === undefined) fail('rename', from, 'ENOENT')
  const target = place.parent.entries.get(place.name)
  if (target === moved) return
  if (isMounted(source.parent, moved) || isMounted(place.parent, target) || hasMounts(moved))
    fail('rename', from, 'EBUSY')
  if (source.parent.volume !== place.parent.volume) fail('rename', from, 'EXDEV')
  if (moved.type === 'directory' && moved.isLower) fail('rename', from, 'EXDEV')
  moved.isLower = false
  if (moved.type === 'directory' && contains(moved, place.parent)) fail('rename', from, 'EINVAL')
  if (target !== undefined) {
    if (target.type === 'directory' && moved.type !== 'directory') fail('rename', from, 'EISDIR')
    if (target.type !== 'directory' && moved.type === 'directory') fail('rename', from, 'ENOTDIR')
    if (target.entries.size > 0) fail('rename', from, 'ENOTEMPTY')
    drop(state, target)
  }
  source.parent.entries.delete(source.name)
  link(place, moved)
}

function realPath(state: State, path: string): string {
  const pending = split(path)
  const done: string[] = []
  let followed = 0
  while (pending.length > 0) {
    const name = pending.shift()!
    if (name === '..') done.pop()
    else {
      const found = need(state, 'realPath', `/${[...done, name].join('/')}`)
      if (found.type !== 'link') done.push(name)
      else {
        if (++followed > MAXIMUM_LINKS) fail('realPath', path, 'ELOOP')
        if (found.target.startsWith('/')) done.length = 0
        pending.unshift(...split(found.target))
      }
    }
  }
  return `/${done.join('/')}`
}

/** Number that is added to the device of a file that was not copied up, as overlayfs shows another device. */
const LOWER_DEVICE = 100

function deviceOf({ layout }: State, { volume, type, isLower }: Inode): number {
  if (isLower && type !== 'directory') return LOWER_DEVICE
  return volume === 0 || layout.mounts[volume - 1]!.bind === true ? 1 : 1 + volume
}

function statusOf(state: State, inode: Inode): FileStatus {
  const size = inode.type === 'link' ? inode.target.length : inode.content.bytes.length
  const { type, mode, uid, gid, links, mtime, number } = inode
  return { type, mode, uid, gid, size, links, mtime, device: deviceOf(state, inode), inode: number }
}

function copyTree(inode: Inode, seen: Map<Inode, Inode>): Inode {
  const known = seen.get(inode)
  if (known !== undefined) return known
  const entries = new Map<string, Inode>()
  // Bytes are replaced and never changed, so both have the same.
  const copied: Inode = { ...inode, content: { bytes: inode.content.bytes }, entries }
  seen.set(inode, copied)
  for (const [name, child] of inode.entries) entries.set(name, copyTree(child, seen))
  return copied
}

function listingOf(root: Inode, skip: (relative: string) => boolean): string[] {
  const entries: { path: string; inode: Inode }[] = []
  const walk = (inode: Inode, prefix: string): void => {
    for (const [name, child] of inode.entries) {
      const path = prefix + name
      if (skip(path)) continue
      entries.push({ path, inode: child })
      walk(child, `${path}/`)
    }
  }
  walk(root, '')
  entries.sort((a, b) => (a.path < b.path ? -1 : 1))
  const firstName = new Map<Inode, string>()
  return entries.map(({ path, inode }) => {
    const mode = inode.mode.toString(8).padStart(4, '0')
    const head = `${mode} ${inode.uid} ${inode.gid}`
    if (inode.type === 'link') return `${head} link ${path} -> ${inode.target}`
    if (inode.type === 'directory') return `${head} dir ${path}`
    if (inode.type === 'other') return `${head} other ${path}`
    const first = firstName.get(inode)
    firstName.set(inode, first ?? path)
    const text = JSON.stringify(Buffer.from(inode.content.bytes).toString('latin1'))
    return first === undefined
      ? `${head} file ${path} ${text}`
      : `${head} hardlink ${path} -> ${first} ${text}`
  })
}

function plantParents(state: State, path: string): { parent: Inode; name: string } {
  const parts = split(path)
  const name = parts.pop() ?? fail('plant', path, 'EEXIST')
  let parent = state.root
  for (const part of parts) {
    let next = parent.entries.get(part)
    if (next === undefined) {
      next = newInode(state, 'directory', 0o755)
      link({ parent, name: part }, next)
    }
    parent = next
  }
  return { parent, name }
}

function preparations(
  state: State,
): Pick<MemoryFilesystem, 'plant' | 'plantDirectory' | 'plantLink' | 'plantOther'> {
  return {
    plant(path, content, options = {}) {
      const inode = newInode(state, 'file', options.mode ?? 0o644)
      inode.uid = options.uid ?? 0
      inode.gid = options.gid ?? 0
      inode.content.bytes = typeof content === 'string' ? Buffer.from(content) : content.slice()
      link(plantParents(state, path), inode)
    },
    plantDirectory(path, options = {}) {
      const place = plantParents(state, path)
      const inode = place.parent.entries.get(place.name) ?? newInode(state, 'directory', 0o755)
      inode.mode = options.mode ?? inode.mode
      inode.uid = options.uid ?? inode.uid
      inode.gid = options.gid ?? inode.gid
      link(place, inode)
    },
    plantLink(path, target) {
      link(plantParents(state, path), newInode(state, 'link', 0o777, target))
    },
    plantOther(path) {
      link(plantParents(state, path), newInode(state, 'other', 0o644))
    },
  }
}

function markLower(tree: Inode, path: string, isLower: (path: string) => boolean): void {
  for (const [name, child] of tree.entries) {
    child.isLower = isLower(`${path}/${name}`)
    markLower(child, `${path}/${name}`, isLower)
  }
}

function arrangements(
  state: State,
): Pick<MemoryFilesystem, 'arrange' | 'layout' | 'isLower' | 'mountPoints' | 'renamesDirectories'> {
  return {
    arrange(layout, isLower = () => true) {
      state.layout = layout
      for (const [index, { path }] of layout.mounts.entries()) {
        const top = need(state, 'arrange', path, 'directory')
        enter(top, top.volume, index + 1)
      }
      if (layout.overlay) markLower(state.root, '', isLower)
    },
    layout: () => state.layout,
    isLower: (path) => find(state, 'isLower', path)?.isLower === true,
    mountPoints: () =>
      state.layout.unlisted === true
        ? []
        : ['/', ...state.layout.mounts.map(({ path }) => path)].map((path) => path as AbsolutePath),
    renamesDirectories(path) {
      need(state, 'renamesDirectories', path)
      return !state.layout.overlay
    },
  }
}

function inspections(state: State): Pick<MemoryFilesystem, 'text' | 'listing' | 'clone' | 'limit'> {
  return {
    text: (path) => Buffer.from(need(state, 'readFile', path, 'file').content.bytes).toString('utf8'),
    listing: (path, skip = () => false) => listingOf(need(state, 'readDirectory', path, 'directory'), skip),
    clone: () => fromState({ ...state, free: new Map(state.free), root: copyTree(state.root, new Map()) }),
    limit(bytes, path = '/') {
      state.free.set(need(state, 'limit', path).volume, bytes)
    },
  }
}

function readings(
  state: State,
): Pick<
  Filesystem,
  | 'lstat'
  | 'readDirectory'
  | 'readLink'
  | 'realPath'
  | 'pinDirectory'
  | 'readFile'
  | 'readChunks'
  | 'freeSpace'
  | 'sync'
> {
  return {
    lstat(path) {
      try {
        const found = find(state, 'lstat', path)
        return found && statusOf(state, found)
      } catch (error) {
        if (error instanceof FilesystemError && error.problem.errno === 'ENOTDIR') return undefined
        throw error
      }
    },
    readDirectory: (path) => [...need(state, 'readDirectory', path, 'directory').entries.keys()].sort(),
    readLink(path) {
      const found = need(state, 'readLink', path)
      return found.type === 'link' ? found.target : fail('readLink', path, 'EINVAL')
    },
    realPath: (path) => realPath(state, path) as AbsolutePath,
    pinDirectory: (path) => {
      need(state, 'pinDirectory', path)
      return { path, realPath: realPath(state, path) as AbsolutePath, release: () => {} }
    },
    readFile(path, limit = mostBytesOfFile) {
      const { bytes } = need(state, 'readFile', path, 'file').content
      return bytes.length > limit ? fail('readFile', path, 'EFBIG') : bytes.slice()
    },
    *readChunks(path) {
      const { bytes } = need(state, 'readChunks', path, 'file').content
      for (let from = 0; from < bytes.length; from += 1 << 20) yield bytes.slice(from, from + (1 << 20))
    },
    freeSpace: (path) => Math.min(2 ** 40, freeOf(state, need(state, 'freeSpace', path))),
    sync(path) {
      need(state, 'sync', path)
    },
  }
}

function creations(
  state: State,
): Pick<Filesystem, 'createFile' | 'appendFile' | 'makeDirectory' | 'symbolicLink' | 'hardLink'> {
  return {
    createFile(path, chunks, options) {
      const inode = newInode(state, 'file', options.mode)
      inode.uid = options.owner?.uid ?? inode.uid
      inode.gid = options.owner?.gid ?? inode.gid
      inode.mtime = options.mtime ?? inode.mtime
      link(vacant(state, 'createFile', path), inode)
      try {
        for (const chunk of chunks) write(state, 'createFile', path, inode, chunk)
      } catch (error) {
        if (error instanceof FilesystemError) unlink(state, path)
        throw error
      }
    },
    appendFile(path, bytes) {
      if (find(state, 'appendFile', path) === undefined) {
        link(vacant(state, 'appendFile', path), newInode(state, 'file', 0o644))
      }
      write(state, 'appendFile', path, need(state, 'appendFile', path, 'file'), bytes)
    },
    makeDirectory(path, mode) {
      link(vacant(state, 'makeDirectory', path), newInode(state, 'directory', mode))
    },
    symbolicLink(target, path) {
      link(vacant(state, 'symbolicLink', path), newInode(state, 'link', 0o777, target))
    },
    hardLink(existing, path) {
      const inode = need(state, 'hardLink', existing)
      if (inode.type === 'directory') fail('hardLink', existing, 'EPERM')
      const place = vacant(state, 'hardLink', path)
      if (place.parent.volume !== inode.volume) fail('hardLink', existing, 'EXDEV')
      if (state.layout.mounts[inode.volume - 1]?.linkless === true) fail('hardLink', existing, 'EPERM')
      link(place, inode)
      inode.isLower = false
      inode.links++
    },
  }
}

function unlink(state: State, path: string): void {
  const inode = need(state, 'unlink', path)
  if (inode.type === 'directory') fail('unlink', path, 'EISDIR')
  const place = locate(state, 'unlink', path)!
  place.parent.entries.delete(place.name)
  drop(state, inode)
}

function changes(
  state: State,
): Pick<Filesystem, 'rename' | 'unlink' | 'removeDirectory' | 'setMode' | 'setOwner' | 'setTimes'> {
  return {
    rename: (from, to) => rename(state, from, to),
    unlink: (path) => unlink(state, path),
    removeDirectory(path) {
      if (need(state, 'removeDirectory', path, 'directory').entries.size > 0)
        fail('removeDirectory', path, 'ENOTEMPTY')
      const place = locate(state, 'removeDirectory', path)!
      if (isMounted(place.parent, place.parent.entries.get(place.name)))
        fail('removeDirectory', path, 'EBUSY')
      place.parent.entries.delete(place.name)
    },
    setMode(path, mode) {
      const inode = need(state, 'setMode', path)
      if (inode.type === 'link') fail('setMode', path, 'ELOOP')
      inode.mode = mode
    },
    setOwner(path, uid, gid) {
      const inode = need(state, 'setOwner', path)
      inode.uid = uid
      inode.gid = gid
    },
    setTimes(path, _atime, mtime) {
      need(state, 'setTimes', path).mtime = mtime
    },
  }
}

function fromState(state: State): MemoryFilesystem {
  return {
    ...readings(state),
    ...creations(state),
    ...changes(state),
    ...preparations(state),
    ...inspections(state),
    ...arrangements(state),
  }
}

/** An empty tree: a root directory 0755 root:root. */
export function createMemoryFilesystem(): MemoryFilesystem {
  const state = { nextInode: 1, free: new Map(), layout: { mounts: [], overlay: false } }
  const root: Inode = {
    number: 0,
    type: 'directory',
    mode: 0o755,
    uid: 0,
    gid: 0,
    mtime: 0,
    links: 1,
    content: { bytes: new Uint8Array(0) },
    target: '',
    entries: new Map(),
    volume: 0,
    isLower: false,
  }
  return fromState({ ...state, root })
}
