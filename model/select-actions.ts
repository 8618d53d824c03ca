import type { Action } from './action.ts'
import { createWordPool } from './action-parse.ts'
import type { ActionType } from './action-types.ts'
import { parseLine, parseManifest } from './manifest.ts'

/** What ends a line beside LF, or joins two. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is where the reference splits lines
const unusual = /[\\\x0b-\x0d\x1c-\x1e\x85\u2028\u2029]/
const plainType = /^(file|dir|link) /
const pathStart = ' path='
/** Quoted text may look like an attribute; mediated links and files that lie over others count wherever they are. */
const special = /["'\t]|mediator|overlay|opensolaris\.zone/

/** Asked about a file, a directory or a link: false where the action does not matter. */
export type WantsAction = (path: string, type: ActionType) => boolean

/** Type and path of an action that is nothing but a file, a directory or a link; undefined where only reading it all can tell. */
function plainAction(line: string): { readonly path: string; readonly type: ActionType } | undefined {
  const type = plainType.exec(line)?.[1] as ActionType | undefined
  if (type === undefined || special.test(line)) return undefined
  const start = line.indexOf(pathStart) + pathStart.length
  if (start < pathStart.length || line.indexOf(pathStart, start) >= 0 || line.startsWith('/', start))
    return undefined
  const end = line.indexOf(' ', start)
  const path = line.slice(start, end < 0 ? undefined : end)
  return path === '' ? undefined : { path, type }
}

function parsed(text: string, onFault: () => never): readonly Action[] {
  const manifest = parseManifest(text)
  return manifest.ok ? manifest.value.actions : onFault()
}

/**
 * The actions of a manifest, in its order, without files, directories and links that are not wanted: those are not read further
 * than their path. `wants` is asked when all before it have been given. `onFault` is called where something is read that does not parse.
 */
export function* selectActions(text: string, wants: WantsAction, onFault: () => never): Generator<Action> {
  if (unusual.test(text)) {
    yield* parsed(text, onFault)
    return
  }
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start)
    const end = found < 0 ? text.length : found
    const line = text.slice(start, end)
    start = end + 1
    const plain = plainAction(line)
    if (plain !== undefined && !wants(plain.path, plain.type)) continue
    yield* parsed(line, onFault)
  }
}

/** The same in bytes of UTF-8, and any that may be part of one of them. */
const unusualBytes = [0x5c, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0xc2, 0xe2, 0xef]
const NEWLINE = 0x0a
const utf8 = new TextDecoder()

/**
 * The actions of a manifest in UTF-8 with certain numbers, which ascend: those of `parseManifest`, one by one. Those behind the last are left
 * out, all others are not read. `onFault` is called where something is read that does not parse.
 */
export function* actionsAt(
  bytes: Uint8Array,
  numbers: readonly number[],
  onFault: () => never,
): Generator<Action> {
  if (unusualBytes.some((byte) => bytes.includes(byte))) {
    const all = parsed(utf8.decode(bytes), onFault)
    for (const number of numbers) if (all[number] !== undefined) yield all[number]
    return
  }
  const pool = createWordPool()
  let next = 0
  for (let start = 0, number = 0; start < bytes.length && next < numbers.length; ) {
    const found = bytes.indexOf(NEWLINE, start)
    const end = found < 0 ? bytes.length : found
    const line = (): string => utf8.decode(bytes.subarray(start, end))
    const isPlain = bytes[start]! >= 0x61 && bytes[start]! <= 0x7a
    if (number === numbers[next] && isPlain) {
      const text = line()
      yield parseLine(text, 0, text.length, pool) ?? onFault()
      next++
      number++
    } else if (isPlain) number++
    else {
      // Blanks before an action, a comment, or nothing.
      const [action] = parsed(line(), onFault)
      if (action !== undefined && number === numbers[next]) {
        yield action
        next++
      }
      if (action !== undefined) number++
    }
    start = end + 1
  }
}
