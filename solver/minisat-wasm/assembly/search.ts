/** The search: decisions, restarts, learning. One call of `search` is a bounded slice of it. */

import { analyze, backLevel, collectCore, glue } from './analyze'
import { count0, count1, newClause } from './arena'
import { assumptionCount, assumptions } from './assumptions'
import { decayActivities, popVariable } from './heap'
import { pushPair, pushWatch } from './lists'
import { proveAdded } from './proof'
import { assign, backtrack, propagate } from './propagate'
import { reduceLearnt, simplify } from './reduce'
import {
  clause,
  clauseSize,
  conflicts,
  consistent,
  decisions,
  ensureLevels,
  level,
  levels,
  model,
  phases,
  propagations,
  restarts,
  trailSize,
  values,
  variables,
} from './state'

/** Answers of `search`. */
export const GO_ON: u32 = 0
export const SATISFIABLE: u32 = 1
export const UNSATISFIABLE: u32 = 2
export const EXHAUSTED: u32 = 3

/** Settings that tests lower to reach rare paths soon. */
export let reduceFirst: f64 = 2000
export let reduceStep: f64 = 300
export let lubyUnit: f64 = 128
export let modeFirst: f64 = 1000
export let simplifyCost: f64 = 1

export function configure(first: f64, step: f64, luby: f64, mode: f64, simplification: f64): void {
  reduceFirst = first
  reduceStep = step
  lubyUnit = luby
  modeFirst = mode
  simplifyCost = simplification
  nextReduce = first
  reduceInterval = first
  nextMode = mode
  modeLength = mode
}

let nextReduce: f64 = 2000
let reduceInterval: f64 = 2000

/** Two ways to restart take turns: by the recent glue (false), or by the Luby sequence (true). */
let steady: bool = false
let nextMode: f64 = 1000
let modeLength: f64 = 1000
let lubyIndex: u32 = 0
let nextLuby: f64 = 0
let fastGlue: f64 = 0
let slowGlue: f64 = 0
let glueRestartAt: f64 = 0

let simplifiedTrail: u32 = 0
let simplifiedAt: f64 = 0

let conflictLimit: f64 = 0
let propagationLimit: f64 = 0

/** Sets the limits of a solve, as totals of the statistics. */
export function setLimits(conflictTotal: f64, propagationTotal: f64): void {
  conflictLimit = conflictTotal
  propagationLimit = propagationTotal
}

/** 1, 1, 2, 1, 1, 2, 4, 1, ... */
function luby(index: u32): u32 {
  let size: u32 = 1
  let power: u32 = 0
  while (size < index + 1) {
    power++
    size = 2 * size + 1
  }
  while (size - 1 != index) {
    size = (size - 1) >> 1
    power--
    index %= size
  }
  return (<u32>1) << power
}

function newLevel(): void {
  ensureLevels(level + 1)
  store<u32>(levels + (level << 2), trailSize)
  level++
}

function learn(): void {
  proveAdded(clause, clauseSize)
  backtrack(backLevel)
  const first = load<u32>(clause)
  if (clauseSize == 1) {
    assign(first, 0)
  } else if (clauseSize == 2) {
    const second = load<u32>(clause, 4)
    pushPair(first ^ 1, second)
    pushPair(second ^ 1, first)
    assign(first, (second << 1) | 1)
  } else {
    const address = <u32>newClause(clause, clauseSize, true, glue)
    const second = load<u32>(clause, 4)
    pushWatch(first ^ 1, address | 1, second)
    pushWatch(second ^ 1, address | 1, first)
    assign(first, address)
  }
}

function noteGlue(): void {
  fastGlue += (<f64>glue - fastGlue) * (1.0 / 32)
  const weight = max<f64>(1.0 / (conflicts + 1), 1.0 / 8192)
  slowGlue += (<f64>glue - slowGlue) * weight
}

function switchMode(): void {
  steady = !steady
  modeLength *= 1.5
  nextMode = conflicts + modeLength
  if (steady) {
    lubyIndex = 0
    nextLuby = conflicts + lubyUnit
  }
}

function isRestartDue(): bool {
  if (steady) return conflicts >= nextLuby
  return conflicts >= glueRestartAt && fastGlue > slowGlue * 1.15
}

function restart(): void {
  restarts++
  if (steady) nextLuby = conflicts + lubyUnit * <f64>luby(++lubyIndex)
  else glueRestartAt = conflicts + 3
  // Going below the assumptions would only repeat them.
  backtrack(assumptionCount)
}

function housekeeping(): void {
  if (conflicts >= nextMode) switchMode()
  if (level > assumptionCount && isRestartDue()) restart()
  if (conflicts >= nextReduce) {
    reduceInterval += reduceStep
    nextReduce = conflicts + reduceInterval
    reduceLearnt()
  }
}

function simplifyWhereWorthwhile(): void {
  if (level != 0 || trailSize == simplifiedTrail) return
  // A pass costs as much as the clauses that it reads, so it waits for as much work since the last one.
  if (propagations - simplifiedAt < simplifyCost * <f64>(variables + count0 + count1)) return
  simplify()
  simplifiedTrail = trailSize
  simplifiedAt = propagations
}

function saveModel(): void {
  for (let variable: u32 = 1; variable <= variables; variable++) {
    store<u8>(model + variable, load<i8>(values + (variable << 1)) > 0 ? 1 : 0)
  }
}

function refute(): u32 {
  consistent = false
  clauseSize = 0
  proveAdded(clause, 0)
  return UNSATISFIABLE
}

/** The next decision: assumptions in their order, then by rank; 0 when all is decided, 1 when an assumption is false. */
function nextDecision(): u32 {
  while (level < assumptionCount) {
    const assumption = load<u32>(assumptions + (level << 2))
    const value = load<i8>(values + assumption)
    if (value == 0) return assumption
    if (value < 0) {
      collectCore(assumption)
      return 1
    }
    newLevel()
  }
  while (true) {
    const variable = popVariable()
    if (variable == 0) return 0
    if (load<i8>(values + (variable << 1)) == 0) return (variable << 1) | (load<u8>(phases + variable) ^ 1)
  }
}

/**
 * Searches until an answer, a limit of the solve (EXHAUSTED), or a limit of the slice, both totals of the statistics (GO_ON: call
 * again; slices do not change what the search does).
 */
export function search(sliceConflicts: f64, slicePropagations: f64): u32 {
  if (!consistent) {
    clauseSize = 0
    return UNSATISFIABLE
  }
  while (true) {
    if (propagate()) {
      if (level == 0) return refute()
      if (conflicts >= conflictLimit) {
        // Leave a state that is propagated; the conflict will be met again.
        backtrack(level - 1)
        return EXHAUSTED
      }
      conflicts++
      analyze()
      noteGlue()
      learn()
      decayActivities()
      continue
    }
    if (conflicts >= sliceConflicts || propagations >= slicePropagations) return GO_ON
    if (propagations >= propagationLimit) return EXHAUSTED
    housekeeping()
    simplifyWhereWorthwhile()
    const literal = nextDecision()
    if (literal == 1) return UNSATISFIABLE
    if (literal == 0) {
      saveModel()
      return SATISFIABLE
    }
    decisions++
    newLevel()
    assign(literal, 0)
  }
}
