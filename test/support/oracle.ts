import { isSeenBefore } from './oracle-trims.ts'
import {
  type Depend,
  dependsOf,
  failsParent,
  followsParent,
  installedVersions,
  parse,
  readWorld,
  type Version,
  type World,
} from './oracle-world.ts'
import type { Scenario } from './scenario.ts'

/**
 * A second solver for small scenarios, on purpose without any cleverness: it tries every combination of versions. One
 * publisher, versions that are single numbers (so "inside" means "equal"), no origin, facets and variants.
 */
export type OracleAnswer =
  | {
      readonly kind: 'error'
      readonly error: 'has-dependents' | 'unsatisfiable' | 'overconstrained' | 'not-installed'
      /** Of `unsatisfiable`: the reference client sees it without a search. */
      readonly beforeSearch?: boolean
    }
  | {
      readonly kind: 'plan'
      /** Objective values of the optimum, in order, ids as in the plan. */
      readonly objectives: readonly { readonly id: string; readonly value: number }[]
      /** Installed sets (as `stem@version`, sorted, joined by a blank) that reach the optimum. */
      readonly results: ReadonlySet<string>
    }

type Choice = ReadonlyMap<string, Version>

export function solveByHand(scenario: Scenario): OracleAnswer {
  const world = readWorld(scenario)
  if (world === undefined) return { kind: 'error', error: 'not-installed' }
  if (scenario.request.op === 'uninstall' && hasDependents(world)) {
    return { kind: 'error', error: 'has-dependents' }
  }
  const first = solveIn(world)
  const isOutOfStep = installedVersions(world).some((version) => failsParent(world, version))
  const mayTryAgain = isOutOfStep && !world.everything && !world.exact
  if (first.kind !== 'error' || first.error !== 'unsatisfiable' || !mayTryAgain) return first
  return solveIn({ ...world, loose: true })
}

function solveIn(world: World): OracleAnswer {
  const candidates = allCandidates(world)
  const best: { vector: readonly { id: string; value: number }[]; choices: Choice[] } = {
    vector: [],
    choices: [],
  }
  const visit = (index: number, choice: Map<string, Version>): void => {
    const stem = world.stems[index]
    if (stem === undefined) {
      const vector = judge(world, candidates, choice)
      if (vector === undefined) return
      const order = best.choices.length === 0 ? -1 : compare(vector, best.vector)
      if (order > 0) return
      if (order < 0) best.choices = []
      best.vector = vector
      best.choices.push(new Map(choice))
      return
    }
    const must = world.named.has(stem) || (world.base.has(stem) && !world.avoided.has(stem))
    if (!must || world.rejected.has(stem)) visit(index + 1, choice)
    for (const version of candidates.get(stem)!.list) {
      choice.set(stem, version)
      visit(index + 1, choice)
      choice.delete(stem)
    }
  }
  visit(0, new Map())
  if (best.choices.length === 0) {
    const lists = new Map([...candidates].map(([stem, { list }]) => [stem, list]))
    const beforeSearch = isSeenBefore(world, lists, heldStems(world))
    return { kind: 'error', error: 'unsatisfiable', beforeSearch }
  }
  const results = new Set(best.choices.map((choice) => resultText(choice)))
  if (world.everything && isStandstill(world, candidates, results)) {
    return { kind: 'error', error: 'overconstrained' }
  }
  return { kind: 'plan', objectives: best.vector, results }
}

/** Installed set as `solveByHand` writes it. */
export function installedText(entries: Iterable<string>): string {
  return [...entries].sort().join(' ')
}

/** What is left when obsolete packages go, and renamed ones that nothing living leads to. */
function resultText(choice: Choice): string {
  const living = [...choice.values()].filter((version) => version.entry.obsolete !== true)
  const kept = new Set(living.filter((version) => version.entry.renamed !== true))
  for (let before = -1; before !== kept.size; ) {
    before = kept.size
    for (const version of [...kept]) {
      for (const { type, targets } of dependsOf(version)) {
        if (type === 'incorporate' || type === 'optional') continue
        for (const { stem } of targets) {
          const chosen = choice.get(stem)
          if (chosen !== undefined && living.includes(chosen)) kept.add(chosen)
        }
      }
    }
  }
  return installedText([...kept].map((version) => `${version.stem}@${version.number}`))
}

