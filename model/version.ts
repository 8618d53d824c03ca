import { compareDotted, dottedFault, isCanonicalDotted, isDottedPrefix, shown } from './dotted.ts'
import type { ValidationProblem } from './problems.ts'
import { err, ok, type Result } from './result.ts'
import { isTimestamp } from './timestamp.ts'
import { defaultBuild, matchUsual, usualParts, usualVersion } from './usual-version.ts'

/**
 * An IPS version `release,build-branch:timestamp`. Parts keep their spelling (numbers may have any length); compare with
 * `compareVersions`, never as text. Source: fmri-and-version §2.
 */
export interface Version {
  /** Dotted numbers, never empty. */
  readonly release: string
  /** Dotted numbers; `5.11` when the text had none. Never compared. */
  readonly build: string
  /** Dotted numbers; undefined sorts below any. */
  readonly branch: string | undefined
  /** `YYYYMMDDTHHMMSSZ`, UTC; undefined sorts below any. */
  readonly timestamp: string | undefined
}

/** A version text cut at its introducers, unchecked; an absent part is undefined, an empty one ''. */
export interface VersionParts {
  readonly release: string
  readonly build: string | undefined
  readonly branch: string | undefined
  readonly timestamp: string | undefined
}

/** Cuts at the first `:`, before it at the first `-`, before that at the first `,`. Checks nothing. */
export function splitVersion(text: string): VersionParts {
  const colon = text.indexOf(':')
  const untimed = colon === -1 ? text : text.slice(0, colon)
  const dash = untimed.indexOf('-')
  const unbranched = dash === -1 ? untimed : untimed.slice(0, dash)
  const comma = unbranched.indexOf(',')
  return {
    release: comma === -1 ? unbranched : unbranched.slice(0, comma),
    build: comma === -1 ? undefined : unbranched.slice(comma + 1),
    branch: dash === -1 ? undefined : untimed.slice(dash + 1),
    timestamp: colon === -1 ? undefined : text.slice(colon + 1),
  }
}

const wholeVersion = new RegExp(`^${usualVersion}$`)

/** Reads `1.0,5.11-2:20230501T120000Z` and its shorter forms. Problem: `bad_version`. */
export function parseVersion(text: string): Result<Version, ValidationProblem> {
  const usual = matchUsual(wholeVersion, text)
  if (usual !== null) return ok(usualParts(usual[1]!, usual[2], usual[3], usual[4]))
  const parts = splitVersion(text)
  const fault = versionFault(text, parts)
  if (fault !== undefined) return badVersion(text, fault)
  return ok({ ...parts, build: parts.build ?? defaultBuild })
}

function badVersion(text: string, reason: string): Result<never, ValidationProblem> {
  return err({ code: 'ips::validation_error::bad_version', text: shown(text), reason })
}

function versionFault(text: string, parts: VersionParts): string | undefined {
  if (text === '') return 'version cannot be empty'
  if (parts.release === '') return 'the release before "," "-" or ":" is missing'
  const release = dottedFault(parts.release)
  if (release !== undefined) return `release: ${release}`
  for (const name of ['build', 'branch'] as const) {
    const part = parts[name]
    if (part === undefined) continue
    const fault = part === '' ? 'cannot be empty' : dottedFault(part)
    if (fault !== undefined) return `${name}: ${fault}`
  }
  if (parts.timestamp !== undefined && !isTimestamp(parts.timestamp)) {
    return 'timestamp: not an existing time of the form YYYYMMDDTHHMMSSZ'
  }
  return undefined
}

/** How much of a version is written: full = `r,build-b:t`, no-build = `r-b:t`, short = `r-b`. */
export type VersionForm = 'full' | 'no-build' | 'short'

/** The text of a version; the full form always has a build. Source: fmri-and-version §2, string forms. */
export function formatVersion(version: Version, form: VersionForm = 'full'): string {
  const build = form === 'full' ? `,${version.build}` : ''
  const branch = version.branch === undefined ? '' : `-${version.branch}`
  const timestamp = form === 'short' || version.timestamp === undefined ? '' : `:${version.timestamp}`
  return version.release + build + branch + timestamp
}

/** Release, then branch, then timestamp; build never. Negative, 0 or positive. Source: fmri-and-version §3. */
export function compareVersions(a: Version, b: Version): number {
  const release = compareDotted(a.release, b.release)
  if (release !== 0) return release
  if (a.branch !== b.branch) {
    if (a.branch === undefined) return -1
    if (b.branch === undefined) return 1
    const branch = compareDotted(a.branch, b.branch)
    if (branch !== 0) return branch
  }
  if (a.timestamp === b.timestamp) return 0
  if (a.timestamp === undefined) return -1
  if (b.timestamp === undefined) return 1
  return a.timestamp < b.timestamp ? -1 : 1
}

/** GE: "b or newer": a is equal to or newer than b. */
export function isAtLeast(a: Version, b: Version): boolean {
  return compareVersions(a, b) >= 0
}

/** AUTO: a lies inside b: each part that b spells out is a prefix of (timestamp: equal to) a's, or a equals b. Source: fmri-and-version §4. */
export function isInside(a: Version, b: Version): boolean {
  if (!isDottedPrefix(b.release, a.release)) return false
  if (b.branch !== undefined && (a.branch === undefined || !isDottedPrefix(b.branch, a.branch))) return false
  return b.timestamp === undefined || b.timestamp === a.timestamp
}

/** False when a number is spelled `00` or the like: may be read, must not be published. Source: fmri-and-version §2. */
export function isPublishableVersion(version: Version): boolean {
  return [version.release, version.build, version.branch ?? '0'].every(isCanonicalDotted)
}
