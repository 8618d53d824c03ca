import type { Simulation } from '../simulate/simulation.ts'
import { aboveOnDisk, isInPlace, type TreeNode } from '../simulate/target-tree.ts'
import type { Volume } from '../simulate/volumes.ts'
import type { StagePlace } from './steps.ts'

/** A volume with changes. */
interface Used {
  /** Prefix of names in its stage. */
  readonly prefix: string
  readonly top: string
  /** Path of the deepest directory that the plan keeps and that has all changes below it. */
  shared: string
}

/** The directories from the root to a directory, by their paths on disk. */
function chainTo(directory: TreeNode): TreeNode[] {
  const chain: TreeNode[] = []
  for (let at: TreeNode | undefined = directory; at !== undefined; at = aboveOnDisk(at)) chain.push(at)
  return chain.reverse()
}

/** Path of the last directory on the way to another one that the plan leaves where it is. */
function steadyPath(directory: TreeNode): string {
  const [root, ...below] = chainTo(directory)
  let steady = root!
  for (const node of below) {
    if (!isInPlace(node)) break
    steady = node
  }
  return steady.origin!.path
}

function commonPath(a: string, b: string): string {
  const [one, other] = [a.split('/'), b.split('/')]
  const first = one.findIndex((part, index) => part !== other[index])
  return first < 0 ? a : one.slice(0, first).join('/')
}

/** Gives each volume its stage, and names in it. The metadata folder always has a stage. */
export function stagePlaces({ volumes }: Simulation) {
  const used = new Map<Volume, Used>()
  const known = new Map<TreeNode, string>()
  function find(directory: TreeNode): string {
    const volume = volumes.volumeOf(directory)
    if (volume === volumes.metadataVolume()) return ''
    const shared = steadyPath(directory)
    const found = used.get(volume) ?? { prefix: `@${used.size + 1}/`, top: volume.top, shared }
    found.shared = commonPath(found.shared, shared)
    used.set(volume, found)
    return found.prefix
  }
  return {
    /** Prefix of names in the stage that serves the content of a directory: `@2/`; '' in the metadata folder. */
    prefixOf(directory: TreeNode): string {
      const prefix = known.get(directory) ?? find(directory)
      known.set(directory, prefix)
      return prefix
    },
    places: (): readonly StagePlace[] =>
      Array.from(used.values(), ({ top, shared }) => (top === shared ? [top] : [top, shared])),
  }
}
