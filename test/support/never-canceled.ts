import type { Cancellation } from '#image'

/** A cancellation that is never requested. */
export const neverCanceled: Cancellation = {
  requested: () => false,
  pause: () => Promise.resolve(),
  beforeEnd: () => () => {},
  hold: (work) => work(),
}
