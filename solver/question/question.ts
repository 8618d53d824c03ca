import type { PackageId, StemId } from '#model'
import type { Universe } from '../lookup/universe.ts'
import type { ResolvedRequest } from './resolved-request.ts'

/** How a stem stands in a request; decides which rules and objectives see it. */
export const Role = {
  /** Not installed and not named: comes in only when something pulls it. */
  new: 0,
  named: 1,
  /** Installed and not named: must stay, at some version. */
  keep: 2,
  /** Installed but avoided: goes when nothing needs it. */
  avoided: 3,
  /** Rejected or being uninstalled. */
  rejected: 4,
} as const

/** All roles; each is its place here. */
export const roles: readonly number[] = Object.values(Role)

/** A stem that every answer has: named, or installed and not avoided. */
export function mustBePresent(question: Question, stem: StemId): boolean {
  const role = question.role(stem)
  return role === Role.named || role === Role.keep
}

/** A universe and a request, with the differences between the operations decided. Source: solver-semantics §5.7. */
export interface Question {
  readonly universe: Universe
  readonly request: ResolvedRequest
  /** Update of everything. */
  readonly everything: boolean
  /** exact-install: solved as if nothing were installed. */
  readonly exact: boolean
  /** Installed package by stem as the solve sees it: none under exact-install. */
  readonly base: Int32Array
  /** Named packages. */
  readonly namedPackages: ReadonlySet<PackageId>
  /** Installed packages that the image's variants do not allow any more: they may leave. */
  isLeaving(stem: StemId): boolean
  /** One of `Role`. */
  role(stem: StemId): number
  /** Dependencies left out, by id: an explanation looks for reasons that do not rest on those it has given. */
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
