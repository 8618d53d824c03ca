import type { Executor } from './executor.ts'
import type { ExecutorTarget } from './target.ts'

/** The executor that changes the image: staged, journalled, undone as a whole when anything fails. */
export function createFilesystemExecutor(_target: ExecutorTarget): Executor {
  throw new Error('unwritten')
}

/** The dry run: decides everything against the disk as the real one does, writes nothing, lists what it would do. */
export function createRecordingExecutor(_target: ExecutorTarget): Executor {
  throw new Error('unwritten')
}
