import { err, ok, type Result } from '#model'
import { changeImage, lockImage } from './change/change-image.ts'
import type { ImageLocation } from './config/find-image.ts'
import { effectiveProperty } from './config/properties.ts'
import type { ImageHost } from './host.ts'
import type { Image } from './image.ts'
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
import { carryOutPlan } from './plan/apply-plan.ts'
import { installPackages } from './plan/plan-install.ts'
import { releaseNotes } from './plan/release-notes.ts'
import type { OperationProblem } from './problems.ts'
import { type ImageContext, interruption, openContext } from './state/context.ts'
import { readHistory, readNotes, removeHistory } from './state/history.ts'
import { putBack } from './state/replace-image.ts'
import { imageFilter, makeSnapshot } from './state/snapshot.ts'
import { attempt } from './storage.ts'
import { autoConfigure } from './supply/auto-configure.ts'
import { imageCatalog } from './supply/catalogs.ts'
import { licenseText } from './supply/license-text.ts'
import { lastRefreshed, refreshImage } from './supply/refresh.ts'

/**
 * What an image is opened for. settings: reading configuration or history, and methods that change the image, which recover it
 * themselves; read: reading packages or files, which an interrupted operation would falsify; write: a change, so that an interrupted
 * operation is finished or undone at once.
 */
export type OpenMode = 'settings' | 'read' | 'write'

/**
 * Opens an image. An image whose replacement was interrupted is moved back to its place first. Problems: `corrupt_config`,
 * `unsupported_format`, `storage` and its kin; with 'read' `interrupted`; with 'write' those of the lock and of recovery, if there is
 * something to recover.
 */
export async function openImage(
  host: ImageHost,
  location: ImageLocation,
  mode: OpenMode,
): Promise<Result<Image, OperationProblem>> {
  const back = putBack(host, location)
  if (!back.ok) return back
  const opened = await openContext(host, location)
  if (!opened.ok) return opened
  const context = opened.value
  const interrupted = mode === 'settings' ? undefined : interruption(context)
  if (interrupted !== undefined) {
    if (mode === 'read' || interrupted.code !== 'ips::image_error::interrupted') return err(interrupted)
    const lock = await lockImage(context)
    if (!lock.ok) return lock
    lock.value.release()
  }
  return ok(imageOf(context))
}

/** Puts the methods of an image together. */
function imageOf(context: ImageContext): Image {
  const { host, layout, store } = context
  return {
    root: context.root,
    metadata: layout.metadata,
    kind: context.config().kind,
    config: () => context.config(),
    async snapshot() {
      const state = await store.read()
      return state.ok ? ok(makeSnapshot(context.config(), state.value)) : state
    },
    async installed() {
      const state = await store.read()
      return state.ok ? ok(state.value.packages) : state
    },
    filter: () => imageFilter(context.config()),
    installedTags: () => installedTags(context),
    async catalog() {
      const state = await store.read()
      return state.ok ? imageCatalog(context, state.value) : state
    },
    refresh: (options) => changeImage(context, 'refresh-publishers', () => refreshImage(context, options)),
    setPublisher: (change) => setPublisher(context, change),
    autoConfigure: (options) =>
      changeImage(context, 'add-publisher', async () => {
        const configured = await autoConfigure(context, context.config(), options)
        if (!configured.ok) return configured
        const saved = context.saveConfig(configured.value.config)
        return saved.ok ? ok({ value: configured.value.report, changed: true }) : saved
      }),
    removePublishers: (names) => removePublishers(context, names),
    lastRefreshed: (publisher) => lastRefreshed(context, publisher),
    async planInstall(request, options) {
      const planned = await installPackages(context, request, {
        ...options,
        dryRun: true,
        acceptLicenses: false,
      })
      return planned.ok ? ok(planned.value.prepared) : planned
    },
    applyPlan: (prepared, options) =>
      changeImage(context, prepared.operation, () => carryOutPlan(context, prepared, options)),
    install: (request, options) => installPackages(context, request, options),
    unpackaged: (patterns) => unpackagedContent(context, patterns),
    fix: (options) => fixImage(context, options),
    revert: (options) => revertContent(context, options),
    setMediators: (request, options) => setMediators(context, request, options),
    mediators: (available) => listMediators(context, available),
    listPackages: (query) => listPackages(context, query),
    describePackages: (query) => describePackages(context, query),
    licenseText: (fmri, action) => licenseText(context, fmri, action),
    verify: (options) => verifyImage(context, options),
    freeze: (request) => freezePackages(context, request),
    unfreeze: (request) => unfreezePackages(context, request),
    avoided: () => avoidedPackages(context),
    avoid: (patterns) => avoidPackages(context, patterns),
    unavoid: (patterns) => unavoidPackages(context, patterns),
    flag: (patterns, manual) => flagPackages(context, patterns, manual),
    properties: () => listProperties(context.config()),
    editProperties: (edit) => editProperties(context, edit),
    cleanCache: () => cleanCache(context),
    rebuildIndex: () => rebuildIndex(context),
    property: (name) => effectiveProperty(context.config(), name),
    hydrate: (request, options) => hydrate(context, request, options),
    releaseNotes: (prepared) => releaseNotes(context, prepared.actionPlan),
    history: () => readHistory(host.filesystem, layout.history),
    notes: (entry) => readNotes(host.filesystem, layout.notes, entry),
    purgeHistory: () =>
      changeImage(context, 'purge-history', async () => {
        const removed = attempt(() => removeHistory(host.filesystem, layout))
        return removed.ok ? ok({ value: undefined, changed: true }) : removed
      }),
    close: () => context.sources.close(),
  }
}
