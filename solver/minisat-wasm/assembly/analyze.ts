/** Conflict analysis: the minimised clause of the first unique implication point, and the failed assumptions. */
import { FLAGS_OFFSET, GLUE_SHIFT, LEARNT, LITERALS_OFFSET, SIZE_OFFSET, USED_SHIFT } from './arena'
import { bumpVariable } from './heap'
import { conflict, conflictOther } from './propagate'
import {
  causes,
  clause,
  clauseSize,
  cleanup,
  cleanupSize,
  HEADER,
  level,
  levels,
  marks,
  pairs,
  stack,
  stamp,
  stamps,
  trail,
  trailSize,
  values,
} from './state'

/** Marks of variables: in the clause, shown to be implied by it, shown not to be. */
const SOURCE: u8 = 1
const IMPLIED: u8 = 2
const NEEDED: u8 = 3

/** Learnt clauses of at most this glue survive one more reduction after each use. */
const MIDDLE_GLUE: u32 = 6

/** Result of `analyze`: number of decision levels in the clause, and the level to go back to. */
export let glue: u32 = 0
export let backLevel: u32 = 0

/** Number of literals of the current level that are not resolved yet. */
let open: u32 = 0

function reasonOf(literal: u32): u32 {
  return load<u32>(causes + ((literal >> 1) << 3))
}

function levelOf(literal: u32): u32 {
  return load<u32>(causes + ((literal >> 1) << 3), 4)
}

function remember(variable: u32): void {
  store<u32>(cleanup + (cleanupSize << 2), variable)
  cleanupSize++
}

function visit(literal: u32): void {
  const variable = literal >> 1
  if (load<u8>(marks + variable) != 0) return
  const at = levelOf(literal)
  if (at == 0) return
  store<u8>(marks + variable, SOURCE)
  remember(variable)
  bumpVariable(variable)
  if (at >= level) {
    open++
  } else {
    store<u32>(clause + (clauseSize << 2), literal)
    clauseSize++
  }
}

/** Number of decision levels among literals. */
function countLevels(literals: usize, count: u32): u32 {
  stamp++
  let distinct: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const at = levelOf(load<u32>(literals + (i << 2)))
    if (load<u32>(stamps + (at << 2)) == stamp) continue
    store<u32>(stamps + (at << 2), stamp)
    distinct++
  }
  return distinct
}

/** Protects a learnt clause that was used from some reductions. Its glue can only decrease. */
function refresh(address: usize, size: u32): void {
  const flags = load<u32>(address, FLAGS_OFFSET)
  if ((flags & LEARNT) == 0) return
  let known = flags >> GLUE_SHIFT
  if (known > 2) known = min(known, countLevels(address + LITERALS_OFFSET, size))
  const used: u32 = known <= MIDDLE_GLUE ? 2 : 1
  store<u32>(address, (known << GLUE_SHIFT) | (used << USED_SHIFT) | (flags & 7), FLAGS_OFFSET)
}

/**
 * Learns from `conflict` at the current level (above 0). Leaves the clause in `clause`: the asserting literal first, then a
 * literal of `backLevel`.
 */
export function analyze(): void {
  clauseSize = 1
  cleanupSize = 0
  open = 0
  let reason = conflict
  let position = trailSize
  let literal: u32 = 0
  if ((reason & 1) != 0) visit(conflictOther)
  while (true) {
    if ((reason & 1) != 0) {
      visit(reason >> 1)
    } else {
      const size = load<u32>(reason, SIZE_OFFSET)
      refresh(reason, size)
      const end: usize = reason + LITERALS_OFFSET + (size << 2)
      for (let place: usize = reason + LITERALS_OFFSET; place < end; place += 4) {
        const other = load<u32>(place)
        if (other != literal) visit(other)
      }
    }
    do {
      position--
      literal = load<u32>(trail + (position << 2))
    } while (load<u8>(marks + (literal >> 1)) == 0)
    open--
    if (open == 0) break
    reason = reasonOf(literal)
    // The literal is resolved, so it is no part of the clause, and the minimisation below must not use it.
    store<u8>(marks + (literal >> 1), 0)
  }
  store<u32>(clause, literal ^ 1)
  shrink()
  for (let i: u32 = 0; i < cleanupSize; i++) store<u8>(marks + load<u32>(cleanup + (i << 2)), 0)
  glue = countLevels(clause, clauseSize)
  if (clauseSize > 2 && clauseSize <= 30 && glue <= MIDDLE_GLUE) shrinkByPairs()
  chooseBackLevel()
}

function levelBit(literal: u32): u32 {
  return (<u32>1) << (levelOf(literal) & 31)
}

/** Removes every literal that the others imply. */
function shrink(): void {
  let reachable: u32 = 0
  for (let i: u32 = 1; i < clauseSize; i++) reachable |= levelBit(load<u32>(clause + (i << 2)))
  let kept: u32 = 1
  for (let i: u32 = 1; i < clauseSize; i++) {
    const literal = load<u32>(clause + (i << 2))
    if (reasonOf(literal) != 0 && isImplied(literal, reachable)) continue
    store<u32>(clause + (kept << 2), literal)
    kept++
  }
  clauseSize = kept
}

