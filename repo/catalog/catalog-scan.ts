import { createHash } from 'node:crypto'

/**
 * The events of a scan, in the order of the file. Positions are offsets into the given bytes, which are only valid during the call.
 */
export interface PartVisitor {
  /** A member of the file begins: a publisher, or metadata (`_FEATURE`) with its text. */
  member(name: string, metadata: string | undefined): void
  stem?(name: string): void
  /** An entry begins; it may be reported anew from here, when it was cut off by the end of a piece. */
  entryStart?(): void
  /** One action of the entry that began; `escaped` when its text has escapes. */
  action?(bytes: Buffer, start: number, end: number, escaped: boolean): void
  /** The entry is complete. */
  entry?(bytes: Buffer, entry: EntryPlace): void
}

/** Where an entry and its texts lie; the object is one for all entries. */
export interface EntryPlace {
  readonly start: number
  readonly end: number
  readonly versionStart: number
  readonly versionEnd: number
  /** -1 without `signature-sha-1`. */
  readonly digestStart: number
  readonly digestEnd: number
}

/** Reads a part in pieces of any size. */
export interface PartScanner {
  /** Copies what it needs; after a refusal it does nothing. False when the part was refused. */
  take(piece: Uint8Array): boolean
  /** After the last piece: the signature, which fits, or undefined when the part was refused. */
  finish(): { readonly sha1: string } | undefined
}

/** Bytes that are gathered before they are looked at. */
const usualBatch = 1 << 18
/** An entry of more bytes is no concern of the scanner; the longest real one has 1.2 MB. */
const maximumRoom = 1 << 25

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const openList = 0x5b
const backslash = 0x5c
const closeList = 0x5d
const openObject = 0x7b
const closeObject = 0x7d

/** Where in the file the scanner is: before which piece of text. */
const State = { begin: 0, member: 1, stem: 2, entry: 3, end: 4 } as const

/** Returned instead of a position. */
const incomplete = -1
const refused = -2

const actionsKey = Buffer.from('{"actions":[', 'latin1')
const digestKey = Buffer.from('"signature-sha-1":"', 'latin1')
const versionKey = Buffer.from('"version":"', 'latin1')
const signatureMember = /^,?"_SIGNATURE":\{"sha-1":"([0-9a-f]{40})"\}\}\n$/
const signatureLength = `,"_SIGNATURE":{"sha-1":"${'0'.repeat(40)}"}}\n`.length

/**
 * Reads a part that is written canonically, in memory that does not grow with it: compact, ASCII, members in strictly
 * ascending order, `_SIGNATURE` last, entries with the keys of their part only. It refuses everything else without a
 * reason, be it wrong or only written in another way: `openPart` then says what holds. What it accepts `openPart` accepts
 * as well, with the same content and in the same order (so names that objects put first, whole numbers, are refused).
 * Source: catalog-v1 §2.1, §3. `batch`: bytes that are gathered before they are looked at.
 */
