import { attributes, uniqueAttributes } from '#model'
import { comparableAttribute, type OwnedAction } from '../action-key.ts'
import { ancestorsOf } from '../image-path.ts'
import type { ActionStore } from '../store/action-store.ts'
import { Column } from '../store/column.ts'
import { KeyTable, NO_ROW } from '../store/key-table.ts'
import type { KeptAction } from '../store/stored-action.ts'

/** Everything delivered at one key before and after, over the whole image. */
export interface Place {
  readonly before: readonly KeptAction[]
  readonly after: readonly KeptAction[]
  /** Packages (any of their actions) that need a directory here as a parent of something. */
  readonly parentsBefore: ReadonlyMap<string, KeptAction>
  readonly parentsAfter: ReadonlyMap<string, KeptAction>
}

/** State of the image before or after a plan. */
export type Side = 'before' | 'after'

/** A place while it is filled. Most have few occupants and are nobody's parent: they share what is empty. */
interface OpenPlace {
  before: KeptAction[]
  after: KeptAction[]
  parentsBefore: ReadonlyMap<string, KeptAction>
  parentsAfter: ReadonlyMap<string, KeptAction>
}

const pathPrefix = 'path '

const nobody: ReadonlyMap<string, KeptAction> = new Map()

function addParent(place: OpenPlace, side: 'parentsBefore' | 'parentsAfter', owned: KeptAction): void {
  const known = place[side]
  const parents = known instanceof Map && known !== nobody ? known : new Map<string, KeptAction>()
  parents.set(owned.fmri.stem, owned)
  place[side] = parents
}

/** A directory, or the parent of something. */
const DIRECTORY = 1
/** Not settled by looking at it alone. */
const CONTESTED = 2
/** Somebody delivers or needs the directory on a side. */
const NEEDED = { before: 4, after: 8 } as const
/** Some package delivered the directory itself, and not only something below it. */
const EXPLICIT = 16
/** A package delivers the directory no more; another one does now. */
const LEAVES = 32
const ARRIVES = 64
/** A package needed the directory before, and no one had delivered it yet. */
const IMPLIED = 128

/** An action while its package is read; it is kept when it is asked for. */
export interface Arrival extends OwnedAction {
  keep(): KeptAction
}

/** Where an action of a changed package stands. */
export interface Occupant {
  readonly key: string
  readonly side: Side
  /** Number of the package. */
  readonly owner: number
}

/**
 * The places that the changed packages touch. Nearly all of them are delivered by one package before and after and are nobody's
 * parent, or are directories about which all agree: no rule can object to those, and of each only a row of a table is kept. Those that
 * are contested are kept with all their occupants. Of what becomes contested late the occupants must be entered once more.
 */
export class TouchedPlaces {
  readonly #store: ActionStore
  readonly #table = new KeyTable()
  /** By row and side: the owner and one, 0 for none. */
  readonly #owners = { before: Column.ofIntegers(), after: Column.ofIntegers() }
  readonly #marks = Column.ofBytes()
  /** Of directories, by row and side: how they are delivered (owner, mode), and one; 0 for not at all. */
  readonly #forms = { before: Column.ofIntegers(), after: Column.ofIntegers() }
  readonly #formNumbers = new Map<string, number>()
  /** Of directories that were there before: the action that is removed when nobody needs them any more. */
  readonly #formerly = Column.ofIntegers()
  readonly #places = new Map<string, OpenPlace>()
  readonly #readAgain = new Set<number>()
  #allAgain = false

  constructor(store: ActionStore) {
    this.#store = store
  }

