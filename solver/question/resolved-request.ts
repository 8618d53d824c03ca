import type { PackageId, StemId } from '#model'

/** What a request comes to: stems with the versions that match, and stems that must not be in the result. */
export interface ResolvedRequest {
  /** Matching packages by named stem, ascending by version. Source: solver-semantics §3. */
  readonly named: ReadonlyMap<StemId, readonly PackageId[]>
  /** Named stems in the order of the request. */
  readonly order: readonly StemId[]
  /** Pattern text by named or removed stem. */
  readonly patternOf: ReadonlyMap<StemId, string>
  /** `--reject`, and for uninstall what is being removed. */
  readonly rejected: ReadonlySet<StemId>
  /** Installed packages whose removal asks for the stem to go too or to be named, by such a stem. */
  readonly causeOf: ReadonlyMap<StemId, PackageId>
  /** Update of everything. */
  readonly everything: boolean
  /** Sync with the parent image. */
  readonly sync: boolean
}

/** A resolved for nothing. */
export const emptyRequest: ResolvedRequest = {
  named: new Map(),
  order: [],
  patternOf: new Map(),
  rejected: new Set(),
  causeOf: new Map(),
  everything: false,
  sync: false,
}
