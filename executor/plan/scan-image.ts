import {
  actionsDiffer,
  attribute,
  type ContentSubject,
  type Fmri,
  formatAction,
  isMediated,
  ok,
  type Result,
  sharingRule,
} from '#model'
import { diffKey, type OwnedAction, placeKey } from '../action-key.ts'
import { ancestorsOf, hardLinkTarget, parentOf } from '../image-path.ts'
import type { PackageChange, PackageFilter, PlanActionsInput } from '../plan-input.ts'
import { ActionList } from '../store/action-list.ts'
import { ActionStore } from '../store/action-store.ts'
import { ChangeTable } from '../store/change-table.ts'
import { Reading } from '../store/reading.ts'
import type { KeptAction } from '../store/stored-action.ts'
import { hasActuator, isWithoutPlace } from './actuators.ts'
import { type Place, type Side, TouchedPlaces } from './touched-places.ts'

/** Actions of one package that apply, before and after the operation. */
export interface BothSides {
  readonly before: readonly KeptAction[]
  readonly after: readonly KeptAction[]
}

/** What packages deliver no more, anew, or otherwise than before. */
export interface Difference {
  removed: ActionList
  added: ActionList
  changed: ChangeTable
}

/** The same of one package, while it is in hand. */
interface Found<Owned extends OwnedAction> {
  readonly removed: Owned[]
  readonly added: Owned[]
  readonly changed: { readonly old: Owned; readonly new: Owned }[]
}

/** What planning needs of the manifests: differences, and what they may clash with. Whatever stays as it is has been let go. */
export interface ImageScan {
  /** Each changed package against its former self; without mediated links, of which not all are delivered. */
  readonly difference: Difference
  readonly touched: Pick<TouchedPlaces, 'isHandedOver' | 'vanished'>
  /** Contested places, by key. What is at no such place is at a place of its own, or a directory about which all agree. */
  readonly places: ReadonlyMap<string, Place>
  /** Mediated links of each changed package. */
  readonly mediated: readonly BothSides[]
  readonly keptMediated: readonly KeptAction[]
  /** Actions without place of the changed packages where one of them has an actuator. */
  readonly actuating: readonly BothSides[]
  /** Installed and new hard links by the path they point to. */
  readonly hardLinks: ReadonlyMap<string, readonly KeptAction[]>
}

/** A package against its former self. */
function compare<Owned extends OwnedAction>(
  before: readonly Owned[],
  after: readonly Owned[],
  content: ContentSubject,
): Found<Owned> {
  const found: Found<Owned> = { removed: [], added: [], changed: [] }
  const former = new Map(before.map((owned) => [diffKey(owned), owned]))
  const seen = new Set<string>()
  for (const owned of after) {
    const key = diffKey(owned)
    const old = former.get(key)
    if (old === undefined) found.added.push(owned)
    else {
      seen.add(key)
      if (actionsDiffer(old.action, owned.action, content)) found.changed.push({ old, new: owned })
    }
  }
  for (const owned of before) if (!seen.has(diffKey(owned))) found.removed.push(owned)
  return found
}

/** Adds what was found of a package. */
function addFound(difference: Difference, found: Found<KeptAction>): void {
  for (const owned of found.removed) difference.removed.push(owned)
  for (const owned of found.added) difference.added.push(owned)
  for (const pair of found.changed) difference.changed.push({ kind: 'update', ...pair })
}

/** Each package against its former self. */
export function addDifferences(
  { before, after }: BothSides,
  difference: Difference,
  content: ContentSubject,
): void {
  addFound(difference, compare(before, after, content))
}

/** The actions of a changed package that apply, while they are read. */
interface Sides {
  readonly before: readonly Reading[]
  readonly after: readonly Reading[]
}

