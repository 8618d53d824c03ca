/** DRAT proof steps, where the host wants them. */
import { proofStep } from './host'

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
