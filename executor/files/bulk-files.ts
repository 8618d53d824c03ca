import {
  type Filesystem,
  FilesystemError,
  type FilesystemProblem,
  type NewFileOptions,
  removeTree,
} from '#model'
import { type PayloadFault, PayloadRefused, type StoredPayload, unpack } from './unpack.ts'

/** A file to be made. Plain data: it is sent to workers. */
export interface NewFile extends NewFileOptions {
  readonly path: string
  readonly content:
    | { readonly kind: 'payload'; readonly payload: StoredPayload }
    /** The bytes of another file, which is there already. */
    | { readonly kind: 'copy'; readonly path: string }
}

/** The first of the files, in the order they were given, that could not be made. */
export interface NewFileFailure {
  /** Counts from 0. */
  readonly index: number
  readonly fault:
    | PayloadFault
    | { readonly kind: 'filesystem'; readonly problem: FilesystemProblem }
    /** Whoever should have made it died; it and others may be half made. */
    | { readonly kind: 'worker'; readonly reason: string }
}

/**
 * Work on many files that does not care about its order. Fillings: `inlineBulkFiles`, one after the other through the
 * `Filesystem` port, and the command line's pool of workers, each of which does just that with its share.
 * Every call returns when all is done and nothing is under way any more. `onDone` is told how many are done so far.
 */
export interface BulkFiles {
  /** Makes files, all of them or those before the failure that is returned (and perhaps some after it). */
  make(files: Iterable<NewFile>, onDone: (done: number) => void): NewFileFailure | undefined
  /** Flushes files and directories; `paths` may be read more than once. Throws `FilesystemError`. */
  flush(paths: Iterable<string>, onDone: (done: number) => void): void
  /** Removes whole trees; nothing there is fine. Throws `FilesystemError`. */
  remove(paths: readonly string[]): void
}

/** Makes one file; `undefined` when it is there, whole and verified. */
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

/** Does everything at once and in order, through the port, so that a test sees each call. */
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
    remove(paths) {
      for (const path of paths) removeTree(filesystem, path)
    },
  }
}
