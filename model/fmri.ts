import type { PublisherName, Stem } from './brand.ts'
import { shown } from './dotted.ts'
import type { ValidationProblem } from './problems.ts'
import { err, ok, type Result } from './result.ts'
import { quote, stemFault } from './stem.ts'
import { compareCodePoints } from './text-order.ts'
import { matchUsual, usualParts, usualVersion } from './usual-version.ts'
import { compareVersions, formatVersion, parseVersion, type Version } from './version.ts'

/** One version of a package, or the package as a whole when `version` is absent. Source: fmri-and-version §1. */
export interface Fmri {
  /** As written: the FMRI parser does not check it, `parsePublisherName` does. */
  readonly publisher: PublisherName | undefined
  readonly stem: Stem
  readonly version: Version | undefined
}

/**
 * full `pkg://pub/a@1.0,5.11-1:T`; no-build `pkg://pub/a@1.0-1:T`; short `pkg://pub/a@1.0-1`; stem `pkg://pub/a`;
 * anarchy `pkg:/a@1.0,5.11-1:T` (no publisher); bare `a@1.0,5.11-1:T` (no scheme, no publisher).
 */
export type FmriForm = 'full' | 'no-build' | 'short' | 'stem' | 'anarchy' | 'bare'

/** The part of an FMRI or pattern before the stem. */
export interface SplitPrefix {
  /** Undefined when none or an empty one is named. */
  readonly publisher: string | undefined
  /** True when a scheme or a leading slash was there. */
  readonly rooted: boolean
  readonly rest: string
}

/** Takes `pkg://publisher/`, `//publisher/`, `pkg:/` or `/` off; undefined when the slash after a publisher is missing. */
export function splitPrefix(text: string): SplitPrefix | undefined {
  const withPublisher = text.startsWith('pkg://') ? 6 : text.startsWith('//') ? 2 : 0
  if (withPublisher > 0) {
    const end = text.indexOf('/', withPublisher)
    if (end === -1) return undefined
    const publisher = end === withPublisher ? undefined : text.slice(withPublisher, end)
    return { publisher, rooted: true, rest: text.slice(end + 1) }
  }
  const scheme = text.startsWith('pkg:/') ? 5 : text.startsWith('/') ? 1 : 0
  return { publisher: undefined, rooted: scheme > 0, rest: text.slice(scheme) }
}

/** Text without the blanks (space, tab, line ends) at its end. */
export function withoutTrailingBlanks(text: string): string {
  let end = text.length
  while (end > 0 && ' \t\n\v\f\r'.includes(text.charAt(end - 1))) end--
  return end === text.length ? text : text.slice(0, end)
}

const component = '[A-Za-z0-9][A-Za-z0-9_.+-]*'
/** Full FMRIs as images record them by the thousand; see `usualVersion`. */
const usualFmri = new RegExp(`^pkg://([^/]+)/(${component}(?:/${component})*)@${usualVersion}$`)

/** Reads any of the forms of `FmriForm`; blanks at the end are dropped. Problem: `bad_fmri`. Source: fmri-and-version §1. */
export function parseFmri(text: string): Result<Fmri, ValidationProblem> {
  const usual = matchUsual(usualFmri, text)
  if (usual !== null) {
    const [, publisher, stem, release, build, branch, timestamp] = usual
    const version = usualParts(release!, build, branch, timestamp)
    return ok({ publisher: publisher as PublisherName, stem: stem as Stem, version })
  }
  const whole = withoutTrailingBlanks(text)
  const at = whole.lastIndexOf('@')
  if (at !== -1 && at === whole.length - 1) return badFmri(text, 'version cannot be empty')
  const split = splitPrefix(at === -1 ? whole : whole.slice(0, at))
  if (split === undefined) return badFmri(text, 'missing / after publisher')
  const fault = stemFault(split.rest)
  if (fault !== undefined) return badFmri(text, fault)
  let version: Version | undefined
  if (at !== -1) {
    const parsed = parseVersion(whole.slice(at + 1))
    if (!parsed.ok) return badFmri(text, 'reason' in parsed.error ? parsed.error.reason : 'bad version')
    version = parsed.value
  }
  return ok({ publisher: split.publisher as PublisherName | undefined, stem: split.rest as Stem, version })
}

function badFmri(text: string, reason: string): Result<never, ValidationProblem> {
  return err({ code: 'ips::validation_error::bad_fmri', text: shown(text), reason })
}

/** The text of an FMRI. Source: fmri-and-version §2, string forms. */
export function formatFmri(fmri: Fmri, form: FmriForm = 'full'): string {
  const named = form !== 'anarchy' && form !== 'bare' && fmri.publisher !== undefined
  const prefix = named ? `pkg://${fmri.publisher}/` : form === 'bare' ? '' : 'pkg:/'
  if (form === 'stem' || fmri.version === undefined) return prefix + fmri.stem
  const versionForm = form === 'no-build' || form === 'short' ? form : 'full'
  return `${prefix}${fmri.stem}@${formatVersion(fmri.version, versionForm)}`
}

/** Same publisher, stem and version (build ignored). */
export function fmrisEqual(a: Fmri, b: Fmri): boolean {
  return (
    a.stem === b.stem && a.publisher === b.publisher && compareOptionalVersions(a.version, b.version) === 0
  )
}

/**
 * Publisher (absent first), stem, version (absent first). Not the order of age where several publishers are involved:
 * compare versions for that.
 */
export function compareFmris(a: Fmri, b: Fmri): number {
  if (a.publisher !== b.publisher) {
    if (a.publisher === undefined) return -1
    if (b.publisher === undefined) return 1
    return compareCodePoints(a.publisher, b.publisher)
  }
  if (a.stem !== b.stem) return a.stem < b.stem ? -1 : 1
  return compareOptionalVersions(a.version, b.version)
}

function compareOptionalVersions(a: Version | undefined, b: Version | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1
  return compareVersions(a, b)
}

/** `quote(stem)@quote(version)`; throws RangeError without version. */
export function fmriUrlPath(fmri: Fmri): string {
  return `${quote(fmri.stem)}@${quotedVersion(fmri)}`
}

/** `quote(stem)/quote(version)`; throws RangeError without version. */
export function fmriDirectoryPath(fmri: Fmri): string {
  return `${quote(fmri.stem)}/${quotedVersion(fmri)}`
}

function quotedVersion(fmri: Fmri): string {
  if (fmri.version === undefined) throw new RangeError(`no version in ${formatFmri(fmri)}`)
  return quote(formatVersion(fmri.version))
}
