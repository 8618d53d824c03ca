import type { Catalog } from '#model'
import { dependencyTypes, PackageFlag } from '#model'
import type { Fact, NewSatBackend } from '#solver'
import type { CheckedTarget, CheckedWorld } from './checked-world.ts'
import { mayBeChosen } from './plan-objectives.ts'
import { isWithin, orderOf, type ReadVersion, readVersion } from './version-order.ts'

/** Facts as conditions on single packages, each with a switch. */
interface Reading {
  readonly clauses: number[][]
  /** Sentences on facts that do not say what the catalog says. */
  readonly faults: string[]
}

/**
 * Reads the facts of an explanation as they are printed and decides whether they clash: every version of the stems that they
 * name may be chosen, at most one of each, and nothing holds but what a fact says. Shares no code with the solver's
 * encoding. Returns sentences on what is wrong: a fact that is not so, facts that leave an answer, a fact that is not needed.
 */
export function findFactFaults(
  world: CheckedWorld,
  facts: readonly Fact[],
  newBackend: NewSatBackend,
): readonly string[] {
  const judge = createFactJudge(world, facts, newBackend)
  try {
    if (judge.faults.length > 0) return judge.faults
    const all = facts.map((_, index) => index)
    if (!judge.clash(all)) return ['the facts leave an answer']
    return facts.flatMap((fact, index) =>
      judge.saysSomething(index) && judge.clash(all.filter((other) => other !== index))
        ? [`not needed: ${JSON.stringify(fact)}`]
        : [],
    )
  } finally {
    judge.dispose()
  }
}

/**
 * Faults of the facts of several reasons: each later one is read as if what the earlier ones start from was not asked for, so that it
 * permits no downgrade.
 */
export function findReasonFaults(
  world: CheckedWorld,
  reasons: readonly (readonly Fact[])[],
  newBackend: NewSatBackend,
): readonly string[] {
  const named = new Map(world.named)
  return reasons.flatMap((facts) => {
    const faults = findFactFaults({ ...world, named: new Map(named) }, facts, newBackend)
    for (const { kind, subject } of facts)
      if (kind === 'named')
        for (const id of readPattern(world, subject)) named.delete(world.catalog.packageStem[id]!)
    return faults
  })
}

/** Decides which of some facts clash. */
export interface FactJudge {
  /** Sentences on facts that do not say what the catalog says. */
  readonly faults: readonly string[]
  /** The facts at these places cannot hold together. */
  clash(places: readonly number[]): boolean
  /** False for a fact that only says why there is nothing. */
  saysSomething(place: number): boolean
  dispose(): void
}

/** Reads facts once, to ask about many sets of them. */
export function createFactJudge(
  world: CheckedWorld,
  facts: readonly Fact[],
  newBackend: NewSatBackend,
): FactJudge {
  const variables = createVariables(world)
  const readings = facts.map((fact) => read(world, variables.of, fact))
  const engine = newBackend()
  const switches = readings.map((reading) => {
    const own = variables.fresh()
    // A clause that names a package on both sides says nothing, and an engine may refuse it.
    for (const clause of reading.clauses.filter((all) => !all.some((literal) => all.includes(-literal))))
      engine.addClauses(Int32Array.from([-own, ...new Set(clause), 0]))
    return own
  })
  for (const ids of variables.stems()) {
    const present: number[] = ids.map(variables.of)
    for (const [place, a] of present.entries()) {
      for (const b of present.slice(0, place)) engine.addClauses(Int32Array.of(-a, -b, 0))
    }
  }
  return {
    faults: readings.flatMap(({ faults }) => faults),
    clash: (places) =>
      engine.solve({ assumptions: Int32Array.from(places, (place) => switches[place]!) }) === 'unsat',
    saysSomething: (place) => readings[place]!.clauses.length > 0,
    dispose: () => engine.dispose(),
  }
}

function createVariables(world: CheckedWorld) {
  const known = new Map<number, number>()
  const stems = new Map<number, readonly number[]>()
  let last = 0
  const fresh = () => {
    last += 1
    return last
  }
  return {
    fresh,
    /** Variable of a package. */
    of(id: number): number {
      const stem = world.catalog.packageStem[id]!
      if (!stems.has(stem)) {
        const ids = world.packagesOf(stem)
        stems.set(stem, ids)
        for (const each of ids) known.set(each, fresh())
      }
      return known.get(id)!
    },
    stems: () => [...stems.values()],
  }
}

/** Packages that a subject such as `lynx`, `lynx@2` or `lynx 1, 3 to 4` may mean. */
function readSubject(world: CheckedWorld, text: string): readonly number[] {
  const [, name, rest] = /^([^@ ]+)[@ ]?(.*)$/.exec(text)!
  const stem = world.catalog.findStem(name!)
  if (stem < 0) return []
  const ids = world.packagesOf(stem)
  return rest === '' ? ids : withinRanges(world, ids, rest!)
}

