import type { Catalog, Fmri, ImageSnapshot, SolveRequest } from '#model'
import { dependencyTypes, formatVersion, PackageFlag } from '#model'
import { isWithin, orderOf, type ReadVersion, readVersion } from './version-order.ts'

/** One FMRI of a dependency, as its action writes it. */
export interface CheckedTarget {
  readonly stem: number
  readonly version: ReadVersion | undefined
}

export interface CheckedDependency {
  readonly type: (typeof dependencyTypes)[number]
  readonly targets: readonly CheckedTarget[]
  /** The targets as the action writes them, without publisher. */
  readonly texts: readonly string[]
  readonly predicate: CheckedTarget | undefined
  readonly rootImage: boolean
}

/**
 * A catalog seen through an image, for checkers: read straight from the texts of the catalog and from sections 1, 2, 3 and
 * 5 of solver-semantics, sharing nothing with the solver. Slow and plain. Of the rules it leaves out what the recorded
 * requests do not have: parent images, firmware, child holds, names by glob or by their last components.
 */
export interface CheckedWorld {
  readonly catalog: Catalog
  readonly snapshot: ImageSnapshot
  readonly request: SolveRequest
  readonly everything: boolean
  /** Installed package by stem. */
  readonly installed: ReadonlyMap<number, number>
  /** Installed package by stem as the solve sees it: none under exact-install. */
  readonly base: ReadonlyMap<number, number>
  /** Wanted version (AUTO) by named stem; undefined for any. */
  readonly named: ReadonlyMap<number, ReadVersion | undefined>
  /** Stems that must not be in the result. */
  readonly rejected: ReadonlySet<number>
  readonly avoided: ReadonlySet<number>
  version(id: number): ReadVersion
  has(id: number, flag: number): boolean
  /** Dependencies whose tags pass. */
  dependencies(id: number): readonly CheckedDependency[]
  supportsVariants(id: number): boolean
  /** "Or newer" (GE). */
  reaches(id: number, target: CheckedTarget): boolean
  /** "Inside" (AUTO). */
  within(id: number, target: CheckedTarget): boolean
  /** What `@latest` means: the newest packages that the image may take, of one publisher where the pattern names it. Source: section 3. */
  newestOf(stem: number, publisher: string | undefined): readonly number[]
  idOf(fmri: Fmri): number
  packagesOf(stem: number): readonly number[]
}

