import type { Cancellation } from '#image'

/** A cancellation, and the way to request it. */
export interface RequestableCancellation extends Cancellation {
  /** Ends the process at once, or leaves it to the work in `hold`, which rolls back first. */
  request(): void
  /** True once work in `hold` has begun: the command may have changed files. */
  hasHeld(): boolean
}

/** A cancellation that runs the `beforeEnd` work, latest first, and then ends the process with `end`. */
export function createCancellation(end: () => void): RequestableCancellation {
  const last = new Set<() => void>()
  let held = 0
  let everHeld = false
  let requested = false
  return {
    requested: () => requested,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    beforeEnd(work) {
      last.add(work)
      return () => void last.delete(work)
    },
    async hold(work) {
      held += 1
      everHeld = true
      try {
        return await work()
      } finally {
        held -= 1
      }
    },
    hasHeld: () => everHeld,
    request() {
      requested = true
      if (held > 0) return
      for (const work of [...last].reverse()) work()
      end()
    },
  }
}
