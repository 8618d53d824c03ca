/** The assumptions of the current solve. Assumption i is decided at level i + 1, even if it is true already. */
import { enlarge } from './memory'
import { backtrack } from './propagate'

export let assumptions: usize = 0
export let assumptionCount: u32 = 0
let capacity: u32 = 0
let previousCount: u32 = 0
let same: bool = true

/** Starts a new list of assumptions. */
export function beginAssumptions(): void {
  previousCount = assumptionCount
  assumptionCount = 0
  same = true
}

/** Appends an assumption. While the list repeats the list of the last solve, its decisions stay. */
export function addAssumption(literal: u32): void {
  if (same) {
    if (assumptionCount < previousCount && load<u32>(assumptions + (assumptionCount << 2)) == literal) {
      assumptionCount++
      return
    }
    same = false
    backtrack(assumptionCount)
  }
  if (assumptionCount == capacity) {
    const next = capacity * 2 + 64
    assumptions = enlarge(assumptions, capacity << 2, next << 2)
    capacity = next
  }
  store<u32>(assumptions + (assumptionCount << 2), literal)
  assumptionCount++
}

/** Ends the list. */
export function endAssumptions(): void {
  if (same) backtrack(assumptionCount)
}
