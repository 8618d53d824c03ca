import type { Cancellation } from '#image'

/** Nobody wishes an end. */
export const neverCanceled: Cancellation = {
  requested: () => false,
  pause: () => Promise.resolve(),
  beforeEnd: () => () => {},
  hold: (work) => work(),
}
