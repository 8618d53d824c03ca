import { planActions } from '#executor'
import {
  chooseMediations,
  compareCodePoints,
  compareMediations,
  err,
  formatImplementation,
  type ImageFilter,
  isMediatorName,
  type Manifest,
  type Mediation,
  type MediatorChoice,
  ok,
  parseFixedImplementation,
  parseMediation,
  parseVersion,
  type Result,
  readMediatorSetting,
  sameMediation,
} from '#model'
import type { ImageConfig, MediatorSetting } from '../config/image-config.ts'
import type { InstalledState } from '../installed-state.ts'
import { manifestsOnDisk } from '../manifests/disk-filter.ts'
import { type ImageManifests, readInstalled, withManifests } from '../manifests/manifest-reader.ts'
import type { InstallOutcome } from '../plan/apply-plan.ts'
import { type InstalledPlan, type OperationOptions, planAndApplyInstalled } from '../plan/plan-and-apply.ts'
import { mediatorSettings } from '../plan/plan-packages.ts'
import type { ImageProblem, MediatorFault, OperationProblem } from '../problems.ts'
import { type ImageContext, metadataPath } from '../state/context.ts'
import { imageFilter } from '../state/snapshot.ts'

/** Input of `set-mediator` and `unset-mediator`. A half that is undefined stays as it is. */
export interface MediatorRequest {
  readonly mediators: readonly string[]
  /** A version; empty: back to the system's choice; `None`: a mediation without version. */
  readonly version: string | undefined
  /** `name`, `name@version`, `name@`: without version; empty: back to the system's choice; `None`: without implementation. */
  readonly implementation: string | undefined
}

/** One line of `mediator`: a choice, or an offer of an installed package. A part without value is an empty text. */
export interface ListedMediator {
  readonly mediator: string
  readonly version: string
  readonly versionSource: string
  /** `name`, `name@version` or `name@`. */
  readonly implementation: string
  readonly implementationSource: string
  /** Version of the choice where only the name of the implementation is fixed. */
  readonly implementationVersion: string
}

const reset = ''
const explicitNone = 'None'

function faultsOf(request: MediatorRequest): readonly MediatorFault[] {
  const faults: MediatorFault[] = request.mediators
    .filter((name) => !isMediatorName(name))
    .map((value) => ({ part: 'mediator', value, reason: 'only letters, digits and - are allowed' }))
  const { version, implementation } = request
  const given = (text: string | undefined): text is string =>
    text !== undefined && text !== reset && text !== explicitNone
  if (given(version) && !parseVersion(version).ok)
    faults.push({ part: 'mediator-version', value: version, reason: `Bad Version: ${version}` })
  if (given(implementation) && parseFixedImplementation(implementation) === undefined)
    faults.push({
      part: 'mediator-implementation',
      value: implementation,
      reason: 'a name of letters, digits and -, with a version after @ if it has one',
    })
  return faults
}

function half(current: string | undefined, wanted: string | undefined): string | undefined {
  if (wanted === undefined) return current
  if (wanted === reset) return undefined
  return wanted === explicitNone ? '' : wanted
}

/** The settings after a request, sorted by name, without mediators that have no fixed half. Pure. */
function changedSettings(
  settings: readonly MediatorSetting[],
  request: MediatorRequest,
): readonly MediatorSetting[] {
  const byName = new Map(settings.map((one) => [one.name, one]))
  for (const name of request.mediators) {
    const current = byName.get(name)
    const version = half(current?.version, request.version)
    const implementation = half(current?.implementation, request.implementation)
    if (version === undefined && implementation === undefined) byName.delete(name)
    else byName.set(name, { name, version, implementation })
  }
  return [...byName.values()].sort((a, b) => compareCodePoints(a.name, b.name))
}

function sameSettings(a: readonly MediatorSetting[], b: readonly MediatorSetting[]): boolean {
  const text = (settings: readonly MediatorSetting[]): string =>
    settings
      .map(({ name, version, implementation }) =>
        JSON.stringify([name, version ?? null, implementation ?? null]),
      )
      .sort()
      .join()
  return text(a) === text(b)
}

/**
 * Fixes or frees mediators: links, configuration and generation change together or not at all. If the choice stays, the
 * configuration alone changes. Problems: `bad_mediator` (before anything else), those of lock, plan and executor.
 */
