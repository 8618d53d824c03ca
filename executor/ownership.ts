/** Permission bits and owner. */
export interface Ownership {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}
