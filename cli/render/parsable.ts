import type { EditableChanges } from '#executor'
import type { PreparedPlan, SettingsDifference } from '#image'
import { formatFmri } from '#model'
import type { MediatorChange, MediatorHalf } from './mediator-change.ts'
import { serviceChanges } from './plan.ts'

/** One licence of the plan as the parsable form shows it. */
export type LicenseRow = readonly [
  fmri: string,
  name: string,
  text: string,
  mustAccept: boolean,
  mustDisplay: boolean,
]

/** One message about an item, for verify. */
export interface ItemMessage {
  readonly msg_time: string
  readonly msg_level: 'info' | 'warning' | 'error'
  readonly msg_type: 'general' | 'unpackaged'
  readonly msg_text: string
  readonly msg_stage: number
}

/** What goes into the one JSON line of `--parsable=0`. */
export interface ParsableInput {
  readonly prepared: PreparedPlan | undefined
  readonly editables: EditableChanges | undefined
  readonly mediators: readonly MediatorChange[]
  readonly settings: SettingsDifference
  readonly licenses: readonly (readonly [string, LicenseRow | readonly [], LicenseRow | readonly []])[]
  readonly affected: readonly string[]
  /** Lines. */
  readonly releaseNotes: readonly string[]
  /** Item, then `messages` or sub-item. */
  readonly messages: ReadonlyMap<string, ReadonlyMap<string, readonly ItemMessage[]>>
  readonly spaceAvailable: number
  readonly spaceRequired: number
}

/** The parsable line, with newline. Keys and their order are an interface; no other key may be added. Source: cli §5.4. */
export function parsableLine(input: ParsableInput): string {
  const plan = input.prepared?.installPlan
  const full = (fmri: Parameters<typeof formatFmri>[0]): string => formatFmri(fmri, 'full')
  const editables = input.editables
  const { facets, variants } = input.settings
  const kinds: readonly (readonly [string, readonly unknown[]])[] =
    editables === undefined
      ? []
      : [
          ['moved', editables.moved],
          ['removed', editables.removed],
          ['installed', editables.installed],
          ['updated', editables.updated],
        ]
  const pairs = (plan?.update ?? []).map(({ from, to }) => [full(from), full(to.fmri)] as const)
  const object = {
    'activate-be': true,
    'add-packages': (plan?.add ?? []).map(({ fmri }) => full(fmri)).sort(),
    'affect-packages': [...input.affected].sort(),
    'affect-services': serviceChanges(input.prepared?.actionPlan.actuators ?? []),
    'backup-be-name': null,
    'be-name': null,
    'boot-archive-rebuild': false,
    'change-facets': facets.map(({ name, old, new: next }) => [
      name,
      next ?? null,
      old ?? null,
      'local',
      false,
      false,
    ]),
    'change-editables': kinds.filter(([, paths]) => paths.length > 0),
    'change-mediators': input.mediators.map((one) => [one.name, half(one.version), half(one.implementation)]),
    'change-packages': pairs.sort((a, b) => (a.join() < b.join() ? -1 : 1)),
    'change-variants': variants.map(({ name, new: next }) => [name, next ?? null]),
    'child-images': [],
    'create-backup-be': false,
    'create-new-be': false,
    'image-name': null,
    'item-messages': orderedObject(input.messages),
    licenses: input.licenses,
    'release-notes': input.releaseNotes,
    'remove-packages': (plan?.remove ?? []).map(full).sort(),
    'space-available': input.spaceAvailable,
    'space-required': input.spaceRequired,
    version: 0,
  }
  return `${JSON.stringify(object)}\n`
}

function half(change: MediatorHalf): readonly (readonly (string | null)[])[] {
  return [
    [change.old ?? null, change.oldSource ?? null],
    [change.new ?? null, change.newSource ?? null],
  ]
}

/** Item names come from manifests: an object without prototype takes any of them. */
function orderedObject(messages: ParsableInput['messages']): Record<string, unknown> {
  const outer: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const [item, parts] of messages) {
    const inner: Record<string, unknown> = Object.create(null) as Record<string, unknown>
    for (const [part, list] of parts) inner[part] = list
    outer[item] = inner
  }
  return outer
}

/** An input with nothing in it. */
export function emptyParsable(spaceAvailable: number, spaceRequired: number): ParsableInput {
  return {
    prepared: undefined,
    editables: undefined,
    mediators: [],
    settings: { facets: [], variants: [] },
    licenses: [],
    releaseNotes: [],
    affected: [],
    messages: new Map(),
    spaceAvailable,
    spaceRequired,
  }
}
