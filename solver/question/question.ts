import type { PackageId, StemId } from '#model'
import type { Universe } from '../lookup/universe.ts'

/** The role of a stem in a request. It decides which rules and objectives apply. */
export const Role = {
  /** Not installed and not named: comes in only if a dependency pulls it. */
  new: 0,
  named: 1,
  /** Installed and not named: must stay, at some version. */
  keep: 2,
  /** Installed but avoided: removed if nothing needs it. */
  avoided: 3,
  /** Rejected or being uninstalled. */
  rejected: 4,
} as const

/** All roles; the index of a role is the role. */
export const roles: readonly number[] = Object.values(Role)

/** Whether every answer has the stem: it is named, or installed and not avoided. */
export function mustBePresent(question: Question, stem: StemId): boolean {
  const role = question.role(stem)
  return role === Role.named || role === Role.keep
}

/** A universe and a resolved request, independent of the operation. Source: solver-semantics §5.7. */
export interface Question {
  readonly universe: Universe
  readonly request: ResolvedRequest
  /** Update of everything. */
  readonly everything: boolean
  /** exact-install: solved as if nothing were installed. */
  readonly exact: boolean
  /** Installed package by stem, or -1. Under exact-install nothing counts as installed. */
  readonly base: Int32Array
  /** Named packages. */
  readonly namedPackages: ReadonlySet<PackageId>
  /** The variants of the image no longer allow the installed package, so it may leave. */
  isLeaving(stem: StemId): boolean
  /** One of `Role`. */
  role(stem: StemId): number
  /** Dependencies that are ignored: a further explanation must not use those of an earlier one. */
  readonly ignored?: ReadonlySet<number>
}

export function createQuestion(
  universe: Universe,
  request: ResolvedRequest,
  options: { readonly exact: boolean },
): Question {
  const { installed } = universe
  const { exact } = options
  const base = exact ? new Int32Array(installed.length).fill(-1) : installed
  const roles = new Uint8Array(installed.length)
  const leaving = new Set<StemId>()
  if (!exact) {
    for (const stem of universe.installedStems) {
      if (!universe.variantsSupported(installed[stem]!)) leaving.add(stem)
      else roles[stem] = universe.avoided[stem] === 1 ? Role.avoided : Role.keep
    }
  }
  for (const stem of request.named.keys()) roles[stem] = Role.named
  for (const stem of request.rejected) roles[stem] = Role.rejected
  const namedPackages = new Set<PackageId>()
  for (const ids of request.named.values()) for (const id of ids) namedPackages.add(id)
  return {
    universe,
    request,
    everything: request.everything,
    exact,
    base,
    namedPackages,
    isLeaving: (stem) => leaving.has(stem),
    role: (stem) => roles[stem]!,
  }
}

/** A request whose patterns are resolved: named stems with the packages that match, and stems that must not be in the result. */
export interface ResolvedRequest {
  /** Matching packages by named stem, ascending by version. Source: solver-semantics §3. */
  readonly named: ReadonlyMap<StemId, readonly PackageId[]>
  /** Named stems in the order of the request. */
  readonly order: readonly StemId[]
  /** Pattern text by named or removed stem. */
  readonly patternOf: ReadonlyMap<StemId, string>
  /** Stems of `--reject`, and for uninstall the stems to remove. */
  readonly rejected: ReadonlySet<StemId>
  /** By stem that a package actuator removes or names: the removed package with the actuator. */
  readonly causeOf: ReadonlyMap<StemId, PackageId>
  /** Named stems that a package actuator brings to an older version: the no-downgrade bound does not apply to them. */
  readonly lowered: ReadonlySet<StemId>
  /** Update of everything. */
  readonly everything: boolean
  /** Sync with the parent image. */
  readonly sync: boolean
}

/** A request without patterns. */
export const emptyRequest: ResolvedRequest = {
  named: new Map(),
  order: [],
  patternOf: new Map(),
  rejected: new Set(),
  causeOf: new Map(),
  lowered: new Set(),
  everything: false,
  sync: false,
}
