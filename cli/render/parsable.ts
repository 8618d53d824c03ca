import type { ActionPlan, ContentLosses, EditableChanges } from '#executor'
import type { PreparedPlan, SettingsDifference } from '#image'
import { type Fmri, formatFmri } from '#model'
import { jsonText } from '../output.ts'
import type { MediatorChange, MediatorHalf } from './mediator-change.ts'
import { serviceChanges } from './plan.ts'

/** One licence of the plan in the parsable form. */
export type LicenseRow = readonly [
  fmri: string,
  name: string,
  text: string,
  mustAccept: boolean,
  mustDisplay: boolean,
]

/** One message about an item of verify or fix. */
export interface ItemMessage {
  readonly msg_time: string
  readonly msg_level: 'info' | 'warning' | 'error'
  readonly msg_type: 'general' | 'unpackaged'
  readonly msg_text: string
  readonly msg_stage: number
}

/** The facts of the parsable line. A missing field means: none. */
export interface ParsableInput {
  readonly prepared?: PreparedPlan
  readonly editables?: EditableChanges | undefined
  /** Edited and unpackaged content that is lost. If given, it adds a key of this client. */
  readonly losses?: ContentLosses
  readonly mediators?: readonly MediatorChange[]
  readonly settings?: SettingsDifference
  /** Package, licence before, licence after. */
  readonly licenses?: readonly (readonly [string, LicenseRow | readonly [], LicenseRow | readonly []])[]
  /** Packages that change without a new version, or that have errors. */
  readonly affected?: readonly Fmri[]
  /** Actuators that apply. */
  readonly actuators?: ActionPlan['actuators']
  /** Lines. */
  readonly releaseNotes?: readonly string[]
  /** By item, then by `messages` or the name of a part of the item. */
  readonly messages?: ReadonlyMap<string, ReadonlyMap<string, readonly ItemMessage[]>>
  /** Free bytes on the file system of the image. */
  readonly spaceAvailable: number
}

const full = (fmri: Fmri): string => formatFmri(fmri, 'full')

/**
 * The JSON line of `--parsable=0`, with newline. Scripts depend on the keys and their order; another key may be added only for an
 * option of this client alone. Source: cli §5.4.
 */
export function parsableLine(input: ParsableInput): string {
  const { prepared, settings, mediators = [], affected = [] } = input
  const plan = prepared?.installPlan
  const { moved = [], removed = [], installed = [], updated = [] } = input.editables ?? {}
  const editables: readonly (readonly [string, readonly unknown[]])[] = [
    ['moved', moved],
    ['removed', removed],
    ['installed', installed],
    ['updated', updated],
  ]
  const pairs = (plan?.update ?? []).map(({ from, to }) => [full(from), full(to.fmri)] as const)
  const object = {
    'activate-be': true,
    'add-packages': (plan?.add ?? []).map(({ fmri }) => full(fmri)).sort(),
    'affect-packages': affected.map(full).sort(),
    'affect-services': serviceChanges(input.actuators ?? prepared?.actionPlan.actuators ?? []),
    'backup-be-name': null,
    'be-name': null,
    'boot-archive-rebuild': false,
    'change-facets': (settings?.facets ?? []).map(({ name, old, new: next }) => [
      name,
      next ?? null,
      old ?? null,
      'local',
      false,
      false,
    ]),
    'change-editables': editables.filter(([, paths]) => paths.length > 0),
    'change-mediators': mediators.map((one) => [one.name, half(one.version), half(one.implementation)]),
    'change-packages': pairs.sort((a, b) => (a.join() < b.join() ? -1 : 1)),
    'change-variants': (settings?.variants ?? []).map(({ name, new: next }) => [name, next ?? null]),
    'child-images': [],
    'create-backup-be': false,
    'create-new-be': false,
    'image-name': null,
    'item-messages': orderedObject(input.messages ?? new Map()),
    licenses: input.licenses ?? [],
    'release-notes': input.releaseNotes ?? [],
    'remove-packages': (plan?.remove ?? []).map(full).sort(),
    'space-available': input.spaceAvailable,
    'space-required': Math.ceil(prepared?.spaceRequired ?? 0),
    version: 0,
    ...(input.losses === undefined ? {} : { 'lost-content': input.losses }),
  }
  return `${jsonText(object)}\n`
}

function half(change: MediatorHalf): readonly (readonly (string | null)[])[] {
  return [
    [change.old ?? null, change.oldSource ?? null],
    [change.new ?? null, change.newSource ?? null],
  ]
}

/** Item names come from manifests, so only an object without prototype can hold any of them. */
function orderedObject(messages: NonNullable<ParsableInput['messages']>): Record<string, unknown> {
  const outer: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const [item, parts] of messages) {
    const inner: Record<string, unknown> = Object.create(null) as Record<string, unknown>
    for (const [part, list] of parts) inner[part] = list
    outer[item] = inner
  }
  return outer
}
