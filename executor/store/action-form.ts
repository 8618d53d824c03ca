import { type Action, type ActionType, actionTypes, keyAttribute } from '#model'
import { type PathTable, ROOT } from './path-table.ts'
import { detached, isDigest, isShort, isWholeDigest, LONGEST_WORD } from './record-text.ts'

/** Values of one record. */
const MOST_VALUES = 64
/** Names and words come from outside, so what is remembered of them has a limit. */
const MOST_FORMS = 4096
/** From so many on, no word has a form of its own any more. */
const MANY_FORMS = MOST_FORMS / 2
/** What is the same in very many actions, alone or together with others of these. */
const repeated = /^(?:owner|group|mode|preserve|elfarch|elfbits|facet\..*|variant\..*)$/
/** Of a digest with the words before it: all that a record lets go of has room in one. */
const LONGEST_DIGEST = 96
/** Types that lie at a path. */
const placed: ReadonlySet<ActionType> = new Set(['file', 'hardlink', 'link'])

/**
 * How a value is kept: in the record; with the form; not at all, because it is read again when it is asked for; as the number of a directory and a
 * name in it; as the number of a directory.
 */
export type Keeping = 'record' | 'form' | 'gone' | 'path' | 'directory'

/** Place of the payload among the values. */
export const PAYLOAD = -1

/** What actions have in common: type, names of attributes in their order, and all that is not in their records. */
export interface Form {
  readonly id: number
  readonly type: ActionType
  /** A name that has several values as often as it has values. */
  readonly names: readonly string[]
  /** Place of the first value of each name. */
  readonly places: ReadonlyMap<string, number>
  /** Of each place. */
  readonly keeping: readonly Keeping[]
  readonly words: readonly (string | undefined)[]
  /** Of the payload; undefined where there is none. */
  readonly payload: 'record' | 'gone' | undefined
  /** Places whose values are in the record, in their order. */
  readonly recorded: readonly number[]
  /** Places whose values are read again. */
  readonly gone: readonly number[]
  /** Place of the key attribute where it is kept as a path or a directory. */
  readonly path: number | undefined
  readonly next: Map<string, Branch>
}

/** Forms with one value more, of one name. */
interface Branch {
  readonly plain: Map<Exclude<Keeping, 'form'>, Form>
  readonly words: Map<string, Form>
}

/** All forms of the actions of a store. */
export class Forms {
  readonly #paths: PathTable
  readonly #forms: Form[] = []
  readonly #first = new Map<ActionType, Readonly<Record<'record' | 'gone' | 'absent', Form>>>()
  #directory = ROOT

  constructor(paths: PathTable) {
    this.#paths = paths
    const first = (type: ActionType, payload: Form['payload']): Form =>
      this.#make({ type, payload, names: [], keeping: [], words: [] })
    for (const type of actionTypes)
      this.#first.set(type, {
        record: first(type, 'record'),
        gone: first(type, 'gone'),
        absent: first(type, undefined),
      })
  }

  at(id: number): Form {
    return this.#forms[id]!
  }

  /** The form of an action; undefined where it is too odd to have one. `readAgain`: its digests can be read again. */
  of({ type, payload, attributes }: Action, readAgain: boolean): Form | undefined {
    const letsGo = readAgain && type === 'file' && payload !== undefined && isWholeDigest(payload)
    const key = keyAttribute(type)
    let form = this.#first.get(type)?.[letsGo ? 'gone' : payload === undefined ? 'absent' : 'record']
    for (const [name, value] of attributes) {
      if (form === undefined) return undefined
      if (typeof value === 'string') {
        if (name === key) form = this.#step(form, name, this.#keepingOfKey(type, value))
        else form = this.#stepTo(form, name, value, letsGo)
      }
      // A list of one would come back as a single value.
      else if (value.length < 2) return undefined
      else for (const one of value) form &&= this.#stepTo(form, name, one, letsGo)
    }
    return form
  }

  /** Number of the directory in the key of the action whose form was asked for last. */
  get directory(): number {
    return this.#directory
  }

  #keepingOfKey(type: ActionType, value: string): 'record' | 'path' | 'directory' {
    const isDirectory = type === 'dir'
    if (!isDirectory && !placed.has(type)) return 'record'
    const slash = value.lastIndexOf('/')
    if (isDirectory ? value === '' : slash === 0 || !isShort(value, slash + 1)) return 'record'
    const directory = this.#paths.numberOf(isDirectory ? value : value.slice(0, Math.max(slash, 0)))
    if (directory === undefined) return 'record'
    this.#directory = directory
    return isDirectory ? 'directory' : 'path'
  }

  #stepTo(form: Form, name: string, value: string, letsGo: boolean): Form | undefined {
    if (letsGo && value.length <= LONGEST_DIGEST && isDigest(value)) return this.#step(form, name, 'gone')
    if (value.length > LONGEST_WORD || !repeated.test(name)) return this.#step(form, name, 'record')
    const branch = this.#branch(form, name)
    const known = branch.words.get(value)
    if (known !== undefined) return known
    if (this.#forms.length >= MANY_FORMS) return this.#step(form, name, 'record')
    const own = detached(value)
    const made = this.#extend(form, name, 'form', own)
    if (made !== undefined) branch.words.set(own, made)
    return made
  }

  #step(form: Form, name: string, keeping: Exclude<Keeping, 'form'>): Form | undefined {
    const { plain } = this.#branch(form, name)
    const known = plain.get(keeping)
    if (known !== undefined) return known
    const made = this.#extend(form, name, keeping, undefined)
    if (made !== undefined) plain.set(keeping, made)
    return made
  }

  #branch(form: Form, name: string): Branch {
    const known = form.next.get(name)
    if (known !== undefined) return known
    const made: Branch = { plain: new Map(), words: new Map() }
    form.next.set(name, made)
    return made
  }

  #extend(form: Form, name: string, keeping: Keeping, word: string | undefined): Form | undefined {
    if (this.#forms.length >= MOST_FORMS || form.names.length >= MOST_VALUES) return undefined
    return this.#make({
      type: form.type,
      payload: form.payload,
      names: [...form.names, name],
      keeping: [...form.keeping, keeping],
      words: [...form.words, word],
    })
  }

  #make(known: Pick<Form, 'type' | 'payload' | 'names' | 'keeping' | 'words'>): Form {
    const { names, keeping, payload } = known
    const places = new Map<string, number>()
    names.forEach((name, place) => void (places.has(name) || places.set(name, place)))
    const placesOf = (...wanted: readonly (Keeping | undefined)[]): readonly number[] => [
      ...(wanted.includes(payload) ? [PAYLOAD] : []),
      ...[...names.keys()].filter((place) => wanted.includes(keeping[place])),
    ]
    const form: Form = {
      ...known,
      id: this.#forms.length,
      places,
      recorded: placesOf('record', 'path', 'directory'),
      gone: placesOf('gone'),
      path: placesOf('path', 'directory')[0],
      next: new Map(),
    }
    this.#forms.push(form)
    return form
  }
}
