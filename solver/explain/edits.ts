import { parsePattern, type SolveRequest, stemMatcher } from '#model'
import type { Fact } from '../explanation.ts'
import type { ResolveInput } from '../resolve-input.ts'

/** A change of a request that makes one fact untrue. */
export interface Edit {
  readonly change: (request: SolveRequest) => SolveRequest
  /** Makes the same fact untrue and keeps more of the request. */
  readonly milder?: Edit
}

/** Changes that lift one fact each, by how much of the request and of the image they keep. */
export interface Edits {
  /** Name a held package, leave out a member of a group, accept a rejected package. */
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

/** The edits that lift a fact of one explanation, in the order of the facts. Source: solver-semantics §8.2. */
export function editsOf({ request }: ResolveInput, facts: readonly Fact[]): Edits {
  const mild: Edit[] = []
  const loosening: Edit[] = []
  const dropping: Edit[] = []
  const removing: Edit[] = []
  const frozen: string[] = []
  const { operation, patterns } = request
  // The command of a change of facets or variants is not part of the request, and a sync has no command.
  const isWhole = !['change-facet', 'change-variant', 'sync'].includes(operation)
  const takesNames = operation === 'install' || (operation === 'update' && patterns.length > 0)
  const mayRemove = takesNames || operation === 'update'
  for (const { kind, subject, object, range } of facts) {
    // A package that is named at its installed version stays held: a second name changes nothing.
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
      // A name without wildcard beats globs, which may match other packages too.
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
