import type { Filesystem } from '#model'

/**
 * What an operation waits for. full: until everything that its result needs is on the disk, so that a power cut leaves the old
 * or the new image. none: for nothing; a killed process still leaves the old or the new image, a power cut may leave a mixture.
 * See README, Durability.
 */
export const flushPolicies = ['full', 'none'] as const
export type FlushPolicy = (typeof flushPolicies)[number]

/** The same file system, not waiting for the disk: what running processes see is the same. */
export function withoutFlushing(filesystem: Filesystem): Filesystem {
  return {
    ...filesystem,
    createFile: (path, chunks, options) => filesystem.createFile(path, chunks, { ...options, fsync: false }),
    appendFile: (path, bytes) => filesystem.appendFile(path, bytes, { fsync: false }),
    sync: () => {},
  }
}