export function readWorld(catalog: Catalog, snapshot: ImageSnapshot, request: SolveRequest): CheckedWorld {
  const versions = new Map<number, ReadVersion>()
  const version = (id: number) => {
    const known = versions.get(id) ?? readVersion(catalog.packageVersion(id))
    versions.set(id, known)
    return known
  }
  const packagesOf = (stem: number) =>
    Array.from(
      { length: catalog.stemStart[stem + 1]! - catalog.stemStart[stem]! },
      (_, place) => catalog.stemStart[stem]! + place,
    )
  const idOf = (fmri: Fmri) => {
    const wanted = readVersion(formatVersion(fmri.version!))
    const found = packagesOf(catalog.findStem(fmri.stem)).find(
      (id) =>
        orderOf(version(id), wanted) === 0 &&
        (fmri.publisher === undefined ||
          catalog.publishers[catalog.packagePublisher[id]!] === fmri.publisher),
    )
    if (found === undefined) throw new Error(`not in the catalog: ${fmri.stem}`)
    return found
  }
  const targetOf = (target: number): CheckedTarget => ({
    stem: catalog.targetStem[target]!,
    version:
      catalog.targetVersion[target]! < 0
        ? undefined
        : readVersion(catalog.text(catalog.targetVersion[target]!)),
  })
  const textOf = (target: number) => {
    const name = catalog.stemName(catalog.targetStem[target]!)
    const written = catalog.targetVersion[target]!
    return written < 0 ? name : `${name}@${catalog.text(written)}`
  }
  const read = new Map<number, CheckedDependency | undefined>()
  const dependencyOf = (dependency: number): CheckedDependency | undefined => {
    if (!read.has(dependency)) read.set(dependency, readDependency(dependency))
    return read.get(dependency)
  }
  const readDependency = (dependency: number): CheckedDependency | undefined => {
    const condition = catalog.dependencyCondition[dependency]!
    if (condition >= 0 && !tagsPass(snapshot, catalog.condition(condition))) return undefined
    const start = catalog.dependencyTargetStart[dependency]!
    const end = catalog.dependencyTargetStart[dependency + 1]!
    const predicate = catalog.dependencyPredicate[dependency]!
    return {
      type: dependencyTypes[catalog.dependencyType[dependency]!]!,
      targets: Array.from(catalog.targetList.subarray(start, end), targetOf),
      texts: Array.from(catalog.targetList.subarray(start, end), textOf),
      predicate: predicate < 0 ? undefined : targetOf(predicate),
      rootImage: catalog.dependencyRootImage[dependency] === 1,
    }
  }
  const supportsVariants = (id: number) => {
    const condition = catalog.packageVariants[id]!
    return (
      condition < 0 ||
      catalog.condition(condition).every(({ name, values }) => {
        const value = snapshot.variants.get(name)
        return value === undefined || values.includes(value)
      })
    )
  }
  const installed = new Map(
    snapshot.installed.map(({ fmri }): [number, number] => {
      const id = idOf(fmri)
      return [catalog.packageStem[id]!, id]
    }),
  )
  const newestOf = (stem: number, publisher: string | undefined) => {
    const present = installed.get(stem)
    const publisherOf = (id: number) => catalog.publishers[catalog.packagePublisher[id]!]
    const rankOf = (id: number) => snapshot.publishers.findIndex(({ name }) => name === publisherOf(id))
    const isOffered = (id: number) =>
      (catalog.packageFlags[id]! & PackageFlag.installedOnly) === 0 &&
      snapshot.publishers[rankOf(id)]?.enabled === true
    const offered = packagesOf(stem).filter(
      (id) =>
        supportsVariants(id) &&
        (id === present || isOffered(id)) &&
        (publisher === undefined || publisherOf(id) === publisher),
    )
    const isSticky = present !== undefined && snapshot.publishers[rankOf(present)]?.sticky === true
    const best = Math.min(...offered.map(rankOf))
    const open = offered.filter((id) =>
      publisher === undefined && isSticky
        ? publisherOf(id) === publisherOf(present)
        : id === present || rankOf(id) === best,
    )
    return open.filter((id) => open.every((other) => orderOf(version(id), version(other)) >= 0))
  }
  const stems = (patterns: readonly string[]) =>
    new Map(
      patterns.map((pattern): [number, ReadVersion | undefined] => {
        const [name, wanted] = pattern.replace(/^pkg:\/\/[^/]+\/|^pkg:\/|^\//, '').split('@')
        const stem = catalog.findStem(name!)
        if (stem < 0) throw new Error(`no stem ${pattern}`)
        if (wanted === undefined) return [stem, undefined]
        if (wanted !== 'latest') return [stem, readVersion(wanted)]
        const [newest] = newestOf(stem, /^pkg:\/\/([^/]+)\//.exec(pattern)?.[1])
        return [stem, newest === undefined ? undefined : version(newest)]
      }),
    )
  const uninstalls = request.operation === 'uninstall'
  const patterns = stems(request.patterns)
  const exact = request.operation === 'exact-install'
  return {
    catalog,
    snapshot,
    request,
    everything: request.operation === 'update' && request.patterns.length === 0,
    installed,
    base: exact ? new Map() : installed,
    named: uninstalls ? new Map() : patterns,
    rejected: new Set([...stems(request.reject).keys(), ...(uninstalls ? patterns.keys() : [])]),
    avoided: new Set(exact ? [] : snapshot.avoided.map((stem) => catalog.findStem(stem))),
    version,
    has: (id, flag) => (catalog.packageFlags[id]! & flag) !== 0,
    dependencies: (id) =>
      (catalog.packageFlags[id]! & PackageFlag.obsolete) !== 0
        ? []
        : Array.from(
            catalog.dependencyList.subarray(catalog.dependencyStart[id]!, catalog.dependencyStart[id + 1]!),
            dependencyOf,
          ).filter((dependency) => dependency !== undefined),
    supportsVariants,
    reaches: (id, target) => target.version === undefined || orderOf(version(id), target.version) >= 0,
    within: (id, target) => target.version === undefined || isWithin(version(id), target.version),
    newestOf,
    idOf,
    packagesOf,
  }
}

/** Source: solver-semantics §2.1. */
function tagsPass(snapshot: ImageSnapshot, tags: ReturnType<Catalog['condition']>): boolean {
  const any: boolean[] = []
  for (const { name, values } of tags) {
    if (name.startsWith('variant.')) {
      const value = snapshot.variants.get(name)
      if (values.length !== 1) return false
      if (value === undefined ? !values[0]!.startsWith('false') : value !== values[0]) return false
      continue
    }
    const on = facetIsOn(snapshot, name)
    if (values.includes('all')) {
      if (!on) return false
    } else any.push(on)
  }
  return any.length === 0 || any.includes(true)
}

function facetIsOn({ facets }: ImageSnapshot, name: string): boolean {
  const exact = facets.find((facet) => facet.name === name)
  if (exact !== undefined) return exact.value
  const globs = facets
    .filter((facet) => /[*?]/.test(facet.name))
    .sort(
      (a, b) =>
        Number(b.source !== 'local') - Number(a.source !== 'local') ||
        b.name.length - a.name.length ||
        (a.name < b.name ? -1 : 1),
    )
  const pattern = (glob: string) =>
    new RegExp(
      `^${glob
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
    )
  const found = globs.find((facet) => pattern(facet.name).test(name))
  return found?.value ?? !/^facet\.(debug|optional)\./.test(name)
}
