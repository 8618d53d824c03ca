/** Limits of bytes of one object from a repository, after decoding; a larger object is `bad_size`. */
export interface SizeLimits {
  /** One catalog part or update log. */
  readonly catalogFile: number
  /** One manifest. */
  readonly manifest: number
  /** A payload, stored or unpacked, whose action does not state that size itself. */
  readonly payload: number
  /** `versions` and publisher information. */
  readonly statement: number
}

const MiB = 1024 * 1024

/** The largest catalog part of a real repository has about 100 MB. A JavaScript string holds at most 512 MiB. */
export const defaultSizeLimits: SizeLimits = {
  catalogFile: 480 * MiB,
  manifest: 128 * MiB,
  payload: 256 * MiB,
  statement: 4 * MiB,
}
