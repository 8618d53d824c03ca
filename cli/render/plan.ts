import type { ContentLosses, EditableChanges } from '#executor'
import type { PreparedPlan, SettingsDifference } from '#image'
import {
  type Action,
  attribute,
  type Fmri,
  fmrisEqual,
  formatAction,
  formatSize,
  formatVersion,
  type ImageFilter,
  type InstallPlan,
  largest,
} from '#model'
import type { MediatorChange } from './mediator-change.ts'
import type { SettingsView } from './settings-view.ts'

/** The input of `planSummary`. */
export interface PlanView extends SettingsView {
  readonly prepared: PreparedPlan
  /** Undefined: the summary does not list editable files. */
  readonly editables: EditableChanges | undefined
  /** Edited and unpackaged content that is lost. */
  readonly losses?: ContentLosses
  readonly mediators: readonly MediatorChange[]
  /** 0: counts; 1: packages and editable files; 2: also every action. */
  readonly verbose: number
  /** True: the boot archive is not mentioned, because a user image has none. */
  readonly terse?: boolean
  readonly notes?: PlanNotes
}

/** Release notes of a plan. */
export interface PlanNotes {
  readonly lines: readonly string[]
  /** True: the summary has the notes. False: it names the command that shows them. */
  readonly shown: boolean
  /** Name that the program was started as. */
  readonly programName: string
}

/** Summary of a plan: counts, and with `verbose` the changes. Ends with an empty line. Source: cli §5.1. */
export function planSummary(view: PlanView): string {
  const head = summaryTable(summaryRows(view))
  const sections = [
    ...lossSections(view.losses),
    ...(view.verbose > 0 ? verboseSections(view) : []),
    noteSection(view.notes),
  ].filter((section) => section !== '')
  return `${head}${sections.map((section) => `\n${section}`).join('')}\n`
}

function summaryRows({
  prepared,
  mediators,
  settings,
  verbose,
  terse = false,
}: PlanView): readonly (readonly [string, string])[] {
  const { installPlan, actionPlan, affected } = prepared
  const { facets, variants } = settings
  const rows: [string, string][] = []
  const count = (label: string, number: number): void => {
    if (number > 0) rows.push([label, String(number)])
  }
  count('Packages to remove:', installPlan.remove.length)
  count('Packages to install:', installPlan.add.length)
  count('Packages to update:', installPlan.update.length)
  const isRepair = mediators.length + facets.length + variants.length === 0
  count(isRepair ? 'Packages to fix:' : 'Packages to change:', affected.length)
  count('Mediators to change:', mediators.length)
  count('Variants/Facets to change:', facets.length + variants.length)
  count('Services to change:', serviceChanges(actionPlan.actuators).length)
  if (verbose > 0) {
    rows.push(['Estimated space available:', formatSize(prepared.spaceAvailable)])
    rows.push(['Estimated space to be consumed:', formatSize(prepared.spaceRequired)])
    if (!terse) rows.push(['Rebuild boot archive:', 'No'])
  }
  return rows
}

/** Labels and values in two right-aligned columns. */
export function summaryTable(rows: readonly (readonly [string, string])[]): string {
  const labels = largest([0, ...rows.map(([label]) => label.length)])
  const values = largest([0, ...rows.map(([, value]) => value.length)])
  return rows.map(([label, value]) => `${label.padStart(labels)} ${value.padStart(values)}\n`).join('')
}

function verboseSections(view: PlanView): readonly string[] {
  return [
    mediatorSection(view.mediators),
    settingsSection(view.settings),
    packageSection(view.prepared.installPlan, view.prepared.affected),
    serviceSection(view.prepared),
    editableSection(view.editables),
    ...(view.verbose > 1 ? [actionSection(view)] : []),
    ...(view.verbose > 2 ? [operationSection(view.prepared)] : []),
  ]
}

/** Source: cli §5.1. */
function noteSection(notes: PlanNotes | undefined): string {
  if (notes === undefined || notes.lines.length === 0) return ''
  const { lines, shown, programName } = notes
  if (!shown) return `Release notes can be viewed with '${programName} history -n 1 -N'\n`
  return `Release Notes:\n${lines.map((line) => `  ${line}\n`).join('')}`
}

