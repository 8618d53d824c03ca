import type { Executor, ExecutorTarget } from '#executor'
import type { Clock, EventSink, Filesystem, LockProcess, Result, ValidationProblem } from '#model'
import type { RepositorySource } from '#repo'
import type { NewSatBackend } from '#solver'

/** A value in a row of SQLite. */
export type SqlValue = number | string | Uint8Array | null

/** A SQLite database in memory. Its methods throw an `Error` with the text of SQLite. */
export interface SqlDatabase {
  /** Result sets of the statements. */
  exec(text: string, parameters?: SqlValue[]): readonly { readonly values: SqlValue[][] }[]
  run(text: string, parameters?: SqlValue[]): unknown
  prepare(text: string): { run(parameters: SqlValue[]): void; free(): unknown }
  /** Bytes of the database file. */
  export(): Uint8Array
  close(): void
}

/** SQLite without files; sql.js is one. */
export interface SqlEngine {
  /** Opens the bytes of a database file, or makes an empty database. */
  readonly Database: new (
    bytes?: Uint8Array | null,
  ) => SqlDatabase
}

/** Loads SQLite. */
export type LoadSql = () => Promise<SqlEngine>

/** Facts about this process and other processes of the host. Injected, so that tests are deterministic. */
export interface ProcessInfo extends LockProcess {
  readonly clientVersion: string
  /** Full command line, for history. */
  readonly commandLine: readonly string[]
  readonly userName: string
  readonly userId: number
  /** Default of `variant.arch`: the processor name as illumos `uname -p` gives it (`i386`, `sparc`, ...). */
  readonly architecture: string
}

/** Requests of the user to end the process (signals), and how the process answers them. */
export interface Cancellation {
  /** True once the user asked the process to end. */
  requested(): boolean
  /** Lets signals arrive: none arrives while work computes or waits for the disk. */
  pause(): Promise<void>
  /** Registers work to do before the process ends at once; the last one registered runs first. The result unregisters it. */
  beforeEnd(work: () => void): () => void
  /** Keeps the process alive while `work` runs. The work checks `requested` itself, cleans up and returns. */
  hold<T>(work: () => Promise<T>): Promise<T>
}

/** The trusted authorities. */
export interface Trust {
  /** Folder with certificates of authorities under their hash names; undefined: the authorities of the run time. */
  readonly caPath: string | undefined
}

/** Everything that image takes from outside. `wireHost` of cli makes one; tests make their own. */
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
  /** Opens a repository by URI (`file://`, `http://`, `https://`). Called once per URI and trust; `close` of the image closes it. */
  readonly openSource: (uri: string, trust: Trust) => Result<RepositorySource, ValidationProblem>
  /** Makes the executor that changes the target: `createFilesystemExecutor`. */
  readonly newExecutor: (target: ExecutorTarget) => Executor | Promise<Executor>
  /** Makes a UUID, by which a publisher may tell images apart. Absent: publishers get none. */
  readonly newUuid?: () => string
  /** Makes the executor of dry runs, which writes nothing: `createDryRunExecutor`. */
  readonly newDryRun: (target: ExecutorTarget) => Executor
}
