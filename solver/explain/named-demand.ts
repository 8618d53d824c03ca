import { type PackageId, parsePattern, type StemId, versionMatcher } from '#model'
import { versionOf } from '../lookup/universe.ts'
import type { Question } from '../question/question.ts'
import { Exclusion, type Trim } from '../rules/trim.ts'

/** What "You asked for NAME" states: other facts state why packages that match are excluded. */
export interface NamedDemand {
  /** Packages that match: those that the request allows, and those that another rule excludes. */
  readonly asked: readonly PackageId[]
  /** The part of `asked` that only the choice of the publisher excludes. */
  readonly elsewhere: readonly PackageId[]
}

/** Matches the pattern of a named stem without the rules that facts of their own state. */
export function readNamedDemand({ universe, request }: Question, trim: Trim, stem: StemId): NamedDemand {
  const named = request.named.get(stem) ?? []
  const pattern = parsePattern(request.patternOf.get(stem) ?? '')
  // The pattern `@latest` alone does not tell which version it means.
  if (!pattern.ok || pattern.value.latest) return { asked: named, elsewhere: [] }
  const { catalog } = universe
  const fits = versionMatcher(pattern.value)
  const masks = trim.exclusions(stem)
  const first = catalog.stemStart[stem]!
  const publishers = new Set(named.map((id) => catalog.packagePublisher[id]!))
  const asked: PackageId[] = []
  const elsewhere: PackageId[] = []
  masks.forEach((mask, index) => {
    const id = first + index
    const version = versionOf(catalog, id)
    const publisher = catalog.publishers[catalog.packagePublisher[id]!]
    if (named.includes(id)) asked.push(id)
    else if (version === undefined || !fits(version)) return
    else if (pattern.value.publisher !== undefined && pattern.value.publisher !== publisher) return
    else if ((mask & (Exclusion.unknown | Exclusion.variant)) !== 0) asked.push(id)
    else if (!publishers.has(catalog.packagePublisher[id]!)) {
      asked.push(id)
      elsewhere.push(id)
    }
  })
  return { asked, elsewhere }
}
