import {
  type Catalog,
  compareCodePoints,
  err,
  type Fmri,
  ok,
  PackageFlag,
  type Pattern,
  type PublisherName,
  parseAction,
  parseDependency,
  type Result,
  type Stem,
  stemMatcher,
} from '#model'
import { packagesOf } from '../catalog-lookup.ts'
import { editState } from '../change/edit-state.ts'
import type { InstalledState } from '../installed-state.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { imageFilter } from '../state/snapshot.ts'
import { imageCatalog } from '../supply/catalogs.ts'
import { parsePatterns } from './list-packages.ts'

/** An entry of the avoid list, with the installed packages that group it, sorted by name. */
export interface AvoidedPackage {
  readonly stem: Stem
  readonly groupedBy: readonly Stem[]
}

/** The avoid list, by name. Problems: `corrupt_db`, `storage` and its kin. */
export async function avoidedPackages(
  context: ImageContext,
): Promise<Result<readonly AvoidedPackage[], OperationProblem>> {
  const state = await context.store.read()
  if (!state.ok) return state
  const groups = groupMembers(context, state.value)
  return ok(state.value.avoided.map((stem) => ({ stem, groupedBy: groups.get(stem) ?? [] })))
}

/**
 * Puts packages on the avoid list; versions in patterns are ignored. Problems: `installed_avoided`, `no_candidates`, `ambiguous`,
 * `bad_pattern`, those of the catalog and of `editState`. Source: cli §8, solver-semantics §4.2.
 */
export async function avoidPackages(
  context: ImageContext,
  texts: readonly string[],
): Promise<Result<void, OperationProblem>> {
  return editAvoided(context, 'avoid', texts, async (state, named) => {
    const installed = state.packages.map(({ fmri }) => fmri.stem).filter((stem) => named.has(stem))
    if (installed.length > 0) return err({ code: 'ips::image_error::avoid_installed', stems: installed })
    return ok([...new Set([...state.avoided, ...named])].sort(compareCodePoints))
  })
}

/** Takes packages off the avoid list. Problems: `not_avoided`, `group_member`, and as `avoidPackages`. */
export async function unavoidPackages(
  context: ImageContext,
  texts: readonly string[],
): Promise<Result<void, OperationProblem>> {
  return editAvoided(context, 'unavoid', texts, async (state, named) => {
    const missing = [...named].filter((stem) => !state.avoided.includes(stem)).sort(compareCodePoints)
    if (missing.length > 0) return err({ code: 'ips::image_error::not_avoided', stems: missing })
    const groups = groupMembers(context, state)
    const grouped = [...named].filter((stem) => groups.has(stem)).sort(compareCodePoints)
    if (grouped.length > 0) return err({ code: 'ips::image_error::group_member', stems: grouped })
    return ok(state.avoided.filter((stem) => !named.has(stem)))
  })
}

async function editAvoided(
  context: ImageContext,
  operation: 'avoid' | 'unavoid',
  texts: readonly string[],
  edit: (
    state: InstalledState,
    named: ReadonlySet<Stem>,
  ) => Promise<Result<readonly Stem[], OperationProblem>>,
): Promise<Result<void, OperationProblem>> {
  const patterns = parsePatterns(texts)
  if (!patterns.ok) return patterns
  return editState<void>(context, operation, async (state) => {
    const catalog = await imageCatalog(context, state)
    if (!catalog.ok) return catalog
    const named = namedStems(catalog.value, state, patterns.value, operation)
    if (!named.ok) return named
    const avoided = await edit(state, named.value)
    if (!avoided.ok) return avoided
    const same = avoided.value.join('\n') === state.avoided.join('\n')
    return ok(same ? { value: undefined } : { value: undefined, next: { ...state, avoided: avoided.value } })
  })
}

