import type { PackageId, StemId } from '#model'

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
  everything: false,
  sync: false,
}
