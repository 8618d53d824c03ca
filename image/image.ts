import type {
  AbsolutePath,
  Action,
  Catalog,
  Fmri,
  Freeze,
  ImageFilter,
  ImageKind,
  ImageSnapshot,
  Result,
  SolveRequest,
  Stem,
} from '#model'
import type { ImageConfig, PropertyValue } from './config/image-config.ts'
import type { AutoConfigure, AutoConfigureReport, PublisherChange } from './config/publishers.ts'
import type { InstalledRecord } from './installed-state.ts'
import type { InstalledTags } from './manifests/installed-tags.ts'
import type { AvoidedPackage } from './operations/avoid.ts'
import type { DescribeQuery, PackageDescriptions } from './operations/describe-packages.ts'
import type { PropertyEdit } from './operations/edit-properties.ts'
import type { FixOptions } from './operations/fix.ts'
import type { FreezeRequest } from './operations/freeze.ts'
import type { HydrationRequest } from './operations/hydration.ts'
import type { ListQuery, PackageListing } from './operations/list-packages.ts'
import type { ListedMediator, MediatorRequest } from './operations/mediators.ts'
import type { RevertOptions } from './operations/revert.ts'
import type { PublisherRemoval } from './operations/set-publisher.ts'
import type { UnpackagedContent } from './operations/unpackaged.ts'
import type { VerifyOptions } from './operations/verify.ts'
import type { ApplyOutcome, ApplyPlanOptions, InstallOutcome } from './plan/apply-plan.ts'
import type { OperationOptions } from './plan/plan-and-apply.ts'
import type { PlanOptions } from './plan/plan-install.ts'
import type { PreparedPlan } from './plan/prepared-plan.ts'
import type { ReleaseNotes } from './plan/release-notes.ts'
import type { ImageProblem, OperationProblem } from './problems.ts'
import type { HistoryEntry } from './state/history.ts'
import type { RefreshOptions, RefreshReport } from './supply/refresh.ts'
import type { VerifyReport } from './verify-report.ts'

/**
 * An open image. Methods that change the image take its lock, recover an interrupted operation first, and write one history record.
 * All methods that read or write files return `storage` and its kin for file system failures.
 */
export interface Image {
  readonly root: AbsolutePath
  /** Folder of the image's own files, `var/pkg` below the root of a full image. */
  readonly metadata: AbsolutePath
  readonly kind: ImageKind
  /** The configuration as this object last read or wrote it. */
  config(): ImageConfig
  /** The image as the solver sees it. Takes no lock, and reads the snapshot file where that is current. Problem: `corrupt_db`. */
  snapshot(): Promise<Result<ImageSnapshot, ImageProblem>>
  /** Installed packages with their times, sorted by stem. Problem: `corrupt_db`. */
  installed(): Promise<Result<readonly InstalledRecord[], ImageProblem>>
  /** Decides by variants and facets which actions apply to the image. */
  filter(): ImageFilter
  /** Facets and variants that installed packages use as tags. Problems: `corrupt_db`, `missing_manifest`. */
  installedTags(): Promise<Result<InstalledTags, OperationProblem>>
  /** Packages that enabled publishers offer, and the installed ones. Reads the index file where that is current. */
  catalog(): Promise<Result<Catalog, OperationProblem>>

  /** Brings catalogs up to date. A publisher that fails is in the report, and is no problem of the call. */
  refresh(options: RefreshOptions): Promise<Result<RefreshReport, OperationProblem>>

  /** Adds or changes a publisher. With `refresh` its catalog is fetched first; if that fails, nothing changes. */
  setPublisher(change: PublisherChange): Promise<Result<{ readonly added: boolean }, OperationProblem>>
  /** Adds the publishers that a repository serves, or adds its URI to those that are configured (`-p`). */
  autoConfigure(options: AutoConfigure): Promise<Result<AutoConfigureReport, OperationProblem>>
  /** Removes publishers by prefix or alias. Each name has its own outcome. Installed packages stay. */
  removePublishers(names: readonly string[]): Promise<Result<readonly PublisherRemoval[], OperationProblem>>
  /** Milliseconds since 1970-01-01 UTC of the last successful refresh; undefined: never. */
  lastRefreshed(publisher: string): number | undefined

  /** The plan of `install` as a dry run. A plan with `nothingToDo` means that the image already fulfils the request. */
  planInstall(request: SolveRequest, options: PlanOptions): Promise<Result<PreparedPlan, OperationProblem>>
  /** Fetches payloads, changes the target, commits. Refuses a plan of another generation: `stale_plan`. */
  applyPlan(
    prepared: PreparedPlan,
    options: ApplyPlanOptions,
  ): Promise<Result<ApplyOutcome, OperationProblem>>
  /**
   * Refreshes, solves, fetches manifests, plans actions, calls `decide`, and applies the plan: under one lock, with one history record.
   * Serves install, update, uninstall and exact-install alike: the request says which. A dry run needs the lock only for a refresh;
   * a user who may not write gets a plan from the catalogs as they are.
   */
  install(
    request: SolveRequest,
    options: PlanOptions & OperationOptions,
  ): Promise<Result<InstallOutcome, OperationProblem>>