/** The `i`-th literal of the reason of a literal, itself left aside where it is met; 0 after the last. */
function antecedent(reason: u32, i: u32): u32 {
  if ((reason & 1) != 0) return i == 0 ? reason >> 1 : 0
  return i < load<u32>(reason, SIZE_OFFSET) ? load<u32>(reason + LITERALS_OFFSET + (i << 2)) : 0
}

/** Depth-first search through the reasons of a literal of the clause: do all paths end in the clause or at level 0? */
function isImplied(literal: u32, reachable: u32): bool {
  let depth: u32 = 1
  store<u32>(stack, literal)
  store<u32>(stack, 0, 4)
  while (depth > 0) {
    const frame: usize = stack + ((depth - 1) << 3)
    const here = load<u32>(frame)
    const step = load<u32>(frame, 4)
    const next = antecedent(reasonOf(here), step)
    if (next == 0) {
      finish(here, IMPLIED)
      depth--
      continue
    }
    store<u32>(frame, step + 1, 4)
    if (next >> 1 == here >> 1 || levelOf(next) == 0) continue
    const mark = load<u8>(marks + (next >> 1))
    if (mark == SOURCE || mark == IMPLIED) continue
    if (mark == NEEDED || reasonOf(next) == 0 || (levelBit(next) & reachable) == 0) {
      for (let i: u32 = 0; i < depth; i++) finish(load<u32>(stack + (i << 3)), NEEDED)
      return false
    }
    store<u32>(stack + (depth << 3), next)
    store<u32>(stack + (depth << 3), 0, 4)
    depth++
  }
  return true
}

function finish(literal: u32, mark: u8): void {
  const variable = literal >> 1
  if (load<u8>(marks + variable) != 0) return
  store<u8>(marks + variable, mark)
  remember(variable)
}

/** Removes literals that a binary clause with the asserting literal makes redundant. */
function shrinkByPairs(): void {
  const asserting = load<u32>(clause)
  for (let i: u32 = 1; i < clauseSize; i++) store<u8>(marks + (load<u32>(clause + (i << 2)) >> 1), SOURCE)
  // The clauses (asserting or other) are in the list of the negation, which is true now.
  const header = pairs + (asserting ^ 1) * HEADER
  let place: usize = load<u32>(header)
  const end: usize = place + (load<u32>(header, 4) << 2)
  let found: u32 = 0
  for (; place < end; place += 4) {
    const other = load<u32>(place)
    // Resolution with the binary clause removes the negation of `other` from the learnt clause.
    if (load<u8>(marks + (other >> 1)) == SOURCE && load<i8>(values + other) > 0) {
      store<u8>(marks + (other >> 1), IMPLIED)
      found++
    }
  }
  let kept: u32 = 1
  for (let i: u32 = 1; i < clauseSize; i++) {
    const literal = load<u32>(clause + (i << 2))
    const mark = load<u8>(marks + (literal >> 1))
    store<u8>(marks + (literal >> 1), 0)
    if (mark == IMPLIED) continue
    store<u32>(clause + (kept << 2), literal)
    kept++
  }
  if (found == 0) return
  clauseSize = kept
  glue = min(glue, countLevels(clause, clauseSize))
}

function chooseBackLevel(): void {
  backLevel = 0
  if (clauseSize == 1) return
  let best: u32 = 1
  for (let i: u32 = 2; i < clauseSize; i++) {
    if (levelOf(load<u32>(clause + (i << 2))) > levelOf(load<u32>(clause + (best << 2)))) best = i
  }
  const literal = load<u32>(clause + (best << 2))
  store<u32>(clause + (best << 2), load<u32>(clause, 4))
  store<u32>(clause, literal, 4)
  backLevel = levelOf(literal)
}

/**
 * Leaves in `clause` the assumptions that clash: assumption `failed` is false under those before it. Every decision on the trail
 * must be an assumption.
 */
export function collectCore(failed: u32): void {
  clauseSize = 0
  store<u32>(clause, failed)
  clauseSize = 1
  if (level == 0 || levelOf(failed) == 0) return
  cleanupSize = 0
  store<u8>(marks + (failed >> 1), SOURCE)
  const bottom = load<u32>(levels)
  for (let i = trailSize; i-- > bottom; ) {
    const literal = load<u32>(trail + (i << 2))
    if (load<u8>(marks + (literal >> 1)) == 0) continue
    store<u8>(marks + (literal >> 1), 0)
    const reason = reasonOf(literal)
    if (reason == 0) {
      store<u32>(clause + (clauseSize << 2), literal)
      clauseSize++
      continue
    }
    for (let step: u32 = 0; ; step++) {
      const other = antecedent(reason, step)
      if (other == 0) break
      if (other >> 1 != literal >> 1 && levelOf(other) > 0) store<u8>(marks + (other >> 1), SOURCE)
    }
  }
}
