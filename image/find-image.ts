import type { AbsolutePath, Filesystem, ImageKind, Result } from '#model'
import type { ImageProblem } from './problems.ts'

/** An image that was found but not opened. */
export interface ImageLocation {
  /** All links resolved. */
  readonly root: AbsolutePath
  readonly metadata: AbsolutePath
  /** By place; the configuration file has the last word. */
  readonly kind: ImageKind
}

/** How to look. Source: image §2. */
export interface FindImageOptions {
  /** `-R`: must be the root itself. */
  readonly exactRoot?: string | undefined
  /** `PKG_IMAGE`: must be the root itself. */
  readonly environmentRoot?: string | undefined
  /** Absolute. Start of the walk upwards. */
  readonly startDirectory: string
  /** Walk up from `startDirectory` (PKG_FIND_IMAGE, or not illumos); otherwise `liveRoot` is taken. */
  readonly walkUp: boolean
  readonly liveRoot: string
}

/** Finds the image a command works on. Problems: `not_an_image`, `foreign_image`. */
export function findImage(
  _filesystem: Filesystem,
  _options: FindImageOptions,
): Result<ImageLocation, ImageProblem> {
  throw new Error('unwritten')
}