function mediatorSection(mediators: readonly MediatorChange[]): string {
  if (mediators.length === 0) return ''
  const part = (label: string, change: MediatorChange['version']): string => {
    if (change.old === undefined && change.new === undefined) return ''
    const side = (value: string | undefined, source: string | undefined): string =>
      value === undefined ? 'None' : `${value} (${source ?? 'system'} default)`
    return `    ${label.padStart('implementation'.length)}: ${side(change.old, change.oldSource)} -> ${side(change.new, change.newSource)}\n`
  }
  return `Changed mediators:\n${mediators
    .map(
      (one) =>
        `  mediator ${one.name}:\n${part('version', one.version)}${part('implementation', one.implementation)}`,
    )
    .join('')}`
}

function settingsSection(settings: SettingsDifference): string {
  if (settings.facets.length + settings.variants.length === 0) return ''
  const value = (one: boolean | undefined): string => (one === undefined ? 'None' : one ? 'True' : 'False')
  const variants = settings.variants.map(
    ({ name, new: next }) => `  variant ${name.slice('variant.'.length)}: ${next ?? 'None'}\n`,
  )
  const facets = settings.facets.map(
    ({ name, old, new: next }) =>
      `    facet ${name.slice('facet.'.length)} (local): ${value(old)} -> ${value(next)}\n`,
  )
  return `Changed variants/facets:\n${[...variants, ...facets].join('')}`
}

/**
 * Changed packages by publisher (`old -> new` where the publisher changes): removed, added, updated, then affected packages that
 * keep their version.
 */
export function packageSection(installPlan: InstallPlan, affected: readonly Fmri[] = []): string {
  const byPublisher = new Map<string, string[]>()
  const add = (from: Fmri | undefined, to: Fmri | undefined): void => {
    const names = [from, to].flatMap((one) => (one === undefined ? [] : [one.publisher ?? '']))
    const publisher = names[0] === names.at(-1) ? (names[0] ?? '') : names.join(' -> ')
    const lines = byPublisher.get(publisher) ?? []
    lines.push(`  ${(to ?? from)?.stem}\n    ${versionChange(from, to)}\n`)
    byPublisher.set(publisher, lines)
  }
  for (const fmri of installPlan.remove) add(fmri, undefined)
  for (const { fmri } of installPlan.add) add(undefined, fmri)
  for (const { from, to } of installPlan.update) add(from, to.fmri)
  for (const fmri of affected) add(fmri, fmri)
  if (byPublisher.size === 0) return ''
  const blocks = [...byPublisher].sort(([a], [b]) => (a < b ? -1 : 1))
  return `Changed packages:\n${blocks.map(([name, lines]) => `${name}\n${lines.join('')}`).join('')}`
}

/** `old -> new`, with timestamps only where the rest is equal. */
function versionChange(from: Fmri | undefined, to: Fmri | undefined): string {
  const short = (fmri: Fmri | undefined): string =>
    fmri?.version === undefined ? 'None' : formatVersion(fmri.version, 'short')
  const same = short(from) === short(to)
  if (same && from !== undefined && to !== undefined && fmrisEqual(from, to)) return short(from)
  const long = (fmri: Fmri | undefined): string =>
    fmri?.version?.timestamp === undefined ? short(fmri) : `${short(fmri)}:${fmri.version.timestamp}`
  return same ? `${long(from)} -> ${long(to)}` : `${short(from)} -> ${short(to)}`
}

/** Distinct actuators that name a service, sorted; `true` and `false` name none. */
export function serviceChanges(
  actuators: readonly { readonly name: string; readonly value: string }[],
): readonly (readonly [string, string])[] {
  const pairs = new Map<string, readonly [string, string]>()
  for (const { name, value } of actuators)
    if (value !== 'true' && value !== 'false') pairs.set(`${name}\n${value}`, [name, value])
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pair]) => pair)
}

function serviceSection({ actionPlan }: PreparedPlan): string {
  const changes = serviceChanges(actionPlan.actuators)
  if (changes.length === 0) return ''
  let text = 'Services:\n'
  let current = ''
  for (const [name, service] of changes) {
    if (name !== current) text += `  ${name}:\n`
    current = name
    text += `    ${service}\n`
  }
  return text
}