/** Installed packages by the stems that they group. Dependencies whose tags do not pass do not count. */
function groupMembers(context: ImageContext, state: InstalledState): ReadonlyMap<Stem, readonly Stem[]> {
  const filter = imageFilter(context.config())
  const members = new Map<Stem, Stem[]>()
  for (const { fmri, catalogActions } of state.packages)
    for (const line of catalogActions.split('\n')) {
      if (!line.includes('type=group')) continue
      const action = parseAction(line)
      const dependency = action.ok ? parseDependency(action.value) : action
      if (!dependency.ok || dependency.value.type !== 'group') continue
      if (!filter.tagsApply(dependency.value.tags)) continue
      for (const { stem } of dependency.value.targets) {
        const known = members.get(stem)
        if (known === undefined) members.set(stem, [fmri.stem])
        else if (!known.includes(fmri.stem)) known.push(fmri.stem)
      }
    }
  return members
}

/** A stem that patterns may name. */
interface KnownStem {
  readonly stem: Stem
  readonly publishers: ReadonlySet<PublisherName | undefined>
  /** True: a version of the stem is not obsolete. */
  readonly living: boolean
}

/** All stems of the catalog, and stems of the avoid list that no publisher offers any more. */
function knownStems(catalog: Catalog, state: InstalledState): readonly KnownStem[] {
  const known: KnownStem[] = []
  const seen = new Set<string>()
  for (let id = 0; id < catalog.stemCount; id++) {
    const [first, end] = packagesOf(catalog, id)
    const publishers = new Set<PublisherName | undefined>()
    let living = false
    for (let one = first; one < end; one++) {
      publishers.add(catalog.publishers[catalog.packagePublisher[one] ?? -1])
      living ||= ((catalog.packageFlags[one] ?? 0) & PackageFlag.obsolete) === 0
    }
    if (publishers.size === 0) continue
    seen.add(catalog.stemName(id))
    known.push({ stem: catalog.stemName(id), publishers, living })
  }
  for (const stem of state.avoided)
    if (!seen.has(stem)) known.push({ stem, publishers: new Set([undefined]), living: true })
  return known
}

/** Problems: `no_candidates` with every pattern that matches nothing, `ambiguous`. */
function namedStems(
  catalog: Catalog,
  state: InstalledState,
  patterns: readonly Pattern[],
  operation: string,
): Result<ReadonlySet<Stem>, OperationProblem> {
  const known = knownStems(catalog, state)
  const named = new Set<Stem>()
  const misses: { text: string; why: 'no-match'; nearest: readonly string[] }[] = []
  const ambiguous: { text: string; matches: readonly Fmri[] }[] = []
  for (const pattern of patterns) {
    const fits = stemMatcher(pattern)
    const all = known.filter(
      ({ stem, publishers }) =>
        fits(stem) && (pattern.publisher === undefined || publishers.has(pattern.publisher as PublisherName)),
    )
    const chosen = pattern.matcher === 'glob' ? all : settled(all, pattern.name)
    if (chosen.length === 0) misses.push({ text: pattern.text, why: 'no-match', nearest: [] })
    else if (pattern.matcher !== 'glob' && chosen.length > 1)
      ambiguous.push({
        text: pattern.text,
        matches: chosen.map(({ stem }) => ({ publisher: undefined, stem, version: undefined })),
      })
    for (const { stem } of chosen) named.add(stem)
  }
  if (misses.length > 0) return err({ code: 'ips::solver_error::no_candidates', patterns: misses, operation })
  if (ambiguous.length > 0) return err({ code: 'ips::solver_error::ambiguous', patterns: ambiguous })
  return ok(named)
}

/** An exact name beats names that end with the pattern; a stem with versions that are not obsolete beats one without. */
function settled(found: readonly KnownStem[], name: string): readonly KnownStem[] {
  const exact = found.filter(({ stem }) => stem === name)
  if (exact.length > 0) return exact
  const living = found.filter((one) => one.living)
  return living.length > 0 ? living : found
}
