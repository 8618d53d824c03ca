import {
  compareCodePoints,
  err,
  type Fmri,
  type Freeze,
  ok,
  type Pattern,
  parseStem,
  parseVersion,
  type Result,
  type Stem,
  stemMatcher,
  versionMatcher,
} from '#model'
import { editState } from '../change/edit-state.ts'
import { frozenText } from '../frozen-text.ts'
import type { InstalledState } from '../installed-state.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { parsePatterns } from './list-packages.ts'

/** Input of `freeze`. */
export interface FreezeRequest {
  readonly patterns: readonly string[]
  readonly reason: string | undefined
  /** True: nothing is written. */
  readonly dryRun: boolean
}

/**
 * Freezes packages: installed ones as they are or at the part of their version that the pattern names, others at the version of
 * the pattern. Returns the freezes, sorted by name. Problems: `bad_freeze` with all patterns that are wrong, `bad_pattern`, `ambiguous`,
 * those of `editState`. Source: cli §8, solver-semantics §5.4.
 */
export async function freezePackages(
  context: ImageContext,
  request: FreezeRequest,
): Promise<Result<readonly Freeze[], OperationProblem>> {
  const patterns = parsePatterns(request.patterns)
  if (!patterns.ok) return patterns
  return editState<readonly Freeze[]>(
    context,
    'freeze',
    async (state) => {
      const chosen = chooseFreezes(state, patterns.value, request.reason, context.host.clock.now())
      if (!chosen.ok) return chosen
      const frozen = new Map(state.frozen.map((one) => [one.stem, one]))
      for (const one of chosen.value) frozen.set(one.stem, one)
      return ok({ value: chosen.value, next: { ...state, frozen: [...frozen.values()].sort(byStem) } })
    },
    request,
  )
}

/** Lifts the freezes that patterns name and returns their names. Versions in patterns are ignored. */
export async function unfreezePackages(
  context: ImageContext,
  request: Omit<FreezeRequest, 'reason'>,
): Promise<Result<readonly Stem[], OperationProblem>> {
  const patterns = parsePatterns(request.patterns)
  if (!patterns.ok) return patterns
  const tests = patterns.value.map(stemMatcher)
  return editState<readonly Stem[]>(
    context,
    'freeze',
    async (state) => {
      const value = state.frozen.map(({ stem }) => stem).filter((stem) => tests.some((fits) => fits(stem)))
      if (value.length === 0) return ok({ value })
      return ok({
        value,
        next: { ...state, frozen: state.frozen.filter(({ stem }) => !value.includes(stem)) },
      })
    },
    request,
  )
}

const byStem = (a: { readonly stem: Stem }, b: { readonly stem: Stem }): number =>
  compareCodePoints(a.stem, b.stem)

/** Versions that patterns freeze, and the patterns that are wrong. */
interface Choice {
  readonly versions: Map<Stem, Set<string>>
  readonly uninstalled: string[]
  readonly mismatched: string[]
  readonly unmatched: string[]
  readonly ambiguous: { readonly text: string; readonly matches: readonly Fmri[] }[]
}

function put({ versions }: Choice, stem: Stem, version: string): void {
  versions.set(stem, (versions.get(stem) ?? new Set()).add(version))
}

function chooseFreezes(
  state: InstalledState,
  patterns: readonly Pattern[],
  reason: string | undefined,
  since: number,
): Result<readonly Freeze[], OperationProblem> {
  const choice: Choice = {
    versions: new Map(),
    uninstalled: [],
    mismatched: [],
    unmatched: [],
    ambiguous: [],
  }
  for (const pattern of patterns) choosePattern(choice, state, pattern)
  if (choice.ambiguous.length > 0)
    return err({ code: 'ips::solver_error::ambiguous', patterns: choice.ambiguous })
  const severalVersions = [...choice.versions]
    .filter(([, versions]) => versions.size > 1)
    .map(([stem, versions]) => ({ stem, versions: [...versions].sort() }))
  const { uninstalled, mismatched, unmatched } = choice
  if (uninstalled.length + mismatched.length + unmatched.length + severalVersions.length > 0)
    return err({
      code: 'ips::image_error::bad_freeze',
      uninstalled,
      mismatched,
      unmatched,
      severalVersions,
    })
  return ok(
    [...choice.versions].map(([stem, [version = '']]) => ({ stem, version, reason, since })).sort(byStem),
  )
}

function choosePattern(choice: Choice, state: InstalledState, pattern: Pattern): void {
  const fits = stemMatcher(pattern)
  const named = state.packages
    .map(({ fmri }) => fmri)
    .filter(({ publisher, stem }) => fits(stem) && (pattern.publisher ?? publisher) === publisher)
  const glob = pattern.matcher === 'glob'
  const exact = named.filter(({ stem }) => stem === pattern.name)
  const installed = !glob && exact.length > 0 ? exact : named
  if (!glob && installed.length > 1) {
    choice.ambiguous.push({ text: pattern.text, matches: installed })
    return
  }
  // A wildcard in the version, or @latest, only tells which installed version is meant.
  const plain = pattern.version === undefined ? undefined : parseVersion(pattern.version)
  if (installed.length === 0) {
    const stem = parseStem(pattern.name)
    if (glob) choice.unmatched.push(pattern.text)
    else if (plain?.ok !== true || !stem.ok) choice.uninstalled.push(pattern.text)
    else put(choice, stem.value, frozenText(plain.value))
    return
  }
  const matches = versionMatcher(pattern)
  for (const { stem, version } of installed) {
    if (version === undefined || !matches(version)) {
      choice.mismatched.push(pattern.text)
      return
    }
    put(choice, stem, frozenText(plain?.ok === true ? plain.value : version))
  }
}
