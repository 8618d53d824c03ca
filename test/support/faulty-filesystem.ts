import { type Filesystem, FilesystemError } from '#model'

/** What a crash looks like from inside: no call ever returns again. */
export class Crash extends Error {}

/** How a faulty file system misbehaves. Calls are counted from 1; reading calls count too. */
export type Fault =
  /** Only counts. */
  | { readonly kind: 'none' }
  /** The n-th call fails with an error, and does nothing. */
  | { readonly kind: 'fail'; readonly at: number; readonly errno: string }
  /** The n-th call and all after it throw `Crash`; with `torn` a write that is the n-th call happens in half. */
  | { readonly kind: 'crash'; readonly at: number; readonly torn: boolean }

/** A file system around another that fails on purpose. */
export interface FaultyFilesystem extends Filesystem {
  /** Calls so far. */
  calls(): number
}

function half(chunks: Iterable<Uint8Array>): Uint8Array {
  const bytes = Buffer.concat(Array.from(chunks, (chunk) => chunk.slice()))
  return bytes.subarray(0, Math.floor(bytes.length / 2))
}

/** Wraps a file system; counts every call and misbehaves as told. */
export function createFaultyFilesystem(inner: Filesystem, fault: Fault): FaultyFilesystem {
  let count = 0
  function call<T>(name: string, path: string, work: () => T, tear?: () => void): T {
    count++
    if (fault.kind === 'crash' && count >= fault.at) {
      if (count === fault.at && fault.torn) tear?.()
      throw new Crash(`${name} ${path}`)
    }
    if (fault.kind === 'fail' && count === fault.at) {
      throw new FilesystemError({
        code: 'ips::filesystem_error::call_failed',
        call: name,
        path,
        errno: fault.errno,
      })
    }
    return work()
  }
  return {
    calls: () => count,
    lstat: (path) => call('lstat', path, () => inner.lstat(path)),
    readDirectory: (path) => call('readDirectory', path, () => inner.readDirectory(path)),
    readLink: (path) => call('readLink', path, () => inner.readLink(path)),
    realPath: (path) => call('realPath', path, () => inner.realPath(path)),
    pinDirectory: (path) => call('pinDirectory', path, () => inner.pinDirectory(path)),
    readFile: (path, limit) => call('readFile', path, () => inner.readFile(path, limit)),
    readChunks: (path) => call('readChunks', path, () => inner.readChunks(path)),
    createFile: (path, chunks, options) =>
      call(
        'createFile',
        path,
        () => inner.createFile(path, chunks, options),
        () => inner.createFile(path, [half(chunks)], options),
      ),
    appendFile: (path, bytes, options) =>
      call(
        'appendFile',
        path,
        () => inner.appendFile(path, bytes, options),
        () => inner.appendFile(path, half([bytes]), options),
      ),
    makeDirectory: (path, mode) => call('makeDirectory', path, () => inner.makeDirectory(path, mode)),
    rename: (from, to) => call('rename', from, () => inner.rename(from, to)),
    symbolicLink: (target, path) => call('symbolicLink', path, () => inner.symbolicLink(target, path)),
    hardLink: (existing, path) => call('hardLink', path, () => inner.hardLink(existing, path)),
    unlink: (path) => call('unlink', path, () => inner.unlink(path)),
    removeDirectory: (path) => call('removeDirectory', path, () => inner.removeDirectory(path)),
    setMode: (path, mode) => call('setMode', path, () => inner.setMode(path, mode)),
    setOwner: (path, uid, gid) => call('setOwner', path, () => inner.setOwner(path, uid, gid)),
    setTimes: (path, atime, mtime) => call('setTimes', path, () => inner.setTimes(path, atime, mtime)),
    sync: (path) => call('sync', path, () => inner.sync(path)),
    freeSpace: (path) => call('freeSpace', path, () => inner.freeSpace(path)),
    mountPoints: () => call('mountPoints', '', () => inner.mountPoints()),
    renamesDirectories: (path) => call('renamesDirectories', path, () => inner.renamesDirectories(path)),
  }
}
