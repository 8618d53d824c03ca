import { closeSync, fsyncSync, lstatSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import type { ReplacingCalls } from '#model'

/**
 * The calls that replace a file, on the machine's own file systems. Modes of new files are cut by the umask. Every call throws the errors of
 * Node.
 */
export const nodeFiles: ReplacingCalls = {
  lstat: (path) => lstatSync(path, { throwIfNoEntry: false }),
  createFile(path, chunks, { mode, fsync }) {
    const file = openSync(path, 'wx', mode)
    try {
      for (const chunk of chunks) {
        for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at)
      }
      if (fsync) fsyncSync(file)
    } finally {
      closeSync(file)
    }
  },
  rename: renameSync,
  unlink: unlinkSync,
  sync(path) {
    const file = openSync(path, 'r')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  },
}
