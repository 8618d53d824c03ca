import type { InstallPlan, PublisherRank } from '#model'
import { PackageFlag } from '#model'
import type { CheckedDependency, CheckedTarget, CheckedWorld } from './checked-world.ts'
import { isWithin, orderOf, readVersion } from './version-order.ts'

/** The packages of an image after a plan, by stem. Throws where the plan does not fit the image. */
export function resultOf(world: CheckedWorld, plan: Pick<InstallPlan, 'add' | 'remove' | 'update'>) {
  const result = new Map(world.installed)
  const { catalog } = world
  for (const fmri of plan.remove) {
    const id = world.idOf(fmri)
    if (result.get(catalog.packageStem[id]!) !== id) throw new Error(`removes ${fmri.stem}, not installed`)
    result.delete(catalog.packageStem[id]!)
  }
  for (const { from, to } of plan.update) {
    const [before, after] = [world.idOf(from), world.idOf(to.fmri)]
    const stem = catalog.packageStem[before]!
    if (result.get(stem) !== before) throw new Error(`updates ${from.stem}, not installed`)
    if (catalog.packageStem[after] !== stem || before === after) throw new Error(`no update: ${from.stem}`)
    result.set(stem, after)
  }
  for (const { fmri } of plan.add) {
    const id = world.idOf(fmri)
    if (result.has(catalog.packageStem[id]!)) throw new Error(`adds ${fmri.stem} twice`)
    result.set(catalog.packageStem[id]!, id)
  }
  return result as ReadonlyMap<number, number>
}

/** What is wrong with a result, in sentences; empty for a legal one. Source: solver-semantics §4 and §5. */
export function findFaults(world: CheckedWorld, result: ReadonlyMap<number, number>): readonly string[] {
  const faults: string[] = []
  for (const [stem, id] of result) {
    if (world.has(id, PackageFlag.obsolete)) faults.push(`${nameOf(world, id)} is obsolete`)
    for (const dependency of world.dependencies(id)) {
      if (!isMet(world, result, id, dependency)) {
        const wanted = dependency.targets.map(({ stem: other }) => world.catalog.stemName(other)).join(', ')
        faults.push(`${nameOf(world, id)} has an unmet ${dependency.type} on ${wanted}`)
      }
    }
    if (world.base.get(stem) !== id) faults.push(...faultsOfChange(world, result, stem, id))
  }
  for (const stem of world.rejected) {
    if (result.has(stem)) faults.push(`${world.catalog.stemName(stem)} is rejected`)
  }
  for (const [stem, wanted] of world.named) {
    const id = result.get(stem)
    const fits = (each: number) => wanted === undefined || isWithin(world.version(each), wanted)
    if (id === undefined ? !mayLeave(world, stem, fits) : !fits(id))
      faults.push(`${world.catalog.stemName(stem)} is not as named`)
  }
  for (const [stem, id] of world.base) {
    if (result.has(stem) || world.named.has(stem) || world.rejected.has(stem) || world.avoided.has(stem))
      continue
    const newer = (each: number) => orderOf(world.version(each), world.version(id)) >= 0
    if (world.supportsVariants(id) && !mayLeave(world, stem, newer))
      faults.push(`${nameOf(world, id)} leaves and nothing replaces it`)
  }
  return faults
}

function nameOf({ catalog }: CheckedWorld, id: number): string {
  return `${catalog.stemName(catalog.packageStem[id]!)}@${catalog.packageVersion(id)}`
}

/** A stem leaves an image by an obsolete or renamed version. */
function mayLeave(world: CheckedWorld, stem: number, fits: (id: number) => boolean): boolean {
  return world
    .packagesOf(stem)
    .some((id) => fits(id) && (world.has(id, PackageFlag.obsolete) || world.has(id, PackageFlag.renamed)))
}

function isMet(
  world: CheckedWorld,
  result: ReadonlyMap<number, number>,
  carrier: number,
  { type, targets, predicate, rootImage }: CheckedDependency,
): boolean {
  const [target] = targets
  const chosen = (each: CheckedTarget) => result.get(each.stem)
  const meets = (each: CheckedTarget) => chosen(each) !== undefined && world.reaches(chosen(each)!, each)
  switch (type) {
    case 'require':
    case 'require-any':
      return targets.some(meets)
    case 'optional':
      return chosen(target!) === undefined || meets(target!)
    case 'exclude':
      return !meets(target!)
    case 'incorporate':
      return chosen(target!) === undefined || world.within(chosen(target!)!, target!)
    case 'conditional':
      return predicate === undefined || !meets(predicate) || meets(target!)
    case 'group':
    case 'group-any':
      return isGroupMet(world, result, carrier, targets)
    case 'origin': {
      const stays = world.installed.get(world.catalog.packageStem[carrier]!) === carrier
      const before = world.installed.get(target!.stem)
      return stays || rootImage || before === undefined || world.reaches(before, target!)
    }
    case 'parent':
      return true
  }
}

/** A package that stays may lack a member that it lacked before (repair G1). */
function isGroupMet(
  world: CheckedWorld,
  result: ReadonlyMap<number, number>,
  carrier: number,
  targets: readonly CheckedTarget[],
): boolean {
  const counted = targets.filter(({ stem }) => !world.avoided.has(stem) && !world.rejected.has(stem))
  if (counted.length === 0 || counted.some(({ stem }) => result.has(stem))) return true
  const mayBe = (id: number) =>
    !world.has(id, PackageFlag.unsupported) &&
    !world.has(id, PackageFlag.explicitInstall) &&
    world.supportsVariants(id)
  if (counted.every(({ stem }) => !world.packagesOf(stem).some(mayBe))) return true
  // The obsolete version of a member counts, and leaves no package.
  if (counted.some(({ stem }) => world.packagesOf(stem).some((id) => world.has(id, PackageFlag.obsolete))))
    return true
  const stays = world.base.get(world.catalog.packageStem[carrier]!) === carrier
  return stays && counted.every(({ stem }) => !world.installed.has(stem))
}

