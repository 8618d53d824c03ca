import type { Fmri } from '#model'

/** What `list` asks. Source: cli §7. */
export interface ListQuery {
  readonly patterns: readonly string[]
  /**
   * installed: what is installed; newest (`-n`): newest known version of each stem and publisher; installable (`-a`): installed ones and the newest
   * that incorporations and variants allow; all (`-af`): every version.
   */
  readonly scope: 'installed' | 'newest' | 'installable' | 'all'
  /** `-u`: installed with a newer known version. */
  readonly upgradable?: boolean
  /** `-r`: installed and no other installed package depends on it; `or-optional` (`-R`): also those only optional dependencies name. */
  readonly removable?: 'unneeded' | 'or-optional'
  /** `-m` true, `-M` false. */
  readonly manual?: boolean
  /** `-i`: not installed, not obsolete, not renamed. */
  readonly notInstalled?: boolean
  /** Non-installed scopes: refresh publishers whose interval has passed (failures and missing permission are tolerated). */
  readonly refresh: boolean
}

/** One line of `list`. */
export interface ListedPackage {
  readonly fmri: Fmri
  /** The publisher is the highest-ranked one (its name is then not shown). */
  readonly topPublisher: boolean
  readonly installed: boolean
  readonly manual: boolean
  readonly frozen: boolean
  readonly obsolete: boolean
  readonly renamed: boolean
  readonly legacy: boolean
  /** Only an optional dependency names it; filled with `removable: 'or-optional'`. */
  readonly optional: boolean
  readonly upgradable: boolean
}

export interface PackageListing {
  /** Stem, then publisher rank, then version descending. */
  readonly packages: readonly ListedPackage[]
  /** Patterns that matched nothing in the scope. */
  readonly misses: readonly string[]
}
