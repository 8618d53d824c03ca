import { basename, dirname, join } from 'node:path'
import { type AbsolutePath, err, type Filesystem, type ImageKind, ok, type Result } from '#model'
import { configName, foreignConfigName, metadataNames, setAside } from '../layout.ts'
import type { ImageProblem } from '../problems.ts'
import { attempt } from '../storage.ts'

/** An image that is found but not open. */
export interface ImageLocation {
  /** All links resolved. */
  readonly root: AbsolutePath
  readonly metadata: AbsolutePath
  /** By place; the configuration file has the last word. */
  readonly kind: ImageKind
  /** True: the metadata folder lies beside its place after an interruption; `putBack` moves it back. */
  readonly isSetAside?: true
}

/** Where to look for an image. Source: image §2. */
export interface FindImageOptions {
  /** `-R`: must be the root itself. */
  readonly exactRoot?: string | undefined
  /** `PKG_IMAGE`: must be the root itself. */
  readonly environmentRoot?: string | undefined
  /** Absolute path where the walk upwards starts. */
  readonly startDirectory: string
  /** Walk up from `startDirectory` (PKG_FIND_IMAGE, or not illumos); otherwise `liveRoot` is taken. */
  readonly walkUp: boolean
  readonly liveRoot: string
}

/** Finds the image a command works on. Problems: `not_an_image`, `foreign_image`, `storage` and its kin. */
export function findImage(
  filesystem: Filesystem,
  options: FindImageOptions,
): Result<ImageLocation, ImageProblem> {
  const found = attempt(() => lookFor(filesystem, options))
  return found.ok ? found.value : found
}

function lookFor(filesystem: Filesystem, options: FindImageOptions): Result<ImageLocation, ImageProblem> {
  if (options.exactRoot !== undefined) return exactImage(filesystem, options.exactRoot, 'argument')
  if (options.environmentRoot !== undefined && options.environmentRoot !== '')
    return exactImage(filesystem, options.environmentRoot, 'environment')
  if (!options.walkUp) return exactImage(filesystem, options.liveRoot, 'live-root')
  return searchUpwards(filesystem, options.startDirectory)
}

/** What lies at a root: an image of ours, one of pkg5, or neither. The first metadata directory with a configuration decides. */
export function imageAt(
  filesystem: Filesystem,
  root: AbsolutePath,
): { readonly kind: 'image'; readonly location: ImageLocation } | { readonly kind: 'foreign' | 'none' } {
  let foreign = false
  for (const [kind, name] of metadataNames) {
    const metadata = join(root, name) as AbsolutePath
    // realPath: a metadata directory behind a link is still the image's (var may be one).
    if (isFile(filesystem, join(metadata, configName)))
      return { kind: 'image', location: { root, metadata: filesystem.realPath(metadata), kind } }
    const retired = setAside(metadata)
    if (filesystem.lstat(metadata) === undefined && isFile(filesystem, join(retired, configName))) {
      const parent = filesystem.realPath(dirname(metadata))
      const place = join(parent, basename(metadata)) as AbsolutePath
      return { kind: 'image', location: { root, metadata: place, kind, isSetAside: true } }
    }
    foreign ||= isFile(filesystem, join(metadata, foreignConfigName))
  }
  return { kind: foreign ? 'foreign' : 'none' }
}

function exactImage(
  filesystem: Filesystem,
  path: string,
  source: 'argument' | 'environment' | 'live-root',
): Result<ImageLocation, ImageProblem> {
  const root = resolveRoot(filesystem, path)
  if (root === undefined) return err({ code: 'ips::image_error::not_an_image', path, source })
  const found = imageAt(filesystem, root)
  if (found.kind === 'image') return ok(found.location)
  if (found.kind === 'foreign') return err({ code: 'ips::image_error::foreign_image', path: root })
  return err({ code: 'ips::image_error::not_an_image', path, source })
}

function searchUpwards(filesystem: Filesystem, start: string): Result<ImageLocation, ImageProblem> {
  let root = resolveRoot(filesystem, start)
  while (root !== undefined) {
    const found = imageAt(filesystem, root)
    if (found.kind === 'image') return ok(found.location)
    if (found.kind === 'foreign') return err({ code: 'ips::image_error::foreign_image', path: root })
    const parent = dirname(root) as AbsolutePath
    root = parent === root ? undefined : parent
  }
  return err({ code: 'ips::image_error::not_an_image', path: start, source: 'search' })
}

function resolveRoot(filesystem: Filesystem, path: string): AbsolutePath | undefined {
  const root = attempt(() => filesystem.realPath(path))
  return root.ok ? root.value : undefined
}

function isFile(filesystem: Filesystem, path: string): boolean {
  // A directory we may not look into holds no image of ours.
  const found = attempt(() => filesystem.lstat(path)?.type === 'file')
  return found.ok && found.value
}
