import {
  clearTree,
  type Filesystem,
  FilesystemError,
  type FilesystemProblem,
  type NewFileOptions,
} from '#model'
import { type PayloadFault, PayloadRefused, type StoredPayload, unpack } from './unpack.ts'

/** A file to make. Plain data, because it is sent to worker threads. */
export interface NewFile extends NewFileOptions {
  readonly path: string
  readonly content:
    | { readonly kind: 'payload'; readonly payload: StoredPayload }
    /** The bytes of an existing file. */
    | { readonly kind: 'copy'; readonly path: string }
}

/** The first file, in the order given, that could not be made. */
export interface NewFileFailure {
  /** Counts from 0. */
  readonly index: number
  readonly fault:
    | PayloadFault
    | { readonly kind: 'filesystem'; readonly problem: FilesystemProblem }
    /** The worker of this file died; this file and others may be half made. */
    | { readonly kind: 'worker'; readonly reason: string }
}

/**
 * Port for work on many files in any order. Implementations: `inlineBulkFiles`, one file after the other through the
 * `Filesystem` port, and the worker pool of cli, whose workers do the same with one batch each. A call returns when no work is
 * in progress any more. `onDone` gets the number of files done so far.
 */
export interface BulkFiles {
  /** Makes all files; on failure, all files before the returned one exist, and some after it may. */
  make(files: Iterable<NewFile>, onDone: (done: number) => void): NewFileFailure | undefined
  /** Flushes files and directories. Iterates `paths` more than once. Throws `FilesystemError`. */
  flush(paths: Iterable<string>, onDone: (done: number) => void): void
  /** Removes whole trees as far as possible; missing paths are ignored. Returns one failure for each file that could not be removed. */
  remove(paths: readonly string[]): readonly FilesystemProblem[]
}

/** Makes one file and verifies its content; returns undefined on success. */
export function makeNewFile(filesystem: Filesystem, file: NewFile): NewFileFailure['fault'] | undefined {
  const { path, content } = file
  const chunks =
    content.kind === 'payload' ? unpack(filesystem, content.payload) : filesystem.readChunks(content.path)
  try {
    filesystem.createFile(path, chunks, file)
    return undefined
  } catch (error) {
    if (error instanceof PayloadRefused) return error.fault
    if (error instanceof FilesystemError) return { kind: 'filesystem', problem: error.problem }
    throw error
  }
}

/** Works in the calling thread and in order, through the `Filesystem` port, so that a test sees each call. */
export function inlineBulkFiles(filesystem: Filesystem): BulkFiles {
  return {
    make(files, onDone) {
      let index = 0
      for (const file of files) {
        const fault = makeNewFile(filesystem, file)
        if (fault !== undefined) return { index, fault }
        onDone(++index)
      }
      return undefined
    },
    flush(paths, onDone) {
      let done = 0
      for (const path of paths) {
        filesystem.sync(path)
        onDone(++done)
      }
    },
    remove: (paths) => paths.flatMap((path) => clearTree(filesystem, path)),
  }
}