export async function setMediators(
  context: ImageContext,
  request: MediatorRequest,
  options: OperationOptions,
): Promise<Result<InstallOutcome, OperationProblem>> {
  const faults = faultsOf(request)
  if (faults.length > 0) return err({ code: 'ips::image_error::bad_mediator', faults })
  const onlyFrees = [request.version, request.implementation].every((one) => (one ?? reset) === reset)
  const operation = onlyFrees ? 'unset-mediator' : 'set-mediator'
  return planAndApplyInstalled(
    context,
    operation,
    (state, manifests) => planMediators(context, state, request, manifests),
    options,
  )
}

function planMediators(
  context: ImageContext,
  state: InstalledState,
  request: MediatorRequest,
  manifests: ImageManifests,
): Result<InstalledPlan, OperationProblem> {
  const config = context.config()
  const newConfig: ImageConfig = { ...config, mediators: changedSettings(config.mediators, request) }
  const nothingToDo = sameSettings(config.mediators, newConfig.mediators)
  const filter = imageFilter(config)
  const actionPlan = planActions({
    base: state.generation,
    imageKind: config.kind,
    metadataPath: metadataPath(context),
    changes: [],
    kept: nothingToDo ? [] : state.packages.map(({ fmri }) => fmri),
    manifests: manifestsOnDisk(manifests, config),
    oldFilter: filter,
    newFilter: filter,
    mediators: mediatorSettings(newConfig),
    oldMediators: mediatorSettings(config),
  })
  if (!actionPlan.ok) return actionPlan
  return ok({ actionPlan: actionPlan.value, ...(nothingToDo ? {} : { newConfig }), nothingToDo })
}

/** Mediations of all links of a manifest that apply to the image. */
function mediationsOf(manifest: Manifest, filter: ImageFilter): readonly Mediation[] {
  const found: Mediation[] = []
  for (const action of manifest.actions) {
    if (action.type !== 'link' && action.type !== 'hardlink') continue
    const parsed = parseMediation(action)
    if (parsed.ok && parsed.value !== undefined && filter.actionApplies(action)) found.push(parsed.value)
  }
  return found
}

/**
 * Mediators of the image, sorted by name: the choice, or with `available` everything that installed packages offer, best first.
 * Problems: `corrupt_db`, `missing_manifest`.
 */
export function listMediators(
  context: ImageContext,
  available: boolean,
): Promise<Result<readonly ListedMediator[], OperationProblem>> {
  return readInstalled(context, (state) =>
    withManifests(context, state, false, async (manifests) => {
      const offered = offeredMediations(context, state, manifests)
      if (!offered.ok) return offered
      if (available) return ok(listOffers(offered.value))
      const settings = mediatorSettings(context.config()).map(readMediatorSetting)
      return ok([...chooseMediations(offered.value, settings).values()].map(listChoice))
    }),
  )
}

function offeredMediations(
  context: ImageContext,
  state: InstalledState,
  manifests: ImageManifests,
): Result<readonly Mediation[], ImageProblem> {
  const filter = imageFilter(context.config())
  const offered: Mediation[] = []
  for (const { fmri } of state.packages) {
    const manifest = manifests.read(fmri)
    if (!manifest.ok) return manifest
    for (const mediation of mediationsOf(manifest.value, filter)) offered.push(mediation)
  }
  return ok(offered)
}

function listOffers(offered: readonly Mediation[]): readonly ListedMediator[] {
  const sorted = [...offered].sort(
    (a, b) => compareCodePoints(a.mediator, b.mediator) || compareMediations(a, b),
  )
  const distinct = sorted.filter((one, index) => {
    const before = sorted[index - 1]
    return before === undefined || !sameMediation(before, one) || before.priority !== one.priority
  })
  return distinct.map(({ mediator, version, implementation, priority = 'system' }) => ({
    mediator,
    version: version ?? '',
    versionSource: priority,
    implementation: implementation === undefined ? '' : formatImplementation(implementation),
    implementationSource: priority,
    implementationVersion: '',
  }))
}

function listChoice(choice: MediatorChoice): ListedMediator {
  const { mediator, chosen, version, implementation } = choice
  const source = chosen?.priority ?? 'system'
  const follows = implementation?.versionFollows === true
  return {
    mediator,
    version: version?.value ?? '',
    versionSource: version?.source ?? source,
    implementation:
      implementation === undefined
        ? ''
        : follows
          ? implementation.value.name
          : formatImplementation(implementation.value),
    implementationSource: implementation?.source ?? source,
    implementationVersion: follows ? (implementation?.value.version ?? '') : '',
  }
}
