import { dottedFault, shown } from './dotted.ts'
import { type Fmri, splitPrefix, withoutTrailingBlanks } from './fmri.ts'
import { compileGlob } from './glob.ts'
import type { ValidationProblem } from './problems.ts'
import { err, ok, type Result } from './result.ts'
import { isStemCharacter, stemFault } from './stem.ts'
import { formatVersion, isInside, parseVersion, splitVersion, type Version } from './version.ts'

/** A user's package pattern. Source: fmri-and-version §6 to §8. */
export interface Pattern {
  /** As typed. */
  readonly text: string
  readonly publisher: string | undefined
  /** glob: shell match over the whole stem; exact: rooted; suffix: trailing run of path components. */
  readonly matcher: 'glob' | 'exact' | 'suffix'
  /** Stem text without prefix. */
  readonly name: string
  /** Version text after the first `@`; undefined when absent or empty; `*` for latest. */
  readonly version: string | undefined
  /** `@latest`. */
  readonly latest: boolean
}

/** Problem: `bad_pattern`. */
export function parsePattern(text: string): Result<Pattern, ValidationProblem> {
  const bad = (reason: string): Result<never, ValidationProblem> =>
    err({ code: 'ips::validation_error::bad_pattern', text: shown(text), reason })
  const whole = withoutTrailingBlanks(text)
  const at = whole.indexOf('@')
  const split = splitPrefix(at === -1 ? whole : whole.slice(0, at))
  if (split === undefined) return bad('missing / after publisher')
  const glob = isWild(split.rest)
  const nameFault = glob ? globFault(split.rest) : stemFault(split.rest)
  if (nameFault !== undefined) return bad(nameFault)
  const version = at === -1 || at === whole.length - 1 ? undefined : whole.slice(at + 1)
  const latest = version === 'latest'
  if (version !== undefined && !latest) {
    const fault = versionFault(version)
    if (fault !== undefined) return bad(fault)
  }
  return ok({
    text,
    publisher: split.publisher,
    matcher: glob ? 'glob' : split.rooted ? 'exact' : 'suffix',
    name: split.rest,
    version: latest ? '*' : version,
    latest,
  })
}

function isWild(text: string): boolean {
  return text.includes('*') || text.includes('?')
}

function globFault(name: string): string | undefined {
  for (let index = 0; index < name.length; index++) {
    if (!isStemCharacter(name.charCodeAt(index)) && !'/*?'.includes(name[index]!)) {
      return 'invalid package name: only letters, digits and _ - . + / * ? are allowed'
    }
  }
  return undefined
}

/** Name test only. Compile once, test many. */
export function stemMatcher(pattern: Pattern): (stem: string) => boolean {
  const { name } = pattern
  if (pattern.matcher === 'glob') return compileGlob(name, { classes: false })
  if (pattern.matcher === 'exact') return (stem) => stem === name
  const tail = `/${name}`
  return (stem) => stem === name || stem.endsWith(tail)
}

/** A wildcard version, cut and filled up: an absent or empty part is `*`. */
interface WildVersion {
  readonly release: string
  readonly branch: string
  readonly timestamp: string
}

function versionFault(text: string): string | undefined {
  if (!isWild(text)) {
    const parsed = parseVersion(text)
    return parsed.ok ? undefined : `bad version${'reason' in parsed.error ? `: ${parsed.error.reason}` : ''}`
  }
  const { release, build, branch } = splitVersion(text)
  for (const part of [release, build, branch]) {
    if (part === undefined || part === '') continue
    // A lone "*" is put aside; what is left of a mixed element is no number.
    const fault = dottedFault(
      part
        .split('.')
        .map((element) => (element === '*' ? '0' : element))
        .join('.'),
    )
    if (fault !== undefined) return `bad version: each element is a number or *: ${fault}`
  }
  return undefined
}

/**
 * Version test only: AUTO, or the wildcard rule of fmri-and-version §6, by which an embedded wildcard (`1.*`) matches nothing.
 * `true` for every version when the pattern has none.
 */
export function versionMatcher(pattern: Pattern): (version: Version) => boolean {
  const { version: text } = pattern
  if (text === undefined || text === '*') return () => true
  if (!isWild(text)) {
    const parsed = parseVersion(text)
    if (!parsed.ok) throw new RangeError(`not made by parsePattern: ${shown(text)}`)
    const wanted = parsed.value
    return (version) => isInside(version, wanted)
  }
  const parts = splitVersion(text)
  const wild: WildVersion = {
    release: parts.release || '*',
    branch: parts.branch || '*',
    timestamp: parts.timestamp || '*',
  }
  return wildMatcher(wild)
}

function wildMatcher(wild: WildVersion): (version: Version) => boolean {
  // The prefix test compares an embedded "*" literally, so it can never hold.
  if (wild.release !== '*' && isWild(wild.release)) return () => false
  if (wild.branch !== '*' && isWild(wild.branch)) return () => false
  return (version) => {
    const inside: Version = {
      release: wild.release === '*' ? version.release : wild.release,
      build: version.build,
      branch: wild.branch === '*' ? undefined : wild.branch,
      timestamp: wild.timestamp === '*' ? undefined : wild.timestamp,
    }
    return isInside(version, inside)
  }
}

/** Name, version and publisher together; a pattern with a version matches no FMRI without. */
export function matchesPattern(pattern: Pattern, fmri: Fmri): boolean {
  if (pattern.publisher !== undefined && pattern.publisher !== fmri.publisher) return false
  if (!stemMatcher(pattern)(fmri.stem)) return false
  if (pattern.version === undefined) return true
  return fmri.version !== undefined && versionMatcher(pattern)(fmri.version)
}

/**
 * Patterns without those that say the same: `foo` and `/foo` are one, and the rooted one is kept, at the first one's
 * place. Source: fmri-and-version §8 step 3.
 */
export function distinctPatterns(patterns: readonly Pattern[]): readonly Pattern[] {
  const kept = new Map<string, Pattern>()
  for (const pattern of patterns) {
    const key = JSON.stringify([
      pattern.publisher ?? null,
      pattern.name,
      normalVersion(pattern),
      pattern.latest,
    ])
    const before = kept.get(key)
    if (before === undefined || (before.matcher === 'suffix' && pattern.matcher === 'exact')) {
      kept.set(key, pattern)
    }
  }
  return [...kept.values()]
}

function normalVersion(pattern: Pattern): string | null {
  if (pattern.version === undefined) return null
  const parsed = parseVersion(pattern.version)
  return parsed.ok ? formatVersion(parsed.value) : pattern.version
}
