import {
  type AbsolutePath,
  type ImageKind,
  ok,
  type PublisherName,
  type Result,
  type SolveRequest,
} from '#model'
import { changeImage } from './change/change-image.ts'
import { effectiveProperty } from './config/properties.ts'
import { installedTags } from './manifests/installed-tags.ts'
import { avoidedPackages, avoidPackages, unavoidPackages } from './operations/avoid.ts'
import { describePackages } from './operations/describe-packages.ts'
import { editProperties, listProperties } from './operations/edit-properties.ts'
import { fixImage } from './operations/fix.ts'
import { flagPackages } from './operations/flag-packages.ts'
import { freezePackages, unfreezePackages } from './operations/freeze.ts'
import { hydrate } from './operations/hydration.ts'
import { listPackages } from './operations/list-packages.ts'
import { cleanCache, rebuildIndex } from './operations/maintenance.ts'
import { listMediators, setMediators } from './operations/mediators.ts'
import { revertContent } from './operations/revert.ts'
import { removePublishers, setPublisher } from './operations/set-publisher.ts'
import { unpackagedContent } from './operations/unpackaged.ts'
import { verifyImage } from './operations/verify.ts'
import { applyPlan } from './plan/apply-plan.ts'
import { installPackages, type PlanOptions } from './plan/plan-install.ts'
import type { PreparedPlan } from './plan/prepared-plan.ts'
import { releaseNotes } from './plan/release-notes.ts'
import type { OperationProblem } from './problems.ts'
import type { ImageContext } from './state/context.ts'
import { type HistoryEntry, readHistory, readNotes, removeHistory } from './state/history.ts'
import { imageFilter, makeSnapshot } from './state/snapshot.ts'
import { attempt } from './storage.ts'
import { configurePublishers } from './supply/auto-configure.ts'
import { catalogUpdated, imageCatalog } from './supply/catalogs.ts'
import { ensurePayload } from './supply/ensure-payload.ts'
import { licenseText } from './supply/license-text.ts'
import { lastRefreshed, refreshImage } from './supply/refresh.ts'

type Method = (context: ImageContext, ...rest: never[]) => unknown

/**
 * The methods of an image, as functions of its context. A function that has a name is documented in its file, with its problems.
 * Methods that change the image take its lock, recover an interrupted operation first, and write one history record. All methods that
 * read or write files return `storage` and its kin for file system failures.
 */
const methods = {
  /** The configuration as the image last read or wrote it. */
  config: (context) => context.config(),
  /** The image as the solver sees it. Takes no lock, and reads the snapshot file where that is current. Problem: `corrupt_db`. */
  async snapshot({ store, config }) {
    const state = await store.read()
    return state.ok ? ok(makeSnapshot(config(), state.value)) : state
  },
  /** Installed packages with their times, sorted by stem. Problem: `corrupt_db`. */
  async installed({ store }) {
    const state = await store.read()
    return state.ok ? ok(state.value.packages) : state
  },
  /** Decides by variants and facets which actions apply to the image. */
  filter: ({ config }) => imageFilter(config()),
  installedTags,
  /** Packages that enabled publishers offer, and the installed ones. */
  async catalog(context) {
    const state = await context.store.read()
    return state.ok ? imageCatalog(context, state.value) : state
  },

  refresh: refreshImage,
  setPublisher,
  autoConfigure: configurePublishers,
  removePublishers,
  lastRefreshed,
  catalogUpdated,

  /** The plan of `install` as a dry run. A plan with `nothingToDo` means that the image already fulfils the request. */
  async planInstall(
    context,
    request: SolveRequest,
    options: PlanOptions,
  ): Promise<Result<PreparedPlan, OperationProblem>> {
    const planned = await installPackages(context, request, {
      ...options,
      dryRun: true,
      acceptLicenses: false,
    })
    return planned.ok ? ok(planned.value.prepared) : planned
  },
  applyPlan,
  install: installPackages,
  releaseNotes,
  licenseText,
  /** Folder of the content cache of a publisher. A payload lies at `XX/DIGEST` below it, where XX begins its digest. */
  contentCacheDir: ({ layout }, publisher: PublisherName): string => layout.payloads(publisher),
  ensurePayload,

  listPackages,
  describePackages,
  unpackaged: unpackagedContent,
  verify: verifyImage,
  fix: fixImage,
  revert: revertContent,
  hydrate,
  setMediators,
  mediators: listMediators,

  freeze: freezePackages,
  unfreeze: unfreezePackages,
  avoided: avoidedPackages,
  avoid: avoidPackages,
  unavoid: unavoidPackages,
  flag: flagPackages,

  properties: ({ config }) => listProperties(config()),
  /** Effective value of a property. Undefined: it has no value and no default. */
  property: ({ config }, name: string) => effectiveProperty(config(), name),
  editProperties,

  cleanCache,
  rebuildIndex,
  history: ({ host, layout }) => readHistory(host.filesystem, layout.history),
  notes: ({ host, layout }, entry: HistoryEntry) => readNotes(host.filesystem, layout.notes, entry),
  /** Removes all history records, then writes its own. */
  purgeHistory: (context) =>
    changeImage<void>(context, 'purge-history', async () => {
      const removed = attempt(() => removeHistory(context.host.filesystem, context.layout))
      return removed.ok ? ok({ value: undefined, changed: true }) : removed
    }),
  /** Closes repositories. The image must not be used after it. */
  close: ({ sources }) => sources.close(),
} satisfies Readonly<Record<string, Method>>

/** The methods without their context. */
type BoundMethods = {
  readonly [Name in keyof typeof methods]: (typeof methods)[Name] extends (
    context: ImageContext,
    ...rest: infer Rest
  ) => infer Answer
    ? (...rest: Rest) => Answer
    : never
}

/** An open image. */
export interface Image extends BoundMethods {
  readonly root: AbsolutePath
  /** Folder of the image's own files, `var/pkg` below the root of a full image. */
  readonly metadata: AbsolutePath
  readonly kind: ImageKind
}

/** Binds the methods to a context. */
export function imageOf(context: ImageContext): Image {
  const bound = Object.entries<Method>(methods).map(([name, method]) => [
    name,
    method.bind(undefined, context),
  ])
  return {
    // Each entry is bound, which the types of `Object.entries` cannot say.
    ...(Object.fromEntries(bound) as BoundMethods),
    root: context.root,
    metadata: context.layout.metadata,
    kind: context.config().kind,
  }
}
