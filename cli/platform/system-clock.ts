import type { Clock } from '#model'

/** The clock of the machine. */
export const systemClock: Clock = { now: () => Date.now() }
