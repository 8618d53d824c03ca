import {
  type ActionPlan,
  type ApplyReport,
  type CommitFailure,
  type InstallerProblem,
  type PlanNeeds,
  planNeeds,
  type StepwiseWork,
} from '#executor'
import { err, type Fmri, formatFmri, ok, type Result, type Stem } from '#model'
import { changeImage, type Done } from '../change/change-image.ts'
import { settingsDifference } from '../config/change-settings.ts'
import type { ImageConfig } from '../config/image-config.ts'
import { propertyHolds } from '../config/properties.ts'
import type { Cancellation } from '../host.ts'
import type { InstalledRecord, InstalledState } from '../installed-state.ts'
import type { NewManifest } from '../manifests/manifest-reader.ts'
import { dropInstalledManifest, storeInstalledManifests } from '../manifests/manifests.ts'
import type { ImageProblem, OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { sha256 } from '../state/installed-snapshot.ts'
import { attempt, attemptQuietly, readText } from '../storage.ts'
import { type PayloadPlaces, payloadPlace, payloadPlaces } from '../supply/payload-places.ts'
import { discardDamaged, ensurePayloads, flushPayloads, wasDiskFull } from '../supply/payloads.ts'
import { dryRun, executorTarget } from './executor-target.ts'
import { type ContentOptions, type PreparedPlan, withPolicy } from './prepared-plan.ts'
import { releaseNotes } from './release-notes.ts'
import { bytesToFetch, RESERVE, spaceRequired } from './space.ts'

/** How to apply. `ContentOptions` given here replace the options of the plan. */
export interface ApplyOptions extends ContentOptions {
  /** True: the user accepts all licences (`--accept`). False: a licence that needs acceptance is the problem `licenses`. */
  readonly acceptLicenses: boolean
  /** True: nothing changes, and no lock is taken; the report lists the file operations. Absent: false. */
  readonly dryRun?: boolean
}

/** Result of an applied plan. */
export interface ApplyOutcome {
  readonly report: ApplyReport
  /** Generation after the commit; in a dry run, the generation of the plan. */
  readonly generation: number
}

/** Result of an operation that has a plan. */
export interface InstallOutcome {
  readonly prepared: PreparedPlan
  /** Undefined: a dry run, nothing to do, or stopped by `decide`. */
  readonly applied: ApplyOutcome | undefined
}

/**
 * Carries out a plan under the image's lock, with a history record. Problems: those of the lock and of `carryOutPlan`. A dry run has the
 * problems that the real run would meet before it writes.
 */
export async function applyPlan(
  context: ImageContext,
  prepared: PreparedPlan,
  options: ApplyOptions,
): Promise<Result<ApplyOutcome, OperationProblem>> {
  if (options.dryRun === true) return tryPlan(context, prepared, options)
  return changeImage(context, prepared.operation, () => carryOutPlan(context, prepared, options))
}

/** The installed state that a plan applies to. Problems: actions that this client does not know, `stale_plan`, those of the database. */
async function applicable(
  context: ImageContext,
  { installPlan, actionsUnknown }: PreparedPlan,
): Promise<Result<InstalledState, OperationProblem>> {
  if (actionsUnknown !== undefined) return err(actionsUnknown)
  const state = await context.store.read()
  if (!state.ok || state.value.generation === installPlan.base) return state
  const { generation } = state.value
  return err({ code: 'ips::installer_error::stale_plan', planned: installPlan.base, actual: generation })
}

/** Goes through a plan against the disk and writes nothing. */
async function tryPlan(
  context: ImageContext,
  prepared: PreparedPlan,
  options: ApplyOptions,
): Promise<Result<ApplyOutcome, OperationProblem>> {
  const state = await applicable(context, prepared)
  if (!state.ok) return state
  const report = dryRun(context, withPolicy(prepared.actionPlan, options))
  return report.ok ? ok({ report: report.value, generation: state.value.generation }) : report
}

/**
 * Fetches payloads, changes the target, commits. The caller holds the lock. A problem before the commit leaves tree, database and
 * configuration as they were. Problems: `stale_plan`, `licenses`, `no_space`, `missing_manifest`, the repositories',
 * the executor's.
 */
export async function carryOutPlan(
  context: ImageContext,
  prepared: PreparedPlan,
  options: ApplyOptions,
): Promise<Result<Done<ApplyOutcome>, OperationProblem>> {
  const { host } = context
  const { installPlan } = prepared
  const actionPlan = withPolicy(prepared.actionPlan, options)
  const state = await applicable(context, prepared)
  if (!state.ok) return state
  const unaccepted = options.acceptLicenses ? undefined : licenseProblem(prepared)
  if (unaccepted !== undefined) return err(unaccepted)
  const now = host.clock.now()
  const target = executorTarget(context, now)
  // Decided against the disk: edited files that are kept need no payload, deleted ones that come back do.
  const needs = planNeeds(actionPlan, target)
  if (!needs.ok) return needs
  const { payloads: required } = needs.value
  host.events.emit({ kind: 'phase', phase: 'download' })
  const places = await payloadPlaces(context, required)
  const tooLittle = spaceProblem(context, prepared, needs.value, places)
  if (tooLittle !== undefined) return err(tooLittle)
  const payloads = await ensurePayloads(context, required, places)
  if (!payloads.ok) return payloads
  const notes = await releaseNotes(context, prepared)
  if (!notes.ok) return notes
  const commitState = await context.store.prepareCommit()
  if (!commitState.ok) return commitState
  const executor = await host.newExecutor({
    ...target,
    payloadPath: (action, fmri) => places.path(action, fmri),
  })
  const states = stateTexts(prepared, context.config())
  const next = stateAfter(state.value, prepared, now)
  const execute = () =>
    doStepwise(
      executor.start(actionPlan, {
        commit: () => commit(context, installPlan.base, prepared.newManifests, () => commitState.value(next)),
        committedGeneration: () => context.store.durableGeneration(),
        onEvent: (event) => host.events.emit(event),
      }),
      host.cancellation,
    )
  let report = await execute()
  // What came just now was checked. What lay in the cache may have lost its content in a power cut, and of what is read in place a
  // repository may have another copy, or else the reason why it is not good.
  const hasDiscarded = () => {
    const found = attempt(() => discardDamaged(context, required))
    return found.ok && found.value
  }
  if (!report.ok && isOfPayload(report.error, places) && (hasDiscarded() || places.inPlace)) {
    places.fetchAll()
    const anew = await ensurePayloads(context, required, places)
    if (!anew.ok) return anew
    report = await execute()
  }
  if (!report.ok) {
    // Damaged content shall be fetched again; on a full disk it must not stand in the way of everything else.
    if (report.error.code === 'ips::installer_error::bad_payload' || wasDiskFull(report.error))
      forgetPayloads(context, required)
    return report
  }
  // It was read when the lock was taken, and the journal has just replaced it.
  if (prepared.newConfig !== undefined) await context.reloadConfig()
  host.events.emit({ kind: 'phase', phase: 'finalize' })
  cleanUp(context, prepared)
  return ok({
    value: { report: report.value, generation: state.value.generation + 1 },
    changed: true,
    ...states,
    releaseNotes: notes.value.lines,
  })
}

/** True: the run failed because of a payload of which a fetched copy may be good. */
function isOfPayload(problem: InstallerProblem, places: PayloadPlaces): boolean {
  switch (problem.code) {
    case 'ips::installer_error::bad_payload':
    case 'ips::installer_error::payload_missing':
      return true
    case 'ips::installer_error::step_failed':
      return places.isInPlace(problem.cause.path)
    default:
      return false
  }
}

/** Runs stepwise work to its end, or until the user cancels and the work is rolled back. */
function doStepwise(
  work: StepwiseWork,
  cancellation: Cancellation,
): Promise<Result<ApplyReport, InstallerProblem>> {
  return cancellation.hold(async () => {
    for (;;) {
      const piece = work.next(cancellation.requested())
      if (piece.done === true) return piece.value
      await cancellation.pause()
    }
  })
}

function licenseProblem({ actionPlan }: PreparedPlan): OperationProblem | undefined {
  const pending = actionPlan.licenses.filter(({ mustAccept, accepted }) => mustAccept && !accepted)
  if (pending.length === 0) return undefined
  return {
    code: 'ips::installer_error::licenses',
    licenses: pending.map(({ fmri, name, mustAccept, mustDisplay }) => ({
      fmri: formatFmri(fmri),
      name,
      mustAccept,
      mustDisplay,
    })),
  }
}

/**
 * The first file system with too little space. First, every payload counts as still to be fetched. If that does not fit,
 * cached payloads are left out of the count.
 */
function spaceProblem(
  context: ImageContext,
  { actionPlan, newManifests, spaceRequired: most }: PreparedPlan,
  { payloads, stages }: PlanNeeds,
  places: PayloadPlaces,
): OperationProblem | undefined {
  const { filesystem } = context.host
  const [own, ...others] = stages
  const isOne = others.length === 0
  const sizes = attempt(() => {
    const path = isOne ? context.root : own!.path
    const available = filesystem.freeSpace(path)
    if (most <= available) return { needed: most, available, path }
    const downloadBytes = bytesToFetch(context, payloads, places)
    const installBytes = isOne ? actionPlan.installBytes : own!.bytes
    return { needed: spaceRequired(context, { downloadBytes, installBytes }, newManifests), available, path }
  })
  const further = others.map(({ path, bytes }) =>
    attempt(() => ({ needed: bytes * RESERVE, available: filesystem.freeSpace(path), path })),
  )
  for (const one of [sizes, ...further]) {
    if (!one.ok) return one.error
    const { needed, available, path } = one.value
    if (needed > available)
      return { code: 'ips::installer_error::no_space', needed: Math.ceil(needed), available, path }
  }
  return undefined
}

/** Stores manifests, then the database: with its rename the operation is done. Undoes its own part when it fails. Throws `FilesystemError`. */
function commit(
  context: ImageContext,
  base: number,
  manifests: readonly NewManifest[],
  commitState: () => void,
): CommitFailure | undefined {
  const { filesystem } = context.host
  // Re-planned packages have theirs already, and it must survive a failure.
  const absent = manifests.filter((manifest) => !isStored(context, manifest))
  const drop = (): void => {
    for (const { fmri } of absent) dropInstalledManifest(filesystem, context.layout, fmri)
  }
  try {
    const stored = storeInstalledManifests(filesystem, context.layout, absent)
    if (!stored.ok) {
      drop()
      return { reason: failureReason(stored.error) }
    }
    commitState()
    return undefined
  } catch (error) {
    const generation = attempt(() => context.store.durableGeneration())
    // The rename went through and only the flush of the directory failed: done is done.
    if (generation.ok && generation.value === base + 1) return undefined
    // Where nobody can tell, recovery will, and it may need them.
    if (!generation.ok) throw error
    drop()
    throw error
  }
}

function failureReason(problem: ImageProblem): string {
  return problem.code === 'ips::image_error::missing_manifest'
    ? `${problem.fmri}: ${problem.reason}`
    : problem.code
}

function isStored(context: ImageContext, manifest: NewManifest): boolean {
  const text = readText(context.host.filesystem, context.layout.installedManifest(manifest.fmri))
  return text !== undefined && sha256(text) === manifest.sha256
}

/** The installed set after a plan. Pure. */
function stateAfter(
  state: InstalledState,
  { operation, installPlan: plan, newManifests: manifests }: PreparedPlan,
  now: number,
): Omit<InstalledState, 'generation'> {
  // An update asks for a version, not for the package: `autoremove` still removes a package that came as a dependency only.
  const manual = new Set<Stem>(operation === 'update' ? [] : plan.named)
  const records = new Map(state.packages.map((record) => [record.fmri.stem, record]))
  for (const fmri of plan.remove) records.delete(fmri.stem)
  const byFmri = new Map(manifests.map((each) => [formatFmri(each.fmri), each]))
  const put = (fmri: InstalledRecord['fmri'], before: InstalledRecord | undefined): void => {
    const manifest = byFmri.get(formatFmri(fmri))
    if (manifest === undefined) throw new Error(`no manifest for ${formatFmri(fmri)}`)
    records.set(fmri.stem, {
      fmri,
      manual: before?.manual ?? false,
      installTime: before?.installTime ?? now,
      updateTime: before === undefined ? undefined : now,
      manifestSha256: manifest.sha256,
      catalogActions: manifest.catalogActions,
    })
  }
  for (const { fmri } of plan.add) put(fmri, undefined)
  for (const { from, to } of plan.update) {
    const before = records.get(from.stem)
    if (from.stem !== to.fmri.stem) records.delete(from.stem)
    put(to.fmri, before)
  }
  const packages = [...records.values()]
    .map((record) => (manual.has(record.fmri.stem) && !record.manual ? { ...record, manual: true } : record))
    .sort((a, b) => (a.fmri.stem < b.fmri.stem ? -1 : a.fmri.stem > b.fmri.stem ? 1 : 0))
  return { packages, avoided: plan.avoid, frozen: state.frozen }
}

/** Runs after the commit: its failures do not fail the operation. */
function cleanUp(context: ImageContext, prepared: PreparedPlan): void {
  const { host, layout } = context
  const { installPlan } = prepared
  for (const fmri of [...installPlan.remove, ...installPlan.update.map(({ from }) => from)])
    if (!prepared.newManifests.some((fetched) => formatFmri(fetched.fmri) === formatFmri(fmri)))
      dropInstalledManifest(host.filesystem, layout, fmri)
  for (const { fmri } of prepared.newManifests)
    attemptQuietly(() => host.filesystem.unlink(layout.cachedManifest(fmri)))
  if (propertyHolds(context.config(), 'flush-content-cache-on-success'))
    attemptQuietly(() => flushPayloads(context))
}

/** Removes cached payloads, so that the next attempt fetches them again. */
function forgetPayloads(context: ImageContext, payloads: ActionPlan['payloads']): void {
  for (const { fmri, action } of payloads) {
    const path = payloadPlace(context.layout, fmri, action)
    if (path !== undefined) attemptQuietly(() => context.host.filesystem.unlink(path))
  }
}

/** Packages and settings that change, before and after, one a line. */
function stateTexts(
  { installPlan: plan, newConfig }: PreparedPlan,
  config: ImageConfig,
): { readonly startState: string; readonly endState: string } {
  const { facets, variants } = settingsDifference(config, newConfig ?? config)
  const settings = (side: 'old' | 'new'): readonly string[] =>
    [...variants, ...facets].map((one) => `${one.name}=${String(one[side] ?? 'unset')}`)
  const before = [...plan.remove, ...plan.update.map(({ from }) => from)]
  const after = [...plan.add.map(({ fmri }) => fmri), ...plan.update.map(({ to }) => to.fmri)]
  const text = (fmris: readonly Fmri[], lines: readonly string[]): string =>
    [...fmris.map((fmri) => formatFmri(fmri)), ...lines].join('\n')
  return { startState: text(before, settings('old')), endState: text(after, settings('new')) }
}
