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

/** An open image. Everything that changes it takes the lock itself and recovers an interrupted operation first. */
export interface Image {
  readonly root: AbsolutePath
  readonly metadata: AbsolutePath
  readonly kind: ImageKind
  /** As last read or written by this object. */
  config(): ImageConfig
  /** What the solver may know. Read without lock, from the snapshot file where its stamp fits. Problem: `corrupt_db`. */
  snapshot(): Promise<Result<ImageSnapshot, ImageProblem>>
  /** Installed packages with their times, sorted by stem. Problem: `corrupt_db`. */
  installed(): Promise<Result<readonly InstalledRecord[], ImageProblem>>
  /** Action filter from variants and facets. */
  filter(): ImageFilter
  /** Facets and variants that installed packages speak of. Problems: `corrupt_db`, `missing_manifest`. */
  installedTags(): Promise<Result<InstalledTags, OperationProblem>>
  /** Known packages of all enabled publishers plus the installed ones; from the index file where it is fresh. */
  catalog(): Promise<Result<Catalog, OperationProblem>>

  /** Brings catalogs up to date. Some failed: still a report; the command decides between 1 and 3. */
  refresh(options: RefreshOptions): Promise<Result<RefreshReport, OperationProblem>>

  /** Adds or changes a publisher; with `refresh`, its catalog is fetched first and failure changes nothing. */
  setPublisher(change: PublisherChange): Promise<Result<{ readonly added: boolean }, OperationProblem>>
  /** Adds or completes the publishers a repository says it serves (`-p`). */
  autoConfigure(options: AutoConfigure): Promise<Result<AutoConfigureReport, OperationProblem>>
  /** Removes by prefix or alias; each name has its own outcome. Packages stay installed. */
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

  /** What lies in the image and none of the packages delivers. No patterns: all installed packages. */
  unpackaged(patterns: readonly string[]): Promise<Result<UnpackagedContent, OperationProblem>>
  /** Verifies and repairs; nothing wrong, or nothing that can be mended: nothing to do. */
  fix(options: FixOptions): Promise<Result<InstallOutcome, OperationProblem>>
  /** Makes files what their packages delivered, by path or by tag. Nothing differs: nothing to do. */
  revert(options: RevertOptions): Promise<Result<InstallOutcome, OperationProblem>>
  /**
   * Fixes halves of mediators, or frees them with empty texts; links and configuration change in one transaction. A request that only
   * frees is `unset-mediator` in the history. Problems: `bad_mediator`, those of the lock, the plan and the executor.
   */
  setMediators(
    request: MediatorRequest,
    options: OperationOptions,
  ): Promise<Result<InstallOutcome, OperationProblem>>
  /** What holds of each mediator, or with `available` all that installed packages offer. */
  mediators(available: boolean): Promise<Result<readonly ListedMediator[], OperationProblem>>

  /** Selection for `list`. */
  listPackages(query: ListQuery): Promise<Result<PackageListing, OperationProblem>>
  /** Manifests and facts of packages for `info` and `contents`. */
  describePackages(query: DescribeQuery): Promise<Result<PackageDescriptions, OperationProblem>>
  /** Text of a licence action, from the installed copy or the repository. */
  licenseText(fmri: Fmri, action: Action): Promise<Result<string, OperationProblem>>
  /** Checks installed packages against their manifests; changes nothing, needs no repository. */
  verify(options: VerifyOptions): Promise<Result<VerifyReport, OperationProblem>>

  /** Freezes packages; gives what was frozen. Problems: `bad_freeze`, `bad_pattern`, `ambiguous`, those of the lock. */
  freeze(request: FreezeRequest): Promise<Result<readonly Freeze[], OperationProblem>>
  /** Lifts freezes; gives the names, none where no pattern matched. */
  unfreeze(request: Omit<FreezeRequest, 'reason'>): Promise<Result<readonly Stem[], OperationProblem>>
  /** The avoid list. */
  avoided(): Promise<Result<readonly AvoidedPackage[], OperationProblem>>
  /** Puts packages on the avoid list. Problems: `avoid_installed`, those of patterns and of the lock. */
  avoid(patterns: readonly string[]): Promise<Result<void, OperationProblem>>
  /** Takes packages off the avoid list. Problems: `not_avoided`, `group_member`, those of patterns and of the lock. */
  unavoid(patterns: readonly string[]): Promise<Result<void, OperationProblem>>
  /** Flags installed packages as asked for or not; gives the number of those of which that is new. */
  flag(patterns: readonly string[], manual: boolean): Promise<Result<number, OperationProblem>>

  /** All properties with their values in force, sorted by name. */
  properties(): ReadonlyMap<string, PropertyValue>
  /** Sets, unsets, or changes a list. Problems: those of properties and of the lock. */
  editProperties(edit: PropertyEdit): Promise<Result<void, OperationProblem>>
  /** Image property with its default. */
  property(name: string): PropertyValue | undefined
  /** Takes the files of publishers off the disk that their repositories can give again, or brings them back. */
  hydrate(
    request: HydrationRequest,
    options: OperationOptions,
  ): Promise<Result<InstallOutcome, OperationProblem>>
  /** What the packages of a plan want to tell; only before it is carried out. */
  releaseNotes(prepared: PreparedPlan): Promise<Result<ReleaseNotes, OperationProblem>>
  /** Empties the content caches; gives the folders. Nothing where the property `flush-content-cache-on-success` is off. */
  cleanCache(): Promise<
    Result<readonly { readonly publisher: string; readonly path: string }[], OperationProblem>
  >
  /** Makes the index of the catalogs anew. */
  rebuildIndex(): Promise<Result<void, OperationProblem>>
  /** Oldest first; unreadable records are skipped. */
  history(): readonly HistoryEntry[]
  /** Lines of the release notes of a record; undefined: it has none. */
  notes(entry: HistoryEntry): readonly string[] | undefined
  /** Removes all records, then writes its own. */
  purgeHistory(): Promise<Result<void, OperationProblem>>
  /** Closes repositories. The image must not be used after it. */
  close(): Promise<void>
}
