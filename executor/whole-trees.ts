import { ancestorsOf, parentOf } from './image-path.ts'
import type { DisplacingStep, PlacingStep, StagedDirectory, StagedNode, StepPlan } from './steps.ts'

/** Directories by their path, without those that were ruled out and all above them. */
function withoutAncestors<T extends { readonly path: string }>(
  directories: readonly T[],
  ruledOut: readonly { readonly path: string }[],
): ReadonlyMap<string, T> {
  const whole = new Map(directories.map((step) => [step.path, step]))
  for (const { path } of ruledOut) {
    for (const ancestor of ancestorsOf(path)) whole.delete(ancestor)
  }
  return whole
}

/** The topmost directory of a set that a path is in or is; undefined when none is. A set has no gaps on the way down. */
function topOf(whole: ReadonlyMap<string, unknown>, path: string): string | undefined {
  let top = whole.has(path) ? path : undefined
  for (const ancestor of ancestorsOf(path)) {
    if (whole.has(ancestor)) top = ancestor
    else if (top !== undefined) return top
  }
  return top
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Trees by their top; what is in them is added. */
class Trees {
  readonly #contents = new Map<string, string[]>()
  readonly #names = new Map<string, string>()
  #next: number

  constructor(next: number) {
    this.#next = next
  }

  /** Adds a top or something in its tree; gives its name in the stage. */
  add(folder: 'old' | 'new', top: string, path: string, isDirectory: boolean): string {
    let name = this.#names.get(top)
    if (name === undefined) {
      name = `${folder}/${this.#next++}`
      this.#names.set(top, name)
      this.#contents.set(top, [])
    }
    if (path === top) return name
    const inside = path.slice(top.length + 1)
    this.#contents.get(top)!.push(isDirectory ? `${inside}/` : inside)
    return `${name}/${inside}`
  }

  get next(): number {
    return this.#next
  }

  *each(): Generator<{ path: string; name: string; content: readonly string[] }> {
    for (const [path, content] of this.#contents) {
      yield { path, name: this.#names.get(path)!, content: content.sort(byText) }
    }
  }
}

function gatherRemovals(plan: StepPlan): StepPlan {
  const rehomed = new Set(plan.placing.flatMap((step) => (step.do === 'rehome' ? [step.from] : [])))
  const removed = plan.displacing.filter((step) => step.do === 'remove-directory')
  const kept = plan.displacing.filter((step) => step.do === 'displace' && rehomed.has(step.to))
  const whole = withoutAncestors(removed, kept)
  const trees = new Trees(plan.next)
  const displacing: DisplacingStep[] = []
  for (const step of plan.displacing) {
    const top = topOf(whole, step.path)
    if (top === undefined) displacing.push(step)
    else trees.add('old', top, step.path, step.do === 'remove-directory')
  }
  for (const { path, name, content } of trees.each())
    displacing.push({ do: 'displace-tree', path, to: name, content })
  displacing.sort((a, b) => byText(b.path, a.path))
  return { ...plan, displacing, next: trees.next }
}

function gatherAdditions(plan: StepPlan): StepPlan {
  const made = plan.placing.filter((step) => step.do === 'make-directory')
  const foreign = plan.placing.filter((step) => step.do === 'rehome')
  const whole = withoutAncestors(made, foreign)
  const trees = new Trees(plan.next)
  const names = new Map<string, string>()
  const directories: StagedDirectory[] = []
  const placing: PlacingStep[] = []
  const attributes: PlacingStep[] = []
  for (const step of plan.placing) {
    const top = step.do === 'attributes' ? undefined : topOf(whole, step.path)
    if (step.do === 'attributes') attributes.push(step)
    else if (top === undefined) placing.push(step)
    else {
      const name = trees.add('new', top, step.path, step.do === 'make-directory')
      if (step.do === 'place') names.set(step.from, name)
      if (step.do === 'make-directory') {
        const { mode, uid, gid } = step
        directories.push({ name, mode, uid, gid })
      }
    }
  }
  for (const { path, name, content } of trees.each())
    placing.push({ do: 'place-tree', from: name, path, content })
  placing.sort((a, b) => byText(a.path, b.path))
  const staged = plan.staged.map((one): StagedNode => ({ ...one, name: names.get(one.name) ?? one.name }))
  return { ...plan, placing: [...placing, ...attributes], directories, staged, next: trees.next }
}

/**
 * The same change in fewer steps: a directory that comes with everything in it is filled in the stage and placed by one rename, one
 * that goes with everything in it is taken away by one. Not those that something moves into or out of. Modes that keep their
 * owner out are still set at the end.
 */
export function gatherTrees(plan: StepPlan): StepPlan {
  return gatherAdditions(gatherRemovals(plan))
}

/** How many single things a step moves. */
export function sizeOfStep(step: DisplacingStep | PlacingStep): number {
  return 'content' in step ? 1 + step.content.length : 1
}

/** Directories of a tree's content, the tree itself first; '' is the tree itself. */
export function directoriesOf(content: readonly string[]): string[] {
  return ['', ...content.filter((inside) => inside.endsWith('/')).map((inside) => inside.slice(0, -1))]
}

/** Names that each directory of a tree holds, by directory; '' is the tree itself. */
export function namesInTree(content: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>(
    directoriesOf(content).map((directory) => [directory, new Set()]),
  )
  for (const inside of content) {
    const path = inside.endsWith('/') ? inside.slice(0, -1) : inside
    names.get(parentOf(path))?.add(path.slice(path.lastIndexOf('/') + 1))
  }
  return names
}
