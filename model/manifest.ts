import type { Action } from './action.ts'
import type { Fmri } from './fmri.ts'
import type { ValidationProblem } from './problems.ts'
import type { Result } from './result.ts'

/** The actions of one package version, in stored order. */
export interface Manifest {
  readonly actions: readonly Action[]
}

/** Linear time and memory, also for 50 MB. All bad lines are reported together. Problem: `bad_manifest`. */
export function parseManifest(_text: string): Result<Manifest, ValidationProblem> {
  throw new Error('unwritten')
}
/** One canonical action a line, final newline. Order is kept. */
export function formatManifest(_manifest: Manifest): string {
  throw new Error('unwritten')
}
/** The value of `set name=pkg.fmri`, parsed; undefined when absent or bad. */
export function manifestFmri(_manifest: Manifest): Fmri | undefined {
  throw new Error('unwritten')
}
/** Values of a `set` action by name (after legacy rewrites), e.g. `pkg.summary`; empty when absent. */
export function manifestValues(_manifest: Manifest, _name: string): readonly string[] {
  throw new Error('unwritten')
}
