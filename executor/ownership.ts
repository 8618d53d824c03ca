/** Permission bits and owner. */
export interface Ownership {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** The bits of a mode that its owner needs to change a directory. */
export const OWNER_ACCESS = 0o700
