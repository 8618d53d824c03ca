import { type Action, attribute, attributes } from './action.ts'
import { formatAction } from './action-format.ts'
import { createWordPool, parseAction, scanAction } from './action-parse.ts'
import { shown } from './dotted.ts'
import { type Fmri, parseFmri } from './fmri.ts'
import { append } from './lists.ts'
import type { ActionError, ValidationProblem } from './problems.ts'
import { err, ok, type Result } from './result.ts'

/** The actions of one package version, in stored order. */
export interface Manifest {
  readonly actions: readonly Action[]
}

/** A manifest of nothing but bad lines is described by its first thousand. */
const reportedErrors = 1000

/**
 * Linear time and memory, also for 50 MB. All bad lines are reported together (the first thousand, then how many more).
 * Long values are slices of `text` and keep it in memory as long as they live. Problem: `bad_manifest`. Source:
 * manifest-and-actions §1.
 */
export function parseManifest(text: string): Result<Manifest, ValidationProblem> {
  const actions: Action[] = []
  const errors: ActionError[] = []
  let unreported = 0
  const pool = createWordPool()
  const report = (line: number, bad: string, reason: string): void => {
    if (errors.length < reportedErrors) errors.push({ line, text: detached(shown(bad)), reason })
    else unreported++
  }
  const broken = forEachLogicalLine(text, (line, whole, start, end) => {
    if (start === end || whole.charCodeAt(start) === 0x23) return
    const scanned = scanAction(whole, start, end, pool)
    if ('reason' in scanned) {
      const place = scanned.offset === undefined ? '' : ` (at byte ${scanned.offset})`
      // Cut before copying: a bad line may be the whole 50 MB.
      report(line, whole.slice(start, Math.min(end, start + 100)), scanned.reason + place)
    } else {
      actions.push(rewriteLegacy(scanned))
    }
  })
  if (broken !== undefined)
    report(broken.line, broken.text, 'the file ends where a continuation line should follow')
  if (unreported > 0) errors.push({ line: 0, text: '', reason: `and ${unreported} more bad lines` })
  if (errors.length > 0) return err({ code: 'ips::validation_error::bad_manifest', errors })
  return ok({ actions })
}

/** The lines, from 1, on which the actions of a manifest that parses begin, in the order of its actions. Linear. */
export function actionLines(text: string): readonly number[] {
  const lines: number[] = []
  forEachLogicalLine(text, (line, whole, start, end) => {
    if (start !== end && whole.charCodeAt(start) !== 0x23) lines.push(line)
  })
  return lines
}

/** True for the action with the name of the package. */
export function namesPackage({ type, attributes }: Action): boolean {
  const name = attributes.get('name')
  return type === 'set' && (name === 'pkg.fmri' || name === 'fmri')
}

/**
 * Values of `pkg.fmri` in a manifest. Linear; only lines with this word are parsed, because a manifest may have a hundred thousand others.
 * Bad lines are passed over.
 */
export function statedFmris(text: string): readonly string[] {
  const found: string[] = []
  forEachLogicalLine(text, (_, whole, start, end) => {
    if (!whole.startsWith('set', start)) return
    const line = whole.slice(start, end)
    if (!line.includes('fmri')) return
    const action = parseAction(line)
    if (action.ok && namesPackage(action.value)) append(found, attributes(action.value, 'value'))
  })
  return found
}

type OnLine = (line: number, whole: string, start: number, end: number) => void

/**
 * Calls `onLine` with each logical line as a range of a text. Returns the rest when the last physical line ends in a continuation.
 */
function forEachLogicalLine(text: string, onLine: OnLine): { line: number; text: string } | undefined {
  let number = 0
  let joined: string[] = []
  let joinedFrom = 0
  for (let start = 0; start < text.length; ) {
    number++
    const end = lineEnd(text, start)
    let from = start
    while (from < end && isLeadingBlank(text.charCodeAt(from))) from++
    start = end + (text.startsWith('\r\n', end) ? 2 : 1)
    if (from < end && text.charCodeAt(end - 1) === 0x5c) {
      if (joined.length === 0) joinedFrom = number
      joined.push(text.slice(from, end - 1))
    } else if (joined.length > 0) {
      joined.push(text.slice(from, end))
      const whole = joined.join('')
      joined = []
      onLine(joinedFrom, whole, 0, whole.length)
    } else {
      onLine(number, text, from, end)
    }
  }
  if (joined.length === 0) return undefined
  return { line: joinedFrom, text: joined.join('').slice(0, 100) }
}

/** Position of the next line break, or the length. */
function lineEnd(text: string, start: number): number {
  let index = start
  while (index < text.length && !isLineBreak(text.charCodeAt(index))) index++
  return index
}

/** LF, VT, FF, CR, FS, GS, RS, NEL, LINE and PARAGRAPH SEPARATOR: where the reference splits lines. */
export function isLineBreak(code: number): boolean {
  if (code > 0x1e) return code === 0x85 || code === 0x2028 || code === 0x2029
  return (code >= 0x0a && code <= 0x0d) || code >= 0x1c
}

/** White space of Unicode that is no line break. */
function isLeadingBlank(code: number): boolean {
  if (code < 0x80) return code === 0x20 || code === 0x09 || code === 0x1f
  return (
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  )
}

/** Old spellings, rewritten before anything (signatures too) looks at them. Source: manifest-and-actions §1. */
function rewriteLegacy(action: Action): Action {
  const zone = action.attributes.get('opensolaris.zone')
  const zoned = zone !== undefined && !action.attributes.has('variant.opensolaris.zone')
  const authority = action.type === 'set' && attribute(action, 'name') === 'authority'
  if (!zoned && !authority) return action
  const rewritten = new Map(action.attributes)
  if (zoned) rewritten.set('variant.opensolaris.zone', zone)
  if (authority) rewritten.set('name', 'publisher')
  return { ...action, attributes: rewritten }
}

/** One canonical action a line, final newline. Order is kept. */
export function formatManifest(manifest: Manifest): string {
  const lines: string[] = []
  for (const action of manifest.actions) lines.push(`${formatAction(action)}\n`)
  return lines.join('')
}

/** The value of `set name=pkg.fmri`, parsed; undefined when absent or bad. */
export function manifestFmri(manifest: Manifest): Fmri | undefined {
  const text = manifestValues(manifest, 'pkg.fmri')[0]
  if (text === undefined) return undefined
  const parsed = parseFmri(text)
  return parsed.ok ? parsed.value : undefined
}

/**
 * Values of a `set` action by name (after legacy rewrites), e.g. `pkg.summary`; empty when absent. Several actions of one
 * name add up. The values do not keep the text of the manifest in memory.
 */
export function manifestValues(manifest: Manifest, name: string): readonly string[] {
  const values: string[] = []
  for (const action of manifest.actions) {
    if (action.type !== 'set') continue
    const given = attribute(action, 'name')
    if (given !== name && !(given === 'fmri' && name === 'pkg.fmri')) continue
    for (const value of attributes(action, 'value')) values.push(detached(value))
  }
  return values
}

/** The same text in memory of its own. */
function detached(text: string): string {
  return text.length < 13 ? text : text.split('').join('')
}
