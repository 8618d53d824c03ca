import type { Action } from './action.ts'
import type { DependencyType, Tag } from './catalog.ts'
import type { Fmri } from './fmri.ts'
import type { ValidationProblem } from './problems.ts'
import type { Result } from './result.ts'

/** A depend action, read. Source: solver-semantics §4. */
export interface Dependency {
  readonly type: DependencyType
  /** One, or several for require-any and group-any. */
  readonly targets: readonly Fmri[]
  /** Only for conditional. */
  readonly predicate: Fmri | undefined
  readonly rootImage: boolean
  readonly tags: readonly Tag[]
}

/** Problem: `bad_action` for an unknown type, a bad FMRI, or a missing predicate. */
export function parseDependency(_action: Action): Result<Dependency, ValidationProblem> {
  throw new Error('unwritten')
}
