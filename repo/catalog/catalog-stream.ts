import { GrowingInts, type PublisherName } from '#model'
import type { Collector } from './catalog-collect.ts'
import { createLineTable, type LineTable } from './catalog-lines.ts'
import { createPartScanner, type PartScanner } from './catalog-scan.ts'

/** Whether the entries of a member of a part count, and under which name. */
export type PublisherChoice = (name: string) => PublisherName | undefined

/** The actions of a dependency part by publisher, stem and version, as numbers of lines. */
export interface PartActions {
  readonly lines: LineTable
  readonly list: Int32Array
  /** Finds the actions of the versions of one stem. Fast when asked in the order of the part, right in any. */
  versions(publisher: string, stem: string): ActionFinder | undefined
}

/** Entry number of a version text, or -1; of two equal ones any. */
export interface ActionFinder {
  find(version: string): number
  /** Where the actions of an entry begin in the list; they end where those of the next entry begin. */
  start(entry: number): number
}

/** A scanner for a dependency part that keeps the actions of the chosen publishers. `actions` is complete after `finish`. */
export function scanDependencyPart(
  choose: PublisherChoice,
  batch?: number,
): {
  readonly scanner: PartScanner
  readonly actions: () => PartActions
} {
  const lines = createLineTable()
  const list = new GrowingInts()
  const starts = new GrowingInts()
  const versions: string[] = []
  /** First entry by stem number. */
  const firstEntry = new GrowingInts()
  const publishers = new Map<string, Map<string, number>>()
  let stems: Map<string, number> | undefined
  starts.push(0)
  const scanner = createPartScanner(
    false,
    {
      member(name) {
        stems = choose(name) === undefined ? undefined : new Map()
        if (stems !== undefined) publishers.set(name, stems)
      },
      stem(name) {
        if (stems === undefined) return
        stems.set(name, firstEntry.length)
        firstEntry.push(versions.length)
      },
      entryStart() {
        list.cut(starts.last())
      },
      action(bytes, start, end, escaped) {
        if (stems !== undefined) list.push(lines.id(bytes, start, end, escaped))
      },
      entry(bytes, { versionStart, versionEnd }) {
        if (stems === undefined) return
        versions.push(bytes.toString('latin1', versionStart, versionEnd))
        starts.push(list.length)
      },
    },
    batch,
  )
  const find = (publisher: string, name: string): ActionFinder | undefined => {
    const stem = publishers.get(publisher)?.get(name)
    if (stem === undefined) return undefined
    const first = firstEntry.values()[stem]!
    const end = stem + 1 < firstEntry.length ? firstEntry.values()[stem + 1]! : versions.length
    let next = first
    let byVersion: Map<string, number> | undefined
    return {
      find(version) {
        if (next < end && versions[next] === version) return next++
        byVersion ??= new Map(versions.slice(first, end).map((text, index) => [text, first + index]))
        return byVersion.get(version) ?? -1
      },
      start: (entry) => starts.values()[entry]!,
    }
  }
  return { scanner, actions: () => ({ lines, list: list.values(), versions: find }) }
}

/**
 * A scanner for a base part that gives the entries of the chosen publishers to a collector, with their actions, as
 * `mergeOrigins` would. When it refuses the part in the end, the collector has got too much and is of no use any more.
 */
export function scanBasePart(
  choose: PublisherChoice,
  actions: PartActions | undefined,
  collector: Collector,
  batch?: number,
): PartScanner {
  const none = createLineTable()
  const add = collector.numbered(actions?.lines ?? none)
  const list = actions?.list ?? new Int32Array(0)
  let publisher: PublisherName | undefined
  let stem = ''
  let finder: ActionFinder | undefined
  return createPartScanner(
    true,
    {
      member(name) {
        publisher = choose(name)
        if (publisher !== undefined) collector.addPublisher(publisher)
      },
      stem(name) {
        stem = name
        finder = publisher === undefined ? undefined : actions?.versions(publisher, name)
      },
      entry(bytes, { versionStart, versionEnd, digestStart, digestEnd }) {
        if (publisher === undefined) return
        const version = bytes.toString('latin1', versionStart, versionEnd)
        const manifestSha1 = digestStart < 0 ? undefined : bytes.toString('latin1', digestStart, digestEnd)
        const found = finder?.find(version) ?? -1
        const start = found < 0 ? 0 : finder!.start(found)
        const end = found < 0 ? 0 : finder!.start(found + 1)
        add({ publisher, stem, version, manifestSha1, list, start, end })
      },
    },
    batch,
  )
}
