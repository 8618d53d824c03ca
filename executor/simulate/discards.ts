import { leadsToMetadata, type Simulation } from './simulation.ts'
import { isObstacle, type TreeNode } from './target-tree.ts'

/** Removes unpackaged content, directories with all their content. The metadata folder and the directories above it stay. */
export function discard(simulation: Simulation, node: TreeNode): void {
  const { tree } = simulation
  const path = tree.pathOf(node)
  if (leadsToMetadata(simulation, path)) return
  if (node.type === 'directory' && simulation.volumes.isTop(node)) {
    simulation.warnings.push(`${path}: not removed, something is mounted there`)
    return
  }
  if (node.type === 'directory')
    for (const name of tree.names(node)) {
      const child = tree.child(node, name)
      if (child !== undefined) discard(simulation, child)
    }
  tree.detach(node)
}

/** Removes the unpackaged content that a plan names. */
export function simulateDiscards(simulation: Simulation): void {
  for (const path of simulation.plan.discards) {
    const found = simulation.tree.find(path)
    if (found === undefined) continue
    if (isObstacle(found))
      simulation.warnings.push(`${path}: not removed, its parent ${found.path} is not a directory`)
    else discard(simulation, found)
  }
}

/** Removes the content that this plan salvaged and that no directory took over, with the directories made for it. */
export function discardSalvaged(simulation: Simulation): void {
  const { tree } = simulation
  for (const { from, node } of simulation.salvaged.splice(0)) {
    if (node.type !== 'directory' || !tree.isEmpty(node)) simulation.discarded.push(from)
    let parent = node.parent
    discard(simulation, node)
    while (parent !== undefined && parent.origin === undefined && tree.isEmpty(parent)) {
      const empty = parent
      parent = empty.parent
      tree.detach(empty)
    }
  }
}
