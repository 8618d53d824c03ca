import {
  type Action,
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
import { claimKey, diffKey, type OwnedAction } from '../action-key.ts'
import { ancestorsOf, hardLinkTarget, parentOf } from '../image-path.ts'
import type { PackageChange, PackageFilter, PlanActionsInput } from '../plan-input.ts'
import { ActionList } from '../store/action-list.ts'
import { ActionStore } from '../store/action-store.ts'
import { ChangeTable } from '../store/change-table.ts'
import { Reading } from '../store/reading.ts'
import type { KeptAction } from '../store/stored-action.ts'
import { claimsNothing, hasActuator } from './actuators.ts'
import { type Claims, ClaimTable, type Side } from './claim-table.ts'

/** Actions of one package that apply, before and after the operation. */
export interface BothSides<Owned = KeptAction> {
  readonly before: readonly Owned[]
  readonly after: readonly Owned[]
}

/** Actions that packages stop to deliver, start to deliver, or deliver with changes. */
export interface Difference {
  removed: ActionList
  added: ActionList
  changed: ChangeTable
}

/** The differences of one package while it is read. */
interface Found<Owned extends OwnedAction> {
  readonly removed: Owned[]
  readonly added: Owned[]
  readonly changed: { readonly old: Owned; readonly new: Owned }[]
}

/** The facts that a plan needs of the manifests: differences, and claims that may conflict with them. */
export interface ImageScan {
  /** Each changed package against its former self; without mediated links, of which not all are delivered. */
  readonly difference: Difference
  readonly claims: Pick<ClaimTable, 'isHandedOver' | 'vanished'>
  /** Conflict candidates, by claim key. Any other key has one package, or is a directory about which all packages agree. */
  readonly candidates: ReadonlyMap<string, Claims>
  /** Mediated links of each changed package. */
  readonly mediated: readonly BothSides[]
  readonly keptMediated: readonly KeptAction[]
  /** Actions that claim no key, of the changed packages where one of them has an actuator. */
  readonly actuating: readonly BothSides[]
  /** Installed and new hard links by the path they point to. */
  readonly hardLinks: ReadonlyMap<string, readonly KeptAction[]>
}

/** A package against its former self. */
function compare<Owned extends OwnedAction>(
  { before, after }: BothSides<Owned>,
  content: ContentSubject,
): Found<Owned> {
  const found: Found<Owned> = { removed: [], added: [], changed: [] }
  const former = new Map(before.map((owned) => [diffKey(owned), owned]))
  const seen = new Set<Owned>()
  for (const owned of after) {
    const old = former.get(diffKey(owned))
    if (old === undefined) found.added.push(owned)
    else {
      seen.add(old)
      if (actionsDiffer(old.action, owned.action, content)) found.changed.push({ old, new: owned })
    }
  }
  for (const owned of before) if (!seen.has(former.get(diffKey(owned))!)) found.removed.push(owned)
  return found
}

/** Adds the differences of one package. */
function addFound(difference: Difference, found: Found<KeptAction>): void {
  for (const owned of found.removed) difference.removed.push(owned)
  for (const owned of found.added) difference.added.push(owned)
  for (const pair of found.changed) difference.changed.push({ kind: 'update', ...pair })
}

/** Each package against its former self. */
export function addDifferences(sides: BothSides, difference: Difference, content: ContentSubject): void {
  addFound(difference, compare(sides, content))
}

/** Actions of a package that stay parsed while another version is read. A parsed one takes about ten times the memory of a stored one. */
const MOST_PARSED = 4096

class Scan<P> {
  readonly #input: PlanActionsInput<P>
  readonly #store = new ActionStore()
  readonly #claims = new ClaimTable(this.#store)
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
    const completed = this.#completeCandidates()
    if (!completed.ok) return completed
    return ok({
      difference: this.#difference,
      claims: this.#claims,
      candidates: this.#claims.candidates(),
      mediated: this.#mediated,
      keptMediated: this.#keptMediated,
      actuating: this.#actuating,
      hardLinks: this.#hardLinks,
    })
  }

  /** The actions of a changed package that apply. */
  #readSides({ from, to }: PackageChange): Result<BothSides<Reading>, P> {
    const { oldFilter, newFilter } = this.#input
    const isUpdate = from !== undefined && to !== undefined
    const before = isUpdate ? this.#compactly(from, oldFilter) : this.#applying(from, oldFilter)
    if (!before.ok) return before
    const after = isUpdate ? this.#compactly(to, newFilter) : this.#applying(to, newFilter)
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

  /** The same actions of a package that is read against another version: in a separate store, which is dropped as a whole. */
  #compactly(fmri: Fmri, filter: PackageFilter): Result<readonly Reading[], P> {
    let own: ActionStore | undefined
    let readings: Reading[] = []
    const stored = (action: Action): Action => (own === undefined ? action : own.keep(fmri, action).action)
    const read = this.#input.manifests.readWanted(
      fmri,
      () => true,
      (action) => {
        if (!filter.actionApplies(action, fmri)) return
        if (readings.length === MOST_PARSED) {
          own = new ActionStore()
          readings = readings.map((one) => new Reading(this.#store, fmri, stored(one.action)))
        }
        readings.push(new Reading(this.#store, fmri, stored(action)))
      },
    )
    return read.ok ? ok(readings) : read
  }

  #addChanged({ before, after }: BothSides<Reading>, owner: number): void {
    this.#enter(before, 'before', owner)
    this.#enter(after, 'after', owner)
    const delivered = { before: before.filter(isDelivered), after: after.filter(isDelivered) }
    const found = compare(delivered, this.#input.content ?? 'file')
    // The same key with another type: what comes keeps what goes from being taken away.
    for (const { row } of found.removed)
      if (row >= 0 && this.#claims.isClaimed(row, 'after')) this.#claims.markCandidate(row)
    for (const [what, readings] of [
      ['leaves', found.removed],
      ['arrives', found.added],
    ] as const)
      for (const { row, action } of readings) if (action.type === 'dir') this.#claims.noteChange(row, what)
    addFound(this.#difference, {
      removed: found.removed.map((one) => one.keep()),
      added: found.added.map((one) => one.keep()),
      changed: found.changed.map((pair) => ({ old: pair.old.keep(), new: pair.new.keep() })),
    })
    this.#collectHardLinks(after)
    this.#mediated.push(keptOnes(before, after, ({ action }) => isMediated(action)))
    if ([...before, ...after].some((one) => hasActuator(one) && claimsNothing(one)))
      this.#actuating.push(keptOnes(before, after, claimsNothing))
  }

  #enter(readings: readonly Reading[], side: Side, owner: number): void {
    const seen = new Set<string>()
    for (const reading of readings) {
      const key = claimKey(reading)
      if (key === undefined) continue
      if (reading.action.type === 'dir') reading.row = this.#claims.claimDirectory({ key, side }, reading)
      else {
        reading.row = this.#claims.claim({ key, side, owner })
        if (isMediated(reading.action)) this.#claims.markCandidate(reading.row)
      }
      this.#claims.claimParents(key, side, seen, reading)
    }
  }

  #readKept(fmri: Fmri): Result<void, P> {
    const seen = new Set<string>()
    const parents = new UnclaimedParents(this.#claims, seen)
    const wants = (path: string): boolean => this.#claims.claims(path) || parents.hasNewClaim(path)
    return this.#input.manifests.readWanted(fmri, wants, (action) => {
      if (!this.#input.newFilter.actionApplies(action, fmri)) return
      const reading = new Reading(this.#store, fmri, action)
      const key = claimKey(reading)
      if (key === undefined) return
      this.#claims.addKept(key, reading)
      this.#claims.addKeptParents(key, seen, reading)
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

  /** Reads packages again whose claims of a candidate are missing. */
  #completeCandidates(): Result<void, P> {
    if (!this.#claims.isIncomplete) return ok(undefined)
    const known = new KnownClaims()
    this.#addKnown(known)
    const completed = new Map<string, OpenClaims>()
    const collect = (readings: readonly Reading[], side: Side): void => {
      const seen = new Set<string>()
      for (const reading of readings) {
        const key = claimKey(reading)
        if (key === undefined) continue
        const isCandidate = this.#claims.isCandidate(key)
        const kept = isCandidate ? (known.take(side, reading) ?? reading.keep()) : undefined
        if (kept !== undefined) claimsIn(completed, key)[side].push(kept)
        for (const above of this.#claims.candidatesAbove(key, seen))
          claimsIn(completed, above)[parentsOn[side]].set(reading.fmri.stem, kept ?? reading.keep())
      }
    }
    for (const [owner, change] of this.#input.changes.entries()) {
      if (!this.#claims.mustReadAgain(owner)) continue
      const sides = this.#readSides(change)
      if (!sides.ok) return sides
      collect(sides.value.before, 'before')
      collect(sides.value.after, 'after')
    }
    for (const [key, claims] of completed) this.#claims.complete(key, claims)
    return ok(undefined)
  }

  /** An action of a difference and its claim must be the same object; so must a link and its claim. */
  #addKnown(known: KnownClaims): void {
    const add = (side: Side, owned: KeptAction): void => {
      if (this.#claims.isCandidate(claimKey(owned) ?? '')) known.add(side, owned)
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

/** Claims of changed packages under the key of a candidate. */
interface OpenClaims {
  readonly before: KeptAction[]
  readonly after: KeptAction[]
  readonly parentsBefore: Map<string, KeptAction>
  readonly parentsAfter: Map<string, KeptAction>
}

const parentsOn = { before: 'parentsBefore', after: 'parentsAfter' } as const

function claimsIn(completed: Map<string, OpenClaims>, key: string): OpenClaims {
  const known = completed.get(key)
  if (known !== undefined) return known
  const made = { before: [], after: [], parentsBefore: new Map(), parentsAfter: new Map() }
  completed.set(key, made)
  return made
}

/** Parents of a package that stays without a claimed directory above them that the package has not reported yet. */
class UnclaimedParents {
  readonly #claims: ClaimTable
  readonly #reported: ReadonlySet<string>
  readonly #clear = new Set<string>()

  constructor(claims: ClaimTable, reported: ReadonlySet<string>) {
    this.#claims = claims
    this.#reported = reported
  }

  /** True when a path has a claimed parent that was not reported. */
  hasNewClaim(path: string): boolean {
    for (const ancestor of ancestorsOf(path)) {
      if (this.#reported.has(ancestor) || this.#clear.has(ancestor)) break
      if (this.#claims.claims(ancestor)) return true
    }
    const parent = parentOf(path)
    if (parent !== '') this.#clear.add(parent)
    return false
  }
}

/** Claims that are in the store already, by side, package and text; equal claims are taken in their order. */
class KnownClaims {
  readonly #known = new Map<string, Map<number, KeptAction>>()

  add(side: Side, kept: KeptAction): void {
    const name = claimText(side, kept)
    const known = this.#known.get(name)
    if (known === undefined) this.#known.set(name, new Map([[kept.number, kept]]))
    else known.set(kept.number, kept)
  }

  take(side: Side, owned: OwnedAction): KeptAction | undefined {
    const known = this.#known.get(claimText(side, owned))
    const [first] = known?.values() ?? []
    if (first !== undefined) known?.delete(first.number)
    return first
  }
}

function claimText(side: Side, { fmri, action }: OwnedAction): string {
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
 * Reads the packages of a plan, then the packages that stay, one after the other, each once. If a key becomes a conflict candidate after
 * some packages were read, those packages are read again. Problems: those of the reader.
 */
export function scanImage<P>(input: PlanActionsInput<P>): Result<ImageScan, P> {
  return new Scan(input).run()
}