function hasDependents(world: World): boolean {
  return installedVersions(world).some(
    (version) =>
      !world.rejected.has(version.stem) &&
      dependsOf(version).some(
        ({ type, targets }) =>
          type === 'require' &&
          world.rejected.has(targets[0]!.stem) &&
          world.installed.has(targets[0]!.stem) &&
          !mayStopRequiring(world, version.stem, targets[0]!.stem),
      ),
  )
}

/** An actuator names the stem at a version that does not require the target. */
function mayStopRequiring(world: World, stem: string, target: string): boolean {
  const requires = (version: Version) =>
    dependsOf(version).some(({ type, targets }) => type === 'require' && targets[0]!.stem === target)
  return (world.named.get(stem) ?? []).some(
    (number) => !requires(world.versions.get(stem)!.find((version) => version.number === number)!),
  )
}

interface Candidates {
  readonly list: readonly Version[]
  /** Downgrades, with the versions that permit them. */
  readonly permits: ReadonlyMap<number, readonly Version[]>
}

function allCandidates(world: World): ReadonlyMap<string, Candidates> {
  const held = heldStems(world)
  const frozen = new Map(
    world.exact
      ? []
      : (world.scenario.image.frozen ?? []).map(({ fmri }) => [parse(fmri).stem, parse(fmri).number]),
  )
  const open = (version: Version, withFloor: boolean): boolean => {
    const { stem, number } = version
    if (world.rejected.has(stem)) return false
    const list = world.named.get(stem)
    if (list !== undefined && !list.includes(number)) return false
    const present = world.base.get(stem)
    if (withFloor && present !== undefined && number < present && !isDownOnPurpose(world, stem)) return false
    if (failsParent(world, version) && !(world.loose && number === present)) return false
    if (held.has(stem) && number !== present) return false
    for (const holder of installedVersions(world)) {
      if (!held.has(holder.stem)) continue
      for (const { type, targets } of dependsOf(holder)) {
        const target = targets[0]!
        if (type !== 'incorporate' || target.stem !== stem || target.number === undefined) continue
        if (target.number !== number) return false
      }
    }
    const freeze = frozen.get(stem)
    return freeze === undefined || freeze === number
  }
  const permits = new Map<string, Map<number, Version[]>>()
  if (!world.exact && (world.everything || world.named.size > 0)) {
    const starts = world.everything
      ? [...world.installed].flatMap(([stem, number]) =>
          world.versions.get(stem)!.filter((version) => version.number >= number),
        )
      : [...world.named].flatMap(([stem, list]) =>
          world.versions.get(stem)!.filter((version) => list.includes(version.number)),
        )
    for (const start of starts) {
      if (open(start, true))
        permitDowngrades(world, start, start, permits, new Set(), world.everything ? 1 : 10)
    }
  }
  return new Map(
    world.stems.map((stem) => {
      const own = permits.get(stem) ?? new Map<number, Version[]>()
      const list = world.versions
        .get(stem)!
        .filter((version) => open(version, true) || (own.has(version.number) && open(version, false)))
      return [stem, { list, permits: own }]
    }),
  )
}

/** The request, or an actuator, names an older version. */
function isDownOnPurpose(world: World, stem: string): boolean {
  const asked = world.named.get(stem)
  const present = world.base.get(stem)
  if (asked === undefined || present === undefined) return false
  return world.lowered.has(stem) || Math.max(...asked) < present
}

function permitDowngrades(
  world: World,
  start: Version,
  at: Version,
  permits: Map<string, Map<number, Version[]>>,
  seen: Set<Version>,
  depth: number,
): void {
  if (depth === 0 || at.entry.depends === undefined) return
  for (const { type, targets } of dependsOf(at)) {
    const target = targets[0]!
    const present = world.installed.get(target.stem)
    if (type !== 'incorporate' || present === undefined || world.rejected.has(target.stem)) continue
    if (target.number === undefined || target.number === present) continue
    const version = world.versions.get(target.stem)!.find((each) => each.number === target.number)
    if (version === undefined) continue
    if (version.number < present) {
      const hold = version.entry['install-hold']
      const startHold = start.entry['install-hold']
      if (hold !== undefined && !(startHold !== undefined && hold.startsWith(startHold))) continue
      const own = permits.get(target.stem) ?? new Map<number, Version[]>()
      permits.set(target.stem, own)
      own.set(version.number, [...(own.get(version.number) ?? []), start])
    }
    if (seen.has(version)) continue
    seen.add(version)
    permitDowngrades(world, start, version, permits, seen, depth - 1)
  }
}

