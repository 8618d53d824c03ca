import { compareVersions, parseVersion, type Version } from '#model'
import { lowerBound } from '../lower-bound.ts'
import type { CatalogJson } from './catalog-canonical.ts'

/** One version's entry in a part; keys beyond these are kept as they are. */
export interface PartEntry {
  readonly version: string
  /** Base part: SHA-1 (hex) of the manifest. */
  readonly 'signature-sha-1'?: string
  /** Dependency and summary parts: canonical action strings. */
  readonly actions?: readonly string[]
  readonly [key: string]: CatalogJson | undefined
}

/** Edits the versions of one stem; the list passed in stays as it is. */
export interface ListEditor {
  /** False when the list has that version text already. */
  add(entry: PartEntry): boolean
  /** Removes an entry and returns it; undefined if it is not in the list. */
  take(version: string): PartEntry | undefined
  /** Whether the list has a version that differs from this one at most in its build. */
  hasEqual(version: Version): boolean
  /** The edited list, sorted. If no edit changed a sorted list, it is the list passed in. */
  finish(): PartEntry[]
}

/** A version text, parsed; undefined where the text is no version. */
interface Key {
  readonly text: string
  readonly version: Version | undefined
}

/** Lists that are known to be sorted and free of duplicates, so that a new version does not cause them to be sorted and parsed again. */
const sortedLists = new WeakSet<readonly PartEntry[]>()

export function createListEditor(original: PartEntry[]): ListEditor {
  const list = sortedLists.has(original) ? original : sortEntries(original)
  const keys: (Key | undefined)[] = []
  const keyAt = (position: number) => (keys[position] ??= keyOf(list[position]!.version))
  const placeOf = (key: Key) =>
    lowerBound(0, list.length, (position) => compareKeys(keyAt(position), key) < 0)
  const added = new Map<string, PartEntry>()
  const removed = new Set<number>()
  const find = (text: string): number | undefined => {
    const place = placeOf(keyOf(text))
    return list[place]?.version === text && !removed.has(place) ? place : undefined
  }
  return {
    add(entry) {
      if (added.has(entry.version) || find(entry.version) !== undefined) return false
      added.set(entry.version, entry)
      return true
    },
    take(text) {
      const fresh = added.get(text)
      if (added.delete(text)) return fresh
      const place = find(text)
      if (place === undefined) return undefined
      removed.add(place)
      return list[place]
    },
    hasEqual(version) {
      // Texts of equal versions lie side by side, and the empty text comes before them.
      let place = placeOf({ text: '', version })
      for (; place < list.length; place++) {
        const other = keyAt(place).version
        if (other === undefined || compareVersions(other, version) !== 0) break
        if (!removed.has(place)) return true
      }
      return false
    },
    finish() {
      if (added.size === 0 && removed.size === 0) return list
      const edited: PartEntry[] = []
      let copied = 0
      const copyTo = (end: number): void => {
        for (; copied < end; copied++) if (!removed.has(copied)) edited.push(list[copied]!)
      }
      for (const entry of sortEntries([...added.values()])) {
        copyTo(placeOf(keyOf(entry.version)))
        edited.push(entry)
      }
      copyTo(list.length)
      sortedLists.add(edited)
      return edited
    },
  }
}

function keyOf(text: string): Key {
  const parsed = parseVersion(text)
  return { text, version: parsed.ok ? parsed.value : undefined }
}

/** By version, then by text; texts that are no versions come first. */
function compareKeys({ text: a, version: left }: Key, { text: b, version: right }: Key): number {
  const order =
    left && right ? compareVersions(left, right) : Number(left !== undefined) - Number(right !== undefined)
  return order || (a < b ? -1 : a > b ? 1 : 0)
}

/** A sorted copy. If entries have the same version text, the last one wins. */
function sortEntries(list: readonly PartEntry[]): PartEntry[] {
  const entries = new Map(list.map((entry) => [entry.version, entry]))
  const keys = [...entries.keys()].map(keyOf).sort(compareKeys)
  const sorted = keys.map(({ text }) => entries.get(text)!)
  sortedLists.add(sorted)
  return sorted
}
