import type { ActionPlan, ApplyReport } from '#executor'
import type {
  AbsolutePath,
  Action,
  Catalog,
  Fmri,
  ImageFilter,
  ImageKind,
  ImageSnapshot,
  InstallPlan,
  Manifest,
  Result,
  SolveRequest,
} from '#model'
import type { RepositoryProblem } from '#repo'
import type { ResolveStatistics, SolveBudget } from '#solver'
import type { FindImageOptions, ImageLocation } from './find-image.ts'
import type { HistoryEntry } from './history.ts'
import type { ImageHost } from './host.ts'
import type { ImageConfig, PropertyValue } from './image-config.ts'
import type { InstalledRecord } from './installed-state.ts'
import type { ListQuery, PackageListing } from './list-packages.ts'
import type { ImageProblem, OperationProblem } from './problems.ts'
import type { AutoConfigure, AutoConfigureReport, PublisherChange } from './publishers.ts'
import type { VerifyOptions, VerifyReport } from './verify.ts'

/** An open image. Everything that changes it takes the lock itself and recovers an interrupted operation first. */
export interface Image {
  readonly root: AbsolutePath
  readonly metadata: AbsolutePath
  readonly kind: ImageKind
  /** As last read or written by this object. */
  config(): ImageConfig
  /** What the solver may know. Read without lock, from the snapshot file where its stamp fits. Problem: `corrupt_db`. */
  snapshot(): Promise<Result<ImageSnapshot, ImageProblem>>
  /** Installed packages with their times, sorted by stem. */
  installed(): Promise<Result<readonly InstalledRecord[], ImageProblem>>
  /** Action filter from variants and facets. */
  filter(): ImageFilter
  /** Known packages of all enabled publishers plus the installed ones; from the index file where it is fresh. */
  catalog(): Promise<Result<Catalog, OperationProblem>>

  /** Brings catalogs up to date. Some failed: still a report; the command decides between 1 and 3. */
  refresh(options: RefreshOptions): Promise<Result<RefreshReport, OperationProblem>>

  /** Adds or changes a publisher; with `refresh`, its catalog is fetched first and failure changes nothing. */
  setPublisher(change: PublisherChange): Promise<Result<{ readonly added: boolean }, OperationProblem>>
  /** Adds or completes the publishers a repository says it serves (`-p`). */
  autoConfigure(options: AutoConfigure): Promise<Result<AutoConfigureReport, OperationProblem>>
  /** Removes by prefix or alias; each name has its own outcome. Packages stay installed. */
  removePublishers(
    names: readonly string[],
  ): Promise<Result<readonly { readonly name: string; readonly problem?: ImageProblem }[], OperationProblem>>
  /** Milliseconds since 1970-01-01 UTC of the last successful refresh; undefined: never. */
  lastRefreshed(publisher: string): number | undefined

  /**
   * Steps 4 to 10 of the architecture: refresh, solve, fetch manifests, plan actions. Takes the lock unless
   * `dryRun` is set and the user may not write; then nothing at all is written. An empty plan means nothing to do.
   */
  planInstall(request: SolveRequest, options: PlanOptions): Promise<Result<PreparedPlan, OperationProblem>>
  /** Steps 11 and 12: brings payloads, changes the target, commits. Refuses a plan of another generation: `stale_plan`. */
  applyPlan(
    prepared: PreparedPlan,
    options: ApplyPlanOptions,
  ): Promise<Result<ApplyOutcome, OperationProblem>>
  /**
   * planInstall and applyPlan under one lock, with one history record. `decide` sees the plan between the two; 'stop' ends
   * it there with `applied: undefined` (dry runs call `planInstall` instead). Problems of `decide` are passed through
   * (e.g. licences). Serves install, update, uninstall and exact-install alike: the request says which.
   */
  install(
    request: SolveRequest,
    options: PlanOptions & ApplyPlanOptions & { readonly decide: DecidePlan },
  ): Promise<Result<InstallOutcome, OperationProblem>>

  /** Selection for `list`. */
  listPackages(query: ListQuery): Promise<Result<PackageListing, OperationProblem>>
  /** Manifests and facts of packages for `info` and `contents`. */
  describePackages(query: DescribeQuery): Promise<Result<PackageDescriptions, OperationProblem>>
  /** Text of a licence action, from the installed copy or the repository. */
  licenseText(fmri: Fmri, action: Action): Promise<Result<string, OperationProblem>>
  /** Checks installed packages against their manifests; changes nothing, needs no repository. */
  verify(options: VerifyOptions): Promise<Result<VerifyReport, OperationProblem>>