function withinRanges(world: CheckedWorld, ids: readonly number[], text: string): readonly number[] {
  const ranges = text.split(', ').map((part) => part.split(' to ').map(readVersion))
  return ids.filter((id) =>
    ranges.some(([low, high = low]) => {
      const version = shortened(world.version(id))
      return orderOf(version, low!) >= 0 && orderOf(version, high!) <= 0
    }),
  )
}

const shortened = (version: ReadVersion): ReadVersion => ({ ...version, stamp: undefined })

function read(world: CheckedWorld, variable: (id: number) => number, fact: Fact): Reading {
  const clauses: number[][] = []
  const faults: string[] = []
  const { catalog } = world
  const never = (ids: readonly number[]) => {
    for (const id of ids) clauses.push([-variable(id)])
  }
  const some = (ids: readonly number[]) => clauses.push(ids.map(variable))
  const wrong = () => faults.push(`is not so: ${JSON.stringify(fact)}`)
  const subject = readSubject(world, fact.subject)
  const stem = subject.length === 0 ? -1 : catalog.packageStem[subject[0]!]!
  const present = stem < 0 ? undefined : world.installed.get(stem)
  const older = (id: number) =>
    present !== undefined && orderOf(world.version(id), world.version(present)) < 0
  const publisherOf = (id: number) => catalog.publishers[catalog.packagePublisher[id]!]!
  switch (fact.kind) {
    case 'named':
      some(readPattern(world, fact.subject))
      break
    case 'newer':
      some(subject.filter((id) => id !== present && !older(id)))
      break
    case 'stays':
      if (present === undefined) wrong()
      some(subject.length === 0 ? [] : world.packagesOf(stem))
      break
    case 'held':
      if (present === undefined) wrong()
      if (present !== undefined) some([present])
      break
    case 'floor':
      if (present === undefined) wrong()
      for (const id of subject.filter(older)) {
        clauses.push([-variable(id), ...permitting(world, id, present!).map(variable)])
      }
      break
    case 'freeze': {
      const limit = readVersion(fact.range!)
      never(subject.filter((id) => !isWithin(world.version(id), limit)))
      break
    }
    case 'reject':
    case 'removed':
      if (!world.rejected.has(stem)) wrong()
      never(subject)
      break
    case 'variant':
      if (!subject.some((id) => !world.supportsVariants(id))) wrong()
      never(subject.filter((id) => !world.supportsVariants(id)))
      break
    case 'publisher': {
      const others = fact.object!.split(', ')
      never(subject.filter((id) => id !== world.base.get(stem) && others.includes(publisherOf(id))))
      break
    }
    case 'unknown': {
      const isOffered = (id: number) => !world.has(id, PackageFlag.installedOnly) && isEnabled(world, id)
      never(subject.filter((id) => id !== world.base.get(stem) && !isOffered(id)))
      break
    }
    case 'unsupported':
      never(subject.filter((id) => world.has(id, PackageFlag.unsupported)))
      break
    case 'explicit-install':
      never(subject.filter((id) => world.has(id, PackageFlag.explicitInstall)))
      break
    case 'origin':
    case 'parent':
      never(subject)
      break
    case 'none':
    case 'obsolete':
      break
    default:
      readDependency(world, variable, fact, subject, clauses)
      if (clauses.length === 0) wrong()
  }
  return { clauses, faults }
}

/** Packages whose selection lets an installed one go down to `id`: named ones, or all on update of everything (solver-semantics §5.2, first links). */
function permitting(world: CheckedWorld, id: number, present: number): readonly number[] {
  const stems = world.everything ? world.base.keys() : world.named.keys()
  const found: number[] = []
  const holdOf = (each: number) => {
    const hold = world.catalog.packageHold[each]!
    return hold < 0 ? undefined : world.catalog.text(hold)
  }
  for (const carrier of stems) {
    const own = world.base.get(carrier)
    const wanted = world.named.get(carrier)
    if (world.rejected.has(carrier)) continue
    for (const other of world.packagesOf(carrier)) {
      // What goes down itself starts nothing, unless it was named so.
      const goesDown = own !== undefined && orderOf(world.version(other), world.version(own)) < 0
      if (goesDown && (wanted === undefined || world.within(own, { stem: carrier, version: wanted })))
        continue
      if (wanted !== undefined && !world.within(other, { stem: carrier, version: wanted })) continue
      const hold = holdOf(id)
      if (hold !== undefined && !hold.startsWith(holdOf(other) ?? 'none')) continue
      const pushes = world
        .dependencies(other)
        .some(
          ({ type, targets: [target] }) =>
            type === 'incorporate' &&
            target!.stem === world.catalog.packageStem[id] &&
            !world.within(present, target!) &&
            world.within(id, target!),
        )
      if (pushes) found.push(other)
    }
  }
  return found
}

