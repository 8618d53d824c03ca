import { type Finding, planRepair, type Repair } from '#executor'
import { type Action, attribute, attributes, err, type Fmri, hostPath, ok, type Result } from '#model'
import type { InstalledState } from '../installed-state.ts'
import type { ImageManifests } from '../manifests/manifest-reader.ts'
import type { InstallOutcome } from '../plan/apply-plan.ts'
import { type InstalledPlan, type OperationOptions, planAndApplyInstalled } from '../plan/plan-and-apply.ts'
import type { ImageProblem, OperationProblem } from '../problems.ts'
import { type ImageContext, metadataPath } from '../state/context.ts'
import { attempt } from '../storage.ts'
import { type ImageInspection, inspectImage } from './inspect.ts'
import { addDeliveredPaths, matchesBelow } from './tagged-content.ts'

/** Input of `revert`: paths or tags. */
export interface RevertOptions extends OperationOptions {
  /** Image-relative; a leading slash is fine. Only files can be named. */
  readonly paths: readonly string[]
  /** Values of `revert-tag`. */
  readonly tags: readonly string[]
}

interface OwnedAction {
  readonly fmri: Fmri
  readonly action: Action
}

/** Unpackaged content that goes; the package is the owner of the tagged directory. */
interface Discard {
  readonly fmri: Fmri
  readonly path: string
}

/**
 * Restores files to what their packages deliver, and removes unpackaged content from directories that are tagged for it. Edits of
 * files are lost. Problems: `not_packaged` for paths that are no packaged file; those of `fix`. Source: image-plan §12.
 */
export async function revertContent(
  context: ImageContext,
  options: RevertOptions,
): Promise<Result<InstallOutcome, OperationProblem>> {
  return planAndApplyInstalled(
    context,
    'revert',
    (state, manifests) => planRevert(context, state, manifests, options),
    options,
  )
}

function planRevert(
  context: ImageContext,
  state: InstalledState,
  manifests: ImageManifests,
  options: RevertOptions,
): Result<InstalledPlan, OperationProblem> {
  const inspection = inspectImage(context, state, manifests)
  if (!inspection.ok) return inspection
  const inspected = inspection.value
  const named = byPath(inspected, options.paths)
  if (!named.ok) return named
  const tagged = byTag(inspected, new Set(options.tags))
  if (!tagged.ok) return tagged
  const compared = attempt(() =>
    withoutMissingDirectories(
      context,
      [...named.value, ...tagged.value].flatMap((owned) => repairOf(inspected, owned) ?? []),
    ),
  )
  if (!compared.ok) return compared
  const repairs = compared.value
  const discards = unpackagedIn(context, inspected, tagged.value, new Set(options.tags))
  if (!discards.ok) return discards
  const actionPlan = planRepair({
    base: state.generation,
    imageKind: context.config().kind,
    metadataPath: metadataPath(context),
    repairs,
    packages: inspected.packages,
    manifests: inspected.manifests,
    filter: inspected.filter,
    linkChosen: inspected.linkChosen,
    discards: discards.value,
  })
  if (!actionPlan.ok) return actionPlan
  return ok({ actionPlan: actionPlan.value, nothingToDo: repairs.length + discards.value.length === 0 })
}

/** The actions of the image that apply and fit. */
function selectOwned(
  { packages, manifests, filter }: ImageInspection,
  fits: (owned: OwnedAction) => boolean,
): Result<readonly OwnedAction[], ImageProblem> {
  const found: OwnedAction[] = []
  for (const fmri of packages) {
    const manifest = manifests.read(fmri)
    if (!manifest.ok) return manifest
    for (const action of manifest.value.actions)
      if (filter.actionApplies(action) && fits({ fmri, action })) found.push({ fmri, action })
  }
  return ok(found)
}

/** Files at the paths; of a file that lies under another package's, that one. Problem: `not_packaged`. */
function byPath(
  inspected: ImageInspection,
  paths: readonly string[],
): Result<readonly OwnedAction[], OperationProblem> {
  if (paths.length === 0) return ok([])
  const wanted = new Map(paths.map((path) => [path.replace(/^\/+/, ''), false]))
  const found = selectOwned(inspected, (owned) => {
    const path = attribute(owned.action, 'path') ?? ''
    if (owned.action.type !== 'file' || !wanted.has(path)) return false
    wanted.set(path, true)
    return !isOverlaid(inspected, owned)
  })
  if (!found.ok) return found
  const unknown = [...wanted].filter(([, there]) => !there).map(([path]) => path)
  return unknown.length === 0 ? found : err({ code: 'ips::image_error::not_packaged', paths: unknown })
}

