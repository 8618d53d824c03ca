import type { Action, AttributeValue } from './action.ts'
import { buildAction } from './action-build.ts'
import { type ActionType, isActionType, takesPayload } from './action-types.ts'
import { shown } from './dotted.ts'
import type { ValidationProblem } from './problems.ts'
import { err, ok, type Result } from './result.ts'

/** Why a piece of text is no action. `offset` counts UTF-8 bytes from the start of the action. */
export interface ParseFault {
  readonly reason: string
  readonly offset: number | undefined
}

/**
 * Reads one logical line. Linear time. Problem: `bad_action`, with the byte offset for faults of syntax. Source:
 * manifest-and-actions §1.1 and the parse-time rules of §2.
 */
export function parseAction(line: string): Result<Action, ValidationProblem> {
  const scanned = scanAction(line, 0, line.length, createWordPool())
  if (!('reason' in scanned)) return ok(scanned)
  return err({ code: 'ips::validation_error::bad_action', text: shown(line), ...scanned })
}

/** Gives equal short texts one string, so that a manifest of 200,000 actions does not hold `owner` 200,000 times. */
export type WordPool = (text: string) => string

const pooledWordLength = 20
const pooledWords = 4096

/** A pool that stops growing at a fixed size: the words come from outside. */
export function createWordPool(): WordPool {
  const words = new Map<string, string>()
  return (text) => {
    if (text.length > pooledWordLength) return text
    const known = words.get(text)
    if (known !== undefined) return known
    if (words.size < pooledWords) words.set(text, text)
    return text
  }
}

/** The text of an action and the reading position. */
interface Cursor {
  readonly text: string
  readonly end: number
  position: number
}

/** Reads the action between two positions of a larger text, without copying it. */
export function scanAction(text: string, start: number, end: number, pool: WordPool): Action | ParseFault {
  const typeEnd = wordEnd(text, start, end)
  const type = text.slice(start, typeEnd)
  if (!isActionType(type)) return { reason: `unknown action type "${shown(type)}"`, offset: 0 }
  if (typeEnd === end) return { reason: 'no attributes', offset: typeEnd - start }
  const cursor: Cursor = { text, end, position: typeEnd }
  const scanned = scanBody(cursor, pool(type) as ActionType, pool)
  if (typeof scanned === 'string') {
    return { reason: scanned, offset: byteLength(text, start, cursor.position) }
  }
  const built = buildAction(scanned.type, scanned.payload, scanned.attributes)
  return 'reason' in built ? { reason: built.reason, offset: undefined } : built
}

interface Body {
  readonly type: ActionType
  payload: string | undefined
  readonly attributes: Map<string, AttributeValue>
}

/** Everything after the type; a text is the reason why not, with the cursor where it went wrong. */
function scanBody(cursor: Cursor, type: ActionType, pool: WordPool): Body | string {
  const { text, end } = cursor
  const body: Body = { type, payload: undefined, attributes: new Map() }
  for (let first = true; ; first = false) {
    cursor.position = skipBlanks(text, cursor.position, end)
    if (cursor.position === end) return body
    const start = cursor.position
    cursor.position = nameEnd(text, start, end)
    const stop = cursor.position === end ? -1 : text.charCodeAt(cursor.position)
    if (isQuote(stop)) return 'quote in an attribute name'
    const word = pool(text.slice(start, cursor.position))
    if (stop === equals) {
      if (word === '') return 'missing attribute name before "="'
      cursor.position++
      const quoted = cursor.position < end && isQuote(text.charCodeAt(cursor.position))
      const value = quoted ? scanQuoted(cursor) : scanUnquoted(cursor)
      if (value === undefined) return quoted ? 'quote is not closed' : 'missing value behind "="'
      const fault = store(body, word, pool(value))
      if (fault !== undefined) return fault
    } else {
      // Only a first word with something behind it may be bare.
      if (stop === -1) return `missing value of "${shown(word)}"`
      if (!first) return `blank in or after the attribute name "${shown(word)}"`
      if (!takesPayload(type)) return `${type} takes no payload`
      body.payload = word
    }
  }
}

function store(body: Body, name: string, value: string): string | undefined {
  if (name === 'data') return 'the attribute data is not allowed'
  if (name === 'hash') {
    if (!takesPayload(body.type)) return `${body.type} takes no payload`
    if (body.payload !== undefined && body.payload !== value) return 'two different payloads'
    body.payload = value
    return undefined
  }
  const before = body.attributes.get(name)
  if (before === undefined) body.attributes.set(name, value)
  else if (typeof before === 'string') body.attributes.set(name, [before, value])
  // Lists are made above and nowhere else while an action is read.
  else (before as string[]).push(value)
  return undefined
}

/** Everything up to a blank; undefined when that is nothing. */
function scanUnquoted(cursor: Cursor): string | undefined {
  const start = cursor.position
  cursor.position = wordEnd(cursor.text, start, cursor.end)
  return cursor.position === start ? undefined : cursor.text.slice(start, cursor.position)
}

/** One or more quoted strings, which may touch or have blanks between them and make one value; undefined when one does not end. */
function scanQuoted(cursor: Cursor): string | undefined {
  const { text, end } = cursor
  let value = ''
  for (;;) {
    const quote = text.charCodeAt(cursor.position)
    let from = cursor.position + 1
    let index = from
    for (; index < end; index++) {
      const code = text.charCodeAt(index)
      if (code === quote) break
      if (code !== backslash || index + 1 === end) continue
      const next = text.charCodeAt(index + 1)
      if (next !== quote && next !== backslash) continue
      value += text.slice(from, index)
      index++
      from = index
    }
    cursor.position = index
    if (index >= end) return undefined
    value = value === '' ? text.slice(from, index) : value + text.slice(from, index)
    cursor.position = index + 1
    const next = skipBlanks(text, cursor.position, end)
    if (next === end || !isQuote(text.charCodeAt(next))) return value
    cursor.position = next
  }
}

const equals = 0x3d
const backslash = 0x5c

function isQuote(code: number): boolean {
  return code === 0x22 || code === 0x27
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a
}

function skipBlanks(text: string, start: number, end: number): number {
  let index = start
  while (index < end && isBlank(text.charCodeAt(index))) index++
  return index
}

function wordEnd(text: string, start: number, end: number): number {
  let index = start
  while (index < end && !isBlank(text.charCodeAt(index))) index++
  return index
}

function nameEnd(text: string, start: number, end: number): number {
  let index = start
  for (; index < end; index++) {
    const code = text.charCodeAt(index)
    if (code === equals || isBlank(code) || isQuote(code)) break
  }
  return index
}

/** Bytes of a piece of text in UTF-8. */
function byteLength(text: string, start: number, end: number): number {
  let bytes = 0
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    // Each half of a surrogate pair counts two of the four bytes.
    bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3
  }
  return bytes
}
