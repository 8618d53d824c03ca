import type { Cancellation } from '#image'

/** A cancellation that a signal can request. */
export interface RequestableCancellation extends Cancellation {
  /** Ends the process at once, or, where work is held, as soon as that work has put things in order. */
  request(): void
}

/** Calls `end`, which ends the process, after the work that `beforeEnd` registered. */
export function createCancellation(end: () => void): RequestableCancellation {
  const last = new Set<() => void>()
  let held = 0
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
      try {
        return await work()
      } finally {
        held -= 1
      }
    },
    request() {
      requested = true
      if (held > 0) return
      for (const work of [...last].reverse()) work()
      end()
    },
  }
}
