import type { SqlJsStatic } from 'sql.js'
import type { Executor, ExecutorTarget } from '#executor'
import type { Clock, EventSink, Filesystem, Result, ValidationProblem } from '#model'
import type { RepositorySource } from '#repo'
import type { NewSatBackend } from '#solver'

/** Loads sql.js; the caller knows where `sql-wasm.wasm` lies. */
export type LoadSql = () => Promise<SqlJsStatic>

/** Facts about this process and its peers on the host; injected so that tests are deterministic. */
export interface ProcessInfo {
  readonly pid: number
  readonly hostname: string
  /** Name in the lock file and in history, e.g. `pkg6`. */
  readonly clientName: string
  readonly clientVersion: string
  /** Full command line, for history. */
  readonly commandLine: readonly string[]
  readonly userName: string
  readonly userId: number
  /** Default of `variant.arch`: the processor name as illumos `uname -p` gives it (`i386`, `sparc`, ...). */
  readonly architecture: string
  /**
   * Mark of the moment a process of this host started (Linux: field 22 of /proc/PID/stat), so that a reused pid is not
   * taken for its predecessor. 'gone': there is no such process; 'unknown': it exists but the host does not tell when it started.
   */
  startMark(pid: number): string | 'gone' | 'unknown'
}

/** The user's wish that this process end (a signal), and what is done about it. */
export interface Cancellation {
  /** True when it was wished. */
  requested(): boolean
  /** Lets the wish be heard: work that computes or waits for the disk hears nothing meanwhile. */
  pause(): Promise<void>
  /** What is still to be done before the process ends on the spot, the last first; call the result when it is not any more. */
  beforeEnd(work: () => void): () => void
  /** The process does not end while this runs: the work asks `requested` itself, puts things in order and returns. */
  hold<T>(work: () => Promise<T>): Promise<T>
}

/** Everything the image room takes from outside; filled by `cli/wiring` or by a test. */
export interface ImageHost {
  readonly filesystem: Filesystem
  readonly clock: Clock
  readonly process: ProcessInfo
  readonly events: EventSink
  readonly cancellation: Cancellation
  /** Loads sql.js; called at most once, and only by commands that write or find no usable snapshot file. */
  readonly loadSql: LoadSql
  /** Loads the SAT engine; called at most once. */
  readonly loadBackend: () => Promise<NewSatBackend>
  /** Opens a repository by URI (`file://`, `http://`, `https://`). Called once per URI; `close` of the image closes it. */
  readonly openSource: (uri: string) => Result<RepositorySource, ValidationProblem>
  /** Makes the executor that changes the target: `createFilesystemExecutor`. */
  readonly newExecutor: (target: ExecutorTarget) => Executor | Promise<Executor>
  /** Makes the executor of dry runs, which writes nothing: `createDryRunExecutor`. */
  readonly newDryRun: (target: ExecutorTarget) => Executor
}
