import type { StemId } from '#model'
import type { Fragments } from './fragment.ts'

/**
 * Merges the runs of one stem that require the same stem at different versions, so that one clause says for all of them that the
 * required stem is present.
 */
export function createPresenceRuns(fragments: Fragments) {
  const { clauses, variables } = fragments
  /** By stem: the runs that require it, as pairs (first, last). */
  const required = new Map<StemId, number[]>()
  return {
    note(target: StemId, first: number, last: number) {
      const known = required.get(target)
      if (known === undefined) required.set(target, [first, last])
      else insertRun(known, first, last)
    },
    /** Writes the merged runs that end between the positions `from` and `to`, and removes all runs. */
    write(stem: StemId, from: number, to: number) {
      if (required.size === 0) return
      required.forEach((runs, target) => {
        for (let index = 0; index < runs.length; ) {
          const first = runs[index]!
          let last = runs[index + 1]!
          for (index += 2; index < runs.length && runs[index]! <= last + 1; index += 2) {
            last = Math.max(last, runs[index + 1]!)
          }
          if (last < from || last > to) continue
          fragments.pull(target)
          fragments.begin(stem, first, last)
          clauses.positive(variables.present(target))
          clauses.end()
        }
      })
      required.clear()
    },
  }
}

/** Inserts a run in order of its first position. Runs come nearly in order. */
function insertRun(runs: number[], first: number, last: number): void {
  let place = runs.length
  runs.push(first, last)
  for (; place > 0 && runs[place - 2]! > first; place -= 2) {
    runs[place] = runs[place - 2]!
    runs[place + 1] = runs[place - 1]!
  }
  runs[place] = first
  runs[place + 1] = last
}
