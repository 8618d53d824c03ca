import { type Action, type ActionType, actionTypes } from '#model'

/** Most values of one record. */
const MOST_VALUES = 64
/** Names of attributes come from outside, so the number of remembered shapes has a limit. */
const MOST_SHAPES = 4096

/** What actions have in common: type, and names of attributes in their order. */
export interface Shape {
  readonly id: number
  readonly type: ActionType
  /** A name that has several values as often as it has values. */
  readonly names: readonly string[]
  /** Index of the first value of each name. */
  readonly indices: ReadonlyMap<string, number>
  /** Index of the path where it is split into a directory and a name; undefined: it is a value like others, or there is none. */
  readonly splitPath: number | undefined
  /** Shapes with one value more, by its name. */
  readonly next: Map<string, Shape>
}

/** All shapes of the actions of a store. */
export class Shapes {
  readonly #shapes: Shape[] = []
  readonly #empty = new Map<ActionType, Readonly<Record<'split' | 'whole', Shape>>>()

  constructor() {
    for (const type of actionTypes)
      this.#empty.set(type, { split: this.#make(type, true, []), whole: this.#make(type, false, []) })
  }

  at(id: number): Shape {
    return this.#shapes[id]!
  }

  /** The shape of an action; undefined where it is too odd to have one. */
  of({ type, attributes }: Action, splitsPath: boolean): Shape | undefined {
    let shape = this.#empty.get(type)?.[splitsPath ? 'split' : 'whole']
    for (const [name, value] of attributes) {
      // A list of one would come back as a single value.
      if (typeof value !== 'string' && value.length < 2) return undefined
      const count = typeof value === 'string' ? 1 : value.length
      for (let index = 0; index < count; index++) shape &&= this.#extend(shape, name, splitsPath)
    }
    return shape
  }

  #extend(shape: Shape, name: string, splitsPath: boolean): Shape | undefined {
    const known = shape.next.get(name)
    if (known !== undefined) return known
    if (this.#shapes.length >= MOST_SHAPES || shape.names.length >= MOST_VALUES) return undefined
    const made = this.#make(shape.type, splitsPath, [...shape.names, name])
    shape.next.set(name, made)
    return made
  }

  #make(type: ActionType, splitsPath: boolean, names: readonly string[]): Shape {
    const indices = new Map<string, number>()
    names.forEach((name, index) => void (indices.has(name) || indices.set(name, index)))
    const splitPath = splitsPath ? indices.get('path') : undefined
    const shape: Shape = { id: this.#shapes.length, type, names, indices, splitPath, next: new Map() }
    this.#shapes.push(shape)
    return shape
  }
}
