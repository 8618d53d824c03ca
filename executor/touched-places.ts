import type { KeptAction } from './action-store.ts'
import { Column } from './column.ts'
import { ancestorsOf } from './image-path.ts'
import { KeyTable, NO_ROW } from './key-table.ts'

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

/** Where an action of a changed package stands. */
export interface Occupant {
  readonly key: string
  readonly side: Side
  /** Number of the package. */
  readonly owner: number
}

/**
 * The places that the changed packages touch. Nearly all of them are delivered by one package before and after and are nobody's
 * parent: no rule can object to those, and of each only a row of a table is kept. The others, directories and places that are contested,
 * are kept with all their occupants. Of what becomes contested late the occupants must be entered once more.
 */
export class TouchedPlaces {
  readonly #table = new KeyTable()
  /** By row and side: the owner and one, 0 for none. */
  readonly #owners = { before: Column.ofIntegers(), after: Column.ofIntegers() }
  readonly #marks = Column.ofBytes()
  readonly #places = new Map<string, OpenPlace>()
  readonly #readAgain = new Set<number>()

  /** The directories and contested places, by key. */
  get full(): ReadonlyMap<string, Place> {
    return this.#places
  }

  /** Packages with occupants of contested places. */
  get readAgain(): ReadonlySet<number> {
    return this.#readAgain
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

  /** Enters a directory of a changed package. */
  occupyDirectory({ key, side }: Occupant, owned: KeptAction): void {
    this.#open(key, this.#table.add(key))[side].push(owned)
  }

  /** True when a changed package delivers something other than a directory at a row. */
  isOccupied(row: number, side: Side): boolean {
    return this.#owners[side].get(row) !== 0
  }

  /** A place that must be looked at with all its occupants. */
  contest(row: number): void {
    this.#marks.set(row, this.#marks.get(row) | CONTESTED)
    for (const side of ['before', 'after'] as const)
      if (this.isOccupied(row, side)) this.#readAgain.add(this.#owners[side].get(row) - 1)
  }

  /** Enters the parents of a path of a changed package. `seen` holds the parents that its package had on this side. */
  needParents(key: string, side: Side, seen: Set<string>, keep: () => KeptAction): void {
    if (!key.startsWith(pathPrefix)) return
    for (const ancestor of ancestorsOf(key.slice(pathPrefix.length))) {
      if (seen.has(ancestor)) return
      seen.add(ancestor)
      const above = pathPrefix + ancestor
      const place = this.#open(above, this.#table.add(above))
      addParent(place, side === 'before' ? 'parentsBefore' : 'parentsAfter', keep())
    }
  }

  /** True for a path at which a changed package delivers something, or below which it does. */
  touches(path: string): boolean {
    return this.#table.find(pathPrefix + path) !== NO_ROW
  }

  /** Enters an action of a package that stays, on both sides, where the changed ones touch. */
  meet(key: string, isDirectory: boolean, keep: () => KeptAction): void {
    const row = this.#table.find(key)
    if (row === NO_ROW) return
    const place = this.#places.get(key)
    if (!isDirectory || place === undefined) this.contest(row)
    const open = place ?? this.#make(key)
    open.before.push(keep())
    open.after.push(keep())
  }

  /** Enters the parents of a path of a package that stays, where the changed ones touch. */
  meetParents(key: string, seen: Set<string>, keep: () => KeptAction): void {
    if (!key.startsWith(pathPrefix)) return
    for (const ancestor of ancestorsOf(key.slice(pathPrefix.length))) {
      if (seen.has(ancestor)) return
      seen.add(ancestor)
      const above = pathPrefix + ancestor
      const row = this.#table.find(above)
      if (row === NO_ROW) continue
      const place = this.#open(above, row)
      addParent(place, 'parentsBefore', keep())
      addParent(place, 'parentsAfter', keep())
    }
  }

  /** True for the key of a place that must be looked at with all its occupants. */
  isContested(key: string): boolean {
    const row = this.#table.find(key)
    return row !== NO_ROW && (this.#marks.get(row) & CONTESTED) !== 0
  }

  /** Puts all occupants of changed packages at a contested place, before those of packages that stay. */
  settle(
    key: string,
    occupants: { readonly before: readonly KeptAction[]; readonly after: readonly KeptAction[] },
    stays: (owned: KeptAction) => boolean,
  ): void {
    const place = this.#places.get(key) ?? this.#make(key)
    place.before = [...occupants.before, ...place.before.filter(stays)]
    place.after = [...occupants.after, ...place.after.filter(stays)]
  }

  #make(key: string): OpenPlace {
    const made: OpenPlace = { before: [], after: [], parentsBefore: nobody, parentsAfter: nobody }
    this.#places.set(key, made)
    return made
  }

  /** The full place of a directory or parent. */
  #open(key: string, row: number): OpenPlace {
    const marks = this.#marks.get(row)
    if ((marks & DIRECTORY) === 0) {
      this.#marks.set(row, marks | DIRECTORY)
      if (this.isOccupied(row, 'before') || this.isOccupied(row, 'after')) this.contest(row)
    }
    return this.#places.get(key) ?? this.#make(key)
  }
}

/** Path of a touched place, or undefined for the other name spaces. */
export function pathOfPlace(key: string): string | undefined {
  return key.startsWith(pathPrefix) ? key.slice(pathPrefix.length) : undefined
}

/** True when something of the resulting image needs a directory at the path. */
export function needsDirectory(place: Place): boolean {
  return place.parentsAfter.size > 0 || place.after.some(({ action }) => action.type === 'dir')
}