class Scan<P> {
  readonly #input: PlanActionsInput<P>
  readonly #store = new ActionStore()
  readonly #places = new TouchedPlaces(this.#store)
  readonly #difference: Difference = {
    removed: new ActionList(this.#store),
    added: new ActionList(this.#store),
    changed: new ChangeTable(this.#store),
  }
  readonly #mediated: BothSides[] = []
  readonly #actuating: BothSides[] = []
  readonly #keptMediated: KeptAction[] = []
  readonly #hardLinks = new Map<string, KeptAction[]>()

  constructor(input: PlanActionsInput<P>) {
    this.#input = input
  }

  run(): Result<ImageScan, P> {
    const { changes, kept } = this.#input
    for (const [owner, change] of changes.entries()) {
      const sides = this.#readSides(change)
      if (!sides.ok) return sides
      this.#addChanged(sides.value, owner)
    }
    for (const fmri of kept) {
      const read = this.#readKept(fmri)
      if (!read.ok) return read
    }
    const settled = this.#settleContested()
    if (!settled.ok) return settled
    return ok({
      difference: this.#difference,
      touched: this.#places,
      places: this.#places.contested(),
      mediated: this.#mediated,
      keptMediated: this.#keptMediated,
      actuating: this.#actuating,
      hardLinks: this.#hardLinks,
    })
  }

  /** The actions of a changed package that apply. */
  #readSides({ from, to }: PackageChange): Result<Sides, P> {
    const before = this.#applying(from, this.#input.oldFilter)
    if (!before.ok) return before
    const after = this.#applying(to, this.#input.newFilter)
    return after.ok ? ok({ before: before.value, after: after.value }) : after
  }

  #applying(fmri: Fmri | undefined, filter: PackageFilter): Result<readonly Reading[], P> {
    if (fmri === undefined) return ok([])
    const manifest = this.#input.manifests.read(fmri)
    if (!manifest.ok) return manifest
    const readings: Reading[] = []
    for (const action of manifest.value.actions)
      if (filter.actionApplies(action, fmri)) readings.push(new Reading(this.#store, fmri, action))
    return ok(readings)
  }

  #addChanged({ before, after }: Sides, owner: number): void {
    this.#enter(before, 'before', owner)
    this.#enter(after, 'after', owner)
    const found = compare(
      before.filter(isDelivered),
      after.filter(isDelivered),
      this.#input.content ?? 'file',
    )
    // The same key with another type: what comes keeps what goes from being taken away.
    for (const { row } of found.removed)
      if (row >= 0 && this.#places.isOccupied(row, 'after')) this.#places.contest(row)
    for (const [what, readings] of [
      ['leaves', found.removed],
      ['arrives', found.added],
    ] as const)
      for (const { row, action } of readings) if (action.type === 'dir') this.#places.noteChange(row, what)
    addFound(this.#difference, {
      removed: found.removed.map((one) => one.keep()),
      added: found.added.map((one) => one.keep()),
      changed: found.changed.map((pair) => ({ old: pair.old.keep(), new: pair.new.keep() })),
    })
    this.#collectHardLinks(after)
    this.#mediated.push(keptOnes(before, after, ({ action }) => isMediated(action)))
    if ([...before, ...after].some((one) => hasActuator(one) && isWithoutPlace(one)))
      this.#actuating.push(keptOnes(before, after, isWithoutPlace))
  }

  #enter(readings: readonly Reading[], side: Side, owner: number): void {
    const seen = new Set<string>()
    for (const reading of readings) {
      const key = placeKey(reading)
      if (key === undefined) continue
      if (reading.action.type === 'dir') reading.row = this.#places.occupyDirectory({ key, side }, reading)
      else {
        reading.row = this.#places.occupy({ key, side, owner })
        if (isMediated(reading.action)) this.#places.contest(reading.row)
      }
      this.#places.needParents(key, side, seen, reading)
    }
  }

  #readKept(fmri: Fmri): Result<void, P> {
    const seen = new Set<string>()
    const parents = new UntouchedParents(this.#places, seen)
    const wants = (path: string): boolean => this.#places.touches(path) || parents.areNews(path)
    return this.#input.manifests.readWanted(fmri, wants, (action) => {
      if (!this.#input.newFilter.actionApplies(action, fmri)) return
      const reading = new Reading(this.#store, fmri, action)
      const key = placeKey(reading)
      if (key === undefined) return
      this.#places.meet(key, reading)
      this.#places.meetParents(key, seen, reading)
      if (isMediated(action)) this.#keptMediated.push(reading.keep())
      this.#collectHardLinks([reading])
    })
  }

