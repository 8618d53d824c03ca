import { hostPath } from '#model'
import { isWithin } from '../image-path.ts'
import type { ExecutorTarget } from '../target.ts'
import { aboveOnDisk, isObstacle, type TargetTree, type TreeNode } from './target-tree.ts'

/** A part of the image within which files can be renamed and linked: a file system, or a part of one that is mounted once more. */
export interface Volume {
  /** Image path of its uppermost directory; '' is the root. */
  readonly top: string
  /** See `Filesystem.renamesDirectories`. */
  readonly renamesDirectories: boolean
}

/** The volumes of an image. */
export type Volumes = ReturnType<typeof openVolumes>

/** Image paths of mount points below the image root. */
function mountedBelow({ filesystem, root }: ExecutorTarget, points: readonly string[]): ReadonlySet<string> {
  const real = filesystem.realPath(root)
  const base = real === '/' ? '/' : `${real}/`
  const below = points.filter((point) => point.startsWith(base) && point !== base)
  return new Set(below.map((point) => point.slice(base.length)))
}

/**
 * Finds the volumes of an image. A directory begins one where the system lists a mount point, or where its device is not that of its
 * parent. Devices of files tell nothing: overlayfs gives files of a lower layer another one. Throws `FilesystemError`.
 */
export function openVolumes(target: ExecutorTarget, tree: TargetTree, metadataPath: string) {
  const { filesystem, root } = target
  const isThere = filesystem.lstat(root) !== undefined
  const points = isThere ? filesystem.mountPoints() : []
  const mounted = isThere ? mountedBelow(target, points) : new Set<string>()
  const newVolume = (top: string): Volume => ({
    top,
    renamesDirectories: !isThere || filesystem.renamesDirectories(hostPath(root, top)),
  })
  const known = new Map<TreeNode, Volume>()

  function isTop({ origin }: TreeNode): boolean {
    if (origin?.parent?.origin === undefined) return false
    return mounted.has(origin.path) || origin.status.device !== origin.parent.origin.status.device
  }

  /** The volume of the content of a directory. */
  function volumeOf(directory: TreeNode): Volume {
    const found = known.get(directory)
    if (found !== undefined) return found
    const { origin } = directory
    const above = aboveOnDisk(directory)
    const volume =
      above === undefined ? newVolume('') : isTop(directory) ? newVolume(origin!.path) : volumeOf(above)
    // A new directory may move.
    if (origin !== undefined) known.set(directory, volume)
    return volume
  }

  function findMetadata(): Volume {
    const found = tree.find(metadataPath)
    if (found !== undefined && !isObstacle(found)) return volumeOf(found)
    // It lies behind a link.
    const { device } = filesystem.lstat(target.metadata) ?? {}
    const isWithRoot = device === tree.root.origin?.status.device
    return isWithRoot ? volumeOf(tree.root) : { top: metadataPath, renamesDirectories: true }
  }

  let metadata: Volume | undefined
  return {
    /** True for a directory on disk where a volume begins, other than the root. */
    isTop,
    volumeOf,
    /** The volume of the metadata folder. */
    metadataVolume(): Volume {
      metadata ??= findMetadata()
      return metadata
    },
    /** The first mount point at or below an image path; undefined: there is none. */
    mountIn(path: string): string | undefined {
      for (const point of mounted) if (isWithin(point, path)) return point
      return undefined
    },
    /** True when something is mounted at the path. */
    isMounted: (path: string): boolean => mounted.has(path),
    /** False where the system lists no mount points: devices alone tell. */
    areListed: points.length > 0,
  }
}
