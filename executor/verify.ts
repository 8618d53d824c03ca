import type { Action, Filesystem, Fmri, ImageFilter, Manifest, MediatorSetting } from '#model'

/** One thing that verify noticed. */
export interface Finding {
  readonly level: 'error' | 'warning' | 'info'
  /** Type and name as the report shows them, e.g. `file: usr/bin/x`. */
  readonly item: string
  /** Image-relative path of the action, or undefined for users, groups and the like. */
  readonly path: string | undefined
  /** Detail after the level word. */
  readonly text: string
  readonly action: Action
}

/** What `verifyPackage` looks at. */
export interface VerifyInput {
  readonly filesystem: Filesystem
  /** Root directory of the image, absolute. */
  readonly root: string
  /** Metadata folder, absolute: licence texts lie there. */
  readonly metadata: string
  readonly fmri: Fmri
  readonly manifest: Manifest
  readonly filter: ImageFilter
  /** True when the image's mediation has chosen this link. */
  readonly linkChosen: (action: Action) => boolean
  /** The package and action that overlays this file (`overlay=true`), if any is installed. */
  readonly overlaidBy: (path: string) => { readonly fmri: Fmri; readonly action: Action } | undefined
  /** False: ownership is not reported as wrong where only root could have set it. */
  readonly asRoot: boolean
}

/** Compares the actions of one package with the disk, in manifest order. Empty = fine. Source: cli §5.5, image-plan §12. */
export function verifyPackage(_input: VerifyInput): readonly Finding[] {
  throw new Error('unwritten')
}

/** Which mediated links are on disk: made once from all installed packages, asked for each link. Source: image-plan §8. */
export function chosenLinks(
  _packages: Iterable<{ readonly fmri: Fmri; readonly manifest: Manifest }>,
  _filter: ImageFilter,
  _settings: readonly MediatorSetting[],
): (action: Action) => boolean {
  throw new Error('unwritten')
}
