import type { Filesystem } from '#model'
import type { BulkFiles, NewFile } from './bulk-files.ts'

/**
 * What an operation waits for. full: until everything that its result needs is on the disk, so that a power cut leaves the old
 * or the new image. none: for nothing; a killed process still leaves the old or the new image, a power cut may leave a mixture.
 * Who makes the ports chooses, by wrapping them or not. See docs/durability.md.
 */
export type FlushPolicy = 'full' | 'none'

/** The same file system, not waiting for the disk: what running processes see is the same. */
export function withoutFlushing(filesystem: Filesystem): Filesystem {
  return {
    ...filesystem,
    createFile: (path, chunks, options) => filesystem.createFile(path, chunks, { ...options, fsync: false }),
    appendFile: (path, bytes) => filesystem.appendFile(path, bytes, { fsync: false }),
    sync: () => {},
  }
}

function* unflushed(files: Iterable<NewFile>): Generator<NewFile> {
  for (const file of files) yield file.fsync ? { ...file, fsync: false } : file
}

/** The same for the work on many files. */
export function withoutFlushingMany(bulk: BulkFiles): BulkFiles {
  return { ...bulk, make: (files, onDone) => bulk.make(unflushed(files), onDone), flush: () => {} }
}
