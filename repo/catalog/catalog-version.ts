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
  return compareUntimed(a, b) || compareTimes(a.version.timestamp, b.version.timestamp)
}

/** Release and branch of two exact keys. */
function compareUntimed(a: VersionKey, b: VersionKey): number {
  const release = compareSequences(a.release, b.release)
  if (release !== 0) return release
  if (a.branch === b.branch) return 0
  if (a.branch === undefined) return -1
  return b.branch === undefined ? 1 : compareSequences(a.branch, b.branch)
}

function compareTimes(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * Versions of packages by id. Their keys are those of the versions without timestamp where `timestamp` gives one, so that
 * the versions of a build share one key.
 */
export interface PackageVersions {
  key(id: number): VersionKey
  timestamp(id: number): string | undefined
  /** Whether there is a timestamp, which costs less than to ask for it. */
  isTimed(id: number): boolean
}

/** As `compareVersions` of the version of a package and another. */
export function comparePackage(packages: PackageVersions, id: number, target: VersionKey): number {
  const key = packages.key(id)
  if (!key.exact || !target.exact) return compareVersions(wholeVersion(packages, id), target.version)
  const untimed = compareUntimed(key, target)
  if (untimed !== 0) return untimed
  const timestamp = target.version.timestamp
  if (timestamp === undefined) return packages.isTimed(id) ? 1 : 0
  return compareTimes(packages.timestamp(id), timestamp)
}

/** As `isInside` of the version of a package and another. */
export function packageIsInside(packages: PackageVersions, id: number, target: VersionKey): boolean {
  const key = packages.key(id)
  if (!key.exact || !target.exact) return isInside(wholeVersion(packages, id), target.version)
  if (!isPrefix(target.release, key.release)) return false
  if (target.branch !== undefined && (key.branch === undefined || !isPrefix(target.branch, key.branch)))
    return false
  const timestamp = target.version.timestamp
  return timestamp === undefined || timestamp === packages.timestamp(id)
}

/** The version of a package, timestamp included. */
export function wholeVersion(packages: PackageVersions, id: number): Version {
  return { ...packages.key(id).version, timestamp: packages.timestamp(id) }
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

/** Seconds since 1970 of a timestamp as a 32-bit pattern; 0 when they do not fit one, undefined when it is no timestamp. */
export function packTimestamp(text: string): number | undefined {
  const milliseconds = parseTimestamp(text)
  if (milliseconds === undefined) return undefined
  const seconds = milliseconds / 1000
  return seconds > 0 && seconds <= 0xffffffff ? seconds | 0 : 0
}

/** Inverse of `packTimestamp` for anything but 0. */
export function unpackTimestamp(packed: number): string {
  return formatTimestamp((packed >>> 0) * 1000)
}
