import { PackageFlag } from '#model'
import type { CheckedTarget, CheckedWorld } from './checked-world.ts'
import { isHeld } from './plan-checker.ts'
import { isWithin, orderOf, readVersion } from './version-order.ts'

/**
 * The objectives of solver-semantics §7.2 of any result, counted from the packages alone: which obsolete or renamed version
 * a stem left by is not part of a result, so leaving counts as reaching the newest. Objectives that are 0 for every legal
 * result of the recorded requests (relaxed-groups, left-installed) are left out.
 */
export function objectivesOf(
  world: CheckedWorld,
  result: ReadonlyMap<number, number>,
): ReadonlyMap<string, number> {
  const values = new Map<string, number>()
  const add = (id: string, value: number) => values.set(id, (values.get(id) ?? 0) + value)
  const exact = world.request.operation === 'exact-install'
  const objectives = world.everything
    ? ['held-distance', 'incorporating-distance', 'other-distance', 'new-distance', 'new-packages']
    : exact
      ? ['named-distance', 'new-distance', 'new-packages', 'left-installed']
      : [
          'named-distance',
          'to-obsolete',
          'downgraded',
          'changed',
          'changed-distance',
          'new-distance',
          'new-packages',
        ]
  for (const objective of objectives) add(objective, 0)
  for (const stem of new Set([...world.base.keys(), ...world.named.keys(), ...result.keys()])) {
    const after = result.get(stem)
    const own = world.base.get(stem)
    // What the image's variants do not allow any more counts as not installed.
    const before = own === undefined || !world.supportsVariants(own) ? undefined : own
    if (exact && after !== undefined && after !== world.installed.get(stem)) add('left-installed', 1)
    if (before === undefined && after === undefined && !world.named.has(stem)) continue
    const behind = after === undefined ? 0 : newerThan(world, stem, after)
    if (world.named.has(stem) && !world.everything) add('named-distance', behind)
    else if (before === undefined) {
      add('new-distance', behind)
      add('new-packages', 1)
    } else if (world.rejected.has(stem)) continue
    else if (world.everything) add(tierOf(world, stem), behind)
    else if (after !== before && !isTidiedAway(world, before, after)) {
      add('changed', 1)
      add('changed-distance', behind)
      if (after === undefined && newestIs(world, stem, PackageFlag.obsolete)) add('to-obsolete', 1)
      if (after !== undefined && orderOf(world.version(after), world.version(before)) < 0)
        add('downgraded', 1)
    }
  }
  return new Map(objectives.map((id) => [id, values.get(id)!]))
}

/** An installed renamed package that nothing needs any more goes with any command and counts nowhere (solver-semantics §5.6). */
function isTidiedAway(world: CheckedWorld, before: number, after: number | undefined): boolean {
  return after === undefined && world.has(before, PackageFlag.renamed | PackageFlag.obsolete)
}

/** Below 0 where `a` is the better one at the first objective that differs. */
export function compareObjectives(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  for (const [objective, value] of a) {
    const difference = value - b.get(objective)!
    if (difference !== 0) return difference
  }
  return 0
}

/** Different versions of a stem above a package that the image could have. */
function newerThan(world: CheckedWorld, stem: number, id: number): number {
  const versions: number[] = []
  for (const other of world.packagesOf(stem)) {
    if (orderOf(world.version(other), world.version(id)) <= 0 || !mayBeChosen(world, stem, other)) continue
    if (!versions.some((known) => orderOf(world.version(known), world.version(other)) === 0))
      versions.push(other)
  }
  return versions.length
}

/** The rules around the clauses let the package into a result, but that it may be too old. */
export function mayBeChosen(world: CheckedWorld, stem: number, id: number): boolean {
  const { catalog, snapshot } = world
  const own = world.base.get(stem)
  const publisher = snapshot.publishers.find(
    ({ name }) => name === catalog.publishers[catalog.packagePublisher[id]!],
  )
  if (id !== own && publisher?.enabled !== true) return false
  const excluded = PackageFlag.unsupported | PackageFlag.installedOnly
  if (world.has(id, excluded) || !world.supportsVariants(id)) return false
  const wanted = world.named.get(stem)
  if (wanted !== undefined && !isWithin(world.version(id), wanted)) return false
  if (id !== own && publisherOf(world, stem) !== publisher?.name) return false
  if (world.has(id, PackageFlag.explicitInstall) && !world.installed.has(stem) && !world.named.has(stem))
    return false
  const freeze = snapshot.frozen.find((entry) => entry.stem === catalog.stemName(stem))
  const isExact = world.request.operation === 'exact-install'
  if (freeze !== undefined && !isExact && !isWithin(world.version(id), readVersion(freeze.version)))
    return false
  if ((limitsOf(world).get(stem) ?? []).some((target) => !world.within(id, target))) return false
  return world.dependencies(id).every(({ type, targets, rootImage }) => {
    if (type !== 'origin' || rootImage) return true
    const before = world.installed.get(targets[0]!.stem)
    return before === undefined || world.reaches(before, targets[0]!)
  })
}

const limits = new WeakMap<CheckedWorld, ReadonlyMap<number, readonly CheckedTarget[]>>()

/** What held incorporations allow of each stem: versions outside are no candidates (solver-semantics §5.3). */
function limitsOf(world: CheckedWorld): ReadonlyMap<number, readonly CheckedTarget[]> {
  const known = limits.get(world)
  if (known !== undefined) return known
  const found = new Map<number, CheckedTarget[]>()
  limits.set(world, found)
  if (world.everything || world.request.operation === 'exact-install') return found
  for (const [stem, id] of world.installed) {
    if (!isHeld(world, stem)) continue
    for (const { type, targets } of world.dependencies(id)) {
      if (type !== 'incorporate') continue
      const list = found.get(targets[0]!.stem) ?? []
      list.push(targets[0]!)
      found.set(targets[0]!.stem, list)
    }
  }
  return found
}

/** The publisher of the installed package where that is sticky, else the best enabled one that offers the stem. */
function publisherOf(world: CheckedWorld, stem: number): string | undefined {
  const { catalog, snapshot } = world
  const nameOf = (id: number) => catalog.publishers[catalog.packagePublisher[id]!]!
  const before = world.base.get(stem)
  const enabled = snapshot.publishers.filter((publisher) => publisher.enabled)
  if (before !== undefined) {
    const own = enabled.find(({ name }) => name === nameOf(before))
    if (own?.sticky === true) return own.name
  }
  const names = world
    .packagesOf(stem)
    .filter((id) => !world.has(id, PackageFlag.installedOnly))
    .map(nameOf)
  return enabled.find(({ name }) => names.includes(name))?.name
}

function newestIs(world: CheckedWorld, stem: number, flag: number): boolean {
  const newest = world.packagesOf(stem).at(-1)
  return newest !== undefined && world.has(newest, flag)
}

function tierOf(world: CheckedWorld, stem: number): string {
  const before = world.version(world.installed.get(stem)!)
  const ids = world
    .packagesOf(stem)
    .filter((id) => orderOf(world.version(id), before) >= 0 && mayBeChosen(world, stem, id))
  if (ids.some((id) => world.catalog.packageHold[id]! >= 0)) return 'held-distance'
  return ids.some((id) => world.dependencies(id).some(({ type }) => type === 'incorporate'))
    ? 'incorporating-distance'
    : 'other-distance'
}