  #collectHardLinks(readings: readonly Reading[]): void {
    for (const reading of readings) {
      const { action } = reading
      if (action.type !== 'hardlink') continue
      const target = hardLinkTarget(attribute(action, 'path') ?? '', attribute(action, 'target') ?? '')
      if (target === undefined) continue
      const known = this.#hardLinks.get(target)
      if (known === undefined) this.#hardLinks.set(target, [reading.keep()])
      else known.push(reading.keep())
    }
  }

  /** Reads the packages of contested places again, for what had seemed to be alone there. */
  #settleContested(): Result<void, P> {
    if (!this.#places.isUnsettled) return ok(undefined)
    const known = new KnownOccupants()
    this.#addKnown(known)
    const settled = new Map<string, SettledPlace>()
    const collect = (readings: readonly Reading[], side: Side): void => {
      const seen = new Set<string>()
      for (const reading of readings) {
        const key = placeKey(reading)
        if (key === undefined) continue
        const isContested = this.#places.isContested(key)
        const kept = isContested ? (known.take(side, reading) ?? reading.keep()) : undefined
        if (kept !== undefined) placeIn(settled, key)[side].push(kept)
        for (const above of this.#places.contestedAbove(key, seen))
          placeIn(settled, above)[parentsOn[side]].set(reading.fmri.stem, kept ?? reading.keep())
      }
    }
    for (const [owner, change] of this.#input.changes.entries()) {
      if (!this.#places.mustReadAgain(owner)) continue
      const sides = this.#readSides(change)
      if (!sides.ok) return sides
      collect(sides.value.before, 'before')
      collect(sides.value.after, 'after')
    }
    for (const [key, place] of settled) this.#places.settle(key, place)
    return ok(undefined)
  }

  /** What is in a difference, or is a link, must be the same object at its place. */
  #addKnown(known: KnownOccupants): void {
    const add = (side: Side, owned: KeptAction): void => {
      if (this.#places.isContested(placeKey(owned) ?? '')) known.add(side, owned)
    }
    const { removed, added, changed } = this.#difference
    for (const owned of removed) add('before', owned)
    for (const owned of added) add('after', owned)
    for (const pair of changed) {
      add('before', pair.old!)
      add('after', pair.new!)
    }
    for (const { before, after } of this.#mediated) {
      for (const owned of before) add('before', owned)
      for (const owned of after) add('after', owned)
    }
    for (const links of this.#hardLinks.values()) for (const owned of links) add('after', owned)
  }
}

/** What changed packages have at a contested place. */
interface SettledPlace {
  readonly before: KeptAction[]
  readonly after: KeptAction[]
  readonly parentsBefore: Map<string, KeptAction>
  readonly parentsAfter: Map<string, KeptAction>
}

const parentsOn = { before: 'parentsBefore', after: 'parentsAfter' } as const

function placeIn(settled: Map<string, SettledPlace>, key: string): SettledPlace {
  const known = settled.get(key)
  if (known !== undefined) return known
  const made = { before: [], after: [], parentsBefore: new Map(), parentsAfter: new Map() }
  settled.set(key, made)
  return made
}

/** Parents of a package that stays above which nothing touched is that the package has not told yet. */
class UntouchedParents {
  readonly #places: TouchedPlaces
  readonly #told: ReadonlySet<string>
  readonly #clear = new Set<string>()

  constructor(places: TouchedPlaces, told: ReadonlySet<string>) {
    this.#places = places
    this.#told = told
  }

  /** True when a path has a touched parent that was not told. */
  areNews(path: string): boolean {
    for (const ancestor of ancestorsOf(path)) {
      if (this.#told.has(ancestor) || this.#clear.has(ancestor)) break
      if (this.#places.touches(ancestor)) return true
    }
    const parent = parentOf(path)
    if (parent !== '') this.#clear.add(parent)
    return false
  }
}

/** Occupants that are known already, by side, package and text; equal ones are given out in their order. */
class KnownOccupants {
  readonly #known = new Map<string, Map<number, KeptAction>>()

  add(side: Side, kept: KeptAction): void {
    const name = occupantName(side, kept)
    const known = this.#known.get(name)
    if (known === undefined) this.#known.set(name, new Map([[kept.number, kept]]))
    else known.set(kept.number, kept)
  }

  take(side: Side, owned: OwnedAction): KeptAction | undefined {
    const known = this.#known.get(occupantName(side, owned))
    const [first] = known?.values() ?? []
    if (first !== undefined) known?.delete(first.number)
    return first
  }
}

function occupantName(side: Side, { fmri, action }: OwnedAction): string {
  return `${side} ${fmri.stem} ${formatAction(action)}`
}

/** Mediated links are compared when it is known which of them are delivered. */
function isDelivered({ action }: OwnedAction): boolean {
  return sharingRule(action.type).namespace !== undefined && !isMediated(action)
}

function keptOnes(
  before: readonly Reading[],
  after: readonly Reading[],
  wanted: (reading: Reading) => boolean,
): BothSides {
  return {
    before: before.filter(wanted).map((one) => one.keep()),
    after: after.filter(wanted).map((one) => one.keep()),
  }
}

/**
 * Reads the packages of a plan, then those that stay, each once and one after the other. Packages whose places are contested are
 * read a second time.
 */
export function scanImage<P>(input: PlanActionsInput<P>): Result<ImageScan, P> {
  return new Scan(input).run()
}
