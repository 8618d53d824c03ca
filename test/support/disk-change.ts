import type { FileStatus } from '#model'

/** One change as the disk may get it. */
export type Change =
  /** Names that point elsewhere from now on (undefined: nowhere), all at once. */
  | { readonly kind: 'names'; readonly names: readonly NamedInode[] }
  | { readonly kind: 'content'; readonly inode: number; readonly bytes: Uint8Array; readonly kept: number }
  | { readonly kind: 'attributes'; readonly inode: number; readonly to: Partial<Attributes> }

/** Where a name in a directory points; undefined: nowhere. */
export interface NamedInode {
  readonly directory: number
  readonly name: string
  readonly inode: number | undefined
}

/** What can be set of an inode beside its content. */
export type Attributes = Pick<FileStatus, 'mode' | 'uid' | 'gid' | 'mtime'>

/** A change in the log. */
export interface LoggedChange {
  readonly index: number
  readonly change: Change
  /** Indexes of changes that this one does not survive without. */
  readonly needs: number[]
  /** Directories that must be flushed before a change of names is. */
  readonly waiting: Set<number>
  /** Position in the log from which on it cannot be lost any more. */
  durableFrom: number
}
