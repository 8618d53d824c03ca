import type { Action, Filesystem, Fmri, ImageGeneration } from '#model'

/** Where and with what a plan is carried out. Shared by the fillings that write to a file system. */
export interface ExecutorTarget {
  readonly filesystem: Filesystem
  /** Root directory of the image, absolute. */
  readonly root: string
  /** Metadata folder of the image, absolute; on the same file system as the root. */
  readonly metadata: string
  /** Absolute path of the gzip payload of an action, which need not be there; undefined where none is known. */
  readonly payloadPath: (action: Action, fmri: Fmri) => string | undefined
  /** Milliseconds since 1970-01-01 UTC: stamps of salvaged content and of legacy records. */
  readonly now: number
  /** False: owners that may not be set (EPERM) are left as they are. */
  readonly asRoot: boolean
}

/** What recovery needs to know. */
export interface RecoveryTarget {
  readonly filesystem: Filesystem
  readonly root: string
  readonly metadata: string
  /** Names in the metadata folder that plans replace (`ActionPlan.metadataFiles`); a journal may name no others. */
  readonly metadataFiles: readonly string[]
  /** Generation of the image state that is durable now; tells on which side of the commit the crash was. */
  readonly committedGeneration: ImageGeneration
}

/** Metadata folder relative to the root; '' where it lies elsewhere, so that no path of the image leads there. */
export function metadataPathOf({ root, metadata }: Pick<ExecutorTarget, 'root' | 'metadata'>): string {
  const base = root === '/' ? '/' : `${root}/`
  return metadata.startsWith(base) ? metadata.slice(base.length) : ''
}
