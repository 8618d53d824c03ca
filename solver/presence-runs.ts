import type { StemId } from '#model'
import type { ClauseBuffer } from './clause.ts'
import type { Phrases } from './phrase.ts'
import type { VariableMap } from './variable-map.ts'

/**
 * Runs of one stem that require another at some version: versions mostly require the same stems, but not the same versions
 * of them, and that the stem is present is said once for all of these.
 */
export interface PresenceRuns {
  note(target: StemId, dependency: number, first: number, last: number): void
  /** Writes the merged runs that end between the positions `from` and `to`, and forgets all. */
  write(stem: StemId, from: number, to: number): void
}

export function createPresenceRuns(
  phrases: Phrases,
  clauses: ClauseBuffer,
  variables: VariableMap,
): PresenceRuns {
  const required = new Map<StemId, { dependency: number; runs: [number, number][] }>()
  return {
    note(target, dependency, first, last) {
      const known = required.get(target)
      if (known === undefined) required.set(target, { dependency, runs: [[first, last]] })
      else known.runs.push([first, last])
    },
    write(stem, from, to) {
      if (required.size === 0) return
      for (const [target, { dependency, runs }] of required) {
        runs.sort((a, b) => a[0] - b[0])
        for (let index = 0; index < runs.length; ) {
          const [first] = runs[index]!
          let last = runs[index]![1]
          for (index += 1; index < runs.length && runs[index]![0] <= last + 1; index += 1) {
            last = Math.max(last, runs[index]![1])
          }
          if (last < from || last > to) continue
          phrases.pull(target)
          phrases.begin(stem, first, last)
          clauses.positive(variables.present(target))
          clauses.end(dependency)
        }
      }
      required.clear()
    },
  }
}
