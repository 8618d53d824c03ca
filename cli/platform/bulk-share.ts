import type { NewFile, NewFileFailure } from '#executor'

/** Part of a large piece of work, sent to one worker. */
export type Share =
  | { readonly kind: 'make'; readonly items: readonly NewFile[] }
  | { readonly kind: 'flush' | 'unlink'; readonly items: readonly string[] }

/** What a worker says when it is done with a share, or met its first failure. */
export interface ShareResult {
  /** `index` counts within the share. */
  readonly failure: NewFileFailure | undefined
  /** Stack of what should never be thrown. */
  readonly bug: string | undefined
}

/** Place in the signal where workers are counted that have started; the first place is for whoever waits. */
export const STARTED = 1
