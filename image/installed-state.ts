import type { Fmri, Freeze, ImageGeneration, Stem } from '#model'

/** One row of the installed database. Times in milliseconds since 1970-01-01 UTC. */
export interface InstalledRecord {
  /** Full, with publisher and timestamp. */
  readonly fmri: Fmri
  /** True: the user named the package when it was installed. */
  readonly manual: boolean
  readonly installTime: number
  /** Time of the last update; undefined: as first installed. */
  readonly updateTime: number | undefined
  /** Of the stored manifest text, lower-case hex. */
  readonly manifestSha256: string
  /**
   * The depend actions and the package-level set actions, one a line, as a catalog has them. They let a package take part in a solve
   * when no publisher offers it any more.
   */
  readonly catalogActions: string
}

/** Contents of the installed database. Immutable; each commit makes the next generation. */
export interface InstalledState {
  readonly generation: ImageGeneration
  /** Sorted by stem, one per stem. */
  readonly packages: readonly InstalledRecord[]
  /** Sorted. */
  readonly avoided: readonly Stem[]
  /** Sorted by stem. */
  readonly frozen: readonly Freeze[]
}

/** The state of a new image. */
export const emptyState: InstalledState = { generation: 0, packages: [], avoided: [], frozen: [] }
