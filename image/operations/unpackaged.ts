import { isInStage } from '#executor'
import { append, err, type Filesystem, FilesystemError, hostPath, ok, type Result } from '#model'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { imageFilter } from '../state/snapshot.ts'
import { undisturbed } from '../state/undisturbed.ts'
import { describePackages, notInstalled } from './describe-packages.ts'
import { addDeliveredPaths } from './tagged-content.ts'

/** A file or directory that no package delivers. */
export interface Unpackaged {
  readonly kind: 'file' | 'dir'
  /** Absolute. */
  readonly path: string
}

/** What lies in an image without being packaged. */
export interface UnpackagedContent {
  /** Of each directory first the directories, then the files, then what is in its packaged directories. */
  readonly found: readonly Unpackaged[]
  /** Directories that could not be read, absolute. */
  readonly unreadable: readonly string[]
}

/**
 * Walks the image and lists what none of the packages delivers; does not go down into directories that are not delivered
 * themselves, nor through links. Parents of delivered paths count as delivered. No patterns: all installed packages. Problems:
 * `no_candidates` for patterns that match nothing, those of `describePackages`. Source: cli §5.5, image-plan §12.
 */
export async function unpackagedContent(
  context: ImageContext,
  patterns: readonly string[],
): Promise<Result<UnpackagedContent, OperationProblem>> {
  return undisturbed(context, async () => {
    const described = await describePackages(context, { patterns, scope: 'installed' })
    if (!described.ok) return described
    const { packages, misses } = described.value
    if (misses.length > 0) return err(notInstalled(misses, 'verify'))
    const filter = imageFilter(context.config())
    const delivered = new Set<string>()
    for (const { manifest } of packages) addDeliveredPaths(delivered, manifest, filter, 'record-folders')
    return ok(walk(context.root, context.host.filesystem, delivered))
  })
}

function walk(root: string, filesystem: Filesystem, delivered: ReadonlySet<string>): UnpackagedContent {
  const found: Unpackaged[] = []
  const unreadable: string[] = []
  const look = (relative: string): void => {
    const files: Unpackaged[] = []
    const inside: string[] = []
    const host = hostPath(root, relative)
    try {
      for (const name of filesystem.readDirectory(host)) {
        // A stage of an interrupted change whose file system was not mounted during recovery.
        if (isInStage(name)) continue
        const path = relative === '' ? name : `${relative}/${name}`
        const status = filesystem.lstat(hostPath(root, path))
        if (status === undefined) continue
        const directory = status.type === 'directory'
        if (delivered.has(path)) {
          if (directory) inside.push(path)
        } else if (directory) found.push({ kind: 'dir', path: hostPath(root, path) })
        else files.push({ kind: 'file', path: hostPath(root, path) })
      }
    } catch (failure) {
      if (!(failure instanceof FilesystemError)) throw failure
      unreadable.push(host)
    }
    append(found, files)
    for (const path of inside) look(path)
  }
  look('')
  return { found, unreadable }
}
