import type { DependencyType, SolveRequest } from '#model'

/** What a fact states: a depend action, a part of the request, or a rule that excludes packages. Source: solver-semantics §8.2. */
export type FactKind =
  | DependencyType
  | 'named'
  | 'newer'
  | 'removed'
  | 'reject'
  | 'stays'
  | 'held'
  | 'floor'
  | 'freeze'
  | 'none'
  | 'obsolete'
  | 'variant'
  | 'explicit-install'
  | 'unsupported'
  | 'unknown'
  | 'publisher'

/** One fact of an explanation. The kind says what the texts stand for; `report.ts` has the sentence of each kind. */
export interface Fact {
  readonly kind: FactKind
  readonly subject: string
  readonly object?: string
  readonly range?: string
  readonly reason?: string
  /** The fact is about the image at `/`. */
  readonly place?: 'root'
}

/** A change that makes an unsatisfiable request solvable: another request, or a freeze to lift first. */
export type Fix =
  | ({ readonly kind: 'request' } & SolveRequest)
  | { readonly kind: 'unfreeze'; readonly stem: string }
