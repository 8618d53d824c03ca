/** DRAT proof steps, where the host wants them. */
import { proofStep } from './host'
import { stack } from './state'

export let proving: bool = false

export function setProving(on: bool): void {
  proving = on
}

/** The clause follows from those before it. */
export function proveAdded(literals: usize, count: u32): void {
  if (proving) proofStep(0, literals, count)
}

/** The clause is not used any more. */
export function proveDeleted(literals: usize, count: u32): void {
  if (proving) proofStep(1, literals, count)
}

/** A binary clause follows. Uses the scratch stack, which must be free. */
export function provePair(a: u32, b: u32, deleted: bool): void {
  if (!proving) return
  store<u32>(stack, a)
  store<u32>(stack, b, 4)
  proofStep(deleted ? 1 : 0, stack, 2)
}
