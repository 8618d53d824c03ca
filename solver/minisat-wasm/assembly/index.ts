/**
 * The calls the host makes. Integers pass through one staging buffer of `STAGING` entries; literals in it are signed and not
 * 0 except as end of a clause. The host checks states and arguments; see ../index.mjs.
 */
import { count1 } from './arena'
import { addAssumption, beginAssumptions, endAssumptions } from './assumptions'
import { changePriority } from './heap'
import { admit, beginReading, fromSigned, readLiterals, toSigned } from './load'
import { allocate } from './memory'
import { setProving } from './proof'
import { backtrack } from './propagate'
import { configure, search, setLimits } from './search'
import {
  causes,
  clause,
  clauseSize,
  clausesAdded,
  conflicts,
  decisions,
  ensureVariables,
  model,
  phases,
  propagations,
  restarts,
  solves,
  values,
  variables,
} from './state'

/** Integers that fit the staging buffer. */
const STAGING: u32 = 16384

let staging: usize = 0

/** Makes the staging buffer; once, before all other calls. */
export function stagingAddress(): usize {
  if (staging == 0) staging = allocate(STAGING << 2)
  return staging
}

export function stagingLength(): u32 {
  return STAGING
}

/** Makes ready for clauses, which `readClauses` takes. */
export function beginClauses(): void {
  beginReading()
}

/** Reads the first `count` integers of the staging buffer as clauses; false when a variable is out of range. */
export function readClauses(count: u32): bool {
  if (!admit(staging, count)) return false
  readLiterals(staging, count)
  return true
}

/** Starts a solve; assumptions follow by `assume`, then `endAssuming`. */
export function beginAssuming(): void {
  beginAssumptions()
}

/** Takes the first `count` integers of the staging buffer as assumptions. The host has had them admitted. */
export function assume(count: u32): void {
  for (let i: u32 = 0; i < count; i++) addAssumption(fromSigned(load<i32>(staging + (i << 2))))
}

export function endAssuming(conflictLimit: f64, propagationLimit: f64): void {
  endAssumptions()
  setLimits(conflicts + conflictLimit, propagations + propagationLimit)
  solves++
}

/** Makes the variables in the first `count` integers of the staging buffer known; false when one is out of range. */
export function admitStaged(count: u32): bool {
  return admit(staging, count)
}

/** One slice of the search of at most so many conflicts and propagations more: 0 go on, 1 sat, 2 unsat, 3 limit reached. */
export function step(sliceConflicts: f64, slicePropagations: f64): u32 {
  return search(conflicts + sliceConflicts, propagations + slicePropagations)
}

/** Address of one byte per variable (0 to variables): 1 where the model says true. */
export function modelAddress(): usize {
  return model
}

/** Number of failed assumptions; `coreAddress` has them, as signed integers. Once per solve: it rewrites them in place. */
export function coreLength(): u32 {
  for (let i: u32 = 0; i < clauseSize; i++) {
    const place = clause + (i << 2)
    store<i32>(place, toSigned(load<u32>(place)))
  }
  const length = clauseSize
  clauseSize = 0
  return length
}

export function coreAddress(): usize {
  return clause
}

export function setPhase(variable: u32, value: bool): void {
  ensureVariables(variable)
  // Undoing an assignment saves its value as the phase: that must happen before, not after.
  if (load<i8>(values + (variable << 1)) != 0) {
    const at = load<u32>(causes + (variable << 3), 4)
    if (at > 0) backtrack(at - 1)
  }
  store<u8>(phases + variable, value ? 1 : 0)
}

export function setPriority(variable: u32, priority: f64): void {
  ensureVariables(variable)
  changePriority(variable, priority)
}

export function prove(on: bool): void {
  setProving(on)
}

export function tune(first: f64, increment: f64, luby: f64, mode: f64, simplification: f64): void {
  configure(first, increment, luby, mode, simplification)
}

export function variableCount(): u32 {
  return variables
}
export function clauseCount(): f64 {
  return clausesAdded
}
export function learntCount(): u32 {
  return count1
}
export function solveCount(): f64 {
  return solves
}
export function conflictCount(): f64 {
  return conflicts
}
export function decisionCount(): f64 {
  return decisions
}
export function propagationCount(): f64 {
  return propagations
}
export function restartCount(): f64 {
  return restarts
}