/** The content that is lost by the options of the user. It is shown with every plan, because nothing restores it. */
function lossSections(
  { replaced, discarded }: ContentLosses = { replaced: [], discarded: [] },
): readonly string[] {
  const section = (heading: string, paths: readonly string[]): string =>
    paths.length === 0 ? '' : `${heading}:\n${paths.map((path) => `  ${path}\n`).join('')}`
  return [
    section('Edited configuration to replace', replaced),
    section('Content to remove without a copy', discarded),
  ]
}

function editableSection(editables: EditableChanges | undefined): string {
  if (editables === undefined) return ''
  const block = (heading: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `  ${heading}:\n${lines.map((line) => `    ${line}\n`).join('')}`
  const body =
    block(
      'Move',
      editables.moved.map(([from, to]) => `${from} -> ${to}`),
    ) +
    block('Remove', editables.removed) +
    block('Install', editables.installed) +
    block('Update', editables.updated)
  return body === '' ? '' : `Editable files to change:\n${body}`
}

function actionSection(view: PlanView): string {
  const text = (action: Action | undefined): string => (action === undefined ? 'None' : formatAction(action))
  const line = (old: Action | undefined, next: Action | undefined): string =>
    `  ${text(old)} -> ${text(next)}\n`
  const lines = [
    ...metadataChanges(view).map(([old, next]) => line(old, next)),
    ...Array.from(view.prepared.actionPlan.changes, (change) => line(change.old?.action, change.new?.action)),
  ]
  return `Actions:\n${lines.join('')}`
}

/** The file operations of a dry run, in order. */
function operationSection({ operations = [] }: PreparedPlan): string {
  const lines = Array.from(operations, (operation) => `  ${operation}\n`)
  return lines.length === 0 ? '' : `File operations:\n${lines.join('')}`
}

/** Changed attributes and dependencies: action pairs that are not part of the action plan, because they change no file. */
function metadataChanges({
  prepared: { installPlan, manifestOf, affected },
  filters,
}: PlanView): readonly (readonly [Action | undefined, Action | undefined])[] {
  const metadata = (fmri: Fmri | undefined, filter: ImageFilter): ReadonlyMap<string, Action> => {
    const actions = fmri === undefined ? [] : (manifestOf(fmri)?.actions ?? [])
    return new Map(
      actions
        .filter((action) => action.type === 'set' || action.type === 'depend')
        .filter((action) => filter.actionApplies(action))
        .map((action) => [
          action.type === 'set' ? `set ${attribute(action, 'name') ?? ''}` : formatAction(action),
          action,
        ]),
    )
  }
  const packages: readonly (readonly [Fmri | undefined, Fmri | undefined])[] = [
    ...installPlan.remove.map((from) => [from, undefined] as const),
    ...installPlan.add.map(({ fmri }) => [undefined, fmri] as const),
    ...installPlan.update.map(({ from, to }) => [from, to.fmri] as const),
    ...affected.map((fmri) => [fmri, fmri] as const),
  ]
  return packages.flatMap(([from, to]) => {
    const before = metadata(from, filters.before)
    const after = metadata(to, filters.after)
    return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
      const pair = [before.get(key), after.get(key)] as const
      const same =
        pair[0] !== undefined && pair[1] !== undefined && formatAction(pair[0]) === formatAction(pair[1])
      return same ? [] : [pair]
    })
  })
}

/** Names of removed packages, for `update`; of more than seven, the first five and a count. Source: cli §5. */
export function removedPackages({ installPlan }: PreparedPlan): string {
  const stems = installPlan.remove.map((fmri) => fmri.stem as string).sort()
  if (stems.length === 0) return ''
  const shown = stems.length > 7 ? stems.slice(0, 5) : stems
  const more = stems.length > 7 ? `  ...\n  ${stems.length - shown.length} additional removed packages\n` : ''
  return `Removed Packages:\n\n${shown.map((stem) => `  ${stem}\n`).join('')}${more}\n`
}
