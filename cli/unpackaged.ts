import type { Image, OperationProblem } from '#image'
import { attribute, type Filesystem, FilesystemError, ok, type Result } from '#model'
import type { CommandContext } from './command.ts'
import { printable } from './render/message.ts'

/** A file or directory that no package delivers. */
export interface Unpackaged {
  readonly kind: 'file' | 'dir'
  /** Absolute. */
  readonly path: string
}

/** What a walk found, and the directories that could not be read, absolute. */
interface Walk {
  readonly found: readonly Unpackaged[]
  readonly unreadable: readonly string[]
}

/**
 * Walks the image and lists what none of the packages delivers, of each directory first the directories; it does not go down into directories that are not
 * delivered themselves. Parents of delivered paths count as delivered. Problems: those of `describePackages`. Source: cli §5.5, image-plan §12.
 */
async function findUnpackaged(
  image: Image,
  filesystem: Filesystem,
  patterns: readonly string[],
): Promise<Result<Walk, OperationProblem>> {
  const described = await image.describePackages({ patterns, scope: 'installed' })
  if (!described.ok) return described
  const delivered = new Set<string>()
  const filter = image.filter()
  for (const { manifest } of described.value.packages)
    for (const action of manifest.actions) {
      // Records of legacy actions lie in folders that belong to the action.
      const legacy = action.type === 'legacy' ? `var/sadm/pkg/${attribute(action, 'pkg') ?? ''}` : undefined
      const path = (attribute(action, 'path') ?? legacy)?.replace(/^\/+|\/+$/g, '')
      if (path === undefined || path === '' || delivered.has(path) || !filter.actionApplies(action)) continue
      for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
        delivered.add(path.slice(0, end))
    }
  return ok(walk(image.root, filesystem, delivered))
}

function walk(imageRoot: string, filesystem: Filesystem, delivered: ReadonlySet<string>): Walk {
  const found: Unpackaged[] = []
  const unreadable: string[] = []
  const root = imageRoot === '/' ? '' : imageRoot
  const look = (relative: string): void => {
    const files: Unpackaged[] = []
    const inside: string[] = []
    const host = relative === '' ? imageRoot : `${root}/${relative}`
    try {
      for (const name of filesystem.readDirectory(host)) {
        const path = relative === '' ? name : `${relative}/${name}`
        const status = filesystem.lstat(`${root}/${path}`)
        if (status === undefined) continue
        const directory = status.type === 'directory'
        if (delivered.has(path)) {
          if (directory) inside.push(path)
        } else if (directory) found.push({ kind: 'dir', path: `${root}/${path}` })
        else files.push({ kind: 'file', path: `${root}/${path}` })
      }
    } catch (failure) {
      if (!(failure instanceof FilesystemError)) throw failure
      unreadable.push(host)
    }
    found.push(...files)
    for (const path of inside) look(path)
  }
  look('')
  return { found, unreadable }
}

/** What no package among the operands of a command delivers; directories that cannot be read are named as warnings. */
export async function unpackagedContent(
  context: CommandContext,
  image: Image,
): Promise<Result<readonly Unpackaged[], OperationProblem>> {
  const { createNodeFilesystem } = await import('./platform/node-filesystem.ts')
  const walked = await findUnpackaged(image, createNodeFilesystem(), context.arguments.operands)
  if (!walked.ok) return walked
  for (const path of walked.value.unreadable) context.complain(`WARNING: ${printable(path)} cannot be read`)
  return ok(walked.value.found)
}
