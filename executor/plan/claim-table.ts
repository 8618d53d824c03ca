import { attributes, comparableAttribute, sharingRule } from '#model'
import type { OwnedAction } from '../action-key.ts'
import { ancestorsOf } from '../image-path.ts'
import type { ActionStore } from '../store/action-store.ts'
import { Column } from '../store/column.ts'
import { KeyTable, NO_ROW } from '../store/key-table.ts'
import type { Reading } from '../store/reading.ts'
import type { KeptAction } from '../store/stored-action.ts'

/** All actions that claim one key before and after a plan, over the whole image. */
export interface Claims {
  readonly before: readonly KeptAction[]
  readonly after: readonly KeptAction[]
  /** Packages, by stem, with any of their actions that needs a directory here as a parent. */
  readonly parentsBefore: ReadonlyMap<string, KeptAction>
  readonly parentsAfter: ReadonlyMap<string, KeptAction>
}

/** State of the image before or after a plan. */
export type Side = 'before' | 'after'

/** Claims while they are collected. Most are few and need no parent: they share the empty map. */
interface OpenClaims {
  before: KeptAction[]
  after: KeptAction[]
  parentsBefore: ReadonlyMap<string, KeptAction>
  parentsAfter: ReadonlyMap<string, KeptAction>
}

const pathPrefix = 'path '

const nobody: ReadonlyMap<string, KeptAction> = new Map()

function addParent(claims: OpenClaims, side: 'parentsBefore' | 'parentsAfter', owned: KeptAction): void {
  const known = claims[side]
  const parents = known instanceof Map && known !== nobody ? known : new Map<string, KeptAction>()
  parents.set(owned.fmri.stem, owned)
  claims[side] = parents
}

/** The key is that of a directory, or of the parent of something. */
const DIRECTORY = 1
const CANDIDATE = 2
/** A package delivers or needs the directory on a side. */
const NEEDED = { before: 4, after: 8 } as const
/** A package delivered the directory itself, not only something below it. */
const EXPLICIT = 16
/** A package stops delivering the directory; a package starts to. */
const LEAVES = 32
const ARRIVES = 64
/** A package needed the directory before, and none had delivered it yet. */
const IMPLIED = 128

/** A claim of a changed package. */
export interface Claim {
  readonly key: string
  readonly side: Side
  /** Number of the package. */
  readonly owner: number
}

/**
 * The keys that the changed packages claim: paths, names of users, and so on. A key that one package claims before and after, and a
 * directory about which all packages agree, cannot conflict; the table has one row for it. Any other key is a conflict candidate, and
 * needs all its claims. If a key becomes a candidate after some packages were read, those packages are read again (`mustReadAgain`,
 * `complete`).
 */
export class ClaimTable {
  readonly #store: ActionStore
  readonly #table = new KeyTable()
  /** By row and side: number of the package and one; 0: none. */
  readonly #owners = { before: new Column(Int32Array), after: new Column(Int32Array) }
  readonly #marks = new Column(Uint8Array)
  /** Of directories, by row and side: number of their attributes; 0: the directory is not delivered. */
  readonly #attributes = { before: new Column(Int32Array), after: new Column(Int32Array) }
  readonly #attributeNumbers = new Map<string, number>()
  /** Of directories that were there before: the action to remove when no package needs them any more. */
  readonly #formerly = new Column(Int32Array)
  readonly #claims = new Map<string, OpenClaims>()
  readonly #readAgain = new Set<number>()
  #allAgain = false

  constructor(store: ActionStore) {
    this.#store = store
  }