function heldStems(world: World): ReadonlySet<string> {
  if (world.everything || world.exact) return new Set()
  const installed = installedVersions(world)
  const incorporations = installed.filter(
    (version) =>
      !world.rejected.has(version.stem) && dependsOf(version).some(({ type }) => type === 'incorporate'),
  )
  const dependedOn = new Set(
    installed.flatMap((version) =>
      dependsOf(version).flatMap(({ targets }) =>
        targets.filter((target) => target.number !== undefined).map((target) => target.stem),
      ),
    ),
  )
  const holds = new Map<string, string>()
  for (const version of installed) {
    const hold = version.entry['install-hold']
    if (hold !== undefined) holds.set(version.stem, hold)
  }
  const relaxed = new Set(
    [...world.named]
      .filter(([stem, list]) => !(list.length === 1 && list[0] === world.installed.get(stem)))
      .map(([stem]) => stem),
  )
  for (const version of world.loose || world.parent === undefined ? [] : installed)
    if (followsParent(version) && world.parent!.get(version.stem) !== version.number)
      relaxed.add(version.stem)
  const values = [...relaxed].flatMap((stem) => holds.get(stem) ?? [])
  const isRelaxed = (hold: string) => values.some((value) => hold === value || hold.startsWith(`${value}.`))
  const firm = (stem: string) => holds.has(stem) && !isRelaxed(holds.get(stem)!)
  // Child holds: what a firm incorporation pins to one version is firm in its turn.
  for (let changed = true; changed; ) {
    changed = false
    for (const holder of incorporations) {
      if (!firm(holder.stem)) continue
      for (const { type, targets } of dependsOf(holder)) {
        const { stem, number } = targets[0]!
        const child = incorporations.find((version) => version.stem === stem)
        if (type !== 'incorporate' || child === undefined || holds.has(stem)) continue
        if (number !== child.number) continue
        holds.set(stem, stem)
        changed = true
      }
    }
  }
  return new Set(
    incorporations
      .map(({ stem }) => stem)
      .filter((stem) => !relaxed.has(stem) && (firm(stem) || !dependedOn.has(stem))),
  )
}

/** Objective vector of a choice, or undefined when it breaks a rule. */
function judge(
  world: World,
  candidates: ReadonlyMap<string, Candidates>,
  choice: Choice,
): readonly { id: string; value: number }[] | undefined {
  const meets = (target: { stem: string; number: number | undefined }) => {
    const chosen = choice.get(target.stem)
    return (
      chosen !== undefined &&
      chosen.entry.obsolete !== true &&
      (target.number === undefined || chosen.number >= target.number)
    )
  }
  let relaxed = 0
  for (const version of choice.values()) {
    const starts = candidates.get(version.stem)!.permits.get(version.number)
    const present = world.base.get(version.stem)
    const onPurpose = isDownOnPurpose(world, version.stem)
    if (starts !== undefined && present !== undefined && version.number < present && !onPurpose) {
      if (!starts.some((start) => choice.get(start.stem)?.number === start.number)) return undefined
    }
    for (const depend of dependsOf(version)) {
      const target = depend.targets[0]!
      const chosen = choice.get(target.stem)
      switch (depend.type) {
        case 'require':
          if (!meets(target)) return undefined
          break
        case 'require-any':
          if (!depend.targets.some(meets)) return undefined
          break
        case 'optional':
          if (chosen !== undefined && target.number !== undefined && chosen.number < target.number)
            return undefined
          break
        case 'exclude':
          if (chosen !== undefined && (target.number === undefined || chosen.number >= target.number))
            return undefined
          break
        case 'incorporate':
          if (chosen !== undefined && target.number !== undefined && chosen.number !== target.number)
            return undefined
          break
        case 'conditional':
          if (meets(depend.predicate!) && !meets(target)) return undefined
          break
        case 'parent':
          break
        default: {
          const broken = groupBroken(world, candidates, choice, depend)
          if (!broken) break
          const members = countedMembers(world, depend)
          const stays = world.base.get(version.stem) === version.number
          if (stays && members.every((member) => !world.installed.has(member))) relaxed += 1
          else return undefined
        }
      }
    }
  }
  return objectives(world, candidates, choice, relaxed)
}

function countedMembers(world: World, depend: Depend): readonly string[] {
  const members = depend.targets.map(({ stem }) => stem)
  return [...new Set(members)].filter((stem) => !world.avoided.has(stem) && !world.rejected.has(stem))
}