function isOverlaid(inspected: ImageInspection, { fmri, action }: OwnedAction): boolean {
  return (
    attribute(action, 'overlay') === 'allow' &&
    inspected.overlaidBy(attribute(action, 'path') ?? '', fmri) !== undefined
  )
}

/** `tag` or, of directories, `tag=pattern`. */
function splitTag(value: string): { readonly tag: string; readonly pattern: string | undefined } {
  const equals = value.indexOf('=')
  return equals < 0
    ? { tag: value, pattern: undefined }
    : { tag: value.slice(0, equals), pattern: value.slice(equals + 1) }
}

/** Files and directories with one of the tags. */
function byTag(
  inspected: ImageInspection,
  tags: ReadonlySet<string>,
): Result<readonly OwnedAction[], OperationProblem> {
  if (tags.size === 0) return ok([])
  return selectOwned(inspected, (owned) => {
    const { action } = owned
    if (action.type !== 'file' && action.type !== 'dir') return false
    const own = attributes(action, 'revert-tag')
    const fits = (value: string): boolean => tags.has(action.type === 'dir' ? splitTag(value).tag : value)
    return own.some(fits) && !isOverlaid(inspected, owned)
  })
}

/** A repair where the content, mode or owner of a file differs, also of an editable one. Abandoned files belong to no package. */
function repairOf(inspected: ImageInspection, { fmri, action }: OwnedAction): Repair | undefined {
  if (attribute(action, 'preserve') === 'abandon') return undefined
  const attributesLeft = new Map(action.attributes)
  attributesLeft.delete('preserve')
  const plain: Action = { type: action.type, payload: action.payload, attributes: attributesLeft }
  const findings = inspected.findings(fmri, { actions: [plain] })
  const wrong = findings.filter(({ level }: Finding) => level === 'error')
  if (wrong.length === 0) return undefined
  return {
    fmri,
    action,
    repair: wrong.every(({ repair }) => repair === 'attributes') ? 'attributes' : 'content',
  }
}

/**
 * Leaves out tagged directories that are not there: their tag is about content, and without the directory there is none. A directory that
 * a reverted file needs is made by its own action, with its mode.
 */
function withoutMissingDirectories(
  { host, root }: ImageContext,
  repairs: readonly Repair[],
): readonly Repair[] {
  const pathOf = ({ action }: Repair): string => attribute(action, 'path') ?? ''
  const files = repairs.filter(({ action }) => action.type === 'file').map(pathOf)
  return repairs.filter((repair) => {
    const path = pathOf(repair)
    if (repair.action.type !== 'dir' || host.filesystem.lstat(hostPath(root, path)) !== undefined) return true
    return files.some((file) => file.startsWith(`${path}/`))
  })
}

/** Unpackaged content of tagged directories that matches their patterns. Problems: those of the reader, `storage` and its kin. */
function unpackagedIn(
  context: ImageContext,
  inspected: ImageInspection,
  tagged: readonly OwnedAction[],
  tags: ReadonlySet<string>,
): Result<readonly Discard[], ImageProblem> {
  const directories = tagged.filter(({ action }) => action.type === 'dir')
  const patterns = directories.flatMap(({ fmri, action }) =>
    attributes(action, 'revert-tag')
      .map(splitTag)
      .flatMap(({ tag, pattern }) =>
        pattern !== undefined && tags.has(tag)
          ? [{ fmri, directory: attribute(action, 'path') ?? '', pattern }]
          : [],
      ),
  )
  if (patterns.length === 0) return ok([])
  const delivered = new Set<string>()
  for (const fmri of inspected.packages) {
    const manifest = inspected.manifests.read(fmri)
    if (!manifest.ok) return manifest
    addDeliveredPaths(delivered, manifest.value, inspected.filter, 'records')
  }
  const metadata = metadataPath(context)
  const { filesystem } = context.host
  const found = new Map<string, Discard>()
  for (const { fmri, directory, pattern } of patterns) {
    const matches = attempt(() => matchesBelow(filesystem, context.root, directory, pattern))
    if (!matches.ok) return matches
    for (const path of matches.value) {
      const own = path === metadata || path.startsWith(`${metadata}/`) || metadata.startsWith(`${path}/`)
      if (!own && !delivered.has(path)) found.set(path, { fmri, path })
    }
  }
  return ok([...found.values()])
}
