/** Adding clauses: literals arrive as a stream of signed integers, each clause ended by 0. */
import { newClause } from './arena'
import { pushPair, pushWatch } from './lists'
import { proveAdded } from './proof'
import { assign, backtrack } from './propagate'
import { clause, clauseSize, clausesAdded, consistent, ensureVariables, marks, values } from './state'

/** Largest variable number. */
export const LARGEST_VARIABLE: u32 = 0x0fffffff

/** The clause being read is true anyway (a literal is true at level 0, or both signs occur). */
let trivial: bool = false
/** A literal was left out because it is false at level 0. */
let shortened: bool = false

/** Makes the variables of `count` integers known; false (and nothing done) when one is out of range. */
export function admit(source: usize, count: u32): bool {
  let highest: u32 = 0
  const end = source + (count << 2)
  for (let place = source; place < end; place += 4) {
    const signed = load<i32>(place)
    const variable: u32 = signed < 0 ? 0 - signed : signed
    if (variable > highest) highest = variable
  }
  if (highest > LARGEST_VARIABLE) return false
  ensureVariables(highest)
  return true
}

/** The kernel's literal for a signed integer. */
export function fromSigned(signed: i32): u32 {
  return signed < 0 ? ((0 - signed) << 1) | 1 : signed << 1
}

/** The signed integer of a kernel literal. */
export function toSigned(literal: u32): i32 {
  const variable = <i32>(literal >> 1)
  return (literal & 1) != 0 ? -variable : variable
}

/** Goes back to level 0 and starts a clause; the search leaves its own in the same buffer. */
export function beginReading(): void {
  backtrack(0)
  clauseSize = 0
}

/** Reads `count` admitted integers; a clause may go on in the next call. */
export function readLiterals(source: usize, count: u32): void {
  const end = source + (count << 2)
  for (let place = source; place < end; place += 4) {
    const signed = load<i32>(place)
    if (signed == 0) {
      finishClause()
      continue
    }
    if (trivial) continue
    const literal = fromSigned(signed)
    const value = load<i8>(values + literal)
    if (value > 0) {
      trivial = true
    } else if (value < 0) {
      shortened = true
    } else {
      const mark = load<u8>(marks + (literal >> 1))
      const own: u8 = (literal & 1) != 0 ? 2 : 1
      if (mark == 0) {
        store<u8>(marks + (literal >> 1), own)
        store<u32>(clause + (clauseSize << 2), literal)
        clauseSize++
      } else if (mark != own) {
        trivial = true
      }
    }
  }
}

function finishClause(): void {
  const size = clauseSize
  for (let i: u32 = 0; i < size; i++) store<u8>(marks + (load<u32>(clause + (i << 2)) >> 1), 0)
  const keep = !trivial && consistent
  if (keep && shortened) proveAdded(clause, size)
  clauseSize = 0
  trivial = false
  shortened = false
  clausesAdded++
  if (!keep) return
  if (size == 0) consistent = false
  else if (size == 1) assign(load<u32>(clause), 0)
  else attach(size)
}

function attach(size: u32): void {
  const first = load<u32>(clause)
  const second = load<u32>(clause, 4)
  if (size == 2) {
    pushPair(first ^ 1, second)
    pushPair(second ^ 1, first)
    return
  }
  const reference = <u32>newClause(clause, size, false, 0)
  pushWatch(first ^ 1, reference, second)
  pushWatch(second ^ 1, reference, first)
}
