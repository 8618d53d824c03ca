/** One operation on an image. Field names and values as in pkg5's records (image §7). */
export interface HistoryEntry {
  /** Name of its file without extension: start time in UTC and a number, `20261122T101112Z-01`. */
  readonly id: string
  /** `install`, `update`, `refresh-publishers`, ... */
  readonly operation: string
  readonly clientName: string
  readonly clientVersion: string
  readonly commandLine: readonly string[]
  readonly userName: string
  readonly userId: number
  /** Milliseconds since 1970-01-01 UTC. */
  readonly startTime: number
  readonly endTime: number
  readonly outcome: HistoryOutcome
  readonly reason: HistoryReason
  /** Plan text before and after; one package a line. */
  readonly startState: string | undefined
  readonly endState: string | undefined
  readonly errors: readonly string[]
}

export type HistoryOutcome = 'Succeeded' | 'Ignored' | 'Canceled' | 'Failed'
export type HistoryReason =
  | 'None'
  | 'Nothing to do'
  | 'Bad Request'
  | 'Configuration'
  | 'Constrained'
  | 'Locked'
  | 'Search'
  | 'Storage'
  | 'Transport'
  | 'Actuator'
  | 'Out of Memory'
  | 'Insufficient Disk Space'
  | 'Conflicting Actions'
  | 'Unknown'
