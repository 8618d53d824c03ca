import type { Action, Filesystem, Fmri, ImageGeneration } from '#model'

/** The image that an executor works on, and its surroundings. */
export interface ExecutorTarget {
  readonly filesystem: Filesystem
  /** Root directory of the image, absolute. */
  readonly root: string
  /** Metadata folder of the image, absolute. It may be on another file system than the root. */
  readonly metadata: string
  /** Absolute path of the gzip payload of an action; the file may be missing. Undefined: no path is known. */
  readonly payloadPath: (action: Action, fmri: Fmri) => string | undefined
  /** Milliseconds since 1970-01-01 UTC; names salvaged content and dates legacy records. */
  readonly now: number
  /** False: an owner that cannot be set (EPERM) stays as it is. */
  readonly asRoot: boolean
}

/** The image that a recovery works on. */
export interface RecoveryTarget {
  readonly filesystem: Filesystem
  readonly root: string
  readonly metadata: string
  /** Names in the metadata folder that plans replace (`ActionPlan.metadataFiles`); a journal may name no others. */
  readonly metadataFiles: readonly string[]
  /** Generation of the durable image state; tells on which side of the commit the run was interrupted. */
  readonly committedGeneration: ImageGeneration
}

/** Metadata folder relative to the root; '' where it lies elsewhere, so that no path of the image leads there. */
export function metadataPathOf({ root, metadata }: Pick<ExecutorTarget, 'root' | 'metadata'>): string {
  const base = root === '/' ? '/' : `${root}/`
  return metadata.startsWith(base) ? metadata.slice(base.length) : ''
}
