/** Deletion: learnt clauses of high glue, and what the facts of level 0 make redundant. */
import {
  count0,
  count1,
  deleteClause,
  FLAGS_OFFSET,
  GLUE_SHIFT,
  LITERALS_OFFSET,
  PLACE_OFFSET,
  list0,
  list1,
  SIZE_OFFSET,
  sweep,
  USED_SHIFT,
} from './arena'
import { dropList, pushPair } from './lists'
import { allocate } from './memory'
import { proveAdded, proveDeleted } from './proof'
import { causes, clause, HEADER, pairs, trail, trailSize, values, variables, watches } from './state'

/** Clauses of at most this glue are kept for ever. */
const KEPT_GLUE: u32 = 2
const KEYS: u32 = 4096

let histogram: usize = 0

function isLocked(address: usize): bool {
  const first = load<u32>(address, LITERALS_OFFSET)
  return load<i8>(values + first) > 0 && load<u32>(causes + ((first >> 1) << 3)) == <u32>address
}

/** Worse clauses have higher keys: glue first, then length. */
function keyOf(address: usize): u32 {
  const glue = min<u32>(load<u32>(address, FLAGS_OFFSET) >> GLUE_SHIFT, 63)
  return (glue << 6) | min<u32>(load<u32>(address, SIZE_OFFSET) >> 2, 63)
}

function isCandidate(address: usize): bool {
  const flags = load<u32>(address, FLAGS_OFFSET)
  return flags >> GLUE_SHIFT > KEPT_GLUE && ((flags >> USED_SHIFT) & 3) == 0 && !isLocked(address)
}

function forget(address: usize): void {
  proveDeleted(address + LITERALS_OFFSET, load<u32>(address, SIZE_OFFSET))
  deleteClause(address)
}

/** Deletes the worse half of the learnt clauses that were not used lately; at equal worth the older ones. */
export function reduceLearnt(): void {
  if (histogram == 0) histogram = allocate(KEYS << 2)
  memory.fill(histogram, 0, KEYS << 2)
  let candidates: u32 = 0
  for (let i: u32 = 0; i < count1; i++) {
    const address: usize = load<u32>(list1 + (i << 2))
    if (!isCandidate(address)) continue
    const bucket = histogram + (keyOf(address) << 2)
    store<u32>(bucket, load<u32>(bucket) + 1)
    candidates++
  }
  let rest = candidates >> 1
  let threshold: u32 = KEYS - 1
  while (threshold > 0 && load<u32>(histogram + (threshold << 2)) <= rest) {
    rest -= load<u32>(histogram + (threshold << 2))
    threshold--
  }
  for (let i: u32 = 0; i < count1; i++) {
    const address: usize = load<u32>(list1 + (i << 2))
    if (isCandidate(address)) {
      const key = keyOf(address)
      if (key > threshold) {
        forget(address)
      } else if (key == threshold && rest > 0) {
        rest--
        forget(address)
      }
      continue
    }
    const flags = load<u32>(address, FLAGS_OFFSET)
    const used = (flags >> USED_SHIFT) & 3
    if (used > 0) store<u32>(address, flags - (1 << USED_SHIFT), FLAGS_OFFSET)
  }
  sweep(false)
}

/** Deletes a clause that level 0 satisfies, or takes its false literals out. */
function tidy(address: usize): void {
  const size = load<u32>(address, SIZE_OFFSET)
  const literals = address + LITERALS_OFFSET
  let kept: u32 = 0
  for (let i: u32 = 0; i < size; i++) {
    const literal = load<u32>(literals + (i << 2))
    const value = load<i8>(values + literal)
    if (value > 0) {
      forget(address)
      return
    }
    if (value < 0) continue
    store<u32>(clause + (kept << 2), literal)
    kept++
  }
  if (kept == size) return
  // Two literals are watched and so not false here: at least two remain, in the same two places.
  proveAdded(clause, kept)
  if (kept == 2) {
    const first = load<u32>(clause)
    const second = load<u32>(clause, 4)
    pushPair(first ^ 1, second)
    pushPair(second ^ 1, first)
    forget(address)
    return
  }
  proveDeleted(literals, size)
  memory.copy(literals, clause, kept << 2)
  store<u32>(address, kept, SIZE_OFFSET)
  store<u32>(address, 2, PLACE_OFFSET)
  const flags = load<u32>(address, FLAGS_OFFSET)
  const glue = flags >> GLUE_SHIFT
  if (glue >= kept) store<u32>(address, ((kept - 1) << GLUE_SHIFT) | (flags & 255), FLAGS_OFFSET)
}

function tidyPairs(): void {
  const last = variables * 2 + 1
  for (let literal: u32 = 2; literal <= last; literal++) {
    const header = pairs + literal * HEADER
    const start: usize = load<u32>(header)
    const end: usize = start + (load<u32>(header, 4) << 2)
    let to = start
    for (let from = start; from < end; from += 4) {
      const other = load<u32>(from)
      if (load<i8>(values + other) != 0) continue
      store<u32>(to, other)
      to += 4
    }
    store<u32>(header, <u32>(to - start) >> 2, 4)
  }
}

/** Removes what the facts of level 0 satisfy or falsify. Needs level 0 and a trail that is fully propagated. */
export function simplify(): void {
  for (let i: u32 = 0; i < trailSize; i++) {
    const literal = load<u32>(trail + (i << 2))
    const cause = causes + ((literal >> 1) << 3)
    // The clause that implied the fact may be deleted now, so a proof needs the fact as a clause.
    if (load<u32>(cause) != 0) proveAdded(trail + (i << 2), 1)
    store<u32>(cause, 0)
    dropList(pairs + literal * HEADER, 2)
    dropList(pairs + (literal ^ 1) * HEADER, 2)
    dropList(watches + literal * HEADER, 3)
    dropList(watches + (literal ^ 1) * HEADER, 3)
  }
  for (let i: u32 = 0; i < count0; i++) tidy(load<u32>(list0 + (i << 2)))
  for (let i: u32 = 0; i < count1; i++) tidy(load<u32>(list1 + (i << 2)))
  tidyPairs()
  sweep(true)
}
