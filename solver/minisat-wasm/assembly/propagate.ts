/** Assignment, unit propagation and its undoing. */
import { LITERALS_OFFSET, PLACE_OFFSET, SIZE_OFFSET } from './arena'
import { insertVariable } from './heap'
import { pushWatch } from './lists'
import {
  causes,
  HEADER,
  head,
  level,
  levels,
  pairs,
  phases,
  places,
  propagations,
  trail,
  trailSize,
  values,
  watches,
} from './state'

/** The clause that became false: a reason (see state.ts); of a binary one the second literal is `conflictOther`. */
export let conflict: u32 = 0
export let conflictOther: u32 = 0

/** Makes a literal true at the present level. */
export function assign(literal: u32, reason: u32): void {
  store<i8>(values + literal, 1)
  store<i8>(values + (literal ^ 1), -1)
  const place = causes + ((literal >> 1) << 3)
  store<u32>(place, reason)
  store<u32>(place, level, 4)
  store<u32>(trail + (trailSize << 2), literal)
  trailSize++
}

/** Follows all consequences of the trail; true when a clause became false (see `conflict`). */
export function propagate(): bool {
  const truth = values
  const from = head
  while (head < trailSize) {
    const literal = load<u32>(trail + (head << 2))
    head++
    if (visitPairs(truth, literal) || visitWatches(truth, literal)) {
      propagations += head - from
      return true
    }
  }
  propagations += head - from
  return false
}

function visitPairs(truth: usize, literal: u32): bool {
  const header = pairs + literal * HEADER
  let place: usize = load<u32>(header)
  const end: usize = place + (load<u32>(header, 4) << 2)
  const reason = ((literal ^ 1) << 1) | 1
  for (; place < end; place += 4) {
    const other = load<u32>(place)
    const value = load<i8>(truth + other)
    if (value > 0) continue
    if (value < 0) {
      conflict = reason
      conflictOther = other
      return true
    }
    assign(other, reason)
  }
  return false
}

function visitWatches(truth: usize, literal: u32): bool {
  const header = watches + literal * HEADER
  const start: usize = load<u32>(header)
  const end: usize = start + (load<u32>(header, 4) << 3)
  const negated = literal ^ 1
  let from = start
  let to = start
  let failed = false
  while (from < end) {
    const entry = load<u64>(from)
    from += 8
    if (load<i8>(truth + <u32>(entry >> 32)) > 0) {
      store<u64>(to, entry)
      to += 8
      continue
    }
    const reference = <u32>entry
    const clause: usize = reference & ~1
    const first = load<u32>(clause, LITERALS_OFFSET) ^ load<u32>(clause, LITERALS_OFFSET + 4) ^ negated
    const value = load<i8>(truth + first)
    if (value > 0) {
      store<u64>(to, <u64>reference | ((<u64>first) << 32))
      to += 8
      continue
    }
    const literals: usize = clause + LITERALS_OFFSET
    const stop: usize = literals + (load<u32>(clause, SIZE_OFFSET) << 2)
    const begin: usize = literals + (load<u32>(clause, PLACE_OFFSET) << 2)
    let search = begin
    while (search < stop && load<i8>(truth + load<u32>(search)) < 0) search += 4
    if (search == stop) {
      search = literals + 8
      while (search < begin && load<i8>(truth + load<u32>(search)) < 0) search += 4
      if (search == begin) search = stop
    }
    store<u32>(clause, first, LITERALS_OFFSET)
    if (search < stop) {
      const found = load<u32>(search)
      store<u32>(clause, <u32>(search - literals) >> 2, PLACE_OFFSET)
      store<u32>(clause, found, LITERALS_OFFSET + 4)
      store<u32>(search, negated)
      // Never the list being visited: `found` is not false, `negated` is.
      pushWatch(found ^ 1, reference, first)
      continue
    }
    store<u32>(clause, negated, LITERALS_OFFSET + 4)
    store<u64>(to, <u64>reference | ((<u64>first) << 32))
    to += 8
    if (value < 0) {
      conflict = <u32>clause
      failed = true
      break
    }
    assign(first, <u32>clause)
  }
  if (to != from) {
    if (from < end) memory.copy(to, from, end - from)
    store<u32>(header, <u32>(to + (end - from) - start) >> 3, 4)
  }
  return failed
}

/** Undoes every assignment above `target`. */
export function backtrack(target: u32): void {
  if (level <= target) return
  const bottom = load<u32>(levels + (target << 2))
  const truth = values
  // Oldest first: it is likely to come before the others in the heap too, and then each insertion ends at once.
  for (let i = bottom; i < trailSize; i++) {
    const literal = load<u32>(trail + (i << 2))
    const variable = literal >> 1
    store<i8>(truth + literal, 0)
    store<i8>(truth + (literal ^ 1), 0)
    store<u8>(phases + variable, (literal & 1) ^ 1)
    if (load<u32>(places + (variable << 2)) == 0) insertVariable(variable)
  }
  trailSize = bottom
  if (head > bottom) head = bottom
  level = target
}
