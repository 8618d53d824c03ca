import type { Catalog, Fmri, ImageSnapshot, InstalledPackage, PublisherName, SolveRequest } from '#model'
import { formatVersion, parseFmri, parseVersion } from '#model'
import { type NewSatBackend, resolveInstall } from '#solver'
import { withInstalled } from '../../cli/commands/preview/plan-catalog.ts'
import { readWorld } from '../../test/support/checked-world.ts'
import type { Draw } from '../../test/support/formula.ts'
import { resultOf } from '../../test/support/plan-checker.ts'
import type { SoakWorld } from './worlds.ts'

/** A request made up for the soak. */
export interface SoakCase {
  readonly catalog: Catalog
  readonly snapshot: ImageSnapshot
  readonly request: SolveRequest
  /** What was done to the image and the request, for the reader. */
  readonly traits: readonly string[]
}

/** What an empty image of a world looks like. */
export function emptyImage(world: SoakWorld): ImageSnapshot {
  return {
    generation: 1,
    installed: [],
    publishers: world.publishers.map((name) => ({ name, sticky: true, enabled: true })),
    variants: world.variants,
    facets: [],
    frozen: [],
    avoided: [],
    parent: undefined,
  }
}

/** The image after a plan. */
export function afterPlan(
  catalog: Catalog,
  snapshot: ImageSnapshot,
  request: SolveRequest,
  plan: Parameters<typeof resultOf>[1],
): ImageSnapshot {
  const result = resultOf(readWorld(catalog, snapshot, { ...request, patterns: [], reject: [] }), plan)
  return { ...snapshot, installed: installedOf(catalog, [...result.values()]) }
}

function installedOf(catalog: Catalog, ids: readonly number[]): readonly InstalledPackage[] {
  const fmris = ids.map((id): Fmri => {
    const version = parseVersion(catalog.packageVersion(id))
    if (!version.ok) throw new Error('a version of the catalog cannot be read')
    return {
      publisher: catalog.publishers[catalog.packagePublisher[id]!]!,
      stem: catalog.stemName(catalog.packageStem[id]!),
      version: version.value,
    }
  })
  return fmris
    .map((fmri) => ({ fmri, manual: false }))
    .sort((a, b) => (a.fmri.stem < b.fmri.stem ? -1 : a.fmri.stem > b.fmri.stem ? 1 : 0))
}

