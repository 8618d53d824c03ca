import type { Filesystem } from '#model'
import type { BulkFiles, NewFile } from './bulk-files.ts'

/**
 * Whether an operation waits for the disk. full: until its result is on the disk, so that a power cut leaves the old or the new image.
 * none: never; a killed process still leaves the old or the new image, a power cut may leave a mixture. The ports decide: wrap them
 * with `withoutFlushing` and `withoutFlushingMany` for none. See docs/durability.md.
 */
export type FlushPolicy = 'full' | 'none'

/** The same file system, without waiting for the disk. Running processes see no difference. */
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

/** The same work on many files, without waiting for the disk. */
export function withoutFlushingMany(bulk: BulkFiles): BulkFiles {
  return { ...bulk, make: (files, onDone) => bulk.make(unflushed(files), onDone), flush: () => {} }
}
