import type { PublisherName, Stem } from './brand.ts'
import type { Fmri } from './fmri.ts'

/** Index of a stem in a `Catalog`: 0 to stemCount - 1, in code-point order of the names. */
export type StemId = number
/** Index of a package version in a `Catalog`: 0 to packageCount - 1, grouped by stem, ascending by version, then publisher id. */
export type PackageId = number

/** Bits of `Catalog.packageFlags`. */
export const PackageFlag = {
  obsolete: 1,
  renamed: 2,
  legacy: 4,
  /** Its catalog actions do not parse or name an unknown dependency type: never a candidate. */
  unsupported: 8,
  /** `pkg.depend.explicit-install=true`. */
  explicitInstall: 16,
  /** Not offered by any publisher catalog: only known because it is installed. */
  installedOnly: 32,
} as const

/** Codes of `Catalog.dependencyType`, in this order. */
export const dependencyTypes = [
  'require',
  'require-any',
  'optional',
  'exclude',
  'incorporate',
  'conditional',
  'group',
  'group-any',
  'origin',
  'parent',
] as const
export type DependencyType = (typeof dependencyTypes)[number]

/** A facet or variant tag of an action: `facet.doc` -> `['true']`. */
export interface Tag {
  readonly name: string
  /** As written, one or more values. */
  readonly values: readonly string[]
}

/** Numbers by id, in as few bytes each as they need. */
export type Column = Int32Array | Int16Array | Uint16Array | Int8Array | Uint8Array

/**
 * All known package versions with their dependencies, as flat arrays; read from the index file in one call and never
 * parsed again. Ids are only valid within one catalog. Immutable.
 *
 * A *target* is one FMRI of a dependency: a stem and an optional version, with the two version tests of IPS already
 * carried out against the catalog's versions of that stem (solver-semantics §1): GE ("or newer", all types but
 * incorporate) and AUTO ("inside", incorporate). A stem that is only named by dependencies has an id and no packages.
 */
export interface Catalog {
  /** By publisher id. The order says nothing about rank. */
  readonly publishers: readonly PublisherName[]
  readonly stemCount: number
  readonly packageCount: number
  /** stemCount + 1 entries: the packages of stem s are stemStart[s] to stemStart[s + 1] - 1. */
  readonly stemStart: Column
  readonly packageStem: Column
  readonly packagePublisher: Column
  /** Bits of `PackageFlag`. */
  readonly packageFlags: Column
  /** Within a stem, packages of equal version (build ignored) have the same number; it grows with the version. */
  readonly packageVersionClass: Column
  /** Text id of the `pkg.depend.install-hold` value, or -1. */
  readonly packageHold: Column
  /** Condition id of the package's supported variants (`set name=variant.X value=a value=b`), or -1. */
  readonly packageVariants: Column
  /** packageCount + 1 entries into `dependencyList`. */
  readonly dependencyStart: Column
  /** Dependency ids; equal depend actions share one id. */
  readonly dependencyList: Column
  readonly dependencyCount: number
  /** Index into `dependencyTypes`. */
  readonly dependencyType: Column
  /** Condition id of the facet and variant tags of the depend action, or -1 for none. */
  readonly dependencyCondition: Column
  /** dependencyCount + 1 entries into `targetList`: more than one target only for require-any and group-any. */
  readonly dependencyTargetStart: Column
  /** Target ids, in the order the action lists them. */
  readonly targetList: Column
  /** Target id of the predicate of a conditional, else -1. */
  readonly dependencyPredicate: Column
  /** 1 where `root-image=true`. */
  readonly dependencyRootImage: Column
  readonly targetCount: number
  readonly targetStem: Column
  /** Text id of the version as written, or -1 for "any version". */
  readonly targetVersion: Column
  /** Publisher id named in the FMRI (only `parent` looks at it), or -1. */
  readonly targetPublisher: Column
  /** First package id with version >= the target's; stemStart[s + 1] when there is none. GE is [targetLow, stemStart[s + 1]). */
  readonly targetLow: Column
  /** targetCount + 1 entries into `targetRuns`, counted in pairs. */
  readonly targetRunStart: Column
  /** Pairs (first, last), inclusive package ids, ascending and disjoint: the versions inside the target (AUTO). */
  readonly targetRuns: Column
  /** Name of a stem. */
  stemName(stem: StemId): Stem
  /** Id of a stem by exact name, or -1. */
  findStem(name: string): StemId
  /** Stems called `name` or `.../name`, ascending. */
  stemsEnding(name: string): readonly StemId[]
  /** Full version with build and timestamp, as the catalog has it. */
  packageVersion(id: PackageId): string
  /** The package with exactly this stem, full version and publisher (without one: the newest of any); -1 when there is none. */
  findFmri(fmri: Fmri): PackageId
  /** SHA-1 (hex) of the manifest as the catalog states it, or undefined. */
  manifestSha1(id: PackageId): string | undefined
  /** Text by id. */
  text(id: number): string
  /** Tags of a condition. */
  condition(id: number): readonly Tag[]
}
