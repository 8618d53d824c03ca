import type { Image } from '#image'
import { attribute, type Filesystem } from '#model'
import type { CommandContext } from './command.ts'

/** A file or directory that no package delivers. */
export interface Unpackaged {
  readonly kind: 'file' | 'dir'
  /** Absolute. */
  readonly path: string
}

/**
 * Walks the image and lists what none of the packages delivers, of each directory first the directories; it does not go down into directories that are not
 * delivered themselves. Parents of delivered paths count as delivered. Source: cli §5.5, image-plan §12.
 */
export async function findUnpackaged(
  image: Image,
  filesystem: Filesystem,
  patterns: readonly string[],
): Promise<readonly Unpackaged[]> {
  const described = await image.describePackages({ patterns, scope: 'installed' })
  const delivered = new Set<string>()
  const filter = image.filter()
  for (const { manifest } of described.ok ? described.value.packages : [])
    for (const action of manifest.actions) {
      // Records of legacy actions lie in folders that belong to the action.
      const legacy = action.type === 'legacy' ? `var/sadm/pkg/${attribute(action, 'pkg') ?? ''}` : undefined
      const path = (attribute(action, 'path') ?? legacy)?.replace(/^\/+|\/+$/g, '')
      if (path === undefined || path === '' || delivered.has(path) || !filter.actionApplies(action)) continue
      for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
        delivered.add(path.slice(0, end))
    }
  const found: Unpackaged[] = []
  const root = image.root === '/' ? '' : image.root
  const walk = (relative: string): void => {
    const files: Unpackaged[] = []
    const inside: string[] = []
    for (const name of filesystem.readDirectory(relative === '' ? image.root : `${root}/${relative}`)) {
      const path = relative === '' ? name : `${relative}/${name}`
      const status = filesystem.lstat(`${root}/${path}`)
      if (status === undefined) continue
      const directory = status.type === 'directory'
      if (delivered.has(path)) {
        if (directory) inside.push(path)
      } else if (directory) found.push({ kind: 'dir', path: `${root}/${path}` })
      else files.push({ kind: 'file', path: `${root}/${path}` })
    }
    found.push(...files)
    for (const path of inside) walk(path)
  }
  walk('')
  return found
}

/** What no package among the operands of a command delivers. */
export async function unpackagedContent(
  context: CommandContext,
  image: Image,
): Promise<readonly Unpackaged[]> {
  const { createNodeFilesystem } = await import('./platform/node-filesystem.ts')
  return await findUnpackaged(image, createNodeFilesystem(), context.arguments.operands)
}
