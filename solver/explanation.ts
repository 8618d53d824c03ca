import type { SolveRequest } from '#model'

/** One fact of an explanation; table in solver-semantics §8.2. */
export interface Fact {
  readonly kind: string
  readonly subject: string
  readonly object?: string
  readonly range?: string
  readonly reason?: string
  /** The fact is about the image at `/`. */
  readonly place?: 'root'
}

/** A way out of an unsatisfiable request: another request, or a freeze to lift first. */
export type Fix =
  | ({ readonly kind: 'request' } & SolveRequest)
  | { readonly kind: 'unfreeze'; readonly stem: string }
