/**
 * The whole state of one solver: flat arrays in linear memory, addressed by variable (1..variables) or literal.
 * A literal is 2 * variable, plus 1 when negated; `literal ^ 1` is its negation. A reason or conflict is 0 (none), an even
 * address of a clause, or `(literal << 1) | 1` for the other literal of a binary clause.
 */
import { enlarge } from './memory'

/** Highest variable in use. */
export let variables: u32 = 0
let capacity: u32 = 0

/** Per literal i8: 1 true, -1 false, 0 unassigned. */
export let values: usize = 0
/** Per variable 8 bytes: reason u32, level u32. */
export let causes: usize = 0
/** Per variable 16 bytes: priority f64, activity f64. */
export let ranks: usize = 0
/** Per variable u8: value that a decision prefers. */
export let phases: usize = 0
/** Per variable u8: scratch marks of clause loading and conflict analysis; 0 between calls. */
export let marks: usize = 0
/** Per variable u8: 1 where the last model says true. */
export let model: usize = 0
/** Decision heap: variables u32 by position, and position + 1 by variable (0: not in the heap). */
export let heap: usize = 0
export let places: usize = 0
export let heapSize: u32 = 0
/** Assigned literals in order. */
export let trail: usize = 0
export let trailSize: u32 = 0
/** First entry of the trail that is not propagated yet. */
export let head: u32 = 0
/** Per literal 12 bytes: address u32, count u32, capacity u32 of the list that is visited when the literal becomes true. */
export let pairs: usize = 0
export let watches: usize = 0
/** Scratch lists of literals, each with room for every variable. */
export let clause: usize = 0
export let clauseSize: u32 = 0
export let cleanup: usize = 0
export let cleanupSize: u32 = 0
/** Scratch stack, 8 bytes per variable. */
export let stack: usize = 0

/** Per decision level u32: size of the trail before it. */
export let levels: usize = 0
export let level: u32 = 0
/** Per decision level u32: last time it was counted. */
export let stamps: usize = 0
export let stamp: u32 = 0
let levelCapacity: u32 = 0

/** False once the clauses alone are contradictory. */
export let consistent: bool = true

export let conflicts: f64 = 0
export let decisions: f64 = 0
export let propagations: f64 = 0
export let restarts: f64 = 0
export let solves: f64 = 0
export let clausesAdded: f64 = 0

export const HEADER: u32 = 12

/** Makes room for levels 0..count. */
export function ensureLevels(count: u32): void {
  if (count < levelCapacity) return
  const next = count + (count >> 1) + 64
  levels = enlarge(levels, levelCapacity << 2, next << 2)
  stamps = enlarge(stamps, levelCapacity << 2, next << 2)
  levelCapacity = next
}

function ensureCapacity(count: u32): void {
  if (count < capacity) return
  const old = capacity
  const next = max<u32>(count + 1, old + (old >> 1) + 64)
  values = enlarge(values, old << 1, next << 1)
  causes = enlarge(causes, old << 3, next << 3)
  ranks = enlarge(ranks, old << 4, next << 4)
  phases = enlarge(phases, old, next)
  marks = enlarge(marks, old, next)
  model = enlarge(model, old, next)
  heap = enlarge(heap, old << 2, next << 2)
  places = enlarge(places, old << 2, next << 2)
  trail = enlarge(trail, old << 2, next << 2)
  pairs = enlarge(pairs, old * 2 * HEADER, next * 2 * HEADER)
  watches = enlarge(watches, old * 2 * HEADER, next * 2 * HEADER)
  clause = enlarge(clause, old << 2, next << 2)
  cleanup = enlarge(cleanup, old << 2, next << 2)
  stack = enlarge(stack, old << 3, next << 3)
  capacity = next
}

/** Makes variables up to `count` known; each new one enters the heap at its end, which is its place by rank. */
export function ensureVariables(count: u32): void {
  if (count <= variables) return
  ensureCapacity(count)
  for (let variable = variables + 1; variable <= count; variable++) {
    // A new variable has the lowest activity and the highest number, but others may have a negative priority.
    let place = heapSize++
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = load<u32>(heap + (parent << 2))
      if (load<f64>(ranks + (above << 4)) >= 0) break
      store<u32>(heap + (place << 2), above)
      store<u32>(places + (above << 2), place + 1)
      place = parent
    }
    store<u32>(heap + (place << 2), variable)
    store<u32>(places + (variable << 2), place + 1)
  }
  variables = count
}
