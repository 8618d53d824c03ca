import type { Cancellation } from '#image'

/** Nobody cancels. */
export const neverCanceled: Cancellation = {
  requested: () => false,
  pause: () => Promise.resolve(),
  beforeEnd: () => () => {},
  hold: (work) => work(),
}