  /** Files and directories of the image that no package delivers. Without patterns all installed packages count. */
  unpackaged(patterns: readonly string[]): Promise<Result<UnpackagedContent, OperationProblem>>
  /** Verifies packages and repairs them. The plan has `verified`; it has nothing to do where nothing is wrong or nothing can be repaired. */
  fix(options: FixOptions): Promise<Result<InstallOutcome, OperationProblem>>
  /** Restores files, chosen by path or by tag, to what their packages deliver. */
  revert(options: RevertOptions): Promise<Result<InstallOutcome, OperationProblem>>
  /**
   * Fixes halves of mediators, or frees them with empty texts; links and configuration change in one transaction. A request that only
   * frees is `unset-mediator` in the history. Problems: `bad_mediator`, those of the lock, the plan and the executor.
   */
  setMediators(
    request: MediatorRequest,
    options: OperationOptions,
  ): Promise<Result<InstallOutcome, OperationProblem>>
  /** The choice of each mediator, or with `available` everything that installed packages offer. */
  mediators(available: boolean): Promise<Result<readonly ListedMediator[], OperationProblem>>

  /** Selects packages for `list`. */
  listPackages(query: ListQuery): Promise<Result<PackageListing, OperationProblem>>
  /** Manifests and states of packages for `info` and `contents`. */
  describePackages(query: DescribeQuery): Promise<Result<PackageDescriptions, OperationProblem>>
  /** Text of a licence action, from the installed copy or from the repository. */
  licenseText(fmri: Fmri, action: Action): Promise<Result<string, OperationProblem>>
  /** Compares installed packages with the disk and changes nothing. Needs no repository unless a manifest is lost. */
  verify(options: VerifyOptions): Promise<Result<VerifyReport, OperationProblem>>

  /** Freezes packages and returns the freezes. Problems: `bad_freeze`, `bad_pattern`, `ambiguous`, those of the lock. */
  freeze(request: FreezeRequest): Promise<Result<readonly Freeze[], OperationProblem>>
  /** Lifts freezes and returns their names; none where no pattern matches. */
  unfreeze(request: Omit<FreezeRequest, 'reason'>): Promise<Result<readonly Stem[], OperationProblem>>
  /** The avoid list, sorted by name. */
  avoided(): Promise<Result<readonly AvoidedPackage[], OperationProblem>>
  /** Puts packages on the avoid list. Problems: `avoid_installed`, those of patterns and of the lock. */
  avoid(patterns: readonly string[]): Promise<Result<void, OperationProblem>>
  /** Takes packages off the avoid list. Problems: `not_avoided`, `group_member`, those of patterns and of the lock. */
  unavoid(patterns: readonly string[]): Promise<Result<void, OperationProblem>>
  /** Marks installed packages as requested by the user or not. Returns the number of packages whose mark changes. */
  flag(patterns: readonly string[], manual: boolean): Promise<Result<number, OperationProblem>>

  /** All properties with their effective values, sorted by name. */
  properties(): ReadonlyMap<string, PropertyValue>
  /** Sets or unsets properties, or changes a list. Problems: those of properties and of the lock. */
  editProperties(edit: PropertyEdit): Promise<Result<void, OperationProblem>>
  /** Effective value of a property. Undefined: it has no value and no default. */
  property(name: string): PropertyValue | undefined
  /** Removes files of publishers that their repositories can provide again, or restores them. */
  hydrate(
    request: HydrationRequest,
    options: OperationOptions,
  ): Promise<Result<InstallOutcome, OperationProblem>>
  /** Release notes of the packages of a plan. Call it before the plan is applied. */
  releaseNotes(prepared: PreparedPlan): Promise<Result<ReleaseNotes, OperationProblem>>
  /** Empties the content caches and returns their folders. Does nothing where the property `flush-content-cache-on-success` is off. */
  cleanCache(): Promise<
    Result<readonly { readonly publisher: string; readonly path: string }[], OperationProblem>
  >
  /** Rebuilds the index of the catalogs. */
  rebuildIndex(): Promise<Result<void, OperationProblem>>
  /** History records, oldest first. Unreadable ones are skipped. */
  history(): readonly HistoryEntry[]
  /** Lines of the release notes of a record. Undefined: it has none. */
  notes(entry: HistoryEntry): readonly string[] | undefined
  /** Removes all history records, then writes its own. */
  purgeHistory(): Promise<Result<void, OperationProblem>>
  /** Closes repositories. The image must not be used after it. */
  close(): Promise<void>
}
