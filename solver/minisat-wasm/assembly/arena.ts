/**
 * Clauses of three literals and more: size u32, flags u32, place u32 (index where the next search for a literal to watch
 * starts: without it a long clause would cost quadratic time), literals u32. Flags: bit 0 learnt, bit 1 deleted, bit 2 moved
 * (the size field then holds the new address), bits 3-4 recent use, bits 8-31 glue (decision levels in it when last counted).
 * Problem clauses and learnt ones have an arena each, a chain of chunks; both are also listed by address.
 */
import { allocate, copyWords, enlarge, release } from './memory'
import { causes, HEADER, trail, trailSize, variables, watches } from './state'

export const SIZE_OFFSET: u32 = 0
export const FLAGS_OFFSET: u32 = 4
export const PLACE_OFFSET: u32 = 8
export const LITERALS_OFFSET: u32 = 12
export const LEARNT: u32 = 1
export const DELETED: u32 = 2
export const MOVED: u32 = 4
export const USED_SHIFT: u32 = 3
export const GLUE_SHIFT: u32 = 8

const CHUNK_HEADER: u32 = 8
/** Payload of the first chunk; each next one is twice as big, up to 1 MiB, so that small problems stay small. */
const FIRST_CHUNK: u32 = 4096 - 8
const LARGEST_CHUNK: u32 = 1048576 - 8

/** One arena: 0 for problem clauses, 1 for learnt ones. Fields per arena, 4 bytes each. */
let chunks0: usize = 0
let next0: usize = 0
let end0: usize = 0
let chunks1: usize = 0
let next1: usize = 0
let end1: usize = 0

/** Addresses of the clauses, by arena. */
export let list0: usize = 0
export let count0: u32 = 0
let capacity0: u32 = 0
export let list1: usize = 0
export let count1: u32 = 0
let capacity1: u32 = 0

function newChunk(chain: usize, payload: u32): usize {
  const previous = chain == 0 ? FIRST_CHUNK / 2 : load<u32>(chain, 4)
  const size = max<u32>(min<u32>(previous * 2, LARGEST_CHUNK), payload)
  const chunk = allocate(size + CHUNK_HEADER)
  store<u32>(chunk, chain)
  store<u32>(chunk, size, 4)
  return chunk
}

function releaseChain(chain: usize): void {
  while (chain != 0) {
    const following = load<u32>(chain)
    release(chain, load<u32>(chain, 4) + CHUNK_HEADER)
    chain = following
  }
}

function reserve(bytes: u32, learnt: bool): usize {
  if (learnt) {
    if (end1 - next1 < bytes) {
      chunks1 = newChunk(chunks1, bytes)
      next1 = chunks1 + CHUNK_HEADER
      end1 = next1 + load<u32>(chunks1, 4)
    }
    const block = next1
    next1 += bytes
    return block
  }
  if (end0 - next0 < bytes) {
    chunks0 = newChunk(chunks0, bytes)
    next0 = chunks0 + CHUNK_HEADER
    end0 = next0 + load<u32>(chunks0, 4)
  }
  const block = next0
  next0 += bytes
  return block
}

/** Stores a clause (three literals or more) and lists it. The caller adds its watches. */
export function newClause(literals: usize, size: u32, learnt: bool, glue: u32): usize {
  const clause = reserve(LITERALS_OFFSET + (size << 2), learnt)
  store<u32>(clause, size, SIZE_OFFSET)
  store<u32>(clause, (glue << GLUE_SHIFT) | (learnt ? LEARNT : 0), FLAGS_OFFSET)
  store<u32>(clause, 2, PLACE_OFFSET)
  copyWords(clause + LITERALS_OFFSET, literals, size << 2)
  if (learnt) {
    if (count1 == capacity1) {
      const capacity = capacity1 * 2 + 64
      list1 = enlarge(list1, capacity1 << 2, capacity << 2)
      capacity1 = capacity
    }
    store<u32>(list1 + (count1++ << 2), clause)
  } else {
    if (count0 == capacity0) {
      const capacity = capacity0 + (capacity0 >> 1) + 256
      list0 = enlarge(list0, capacity0 << 2, capacity << 2)
      capacity0 = capacity
    }
    store<u32>(list0 + (count0++ << 2), clause)
  }
  return clause
}

/** Marks a clause for the next sweep. */
export function deleteClause(clause: usize): void {
  store<u32>(clause, load<u32>(clause, FLAGS_OFFSET) | DELETED, FLAGS_OFFSET)
}

/** Moves every live clause of an arena into a new chain, and writes its new address at its old one. Returns the old chain. */
function evacuate(learnt: bool): usize {
  const old = learnt ? chunks1 : chunks0
  const list = learnt ? list1 : list0
  const count = learnt ? count1 : count0
  if (learnt) {
    chunks1 = 0
    next1 = 0
    end1 = 0
  } else {
    chunks0 = 0
    next0 = 0
    end0 = 0
  }
  let kept: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const clause: usize = load<u32>(list + (i << 2))
    const flags = load<u32>(clause, FLAGS_OFFSET)
    if (flags & DELETED) continue
    const bytes = LITERALS_OFFSET + (load<u32>(clause, SIZE_OFFSET) << 2)
    const moved = reserve(bytes, learnt)
    copyWords(moved, clause, bytes)
    store<u32>(clause, moved, SIZE_OFFSET)
    store<u32>(clause, flags | MOVED, FLAGS_OFFSET)
    store<u32>(list + (kept++ << 2), moved)
  }
  if (learnt) count1 = kept
  else count0 = kept
  return old
}

/** Drops watches of deleted clauses and follows moved ones. With `problemToo` false only learnt clauses are looked up. */
function sweepWatches(problemToo: bool): void {
  const last = variables * 2 + 1
  for (let literal: u32 = 2; literal <= last; literal++) {
    const header = watches + literal * HEADER
    const start: usize = load<u32>(header)
    const end: usize = start + (load<u32>(header, 4) << 3)
    let to = start
    for (let from = start; from < end; from += 8) {
      let reference = load<u32>(from)
      if (problemToo || (reference & LEARNT) != 0) {
        const clause: usize = reference & ~1
        const flags = load<u32>(clause, FLAGS_OFFSET)
        if (flags & DELETED) continue
        if (flags & MOVED) reference = load<u32>(clause, SIZE_OFFSET) | (reference & 1)
      }
      const blocker = load<u32>(from, 4)
      store<u32>(to, reference)
      store<u32>(to, blocker, 4)
      to += 8
    }
    store<u32>(header, <u32>(to - start) >> 3, 4)
  }
}

function followReasons(): void {
  for (let i: u32 = 0; i < trailSize; i++) {
    const place = causes + ((load<u32>(trail + (i << 2)) >> 1) << 3)
    const reason = load<u32>(place)
    if (reason == 0 || (reason & 1) != 0) continue
    const flags = load<u32>(reason, FLAGS_OFFSET)
    // A deleted reason can only be one of level 0, which is never read.
    if (flags & DELETED) store<u32>(place, 0)
    else if (flags & MOVED) store<u32>(place, load<u32>(reason, SIZE_OFFSET))
  }
}

/** Removes deleted clauses for good and closes the gaps. `problemToo` must be true when a problem clause was deleted. */
export function sweep(problemToo: bool): void {
  const oldLearnt = evacuate(true)
  const oldProblem = problemToo ? evacuate(false) : 0
  sweepWatches(problemToo)
  followReasons()
  releaseChain(oldLearnt)
  releaseChain(oldProblem)
}
