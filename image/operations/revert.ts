import { type Finding, planRepair, type Repair } from '#executor'
import { type Action, attribute, attributes, emptyPlan, err, type Fmri, ok, type Result } from '#model'
import type { InstalledState } from '../installed-state.ts'
import type { InstallOutcome } from '../plan/apply-plan.ts'
import { type OperationOptions, planAndApplyInstalled } from '../plan/plan-and-apply.ts'
import { completePlan, type PreparedPlan } from '../plan/prepared-plan.ts'
import type { OperationProblem } from '../problems.ts'
import { type ImageContext, metadataPath } from '../state/context.ts'
import { attempt } from '../storage.ts'
import { type Examination, examine } from './examine.ts'
import { deliveredPaths, matchesBelow } from './tagged-content.ts'

/** What `revert` asks: paths or tags. */
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

/**
 * Makes files what their packages delivered, edited ones too, and removes what nobody delivers from directories that are tagged for it.
 * What was edited is not kept. Problems: `not_packaged` for paths that are no packaged file; those of `fix`. Source: image-plan §12.
 */
export async function revertContent(
  context: ImageContext,
  options: RevertOptions,
): Promise<Result<InstallOutcome, OperationProblem>> {
  return planAndApplyInstalled(
    context,
    'revert',
    (state, restored) => planRevert(context, state, examine(context, state, restored), options),
    options,
  )
}

function planRevert(
  context: ImageContext,
  state: InstalledState,
  examined: Examination,
  options: RevertOptions,
): Result<PreparedPlan, OperationProblem> {
  const named = byPath(examined, options.paths)
  if (!named.ok) return named
  const tagged = options.tags.length === 0 ? [] : byTag(examined, new Set(options.tags))
  const compared = attempt(() =>
    [...named.value, ...tagged].flatMap((owned) => repairOf(examined, owned) ?? []),
  )
  if (!compared.ok) return compared
  const repairs = compared.value
  const discards = attempt(() => unpackagedIn(context, examined, tagged, new Set(options.tags)))
  if (!discards.ok) return discards
  const actionPlan = planRepair({
    base: state.generation,
    imageKind: context.config().kind,
    metadataPath: metadataPath(context),
    repairs,
    packages: examined.packages,
    filter: examined.filter,
    linkChosen: examined.linkChosen,
    discards: discards.value,
  })
  if (!actionPlan.ok) return actionPlan
  return completePlan(
    context,
    {
      operation: 'revert',
      installPlan: emptyPlan(state),
      actionPlan: actionPlan.value,
      manifests: new Map(),
      newConfig: undefined,
      nothingToDo: repairs.length + discards.value.length === 0,
    },
    options,
  )
}

function* applyingActions(examined: Examination): Iterable<OwnedAction> {
  for (const { fmri, manifest } of examined.packages)
    for (const action of manifest.actions) if (examined.filter.actionApplies(action)) yield { fmri, action }
}

/** Files at the paths; of a file that lies under another package's, that one. Problem: `not_packaged`. */
function byPath(
  examined: Examination,
  paths: readonly string[],
): Result<readonly OwnedAction[], OperationProblem> {
  const wanted = new Map(paths.map((path) => [path.replace(/^\/+/, ''), false]))
  const found: OwnedAction[] = []
  for (const owned of wanted.size === 0 ? [] : applyingActions(examined)) {
    const path = attribute(owned.action, 'path') ?? ''
    if (owned.action.type !== 'file' || !wanted.has(path)) continue
    wanted.set(path, true)
    if (!isOverlaid(examined, owned)) found.push(owned)
  }
  const unknown = [...wanted].filter(([, there]) => !there).map(([path]) => path)
  return unknown.length === 0 ? ok(found) : err({ code: 'ips::image_error::not_packaged', paths: unknown })
}

function isOverlaid(examined: Examination, { fmri, action }: OwnedAction): boolean {
  return (
    attribute(action, 'overlay') === 'allow' &&
    examined.overlaidBy(attribute(action, 'path') ?? '', fmri) !== undefined
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
function byTag(examined: Examination, tags: ReadonlySet<string>): readonly OwnedAction[] {
  const found: OwnedAction[] = []
  for (const owned of applyingActions(examined)) {
    const { action } = owned
    if (action.type !== 'file' && action.type !== 'dir') continue
    const own = attributes(action, 'revert-tag')
    const fits = (value: string): boolean => tags.has(action.type === 'dir' ? splitTag(value).tag : value)
    if (own.some(fits) && !isOverlaid(examined, owned)) found.push(owned)
  }
  return found
}

/** As if the file were not editable: a repair where its content, mode or owner differs. `abandon` is nobody's any more. */
function repairOf(examined: Examination, { fmri, action }: OwnedAction): Repair | undefined {
  if (attribute(action, 'preserve') === 'abandon') return undefined
  const attributesLeft = new Map(action.attributes)
  attributesLeft.delete('preserve')
  const plain: Action = { type: action.type, payload: action.payload, attributes: attributesLeft }
  const findings = examined.findings(fmri, { actions: [plain] })
  const wrong = findings.filter(({ level }: Finding) => level === 'error')
  if (wrong.length === 0) return undefined
  return {
    fmri,
    action,
    repair: wrong.every(({ repair }) => repair === 'attributes') ? 'attributes' : 'content',
  }
}

/** Unpackaged content of tagged directories that matches their patterns. Throws `FilesystemError`. */
function unpackagedIn(
  context: ImageContext,
  examined: Examination,
  tagged: readonly OwnedAction[],
  tags: ReadonlySet<string>,
): readonly { readonly fmri: Fmri; readonly path: string }[] {
  const directories = tagged.filter(({ action }) => action.type === 'dir')
  const wishes = directories.flatMap(({ fmri, action }) =>
    attributes(action, 'revert-tag')
      .map(splitTag)
      .flatMap(({ tag, pattern }) =>
        pattern !== undefined && tags.has(tag)
          ? [{ fmri, directory: attribute(action, 'path') ?? '', pattern }]
          : [],
      ),
  )
  if (wishes.length === 0) return []
  const delivered = deliveredPaths(examined.packages, examined.filter, 'records')
  const metadata = metadataPath(context)
  const found = new Map<string, { readonly fmri: Fmri; readonly path: string }>()
  for (const { fmri, directory, pattern } of wishes)
    for (const path of matchesBelow(context.host.filesystem, context.root, directory, pattern)) {
      const own = path === metadata || path.startsWith(`${metadata}/`) || metadata.startsWith(`${path}/`)
      if (!own && !delivered.has(path)) found.set(path, { fmri, path })
    }
  return [...found.values()]
}