export function createPartScanner(
  base: boolean,
  visitor: PartVisitor,
  batch: number = usualBatch,
): PartScanner {
  const hash = createHash('sha1')
  let room = Buffer.allocUnsafeSlow(batch * 4)
  let live = room.subarray(0, 0)
  let state: number = State.begin
  /** Nothing was read yet in the object or list that is open. */
  let first = true
  let lastMember = ''
  let lastStem = ''
  let stated: string | undefined
  let found: string | undefined
  let nextBackslash = -1
  let lineEnded = false
  /** Length of `live` at which it is worth a look: an entry that is cut off again and again must not be read each time. */
  let worthwhile = batch
  let escaped = false
  const place = { start: 0, end: 0, versionStart: 0, versionEnd: 0, digestStart: -1, digestEnd: -1 }

  /** The closing quote of the text that begins at a position. */
  const textEnd = (start: number): number => {
    const end = live.indexOf(quote, start)
    if (nextBackslash < start) {
      nextBackslash = live.indexOf(backslash, start)
      if (nextBackslash < 0) nextBackslash = live.length
    }
    escaped = nextBackslash < end || (end < 0 && nextBackslash < live.length)
    if (escaped) return escapedEnd(start)
    return end < 0 ? incomplete : end
  }

  const escapedEnd = (start: number): number => {
    for (let at = start; at < live.length; at++) {
      if (live[at] === quote) return at
      if (live[at] !== backslash) continue
      if (at + 1 === live.length) return incomplete
      const length = escapeLength(live, at)
      if (length <= 0) return length === 0 ? incomplete : refused
      at += length - 1
    }
    return incomplete
  }

  /** End of a text that must be free of escapes. */
  const plainEnd = (start: number): number => {
    const end = textEnd(start)
    return escaped ? refused : end
  }

  /** Position behind a fixed text, or why it is not there. */
  const behind = (at: number, text: Buffer): number => {
    if (at + text.length > live.length) {
      const rest = Math.max(0, live.length - at)
      return live.compare(text, 0, rest, at, live.length) === 0 ? incomplete : refused
    }
    for (let i = 0; i < text.length; i++) if (live[at + i] !== text[i]) return refused
    return at + text.length
  }

  /** Reads `"name":` with the comma before it; the name is left in `name`. */
  let name = ''
  const readKey = (at: number): number => {
    let start = at
    if (!first) {
      if (live[start] !== comma) return refused
      start++
    }
    if (start >= live.length) return incomplete
    if (live[start] !== quote) return refused
    const end = plainEnd(start + 1)
    if (end < 0) return end
    if (end + 2 >= live.length) return incomplete
    if (live[end + 1] !== colon) return refused
    name = live.toString('latin1', start + 1, end)
    return end + 2
  }

  const readMember = (at: number): number => {
    if (live[at] === closeObject) return refused
    const value = readKey(at)
    if (value < 0) return value
    if (name === '_SIGNATURE') {
      if (live.length - at < signatureLength - (first ? 1 : 0)) return incomplete
      const match = signatureMember.exec(live.toString('latin1', at))
      if (match === null) return refused
      hash.update(live.subarray(0, at)).update('}\n')
      stated = match[1]
      found = hash.digest('hex')
      state = State.end
      return live.length
    }
    if (name.startsWith('_')) {
      const end = readMetadata(value)
      if (end < 0) return end
      if (!accept(name, lastMember)) return refused
      visitor.member(name, live.toString('latin1', value, end))
      lastMember = name
      first = false
      return end
    }
    if (live[value] !== openObject || !accept(name, lastMember)) return refused
    visitor.member(name, undefined)
    lastMember = name
    lastStem = ''
    first = true
    state = State.stem
    return value + 1
  }

  /** Metadata is a list of plain texts. */
  const readMetadata = (at: number): number => {
    if (live[at] !== openList) return refused
    let next = at + 1
    if (next >= live.length) return incomplete
    if (live[next] === closeList) return next + 1
    for (;;) {
      if (next >= live.length) return incomplete
      if (live[next] !== quote) return refused
      const end = plainEnd(next + 1)
      if (end < 0) return end
      next = end + 2
      if (end + 1 >= live.length) return incomplete
      if (live[end + 1] === closeList) return next
      if (live[end + 1] !== comma) return refused
    }
  }

  /** Ascending, and no whole number. */
  const accept = (key: string, last: string): boolean =>
    (last === '' ? key !== '' : key > last) && !/^\d+$/.test(key)

  const readStem = (at: number): number => {
    if (live[at] === closeObject) {
      state = State.member
      first = false
      return at + 1
    }
    const value = readKey(at)
    if (value < 0) return value
    if (live[value] !== openList || !accept(name, lastStem)) return refused
    visitor.stem?.(name)
    lastStem = name
    first = true
    state = State.entry
    return value + 1
  }

  const readEntry = (at: number): number => {
    if (live[at] === closeList) {
      state = State.stem
      first = false
      return at + 1
    }
    let next = at
    if (!first) {
      if (live[next] !== comma) return refused
      next++
    }
    const start = next
    visitor.entryStart?.()
    if (base) {
      if (next >= live.length) return incomplete
      if (live[next] !== openObject) return refused
      next++
    } else {
      next = readActions(next)
      if (next < 0) return next
    }
    let digestStart = -1
    let digestEnd = -1
    if (live[next + 1] === 0x73) {
      digestStart = behind(next, digestKey)
      if (digestStart < 0) return digestStart
      digestEnd = plainEnd(digestStart)
      if (digestEnd < 0) return digestEnd
      next = digestEnd + 1
      if (next >= live.length) return incomplete
      if (live[next] !== comma) return refused
      next++
    }
    const version = behind(next, versionKey)
    if (version < 0) return version
    const end = plainEnd(version)
    if (end < 0) return end
    if (end + 1 >= live.length) return incomplete
    if (live[end + 1] !== closeObject) return refused
    place.start = start
    place.end = end + 2
    place.versionStart = version
    place.versionEnd = end
    place.digestStart = digestStart
    place.digestEnd = digestEnd
    visitor.entry?.(live, place)
    first = false
    return end + 2
  }

  /** Reads `{"actions":[...],`. */
  const readActions = (at: number): number => {
    let next = behind(at, actionsKey)
    if (next < 0) return next
    if (next >= live.length) return incomplete
    if (live[next] === closeList) next++
    else {
      for (;;) {
        if (next >= live.length) return incomplete
        if (live[next] !== quote) return refused
        const end = textEnd(next + 1)
        if (end < 0) return end
        visitor.action?.(live, next + 1, end, escaped)
        next = end + 2
        if (end + 1 >= live.length) return incomplete
        const separator = live[end + 1]
        if (separator === closeList) break
        if (separator !== comma) return refused
      }
    }
    if (next >= live.length) return incomplete
    return live[next] === comma ? next + 1 : refused
  }

  const step = (at: number): number => {
    switch (state) {
      case State.begin:
        if (live[at] !== openObject) return refused
        state = State.member
        return at + 1
      case State.member:
        return readMember(at)
      case State.stem:
        return readStem(at)
      case State.entry:
        return readEntry(at)
      default:
        return refused
    }
  }

  let failed = false
  const refuse = (): false => {
    failed = true
    room = Buffer.alloc(0)
    live = room
    return false
  }

  const scan = (): boolean => {
    nextBackslash = -1
    let at = 0
    while (at < live.length) {
      const next = step(at)
      if (next === refused) return refuse()
      if (next === incomplete) break
      at = next
    }
    if (state !== State.end) hash.update(live.subarray(0, at))
    room.copyWithin(0, at, live.length)
    live = room.subarray(0, live.length - at)
    worthwhile = live.length * 2 + batch
    return true
  }

  return {
    take(piece) {
      for (let from = 0; from < piece.length && !failed; ) {
        if (live.length === room.length) {
          if (room.length >= maximumRoom) return refuse()
          const larger = Buffer.allocUnsafeSlow(room.length * 2)
          larger.set(live)
          room = larger
        }
        const before = live.length
        const part = piece.subarray(from, from + room.length - before)
        room.set(part, before)
        live = room.subarray(0, before + part.length)
        from += part.length
        if (lineEnded) return refuse()
        const odd = firstOdd(room, before, live.length)
        if (odd < live.length) {
          lineEnded = room[odd] === 0x0a && odd === live.length - 1
          if (!lineEnded) return refuse()
        }
        if ((live.length >= worthwhile || live.length === room.length) && !scan()) return false
      }
      return !failed
    },
    finish() {
      if (failed || !scan() || state !== State.end || stated === undefined || stated !== found)
        return undefined
      return { sha1: stated }
    },
  }
}

/** Bytes of the escape at a position; 0 when it is cut off, -1 when there is no such escape. */
function escapeLength(bytes: Buffer, at: number): number {
  const letter = bytes[at + 1]!
  if (letter !== 0x75) return '"\\/bfnrt'.includes(String.fromCharCode(letter)) ? 2 : -1
  if (at + 6 > bytes.length) return 0
  return /^[0-9a-fA-F]{4}$/.test(bytes.toString('latin1', at + 2, at + 6)) ? 6 : -1
}

/** Position of the first byte that is not a printable ASCII character (or U+007F), or `end`. Four at a time. */
function firstOdd(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && (bytes.byteOffset + at) % 4 !== 0) {
    if (isOdd(bytes[at]!)) return at
    at++
  }
  if (at === end) return end
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, (end - at) >> 2)
  let count = 0
  // A lane below 0x20 borrows and sets its top bit; a lane from 0x80 on has it set.
  while (count < words.length && ((words[count]! | (words[count]! - 0x20202020)) & 0x80808080) === 0) count++
  at += count * 4
  while (at < end && !isOdd(bytes[at]!)) at++
  return at
}

function isOdd(byte: number): boolean {
  return byte < 0x20 || byte >= 0x80
}
