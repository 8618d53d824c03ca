import { planActions } from '#executor'
import { type Action, err, type Fmri, ok, type Result } from '#model'
import type { ImageConfig } from '../config/image-config.ts'
import type { InstalledState } from '../installed-state.ts'
import { dehydratedPublishers, diskFilter } from '../manifests/disk-filter.ts'
import type { ImageManifests } from '../manifests/manifest-reader.ts'
import type { InstallOutcome } from '../plan/apply-plan.ts'
import { type InstalledPlan, type OperationOptions, planAndApplyInstalled } from '../plan/plan-and-apply.ts'
import { mediatorSettings } from '../plan/plan-packages.ts'
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
    (state, manifests) => {
      const newConfig = hydratedConfig(context.config(), request)
      return newConfig.ok ? plan(context, state, newConfig.value, manifests) : newConfig
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
  newConfig: ImageConfig,
  manifests: ImageManifests,
): Result<InstalledPlan, OperationProblem> {
  const config = context.config()
  const filter = imageFilter(config)
  const filterBy = (settings: ImageConfig) => {
    const isOnDisk = diskFilter(settings)
    return {
      actionApplies: (action: Action, fmri: Fmri) => filter.actionApplies(action) && isOnDisk(action, fmri),
    }
  }
  const [oldFilter, newFilter] = [filterBy(config), filterBy(newConfig)]
  const changed: Fmri[] = []
  const kept: Fmri[] = []
  for (const { fmri } of state.packages) {
    const manifest = manifests.read(fmri)
    if (!manifest.ok) return manifest
    const isChanged = manifest.value.actions.some(
      (action) => oldFilter.actionApplies(action, fmri) !== newFilter.actionApplies(action, fmri),
    )
    if (isChanged) changed.push(fmri)
    else kept.push(fmri)
  }
  const nothingToDo = changed.length === 0
  const actionPlan = planActions({
    base: state.generation,
    imageKind: config.kind,
    metadataPath: metadataPath(context),
    changes: changed.map((fmri) => ({ from: fmri, to: fmri })),
    kept: nothingToDo ? [] : kept,
    manifests,
    oldFilter,
    newFilter,
    mediators: mediatorSettings(config),
  })
  if (!actionPlan.ok) return actionPlan
  return ok({ actionPlan: actionPlan.value, ...(nothingToDo ? {} : { newConfig }), nothingToDo })
}
