import {
  compareVersions,
  formatTimestamp,
  isInside,
  parseTimestamp,
  parseVersion,
  type Version,
} from '#model'

/**
 * A version made ready for hundreds of thousands of comparisons: dotted numbers as arrays. `exact` is false when a
 * number has more than 15 digits; then the (slower) functions of the model decide.
 */
export interface VersionKey {
  readonly version: Version
  readonly release: readonly number[]
  readonly branch: readonly number[] | undefined
  readonly exact: boolean
}

/** Makes keys; equal dotted texts share one array. */
export interface VersionKeys {
  /** Undefined when the text is no version. */
  parse(text: string): VersionKey | undefined
  of(version: Version): VersionKey
}

export function createVersionKeys(): VersionKeys {
  const sequences = new Map<string, { numbers: readonly number[]; exact: boolean }>()
  const sequence = (text: string) => {
    let found = sequences.get(text)
    if (found === undefined) {
      const parts = text.split('.')
      found = { numbers: parts.map(Number), exact: parts.every((part) => part.length <= 15) }
      sequences.set(text, found)
    }
    return found
  }
  const of = (version: Version): VersionKey => {
    const release = sequence(version.release)
    const branch = version.branch === undefined ? undefined : sequence(version.branch)
    return {
      version,
      release: release.numbers,
      branch: branch?.numbers,
      exact: release.exact && (branch?.exact ?? true),
    }
  }
  return {
    of,
    parse(text) {
      const version = parseVersion(text)
      return version.ok ? of(version.value) : undefined
    },
  }
}

function compareSequences(a: readonly number[], b: readonly number[]): number {
  if (a === b) return 0
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function isPrefix(prefix: readonly number[], of: readonly number[]): boolean {
  if (prefix === of) return true
  if (prefix.length > of.length) return false
  for (let i = 0; i < prefix.length; i++) if (prefix[i] !== of[i]) return false
  return true
}

/** As `compareVersions`: release, branch, timestamp. */
export function compareKeys(a: VersionKey, b: VersionKey): number {
  if (!a.exact || !b.exact) return compareVersions(a.version, b.version)
  const release = compareSequences(a.release, b.release)
  if (release !== 0) return release
  if (a.branch !== b.branch) {
    if (a.branch === undefined) return -1
    if (b.branch === undefined) return 1
    const branch = compareSequences(a.branch, b.branch)
    if (branch !== 0) return branch
  }
  const left = a.version.timestamp ?? ''
  const right = b.version.timestamp ?? ''
  return left < right ? -1 : left > right ? 1 : 0
}

/** As `isInside`. */
export function keyIsInside(key: VersionKey, target: VersionKey): boolean {
  if (!key.exact || !target.exact) return isInside(key.version, target.version)
  if (!isPrefix(target.release, key.release)) return false
  if (target.branch !== undefined && (key.branch === undefined || !isPrefix(target.branch, key.branch)))
    return false
  const timestamp = target.version.timestamp
  return timestamp === undefined || timestamp === key.version.timestamp
}

/** True when no version after `key` in ascending order can be inside the target: its release has left the prefix. */
export function isBeyond(key: VersionKey, target: VersionKey): boolean {
  if (!key.exact || !target.exact) return false
  return !isPrefix(target.release, key.release) && compareSequences(key.release, target.release) > 0
}

/** A version of the release alone, the lowest that can be inside the target. */
export function lowestInside(target: VersionKey): VersionKey {
  return {
    version: { release: target.version.release, build: '5.11', branch: undefined, timestamp: undefined },
    release: target.release,
    branch: undefined,
    exact: target.exact,
  }
}

/** Seconds since 1970 of a timestamp that `parseVersion` accepted, as a 32-bit pattern; 0 when they do not fit one. */
export function packTimestamp(text: string): number {
  if (text < '1970') return 0
  const seconds = (parseTimestamp(text) ?? 0) / 1000
  return seconds <= 0xffffffff ? seconds | 0 : 0
}

/** Inverse of `packTimestamp` for anything but 0. */
export function unpackTimestamp(packed: number): string {
  return formatTimestamp((packed >>> 0) * 1000)
}