function isEnabled({ catalog, snapshot }: CheckedWorld, id: number): boolean {
  const name = catalog.publishers[catalog.packagePublisher[id]!]
  return snapshot.publishers.some((publisher) => publisher.name === name && publisher.enabled)
}

function readPattern(world: CheckedWorld, text: string): readonly number[] {
  const [name, version] = text.replace(/^pkg:\/\/[^/]+\/|^\/\/[^/]+\/|^pkg:\/|^\//, '').split('@')
  const publisher = /^(?:pkg:)?\/\/([^/]+)\//.exec(text)?.[1]
  const stems = stemsLike(world.catalog, name!)
  if (version === 'latest') return stems.flatMap((stem) => world.newestOf(stem, publisher))
  const wanted = version === undefined ? undefined : readVersion(version)
  return stems.flatMap((stem) =>
    world.packagesOf(stem).filter((id) => wanted === undefined || isWithin(world.version(id), wanted)),
  )
}

function stemsLike(catalog: Catalog, name: string): readonly number[] {
  const exact = catalog.findStem(name)
  if (exact >= 0) return [exact]
  const all = Array.from({ length: catalog.stemCount }, (_, stem) => stem)
  return all.filter((stem) => catalog.stemName(stem).endsWith(`/${name}`))
}

/** Packages of which one is enough for a group. Source: solver-semantics §4. */
function membersOf(world: CheckedWorld, targets: readonly CheckedTarget[]): readonly number[] {
  const stems = new Set(targets.map(({ stem }) => stem))
  const counted = [...stems].filter((stem) => !world.avoided.has(stem) && !world.rejected.has(stem))
  const isObsolete = (id: number) => world.has(id, PackageFlag.obsolete)
  const isOpen = (stem: number, id: number) => {
    const present = world.base.get(stem)
    if (!mayBeChosen(world, stem, id)) return false
    const goesDown = present !== undefined && orderOf(world.version(id), world.version(present)) < 0
    return !goesDown || world.named.has(stem) || permitting(world, id, present).length > 0
  }
  const choices = counted
    .map((stem) => world.packagesOf(stem).filter((id) => isOpen(stem, id)))
    .filter(({ length }) => length > 0)
  const livingOnly = choices.length > 1 && !choices.every((ids) => ids.some(isObsolete))
  return counted.flatMap((stem) => world.packagesOf(stem).filter((id) => !livingOnly || !isObsolete(id)))
}

/** Clauses of the dependencies that a fact speaks of, for those packages of its subject that carry one. */
function readDependency(
  world: CheckedWorld,
  variable: (id: number) => number,
  fact: Fact,
  subject: readonly number[],
  clauses: number[][],
): void {
  const { catalog } = world
  if (!dependencyTypes.some((type) => type === fact.kind)) return
  const living = (id: number) => !world.has(id, PackageFlag.obsolete)
  const textOf = (name: string, version: string | undefined) =>
    version === undefined ? name : `${name}@${version}`
  const wanted = textOf(fact.object!, fact.range)
  for (const id of subject) {
    for (const { type, targets, predicate, texts } of world.dependencies(id)) {
      if (type !== fact.kind) continue
      const [target] = targets
      const several = type === 'require-any' || type === 'group-any'
      const said = several ? texts.join(', ') : type === 'group' ? catalog.stemName(target!.stem) : texts[0]
      if (said !== wanted) continue
      const not = -variable(id)
      const meeting = targets.flatMap((each) =>
        world.packagesOf(each.stem).filter((other) => world.reaches(other, each) && living(other)),
      )
      const all = world.packagesOf(target!.stem)
      switch (type) {
        case 'require':
        case 'require-any':
          clauses.push([not, ...meeting.map(variable)])
          break
        case 'group':
        case 'group-any':
          clauses.push([not, ...membersOf(world, targets).map(variable)])
          break
        case 'optional':
          for (const other of all) if (!world.reaches(other, target!)) clauses.push([not, -variable(other)])
          break
        case 'exclude':
          for (const other of all) if (world.reaches(other, target!)) clauses.push([not, -variable(other)])
          break
        case 'incorporate':
          for (const other of all) if (!world.within(other, target!)) clauses.push([not, -variable(other)])
          break
        case 'conditional':
          for (const cause of world.packagesOf(predicate!.stem)) {
            if (world.reaches(cause, predicate!) && living(cause))
              clauses.push([not, -variable(cause), ...meeting.map(variable)])
          }
          break
      }
    }
  }
}
