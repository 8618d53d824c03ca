import { append, attributes } from '#model'
import type { OwnedAction } from '../action-key.ts'
import { isWithin } from '../image-path.ts'
import { findSafely, putAt, type Simulation } from './simulation.ts'
import type { TreeNode } from './target-tree.ts'

function sourcesOf({ action }: OwnedAction): string[] {
  return attributes(action, 'salvage-from')
    .map((source) => source.replace(/^\/+|\/+$/g, ''))
    .filter((source) => source !== '')
}

/** A directory that gets salvaged content back. */
interface Claim {
  readonly simulation: Simulation
  readonly owned: OwnedAction
  /** Longer sources of the same plan; their content goes to other directories. */
  readonly longer: readonly string[]
}

/** Moves the content of `from` to `into`. Fills existing directories; replaces nothing else. */
function bring(claim: Claim, node: TreeNode, from: string, into: string): void {
  const { simulation, owned, longer } = claim
  if (longer.some((source) => isWithin(from, source))) return
  const present = findSafely(simulation, into, owned.fmri)
  if (node.type === 'directory' && (present !== undefined || longer.some((source) => isWithin(source, from))))
    bringChildren(claim, node, from, into)
  else if (present === undefined) {
    simulation.tree.detach(node)
    putAt(simulation, into, node, owned.fmri)
  }
}

function bringChildren(claim: Claim, node: TreeNode, from: string, into: string): void {
  const { tree } = claim.simulation
  for (const name of tree.names(node)) {
    const child = tree.child(node, name)
    if (child !== undefined) bring(claim, child, `${from}/${name}`, `${into}/${name}`)
  }
}

/** The node of a salvaged tree at an old path. */
function partOf(simulation: Simulation, node: TreeNode, from: string, path: string): TreeNode | undefined {
  let part: TreeNode | undefined = node
  for (const name of path.slice(from.length + 1).split('/'))
    part = part?.type === 'directory' ? simulation.tree.child(part, name) : undefined
  return part
}

/**
 * Moves content that this plan salvaged into a directory that names its old path in `salvage-from`. Of several such directories the one
 * with the longest source gets it. The rest stays in lost+found. Source: image-plan §7.
 */
export function takeSalvaged(simulation: Simulation, owned: OwnedAction, path: string): void {
  const sources = simulation.salvaged.length === 0 ? [] : sourcesOf(owned)
  if (sources.length === 0) return
  const all: string[] = []
  for (const { new: next } of simulation.plan.changes)
    if (next?.action.type === 'dir') append(all, sourcesOf(next))
  for (const source of sources) {
    const longer = all.filter((other) => other !== source && isWithin(other, source))
    const claim: Claim = { simulation, owned, longer }
    for (const entry of [...simulation.salvaged]) {
      const { node, from } = entry
      if (isWithin(from, source) && !longer.some((other) => isWithin(from, other))) {
        const into = `${path}${from.slice(source.length)}`
        if (node.type === 'directory') bringChildren(claim, node, from, into)
        else if (findSafely(simulation, into, owned.fmri) === undefined) {
          bring(claim, node, from, into)
          simulation.salvaged.splice(simulation.salvaged.indexOf(entry), 1)
        }
      } else if (isWithin(source, from)) {
        const part = partOf(simulation, node, from, source)
        if (part?.type === 'directory') bringChildren(claim, part, source, path)
      }
    }
  }
}
