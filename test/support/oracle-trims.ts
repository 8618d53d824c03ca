import { type Depend, dependsOf, following, type Version, type World } from './oracle-world.ts'

type Lists = ReadonlyMap<string, readonly Version[]>

/**
 * Whether the reference client finds without a search that there is no answer. It removes versions with a dependency that no remaining
 * version meets, until every remaining version passes. There is no answer if a stem that must be in it has no version left. `lists` has the
 * candidates by stem. Repeats passes over all versions, where the solver works on demand. Source: solver-semantics §8.1.
 */
export function isSeenBefore(world: World, lists: Lists, held: ReadonlySet<string>): boolean {
  const { named, base, rejected, avoided } = world
  const isCut = cutsOf(world, lists)
  let left = new Set([...lists.values()].flat().filter((version) => !isCut(version)))
  const roles = new Set([...named.keys(), ...base.keys()].filter((stem) => !rejected.has(stem)))
  const needed = new Set([...roles, ...neededByNamed(world, roles, left)])
  for (let before = -1; before !== left.size; ) {
    before = left.size
    const now = left
    const isKept = (version: Version) =>
      dependsOf(version).every((depend) => isMet(world, needed, now, version, depend, held))
    left = new Set([...left].filter(isKept))
  }
  const isLeft = (stem: string) => [...left].some((version) => version.stem === stem)
  return [...roles].some((stem) => (named.has(stem) || !avoided.has(stem)) && !isLeft(stem))
}

/** Stems that every usable version of a named stem needs. A version is usable if its own needs have candidates. */
function neededByNamed(
  world: World,
  roles: ReadonlySet<string>,
  left: ReadonlySet<Version>,
): readonly string[] {
  return [...world.named.keys()].flatMap((stem) => {
    const whole = [...left].filter(
      (version) =>
        version.stem === stem &&
        dependsOf(version).every(
          (depend) => isLimit(depend) || isMet(world, roles, left, version, depend, new Set()),
        ),
    )
    const needs = whole.map((version) =>
      dependsOf(version)
        .filter(({ type }) => type === 'require' || type === 'group' || type === 'conditional')
        .filter(({ type, targets }) => type !== 'group' || counts(world, targets[0]!.stem))
        .map(({ targets }) => targets[0]!.stem),
    )
    return (needs[0] ?? []).filter((need) => needs.every((each) => each.includes(need)))
  })
}

const isLimit = ({ type }: Depend) => type === 'incorporate' || type === 'optional' || type === 'exclude'

const counts = ({ avoided, rejected }: World, stem: string) => !avoided.has(stem) && !rejected.has(stem)

function isMet(
  world: World,
  needed: ReadonlySet<string>,
  left: ReadonlySet<Version>,
  { stem: carrier }: Version,
  { type, targets, predicate }: Depend,
  held: ReadonlySet<string>,
): boolean {
  const target = targets[0]!
  const some = (stem: string, fits: (version: Version) => boolean) =>
    [...left].some((version) => version.stem === stem && fits(version))
  const living = ({ stem, number = 0 }: { stem: string; number: number | undefined }) =>
    some(stem, (version) => version.number >= number && version.entry.obsolete !== true)
  const isFree = !needed.has(target.stem)
  switch (type) {
    case 'require':
    case 'require-any':
      return targets.some(living)
    case 'group':
    case 'group-any': {
      const members = targets.filter(({ stem }) => counts(world, stem) && world.versions.has(stem))
      return members.length === 0 || members.some(({ stem }) => some(stem, () => true))
    }
    case 'conditional':
      return !needed.has(predicate!.stem) || living(target)
    case 'optional':
      return isFree || some(target.stem, ({ number }) => number >= (target.number ?? 0))
    case 'exclude':
      return (
        isFree || some(target.stem, ({ number }) => target.number !== undefined && number < target.number)
      )
    case 'incorporate': {
      if (
        isFree ||
        target.number === undefined ||
        some(target.stem, ({ number }) => number === target.number)
      )
        return true
      const known = world.versions.get(target.stem) ?? []
      return held.has(carrier) && known.some(({ number }) => number === target.number)
    }
    default:
      return true
  }
}

/** Versions that every version of a named and installed stem excludes by incorporation, also through further installed stems. */
function cutsOf(world: World, lists: Lists): (version: Version) => boolean {
  const installed = [...world.base.keys()]
  const open: (readonly Version[])[] = [
    ...[...world.named]
      .filter(([stem]) => world.base.has(stem))
      .map(([stem, numbers]) => world.versions.get(stem)!.filter(({ number }) => numbers.includes(number))),
    ...installed.map((stem) => following(world, stem, lists.get(stem) ?? [])),
  ].filter((versions) => versions.length > 0)
  const away = (holder: Version, version: Version) =>
    dependsOf(holder).some(
      ({ type, targets }) =>
        type === 'incorporate' &&
        targets[0]!.stem === version.stem &&
        targets[0]!.number !== undefined &&
        targets[0]!.number !== version.number,
    )
  const cut = new Set<Version>()
  const done = new Set<string>()
  for (const versions of open) {
    const key = versions.map(({ stem, number }) => `${stem}@${number}`).join(' ')
    if (done.has(key)) continue
    done.add(key)
    for (const [stem, all] of world.versions) {
      const gone = all.filter((version) => versions.every((holder) => away(holder, version)))
      for (const version of gone) cut.add(version)
      const rest = all.filter((version) => !gone.includes(version))
      const present = all.find(({ number }) => number === world.base.get(stem))
      const incorporates =
        present !== undefined && dependsOf(present).some(({ type }) => type === 'incorporate')
      if (gone.length > 0 && rest.length > 0 && incorporates) open.push(rest)
    }
  }
  return (version) => cut.has(version)
}