  /** The contested places, by key, when all is read. */
  contested(): ReadonlyMap<string, Place> {
    const contested = new Map<string, Place>()
    for (const [key, place] of this.#places) if (this.isContested(key)) contested.set(key, place)
    return contested
  }

  /** True when there is a contested place with occupants that are not known. */
  get isUnsettled(): boolean {
    return this.#allAgain || this.#readAgain.size > 0
  }

  /** True for a package with occupants of contested places. */
  mustReadAgain(owner: number): boolean {
    return this.#allAgain || this.#readAgain.has(owner)
  }

  /** Enters an action of a changed package that is no directory; gives its row. */
  occupy({ key, side, owner }: Occupant): number {
    const row = this.#table.add(key)
    const mine = owner + 1
    const here = this.#owners[side]
    const other = this.#owners[side === 'before' ? 'after' : 'before'].get(row)
    const taken = here.get(row) !== 0
    if (taken || (other !== 0 && other !== mine) || this.#marks.get(row) !== 0) {
      this.contest(row)
      this.#readAgain.add(owner)
    }
    if (!taken) here.set(row, mine)
    return row
  }

  /** Enters a directory of a changed package; gives its row. */
  occupyDirectory({ key, side }: Pick<Occupant, 'key' | 'side'>, reading: Arrival): number {
    const row = this.#open(key, side)
    this.#deliver(row, side, this.#formOf(reading))
    if (side === 'before' && (this.#marks.get(row) & EXPLICIT) === 0) {
      this.#mark(row, EXPLICIT)
      this.#formerly.set(row, reading.keep().number)
    }
    return row
  }

  /** A package delivers a directory no more, or anew. */
  noteChange(row: number, what: 'leaves' | 'arrives'): void {
    this.#mark(row, what === 'leaves' ? LEAVES : ARRIVES)
  }

  /** True for the key of a directory that some package gave up and another one took on. */
  isHandedOver(key: string): boolean {
    const both = LEAVES | ARRIVES
    const row = this.#table.find(key)
    return row !== NO_ROW && (this.#marks.get(row) & both) === both
  }

  /** Directories that nobody needs any more, but for contested ones. */
  *vanished(): Generator<KeptAction> {
    const asked = DIRECTORY | CONTESTED | NEEDED.before | NEEDED.after
    for (let row = 0; row < this.#table.size; row++)
      if ((this.#marks.get(row) & asked) === (DIRECTORY | NEEDED.before))
        yield this.#store.at(this.#formerly.get(row))
  }

  /** True when a changed package delivers something other than a directory at a row. */
  isOccupied(row: number, side: Side): boolean {
    return this.#owners[side].get(row) !== 0
  }

  /** A place that must be looked at with all its occupants. Of directories nobody knows whose they are. */
  contest(row: number): void {
    this.#mark(row, CONTESTED)
    if ((this.#marks.get(row) & DIRECTORY) !== 0) this.#allAgain = true
    for (const side of ['before', 'after'] as const)
      if (this.isOccupied(row, side)) this.#readAgain.add(this.#owners[side].get(row) - 1)
  }

  /** Enters the parents of a path of a changed package. `seen` holds the parents that its package had on this side. */
  needParents(key: string, side: Side, seen: Set<string>, { fmri }: OwnedAction): void {
    for (const ancestor of newAncestors(key, seen)) {
      const row = this.#open(pathPrefix + ancestor, side)
      if (side === 'before' && (this.#marks.get(row) & (EXPLICIT | IMPLIED)) === 0) {
        this.#mark(row, IMPLIED)
        const implied = impliedDirectory({ fmri }, ancestor)
        this.#formerly.set(row, this.#store.numberOf(implied))
      }
    }
  }

  /** True for a path at which a changed package delivers something, or below which it does. */
  touches(path: string): boolean {
    return this.#table.find(pathPrefix + path) !== NO_ROW
  }

  /** Enters an action of a package that stays, on both sides, where the changed ones touch. */
  meet(key: string, reading: Arrival): void {
    const row = this.#table.find(key)
    if (row === NO_ROW) return
    if (reading.action.type === 'dir' && (this.#marks.get(row) & DIRECTORY) !== 0) {
      const form = this.#formOf(reading)
      for (const side of ['before', 'after'] as const) this.#deliver(row, side, form)
    } else this.contest(row)
    const place = this.#placeAt(key)
    place.before.push(reading.keep())
    place.after.push(reading.keep())
  }

  /** Enters the parents of a path of a package that stays, where the changed ones touch. */
  meetParents(key: string, seen: Set<string>, reading: Arrival): void {
    for (const ancestor of newAncestors(key, seen)) {
      const above = pathPrefix + ancestor
      if (this.#table.find(above) === NO_ROW) continue
      this.#open(above, 'before')
      this.#open(above, 'after')
      const place = this.#placeAt(above)
      addParent(place, 'parentsBefore', reading.keep())
      addParent(place, 'parentsAfter', reading.keep())
    }
  }

  /** True for the key of a place that must be looked at with all its occupants. */
  isContested(key: string): boolean {
    const row = this.#table.find(key)
    return row !== NO_ROW && (this.#marks.get(row) & CONTESTED) !== 0
  }

  /** Keys of contested places above that of another, as far as they were not seen. */
  *contestedAbove(key: string, seen: Set<string>): Generator<string> {
    for (const ancestor of newAncestors(key, seen))
      if (this.isContested(pathPrefix + ancestor)) yield pathPrefix + ancestor
  }

  /** Puts all occupants of changed packages at a contested place, before those of packages that stay. */
  settle(key: string, changed: Place): void {
    const place = this.#placeAt(key)
    place.before = [...changed.before, ...place.before]
    place.after = [...changed.after, ...place.after]
    place.parentsBefore = new Map([...changed.parentsBefore, ...place.parentsBefore])
    place.parentsAfter = new Map([...changed.parentsAfter, ...place.parentsAfter])
  }

  #placeAt(key: string): OpenPlace {
    const known = this.#places.get(key)
    if (known !== undefined) return known
    const made: OpenPlace = { before: [], after: [], parentsBefore: nobody, parentsAfter: nobody }
    this.#places.set(key, made)
    return made
  }

  #mark(row: number, mark: number): void {
    this.#marks.set(row, this.#marks.get(row) | mark)
  }

  /** Row of a directory that is needed on a side. */
  #open(key: string, side: Side): number {
    const row = this.#table.add(key)
    const isNew = (this.#marks.get(row) & DIRECTORY) === 0
    this.#mark(row, DIRECTORY | NEEDED[side])
    if (isNew && (this.isOccupied(row, 'before') || this.isOccupied(row, 'after'))) this.contest(row)
    return row
  }

  /** Two who deliver a directory otherwise than each other are looked at closely. */
  #deliver(row: number, side: Side, form: number): void {
    const known = this.#forms[side].get(row)
    this.#mark(row, NEEDED[side])
    if (known === 0) this.#forms[side].set(row, form)
    else if (known !== form) this.contest(row)
  }

  /** Number of what all must agree about beside the path, of which a strange action may have several. */
  #formOf({ action }: OwnedAction): number {
    const parts = uniqueAttributes('dir').map((name) =>
      name === 'path' ? attributes(action, name).slice(1).join('\0') : comparableAttribute(action, name),
    )
    const form = parts.join('\0\0')
    const known = this.#formNumbers.get(form) ?? this.#formNumbers.size + 1
    this.#formNumbers.set(form, known)
    return known
  }
}

/** Parents of the path of a place, nearest first, up to one that was seen; those of other name spaces have none. */
function* newAncestors(key: string, seen: Set<string>): Generator<string> {
  if (!key.startsWith(pathPrefix)) return
  for (const ancestor of ancestorsOf(key.slice(pathPrefix.length))) {
    if (seen.has(ancestor)) return
    seen.add(ancestor)
    yield ancestor
  }
}

/** A directory that is only needed by what is below it. */
export function impliedDirectory({ fmri }: Pick<OwnedAction, 'fmri'>, path: string): OwnedAction {
  return { fmri, action: { type: 'dir', payload: undefined, attributes: new Map([['path', path]]) } }
}

/** Path of a touched place, or undefined for the other name spaces. */
export function pathOfPlace(key: string): string | undefined {
  return key.startsWith(pathPrefix) ? key.slice(pathPrefix.length) : undefined
}

/** True when something of the resulting image needs a directory at the path. */
export function needsDirectory(place: Place): boolean {
  return place.parentsAfter.size > 0 || place.after.some(({ action }) => action.type === 'dir')
}