/** Makes up a request on a world; the same draws give the same request. */
export function makeCase(world: SoakWorld, draw: Draw, newBackend: NewSatBackend): SoakCase {
  const traits: string[] = []
  const pick = <T>(list: readonly T[]): T => list[draw(list.length)]!
  const chance = (percent: number) => draw(100) < percent
  const { catalog } = world
  const stemsWithPackages = () => {
    for (;;) {
      const stem = draw(catalog.stemCount)
      if (catalog.stemStart[stem]! < catalog.stemStart[stem + 1]!) return stem
    }
  }
  const versionOf = (stem: number) => {
    const first = catalog.stemStart[stem]!
    return catalog.packageVersion(first + draw(catalog.stemStart[stem + 1]! - first))
  }
  /** A version as people write it: in full, without time stamp, or only its release. */
  const asWritten = (version: string) => {
    const short = version.replace(/,[^-:]*/, '').replace(/:.*/, '')
    return pick([version, short, short, short.replace(/-.*/, ''), short.replace(/\.[^.]*$/, '')])
  }

  let snapshot = emptyImage(world)
  const install = (patterns: readonly string[]) => {
    const request: SolveRequest = { operation: 'install', patterns, reject: [], ignoreMissing: false }
    const result = resolveInstall({ snapshot, catalog, request, newBackend, budget: { conflicts: 50_000 } })
    if (!result.ok) return false
    snapshot = afterPlan(catalog, snapshot, request, result.value.plan)
    return true
  }
  const kind = draw(10)
  if (kind < 4 && world.images.length > 0) {
    snapshot = pick(world.images)
    traits.push(`recorded image of ${snapshot.installed.length}`)
  } else if (kind < 9) {
    if (chance(60) && world.anchors.length > 0) {
      const anchor = pick(world.anchors)
      const old = `pkg:/${anchor}@${versionOf(catalog.findStem(anchor))}`
      if (install([old])) traits.push(`old ${old}`)
    }
    for (let round = 0; round < 3; round += 1) {
      install(Array.from({ length: 1 + draw(6) }, () => `pkg:/${catalog.stemName(stemsWithPackages())}`))
    }
    traits.push(`solved image of ${snapshot.installed.length}`)
  } else traits.push('empty image')

  const installedStem = () => snapshot.installed[draw(snapshot.installed.length)]!.fmri.stem as string
  const anyStem = () =>
    snapshot.installed.length > 0 && chance(35) ? installedStem() : catalog.stemName(stemsWithPackages())
  if (chance(12) && snapshot.installed.length > 3) {
    traits.push('packages missing')
    snapshot = { ...snapshot, installed: snapshot.installed.filter(() => !chance(8)) }
  }
  if (chance(10) && snapshot.installed.length > 0) {
    traits.push('versions swapped')
    const swapped = new Set(Array.from({ length: 1 + draw(4) }, installedStem))
    snapshot = {
      ...snapshot,
      installed: snapshot.installed.map((entry) => {
        const { fmri } = entry
        if (!swapped.has(fmri.stem)) return entry
        const ids = packagesFrom(catalog, fmri)
        return installedOf(catalog, [pick(ids)])[0]!
      }),
    }
  }
  if (chance(5) && snapshot.installed.length > 0) {
    traits.push('unknown version')
    const stem = installedStem()
    snapshot = {
      ...snapshot,
      installed: snapshot.installed.map((entry) => {
        if (entry.fmri.stem !== stem) return entry
        const text = formatVersion(entry.fmri.version!).replace(/:.*/, ':20200102T030405Z')
        const changed = parseFmri(`pkg://${entry.fmri.publisher}/${stem}@${text}`)
        return changed.ok ? { ...entry, fmri: changed.value } : entry
      }),
    }
  }
  if (chance(7) && snapshot.installed.length > 0) {
    traits.push('foreign publisher')
    const foreign = 'gone.example' as PublisherName
    const stems = new Set(Array.from({ length: 1 + draw(2) }, installedStem))
    snapshot = {
      ...snapshot,
      publishers: [...snapshot.publishers, { name: foreign, sticky: false, enabled: false }],
      installed: snapshot.installed.map((entry) =>
        stems.has(entry.fmri.stem) ? { ...entry, fmri: { ...entry.fmri, publisher: foreign } } : entry,
      ),
    }
  }
  if (chance(12)) {
    traits.push('publishers changed')
    const changed = snapshot.publishers.map((publisher) => ({
      ...publisher,
      sticky: publisher.sticky && !chance(40),
      enabled: publisher.enabled && !chance(20),
    }))
    snapshot = { ...snapshot, publishers: chance(50) ? changed : [...changed].reverse() }
  }
  if (chance(15)) {
    traits.push('frozen')
    const stems = new Set(Array.from({ length: 1 + draw(3) }, anyStem))
    const frozen = [...stems].map((stem) => {
      const own = snapshot.installed.find(({ fmri }) => fmri.stem === stem)
      const version = own === undefined ? versionOf(catalog.findStem(stem)) : formatVersion(own.fmri.version!)
      return { stem, version: asWritten(version), reason: undefined, since: 0 }
    })
    snapshot = { ...snapshot, frozen: frozen as unknown as ImageSnapshot['frozen'] }
  }
  if (chance(10)) {
    traits.push('avoided')
    const stems = [...new Set(Array.from({ length: 1 + draw(3) }, anyStem))]
    snapshot = { ...snapshot, avoided: stems as unknown as ImageSnapshot['avoided'] }
  }
  if (chance(15)) {
    traits.push('version locks off')
    const stems = [...new Set(Array.from({ length: 1 + draw(5) }, anyStem))]
    const facets = stems.map((stem) => ({
      name: `facet.version-lock.${stem}`,
      value: false,
      source: 'local' as const,
    }))
    snapshot = { ...snapshot, facets }
  }

  const pattern = (stem: string) => {
    const known = catalog.findStem(stem)
    const parts = draw(20)
    if (parts < 12) return `pkg:/${stem}`
    if (parts < 17) return `pkg:/${stem}@${asWritten(versionOf(known))}`
    if (parts < 18) return `pkg:/${stem}@latest`
    const id = catalog.stemStart[known]! + draw(catalog.stemStart[known + 1]! - catalog.stemStart[known]!)
    return `pkg://${catalog.publishers[catalog.packagePublisher[id]!]}/${stem}`
  }
  const distinct = (count: number, stem: () => string) => [...new Set(Array.from({ length: count }, stem))]
  const reject = chance(15) ? distinct(1 + draw(3), anyStem).map((stem) => `pkg:/${stem}`) : []
  const base = { patterns: [] as readonly string[], reject, ignoreMissing: false }
  const makeRequest = (): SolveRequest => {
    const what = draw(100)
    if (snapshot.installed.length === 0 || what < 35) {
      return { ...base, operation: 'install', patterns: distinct(1 + draw(4), anyStem).map(pattern) }
    }
    if (what < 48) {
      return { ...base, operation: 'update', patterns: distinct(1 + draw(3), installedStem).map(pattern) }
    }
    if (what < 65) return { ...base, operation: 'update' }
    if (what < 78) {
      const patterns = distinct(1 + draw(4), installedStem).map((stem) => `pkg:/${stem}`)
      return { ...base, operation: 'uninstall', patterns, reject: [] }
    }
    if (what < 86) {
      return { ...base, operation: 'exact-install', patterns: distinct(1 + draw(4), anyStem).map(pattern) }
    }
    if (what < 93) {
      traits.push('facet changed')
      const name = pick(['facet.devel', 'facet.doc', `facet.version-lock.${anyStem()}`])
      snapshot = { ...snapshot, facets: [...snapshot.facets, { name, value: chance(50), source: 'local' }] }
      return { ...base, operation: 'change-facet' }
    }
    traits.push('variant changed')
    const [name, value] = pick([
      ['variant.opensolaris.zone', 'nonglobal'],
      ['variant.opensolaris.imagetype', 'partial'],
      ['variant.arch', 'sparc'],
    ] as const)
    snapshot = { ...snapshot, variants: new Map([...snapshot.variants, [name, value]]) }
    return { ...base, operation: 'change-variant' }
  }
  const request = makeRequest()
  const complete = withInstalled(
    catalog,
    snapshot.installed.map(({ fmri }) => fmri),
  )
  return { catalog: complete, snapshot, request, traits }
}

function packagesFrom(catalog: Catalog, fmri: Fmri): readonly number[] {
  const stem = catalog.findStem(fmri.stem)
  const ids: number[] = []
  for (let id = catalog.stemStart[stem]!; id < catalog.stemStart[stem + 1]!; id += 1) {
    if (catalog.publishers[catalog.packagePublisher[id]!] === fmri.publisher) ids.push(id)
  }
  return ids
}