function groupBroken(
  world: World,
  candidates: ReadonlyMap<string, Candidates>,
  choice: Choice,
  depend: Depend,
): boolean {
  const members = countedMembers(world, depend)
  const isOut = (version: Version) =>
    failsParent(world, version) && !(world.loose && world.base.get(version.stem) === version.number)
  if (members.every((stem) => (world.versions.get(stem) ?? []).every(isOut))) return false
  const available = members.filter((stem) => (candidates.get(stem)?.list.length ?? 0) > 0)
  const hasObsolete = (stem: string) => candidates.get(stem)!.list.some((v) => v.entry.obsolete === true)
  const livingOnly = available.length > 1 && !available.every(hasObsolete)
  return !available.some((stem) => {
    const chosen = choice.get(stem)
    return chosen !== undefined && !(livingOnly && chosen.entry.obsolete === true)
  })
}

function objectives(
  world: World,
  candidates: ReadonlyMap<string, Candidates>,
  choice: Choice,
  relaxed: number,
): readonly { id: string; value: number }[] {
  const distance = (version: Version) =>
    candidates.get(version.stem)!.list.filter((other) => other.number > version.number).length
  const all = [...choice.values()]
  const living = (version: Version) => version.entry.obsolete !== true
  const sum = (list: readonly Version[], cost: (version: Version) => number) =>
    list.reduce((total, version) => total + cost(version), 0)
  const isNamed = ({ stem }: Version) => world.named.has(stem)
  const keep = all.filter((version) => world.base.has(version.stem) && !isNamed(version))
  const changed = keep.filter((version) => world.base.get(version.stem) !== version.number)
  const fresh = all.filter((version) => !world.base.has(version.stem) && !isNamed(version))
  const avoided = keep.filter(({ stem }) => world.avoided.has(stem))
  const newDistance = { id: 'new-distance', value: sum(fresh, distance) }
  const newPackages = {
    id: 'new-packages',
    value: fresh.filter(living).length + avoided.filter(living).length,
  }
  const named = [...world.named.keys()]
  const namedDistance = [
    { id: 'named-distance', value: sum(all.filter(isNamed), distance) },
    ...(named.length > 1
      ? named.map((stem) => ({ id: `named-distance ${stem}`, value: distance(choice.get(stem)!) }))
      : []),
  ]
  if (world.exact) {
    const moved = all.filter((v) => living(v) && world.installed.get(v.stem) !== v.number)
    return [...namedDistance, newDistance, newPackages, { id: 'left-installed', value: moved.length }]
  }
  const relaxedGroups = { id: 'relaxed-groups', value: relaxed }
  if (world.everything) {
    const tier = ({ stem }: Version) => {
      const { list } = candidates.get(stem)!
      if (list.some((v) => v.entry['install-hold'] !== undefined)) return 1
      return list.some((v) => (v.entry.depends ?? []).some((depend) => depend.type === 'incorporate')) ? 2 : 3
    }
    const tiers = ['held-distance', 'incorporating-distance', 'other-distance'].map((id, index) => ({
      id,
      value: sum(
        keep.filter((version) => tier(version) === index + 1),
        distance,
      ),
    }))
    return [relaxedGroups, ...tiers, newDistance, newPackages]
  }
  return [
    relaxedGroups,
    ...(named.length === 0 ? [] : namedDistance),
    { id: 'to-obsolete', value: changed.filter((version) => !living(version)).length },
    { id: 'downgraded', value: changed.filter((v) => v.number < world.base.get(v.stem)!).length },
    { id: 'changed', value: changed.length },
    { id: 'changed-distance', value: sum(changed, distance) },
    newDistance,
    newPackages,
  ]
}

function compare(a: readonly { value: number }[], b: readonly { value: number }[]): number {
  for (let index = 0; index < a.length; index += 1) {
    const difference = a[index]!.value - b[index]!.value
    if (difference !== 0) return difference
  }
  return 0
}

function isStandstill(
  world: World,
  candidates: ReadonlyMap<string, Candidates>,
  results: ReadonlySet<string>,
): boolean {
  const now = installedText([...world.installed].map(([stem, number]) => `${stem}@${number}`))
  if (!results.has(now) || world.parent !== undefined) return false
  return installedVersions(world).some(
    (version) =>
      version.entry['install-hold'] !== undefined &&
      !world.rejected.has(version.stem) &&
      candidates.get(version.stem)!.list.some((other) => other.number > version.number),
  )
}
