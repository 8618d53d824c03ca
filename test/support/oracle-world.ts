import type { Scenario, ScenarioPackage } from './scenario.ts'

export interface Version {
  readonly stem: string
  readonly number: number
  readonly entry: ScenarioPackage
}
/** A scenario as the exhaustive search sees it. */
export interface World {
  readonly scenario: Scenario
  readonly stems: readonly string[]
  readonly versions: ReadonlyMap<string, readonly Version[]>
  /** Installed number as the solve sees it. */
  readonly base: ReadonlyMap<string, number>
  readonly installed: ReadonlyMap<string, number>
  readonly named: ReadonlyMap<string, readonly number[]>
  readonly rejected: ReadonlySet<string>
  readonly avoided: ReadonlySet<string>
  /** Named stems that an actuator brings to an older version. */
  readonly lowered: ReadonlySet<string>
  readonly everything: boolean
  readonly exact: boolean
  /** Installed packages of the parent image; undefined without one. */
  readonly parent: ReadonlyMap<string, number> | undefined
  /** Installed versions pass the parent unchecked. */
  readonly loose: boolean
}

export interface Depend {
  readonly type: string
  readonly targets: readonly { readonly stem: string; readonly number: number | undefined }[]
  readonly predicate: { readonly stem: string; readonly number: number | undefined } | undefined
}

/** Undefined: a pattern of an update matches nothing installed. */
export function readWorld(scenario: Scenario): World | undefined {
  const versions = versionsOf(scenario)
  const { op, patterns = [], reject = [] } = scenario.request
  const installed = new Map(scenario.image.installed.map(parse).map(({ stem, number }) => [stem, number!]))
  const exact = op === 'exact-install'
  const named = new Map<string, readonly number[]>()
  const rejected = new Set(reject)
  for (const pattern of patterns) {
    const [name = '', version] = pattern.split('@')
    const stems = name === '*' ? [...installed.keys()].filter((stem) => !rejected.has(stem)).sort() : [name]
    if (stems.length === 0) return undefined
    for (const stem of stems) {
      const all = versions.get(stem)!.map(({ number }) => number)
      if (op === 'uninstall') rejected.add(stem)
      else if (version === 'latest') named.set(stem, [Math.max(...all)])
      else
        named.set(
          stem,
          all.filter((each) => version === undefined || each === Number(version)),
        )
    }
  }
  const lowered = exact ? new Set<string>() : askActuators(versions, installed, rejected, named)
  const avoided = exact ? [] : (scenario.image.avoid ?? []).filter((stem) => !named.has(stem))
  return {
    scenario,
    stems: [...versions.keys()].sort(),
    versions,
    base: exact ? new Map() : installed,
    installed,
    named,
    rejected,
    lowered,
    avoided: new Set(avoided),
    everything: op === 'update' && patterns.length === 0,
    exact,
    parent:
      scenario.image.parent === undefined || scenario.image.parent === null
        ? undefined
        : new Map(scenario.image.parent.map(parse).map(({ stem, number }) => [stem, number!])),
    loose: false,
  }
}

/** Adds the stems that the actuators of removed packages name and remove. Returns the stems that they bring to an older version. */
function askActuators(
  versions: World['versions'],
  installed: ReadonlyMap<string, number>,
  rejected: Set<string>,
  named: Map<string, readonly number[]>,
): ReadonlySet<string> {
  const asked = new Map<string, number | undefined>()
  for (const stem of rejected) {
    const entry = versions.get(stem)?.find(({ number }) => number === installed.get(stem))?.entry
    // A set also visits members added meanwhile, so the actuators of packages removed here count as well.
    for (const text of entry?.actuators?.uninstall ?? []) {
      const { stem: other, number } = parse(text)
      if (installed.has(other) && (number === undefined || number === installed.get(other)))
        rejected.add(other)
    }
    for (const text of entry?.actuators?.update ?? []) {
      const { stem: other, number } = parse(text)
      if (installed.has(other)) asked.set(other, number)
    }
  }
  for (const stem of rejected) named.delete(stem)
  const lowered = new Set<string>()
  for (const [stem, wanted] of asked) {
    const present = installed.get(stem)!
    const others = versions.get(stem)!.map(({ number }) => number)
    const fits = others.filter((number) => number !== present && (wanted === undefined || number === wanted))
    if (rejected.has(stem) || fits.length === 0) continue
    const newest = Math.max(...fits)
    if (newest < present) lowered.add(stem)
    named.set(stem, [...new Set([...(named.get(stem) ?? []), newest])])
  }
  return lowered
}

/** Whether the parent image does not meet a parent dependency of the version. */
export function failsParent({ parent }: World, version: Version): boolean {
  if (parent === undefined) return false
  return dependsOf(version).some(({ type, targets }) => {
    if (type !== 'parent') return false
    const { stem, number } = targets[0]!
    if (stem === SELF) return parent.get(version.stem) !== version.number
    return !parent.has(stem) || parent.get(stem)! < (number ?? 0)
  })
}

/** The version has a dependency on itself in the parent. */
export function followsParent(version: Version): boolean {
  return dependsOf(version).some(({ type, targets }) => type === 'parent' && targets[0]!.stem === SELF)
}

const SELF = 'feature/package/dependency/self'

/** The versions by which an installed stem that differs from the parent may follow it; empty for other stems. */
export function following(world: World, stem: string, list: readonly Version[]): readonly Version[] {
  const present = world.versions.get(stem)!.find(({ number }) => number === world.base.get(stem))
  if (world.parent === undefined || world.loose || present === undefined) return []
  if (!followsParent(present) || !failsParent(world, present)) return []
  return list.filter(followsParent)
}

function versionsOf(scenario: Scenario): ReadonlyMap<string, readonly Version[]> {
  const versions = new Map<string, Version[]>()
  for (const entry of scenario.catalog) {
    const { stem, number } = parse(entry.fmri)
    const list = versions.get(stem) ?? []
    versions.set(stem, list)
    list.push({ stem, number: number!, entry })
    list.sort((a, b) => a.number - b.number)
  }
  return versions
}

/** Name and number of `stem@number`. */
export function parse(text: string): { stem: string; number: number | undefined } {
  const [stem, number] = text.split('@')
  return { stem: stem!, number: number === undefined ? undefined : Number(number) }
}

export function dependsOf(version: Version): readonly Depend[] {
  if (version.entry.obsolete === true) return []
  return (version.entry.depends ?? []).map((depend) => {
    const list = depend.fmri as string | readonly string[]
    return {
      type: depend.type as string,
      targets: (typeof list === 'string' ? [list] : list).map(parse),
      predicate: depend.predicate === undefined ? undefined : parse(depend.predicate as string),
    }
  })
}

export function installedVersions(world: World): readonly Version[] {
  return [...world.installed].map(
    ([stem, number]) => world.versions.get(stem)!.find((version) => version.number === number)!,
  )
}