  /** Conflict candidates by key, when all packages are read. */
  candidates(): ReadonlyMap<string, Claims> {
    const candidates = new Map<string, Claims>()
    for (const [key, claims] of this.#claims) if (this.isCandidate(key)) candidates.set(key, claims)
    return candidates
  }

  /** True when claims of a candidate are missing. */
  get isIncomplete(): boolean {
    return this.#allAgain || this.#readAgain.size > 0
  }

  /** True for a changed package with missing claims of a candidate. */
  mustReadAgain(owner: number): boolean {
    return this.#allAgain || this.#readAgain.has(owner)
  }

  /** Adds the claim of an action that is no directory; returns its row. */
  claim({ key, side, owner }: Claim): number {
    const row = this.#table.add(key)
    const mine = owner + 1
    const here = this.#owners[side]
    const other = this.#owners[side === 'before' ? 'after' : 'before'].get(row)
    const taken = here.get(row) !== 0
    if (taken || (other !== 0 && other !== mine) || this.#marks.get(row) !== 0) {
      this.markCandidate(row)
      this.#readAgain.add(owner)
    }
    if (!taken) here.set(row, mine)
    return row
  }

  /** Adds the claim of a directory of a changed package; returns its row. */
  claimDirectory({ key, side }: Pick<Claim, 'key' | 'side'>, reading: Reading): number {
    const row = this.#open(key, side)
    this.#deliver(row, side, this.#attributesOf(reading))
    if (side === 'before' && (this.#marks.get(row) & EXPLICIT) === 0) {
      this.#mark(row, EXPLICIT)
      this.#formerly.set(row, reading.keep().number)
    }
    return row
  }

  /** Notes that a package stops or starts to deliver a directory. */
  noteChange(row: number, what: 'leaves' | 'arrives'): void {
    this.#mark(row, what === 'leaves' ? LEAVES : ARRIVES)
  }

  /** True for the key of a directory that one package stops and another package starts to deliver. */
  isHandedOver(key: string): boolean {
    const both = LEAVES | ARRIVES
    const row = this.#table.find(key)
    return row !== NO_ROW && (this.#marks.get(row) & both) === both
  }

  /** Directories that no package needs any more, without candidates. */
  *vanished(): Generator<KeptAction> {
    const asked = DIRECTORY | CANDIDATE | NEEDED.before | NEEDED.after
    for (let row = 0; row < this.#table.size; row++)
      if ((this.#marks.get(row) & asked) === (DIRECTORY | NEEDED.before))
        yield this.#store.at(this.#formerly.get(row))
  }

  /** True when a changed package claims a row with something other than a directory. */
  isClaimed(row: number, side: Side): boolean {
    return this.#owners[side].get(row) !== 0
  }

  /** Makes a row a conflict candidate. The packages that claim a directory are not known, so all are read again. */
  markCandidate(row: number): void {
    this.#mark(row, CANDIDATE)
    if ((this.#marks.get(row) & DIRECTORY) !== 0) this.#allAgain = true
    for (const side of ['before', 'after'] as const)
      if (this.isClaimed(row, side)) this.#readAgain.add(this.#owners[side].get(row) - 1)
  }

  /** Claims the parents of a path of a changed package. `seen` holds the parents that the package has claimed on this side. */
  claimParents(key: string, side: Side, seen: Set<string>, { fmri }: OwnedAction): void {
    for (const ancestor of newAncestors(key, seen)) {
      const row = this.#open(pathPrefix + ancestor, side)
      if (side === 'before' && (this.#marks.get(row) & (EXPLICIT | IMPLIED)) === 0) {
        this.#mark(row, IMPLIED)
        const implied = impliedDirectory({ fmri }, ancestor)
        this.#formerly.set(row, this.#store.numberOf(implied))
      }
    }
  }

  /** True for a path that a changed package claims, itself or as a parent. */
  claims(path: string): boolean {
    return this.#table.find(pathPrefix + path) !== NO_ROW
  }

  /** Adds the claim of a package that stays, on both sides, where a changed package claims the key. */
  addKept(key: string, reading: Reading): void {
    const row = this.#table.find(key)
    if (row === NO_ROW) return
    if (reading.action.type === 'dir' && (this.#marks.get(row) & DIRECTORY) !== 0) {
      const attributes = this.#attributesOf(reading)
      for (const side of ['before', 'after'] as const) this.#deliver(row, side, attributes)
    } else this.markCandidate(row)
    const claims = this.#claimsAt(key)
    claims.before.push(reading.keep())
    claims.after.push(reading.keep())
  }

  /** Adds the parents of a path of a package that stays, where a changed package claims them. */
  addKeptParents(key: string, seen: Set<string>, reading: Reading): void {
    for (const ancestor of newAncestors(key, seen)) {
      const above = pathPrefix + ancestor
      if (this.#table.find(above) === NO_ROW) continue
      this.#open(above, 'before')
      this.#open(above, 'after')
      const claims = this.#claimsAt(above)
      addParent(claims, 'parentsBefore', reading.keep())
      addParent(claims, 'parentsAfter', reading.keep())
    }
  }

  /** True for the key of a conflict candidate. */
  isCandidate(key: string): boolean {
    const row = this.#table.find(key)
    return row !== NO_ROW && (this.#marks.get(row) & CANDIDATE) !== 0
  }

  /** Keys of the candidates above a path, up to one that was seen. */
  *candidatesAbove(key: string, seen: Set<string>): Generator<string> {
    for (const ancestor of newAncestors(key, seen))
      if (this.isCandidate(pathPrefix + ancestor)) yield pathPrefix + ancestor
  }

  /** Adds all claims of changed packages to a candidate, before those of packages that stay. */
  complete(key: string, changed: Claims): void {
    const claims = this.#claimsAt(key)
    claims.before = [...changed.before, ...claims.before]
    claims.after = [...changed.after, ...claims.after]
    claims.parentsBefore = new Map([...changed.parentsBefore, ...claims.parentsBefore])
    claims.parentsAfter = new Map([...changed.parentsAfter, ...claims.parentsAfter])
  }

  #claimsAt(key: string): OpenClaims {
    const known = this.#claims.get(key)
    if (known !== undefined) return known
    const made: OpenClaims = { before: [], after: [], parentsBefore: nobody, parentsAfter: nobody }
    this.#claims.set(key, made)
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
    if (isNew && (this.isClaimed(row, 'before') || this.isClaimed(row, 'after'))) this.markCandidate(row)
    return row
  }

  /** A directory that two packages deliver with different attributes is a candidate. */
  #deliver(row: number, side: Side, attributes: number): void {
    const known = this.#attributes[side].get(row)
    this.#mark(row, NEEDED[side])
    if (known === 0) this.#attributes[side].set(row, attributes)
    else if (known !== attributes) this.markCandidate(row)
  }

  /** Number of the attributes on which all packages must agree: mode and owner, and paths after the first. */
  #attributesOf({ action }: OwnedAction): number {
    const parts = sharingRule('dir').unique.map((name) =>
      name === 'path' ? attributes(action, name).slice(1).join('\0') : comparableAttribute(action, name),
    )
    const text = parts.join('\0\0')
    const known = this.#attributeNumbers.get(text) ?? this.#attributeNumbers.size + 1
    this.#attributeNumbers.set(text, known)
    return known
  }
}

/** Parents of the path in a claim key, nearest first, up to one that was seen; keys of other namespaces have none. */
function* newAncestors(key: string, seen: Set<string>): Generator<string> {
  if (!key.startsWith(pathPrefix)) return
  for (const ancestor of ancestorsOf(key.slice(pathPrefix.length))) {
    if (seen.has(ancestor)) return
    seen.add(ancestor)
    yield ancestor
  }
}

/** A directory that no package delivers and that something below it needs. */
export function impliedDirectory({ fmri }: Pick<OwnedAction, 'fmri'>, path: string): OwnedAction {
  return { fmri, action: { type: 'dir', payload: undefined, attributes: new Map([['path', path]]) } }
}

/** Path in a claim key; undefined for other namespaces. */
export function pathOfKey(key: string): string | undefined {
  return key.startsWith(pathPrefix) ? key.slice(pathPrefix.length) : undefined
}

/** True when something of the resulting image needs a directory at the path. */
export function needsDirectory({ after, parentsAfter }: Claims): boolean {
  return parentsAfter.size > 0 || after.some(({ action }) => action.type === 'dir')
}