  /** Image property with its default. */
  property(name: string): PropertyValue | undefined
  /** Oldest first; unreadable records are skipped. */
  history(): readonly HistoryEntry[]
  /** Removes all records, then writes its own. */
  purgeHistory(): Promise<Result<void, OperationProblem>>
  /** Closes repositories. The image must not be used after it. */
  close(): Promise<void>
}

export interface RefreshOptions {
  /** Prefixes or aliases; empty: all enabled ones. */
  readonly publishers: readonly string[]
  /** Drop and fetch anew, past caches. */
  readonly full: boolean
  /** Only publishers whose interval has passed. */
  readonly onlyIfDue: boolean
}

/** Outcome of one publisher: `partial` when some of its origins failed. */
export interface PublisherRefresh {
  readonly publisher: string
  readonly outcome: 'unchanged' | 'changed' | 'partial' | 'failed' | 'not-due'
  /** One per failed origin. */
  readonly problems: readonly RepositoryProblem[]
}

export interface RefreshReport {
  readonly publishers: readonly PublisherRefresh[]
}

export interface PlanOptions {
  /** Refresh all enabled publishers first; unreachable origins are reported, not fatal. */
  readonly refresh: boolean
  /** Nothing but caches may be written. */
  readonly dryRun: boolean
  readonly budget?: SolveBudget
}

export interface ApplyPlanOptions {
  /** User accepted the licences that need it (`--accept`). Without: `ips::installer_error::licenses` where one needs it. */
  readonly acceptLicenses: boolean
}

/** A plan with everything that renderers and `applyPlan` need. */
export interface PreparedPlan {
  readonly request: SolveRequest
  readonly installPlan: InstallPlan
  readonly actionPlan: ActionPlan
  readonly statistics: ResolveStatistics
  /** True: the image is already as asked. */
  readonly nothingToDo: boolean
  /** Bytes the operation needs at most, and bytes free on the image's file system. */
  readonly spaceRequired: number
  readonly spaceAvailable: number
  /** Undefined when no refresh was asked for. */
  readonly refreshed: RefreshReport | undefined
  /** By full FMRI text: of all packages of the plan, old and new. */
  readonly manifests: ReadonlyMap<string, Manifest>
}

export type DecidePlan = (
  prepared: PreparedPlan,
) => Promise<Result<'apply' | 'stop', OperationProblem>> | Result<'apply' | 'stop', OperationProblem>

export interface ApplyOutcome {
  readonly report: ApplyReport
  /** Generation after the commit. */
  readonly generation: number
}

export interface InstallOutcome {
  readonly prepared: PreparedPlan
  /** Undefined: nothing to do, or stopped. */
  readonly applied: ApplyOutcome | undefined
}

export interface DescribeQuery {
  /** Empty with `installed`: all. */
  readonly patterns: readonly string[]
  /** installed: from the local manifests; newest: newest known installable per stem, manifests fetched. */
  readonly scope: 'installed' | 'newest'
}

/** One package for `info` and `contents`. */
export interface PackageDescription {
  readonly fmri: Fmri
  readonly manifest: Manifest
  readonly installed: InstalledRecord | undefined
  readonly obsolete: boolean
  readonly renamed: boolean
  readonly legacy: boolean
  readonly frozen: boolean
  /** Its variants do not fit the image, or its actions do not parse. */
  readonly unsupported: boolean
}

export interface PackageDescriptions {
  /** Sorted by stem. */
  readonly packages: readonly PackageDescription[]
  /** Patterns that matched nothing. */
  readonly misses: readonly string[]
}

/** How to open. */
export type OpenMode = 'read' | 'write'

/**
 * Opens a found image. 'write' takes the lock for a moment when an interrupted operation has to be finished or undone
 * (event `recovered`); 'read' reports `interrupted` then. Problems: `corrupt_config`, `unsupported_format`, `locked`, `interrupted`.
 */
export async function openImage(
  _host: ImageHost,
  _location: ImageLocation,
  _mode: OpenMode,
): Promise<Result<Image, OperationProblem>> {
  throw new Error('unwritten')
}

export type { FindImageOptions, ImageLocation }