/** Rules for packages that come in or move: solver-semantics §4.1 and §5.1 to §5.4. */
function faultsOfChange(
  world: CheckedWorld,
  result: ReadonlyMap<number, number>,
  stem: number,
  id: number,
): readonly string[] {
  const { catalog, snapshot } = world
  const faults: string[] = []
  const fault = (text: string) => faults.push(`${nameOf(world, id)} ${text}`)
  const before = world.base.get(stem)
  const publisherOf = (each: number) =>
    snapshot.publishers.find(({ name }) => name === catalog.publishers[catalog.packagePublisher[each]!])
  if (world.has(id, PackageFlag.unsupported)) fault('is unsupported')
  if (world.has(id, PackageFlag.installedOnly)) fault('is not offered')
  if (world.has(id, PackageFlag.explicitInstall) && before === undefined && !world.named.has(stem))
    fault('is only for explicit installation')
  if (!world.supportsVariants(id)) fault('is for another variant')
  if (publisherOf(id)?.enabled !== true) fault('comes from a publisher that is not enabled')
  const own = before === undefined ? undefined : publisherOf(before)
  if (own?.sticky === true && own.enabled && own !== publisherOf(id) && !asksForPublisher(world, stem))
    fault('leaves a sticky publisher')
  if (own?.sticky !== true && !world.named.has(stem) && publisherOf(id) !== bestPublisher(world, stem))
    fault('comes from a publisher of lower rank')
  const exact = world.request.operation === 'exact-install'
  const freeze = snapshot.frozen.find((entry) => entry.stem === catalog.stemName(stem))
  if (!exact && freeze !== undefined && !isWithin(world.version(id), readVersion(freeze.version)))
    fault('is frozen')
  if (
    before !== undefined &&
    world.supportsVariants(before) &&
    orderOf(world.version(id), world.version(before)) < 0
  ) {
    const asked = world.named.has(stem)
    if (!asked && !isPushedDown(world, result, stem, id, before)) fault('goes down')
  }
  if (before !== undefined && !world.everything && isHeld(world, stem)) fault('was held')
  return faults
}

/** A pattern of the request names the stem with its publisher. */
function asksForPublisher({ request, catalog }: CheckedWorld, stem: number): boolean {
  return request.patterns.some((pattern) =>
    /^pkg:\/\/[^/]+\//.test(pattern)
      ? pattern.replace(/^pkg:\/\/[^/]+\//, '').split('@')[0] === catalog.stemName(stem)
      : false,
  )
}

/** Of the enabled publishers that offer the stem the first. */
function bestPublisher(world: CheckedWorld, stem: number): PublisherRank | undefined {
  const { catalog, snapshot } = world
  const offering = new Set(
    world
      .packagesOf(stem)
      .filter((id) => !world.has(id, PackageFlag.installedOnly))
      .map((id) => catalog.publishers[catalog.packagePublisher[id]!]),
  )
  return snapshot.publishers.find(({ name, enabled }) => enabled && offering.has(name))
}

/** Some package of the result allows the older version only. */
function isPushedDown(
  world: CheckedWorld,
  result: ReadonlyMap<number, number>,
  stem: number,
  id: number,
  before: number,
): boolean {
  for (const holder of result.values()) {
    for (const { type, targets } of world.dependencies(holder)) {
      const [target] = targets
      if (type !== 'incorporate' || target!.stem !== stem) continue
      if (!world.within(before, target!) && world.within(id, target!)) return true
    }
  }
  return false
}

/** An installed incorporation that only moves when named: solver-semantics §5.3 without child holds. */
export function isHeld(world: CheckedWorld, stem: number): boolean {
  const id = world.installed.get(stem)!
  if (world.named.has(stem) || world.rejected.has(stem)) return false
  if (!world.dependencies(id).some(({ type }) => type === 'incorporate')) return false
  const holdOf = (each: number) => {
    const hold = world.catalog.packageHold[each]!
    return hold < 0 ? undefined : world.catalog.text(hold)
  }
  const hold = holdOf(id)
  const relaxed = [...world.named.keys()].flatMap((each) => {
    const present = world.installed.get(each)
    return present === undefined ? [] : [holdOf(present)]
  })
  const isRelaxed = relaxed.some(
    (each) => each !== undefined && (hold === each || hold?.startsWith(`${each}.`)),
  )
  if (hold !== undefined && !isRelaxed) return true
  return !dependedOnWithVersion(world).has(stem)
}

const versioned = new WeakMap<CheckedWorld, ReadonlySet<number>>()

function dependedOnWithVersion(world: CheckedWorld): ReadonlySet<number> {
  let stems = versioned.get(world)
  if (stems === undefined) {
    stems = new Set(
      [...world.installed.values()].flatMap((id) =>
        world
          .dependencies(id)
          .flatMap(({ targets }) =>
            targets.flatMap((target) => (target.version === undefined ? [] : [target.stem])),
          ),
      ),
    )
    versioned.set(world, stems)
  }
  return stems
}
