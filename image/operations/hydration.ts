import { type PackageChange, planActions } from '#executor'
import { emptyPlan, err, formatFmri, type Manifest, ok, type Result } from '#model'
import type { ImageConfig } from '../config/image-config.ts'
import type { InstalledRecord, InstalledState } from '../installed-state.ts'
import { keptManifests } from '../manifests/kept-manifests.ts'
import { lateManifest, latePackage, shownManifest } from '../manifests/late-manifest.ts'
import { dehydratedPublishers, type PresentActions, presentActions } from '../manifests/present-actions.ts'
import { installedManifest, type RestoredManifests } from '../manifests/restore-manifest.ts'
import type { InstallOutcome } from '../plan/apply-plan.ts'
import { type OperationOptions, planAndApplyInstalled } from '../plan/plan-and-apply.ts'
import { mediatorSettings } from '../plan/plan-packages.ts'
import { completePlan, type PreparedPlan } from '../plan/prepared-plan.ts'
import type { OperationProblem } from '../problems.ts'
import { type ImageContext, metadataPath } from '../state/context.ts'
import { imageFilter } from '../state/snapshot.ts'

/** What `dehydrate` and `rehydrate` do. */
export interface HydrationRequest {
  readonly operation: 'dehydrate' | 'rehydrate'
  /** Prefixes; none: all publishers that have a repository. */
  readonly publishers: readonly string[]
}

/**
 * Takes the files of publishers off the disk that their repositories can give again, or brings them back. From then on such a publisher's
 * packages are installed without them. Problems: `no_repository`, those of lock, plan and executor; for `rehydrate`
 * also the repositories'. Source: cli §10, image-plan §12.
 */
export async function hydrate(
  context: ImageContext,
  request: HydrationRequest,
  options: OperationOptions,
): Promise<Result<InstallOutcome, OperationProblem>> {
  return planAndApplyInstalled(
    context,
    request.operation,
    (state, restored) => {
      const newConfig = hydratedConfig(context.config(), request)
      return newConfig.ok ? plan(context, state, request, newConfig.value, options, restored) : newConfig
    },
    options,
  )
}

/** The configuration after the operation. */
function hydratedConfig(
  config: ImageConfig,
  { operation, publishers }: HydrationRequest,
): Result<ImageConfig, OperationProblem> {
  // What no repository has could never be brought back.
  const refillable: readonly string[] = config.publishers
    .filter(({ origins }) => origins.some(({ enabled }) => enabled))
    .map(({ name }) => name)
  const wrong = publishers.filter((name) => !refillable.includes(name))
  if (wrong.length > 0) return err({ code: 'ips::image_error::no_repository', publishers: wrong })
  const wanted = publishers.length === 0 ? refillable : publishers
  const dry = new Set(dehydratedPublishers(config))
  for (const name of wanted)
    if (operation === 'dehydrate') dry.add(name)
    else dry.delete(name)
  const properties = new Map(config.properties)
  if (dry.size === 0) properties.delete('dehydrated')
  else properties.set('dehydrated', [...dry].sort())
  return ok({ ...config, properties })
}

function plan(
  context: ImageContext,
  state: InstalledState,
  { operation }: HydrationRequest,
  newConfig: ImageConfig,
  options: OperationOptions,
  restored: RestoredManifests,
): Result<PreparedPlan, OperationProblem> {
  const config = context.config()
  const before = presentActions(config)
  const after = presentActions(newConfig)
  const filter = imageFilter(config)
  const changes: PackageChange[] = []
  const staying: InstalledRecord[] = []
  const manifests = new Map<string, Manifest>()
  for (const record of state.packages) {
    const manifest = installedManifest(context, record, restored)
    if (!manifest.ok) return manifest
    const { fmri } = record
    const old = before(fmri, manifest.value)
    const next = after(fmri, manifest.value)
    const count = ({ actions }: Manifest): number => actions.filter((one) => filter.actionApplies(one)).length
    if (count(old) === count(next)) staying.push(record)
    else {
      const whole = lateManifest(() => installedManifest(context, record, restored))
      const late = (present: PresentActions) =>
        latePackage(fmri, () => ok(present(fmri, { actions: whole.actions })))
      changes.push({ from: late(before), to: late(after) })
      manifests.set(formatFmri(fmri), shownManifest(whole))
    }
  }
  const nothingToDo = changes.length === 0
  const kept = nothingToDo ? [] : keptManifests(context, staying, restored)
  const mediators = mediatorSettings(config)
  const actionPlan = planActions({
    base: state.generation,
    imageKind: config.kind,
    metadataPath: metadataPath(context),
    changes,
    kept,
    oldFilter: filter,
    newFilter: filter,
    mediators,
  })
  if (!actionPlan.ok) return actionPlan
  return completePlan(
    context,
    {
      operation,
      installPlan: emptyPlan(state),
      actionPlan: actionPlan.value,
      manifests,
      newConfig: nothingToDo ? undefined : newConfig,
      nothingToDo,
    },
    options,
  )
}
