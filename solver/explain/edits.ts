import { parsePattern, type SolveRequest, stemMatcher } from '#model'
import type { Fact } from '../explanation.ts'
import type { ResolveInput } from '../resolve-input.ts'

/** A change of a request that takes one fact away. */
export interface Edit {
  readonly change: (request: SolveRequest) => SolveRequest
  /** Takes the same fact away and leaves more of what was asked for. */
  readonly milder?: Edit
}

/** Ways out that lift one fact each, by how much they leave of what was asked for and of what is installed. */
export interface Edits {
  /** Name what is held, leave out a member of a group, take what was rejected. */
  readonly mild: readonly Edit[]
  /** Ask for any version. */
  readonly loosening: readonly Edit[]
  /** Do not ask for a package. */
  readonly dropping: readonly Edit[]
  /** Remove what is in the way. */
  readonly removing: readonly Edit[]
  /** Freezes to lift. */
  readonly frozen: readonly string[]
}

/** The edits that lift a fact of one reason, in the order of the facts. Source: solver-semantics §8.2. */
export function editsOf({ request }: ResolveInput, facts: readonly Fact[]): Edits {
  const mild: Edit[] = []
  const loosening: Edit[] = []
  const dropping: Edit[] = []
  const removing: Edit[] = []
  const frozen: string[] = []
  const { operation, patterns } = request
  // What changes facets or variants is not part of the request, so its command cannot be written down; a sync has none.
  const isWhole = !['change-facet', 'change-variant', 'sync'].includes(operation)
  const takesNames = operation === 'install' || (operation === 'update' && patterns.length > 0)
  const mayRemove = takesNames || operation === 'update'
  for (const { kind, subject, object, range } of facts) {
    // Named as it is installed it stays held: to name it once more would change nothing.
    if (kind === 'held' && takesNames && !patterns.some((pattern) => matchesStem(pattern, subject)))
      mild.push(withPatterns((all) => [`pkg:/${subject}`, ...all]))
    if (kind === 'group' && mayRemove && object !== undefined)
      (takesNames ? mild : removing).push(rejecting(object))
    if (kind === 'freeze') frozen.push(subject)
    if (kind === 'reject' && isWhole) {
      mild.push({
        change: (changed) => ({
          ...changed,
          reject: changed.reject.filter((pattern) => !matchesStem(pattern, subject)),
        }),
      })
    }
    if (kind === 'floor' && takesNames && range !== undefined) {
      // A name without wildcard counts for more than patterns with one, which may speak of others too.
      const others = (all: readonly string[]) =>
        all.filter((pattern) => isGlob(pattern) || !matchesStem(pattern, subject))
      mild.push(withPatterns((all) => [...others(all), `pkg:/${subject}@${range}`]))
    }
    if (kind === 'named' && isWhole) {
      const at = subject.indexOf('@')
      const loosened =
        at > 0
          ? withPatterns((all) =>
              all.map((pattern) => (pattern === subject ? subject.slice(0, at) : pattern)),
            )
          : undefined
      if (loosened !== undefined) loosening.push(loosened)
      dropping.push({
        ...withPatterns((all) => all.filter((pattern) => pattern !== subject)),
        ...(loosened === undefined ? {} : { milder: loosened }),
      })
    }
  }
  for (const { kind, subject } of facts) {
    if ((kind === 'held' || kind === 'stays') && mayRemove) removing.push(rejecting(subject))
  }
  return { mild, loosening, dropping, removing, frozen }
}

function withPatterns(change: (patterns: readonly string[]) => readonly string[]): Edit {
  return { change: (request) => ({ ...request, patterns: change(request.patterns) }) }
}

function rejecting(stem: string): Edit {
  return { change: (request) => ({ ...request, reject: [...request.reject, `pkg:/${stem}`] }) }
}

function matchesStem(text: string, stem: string): boolean {
  const pattern = parsePattern(text)
  return pattern.ok && stemMatcher(pattern.value)(stem)
}

function isGlob(text: string): boolean {
  const pattern = parsePattern(text)
  return pattern.ok && pattern.value.matcher === 'glob'
}
