/** What is longer has no room in a record. */
export const LARGEST_RECORD = 1 << 14
/** Words come from outside, so what is remembered of them has a limit. */
const MOST_WORDS = 4096
export const LONGEST_WORD = 24

/* First byte of a value: its length in Latin-1, or one of these. */
export const LONGEST_SHORT = 0xef
const WORD = 0xf1
const HEX = 0xf2
const PREFIXED_HEX = 0xf3
const LONG = 0xf4
const WIDE = 0xf5
/** The first of four: a number in as many bytes. */
const NUMBER = 0xf6

/** Sizes and paths hardly ever come twice. */
const notWord = /\/|^[1-9][0-9]*$/
/** What a number would give back as it was. */
const plainNumber = /^(?:0|[1-9][0-9]{0,8})$/

/** Writes values of actions in few bytes, and reads them: digests packed, words once for all, numbers as such. */
export class RecordText {
  readonly #words: string[] = []
  readonly #wordIds = new Map<string, number>()

  /** Gives where the next value begins; undefined when there is no room. `plain`: what hardly ever comes twice. */
  write(bytes: Buffer, at: number, text: string, plain = false): number | undefined {
    const { length } = text
    if (at + 2 * length + 4 > LARGEST_RECORD) return undefined
    if (plain) return writePlain(bytes, at, text)
    if (length >= 40) {
      const hex = hexTail(text)
      if (hex === length) {
        bytes[at] = HEX
        bytes[at + 1] = hex / 2
        return at + 2 + bytes.write(text, at + 2, 'hex')
      }
      const prefix = hex === 0 ? undefined : this.#wordId(text.slice(0, length - hex))
      if (prefix !== undefined) {
        bytes[at] = PREFIXED_HEX
        bytes.writeUInt16LE(prefix, at + 1)
        bytes[at + 3] = hex / 2
        return at + 4 + bytes.write(text.slice(length - hex), at + 4, 'hex')
      }
    } else if (length > 2 && length < 10 && plainNumber.test(text))
      return writeNumber(bytes, at, Number(text))
    const word = length < 3 || notWord.test(text) ? undefined : this.#wordId(text)
    if (word !== undefined) {
      bytes[at] = WORD
      bytes.writeUInt16LE(word, at + 1)
      return at + 3
    }
    return writePlain(bytes, at, text)
  }

  #wordId(text: string): number | undefined {
    if (text.length > LONGEST_WORD) return undefined
    const known = this.#wordIds.get(text)
    if (known !== undefined || this.#words.length >= MOST_WORDS) return known
    const own = detached(text)
    this.#words.push(own)
    this.#wordIds.set(own, this.#words.length - 1)
    return this.#words.length - 1
  }

  read(bytes: Buffer, at: number): string {
    const mark = bytes[at]!
    switch (mark) {
      case WORD:
        return this.#words[bytes.readUInt16LE(at + 1)]!
      case HEX:
        return bytes.toString('hex', at + 2, at + 2 + bytes[at + 1]!)
      case PREFIXED_HEX:
        return (
          this.#words[bytes.readUInt16LE(at + 1)]! + bytes.toString('hex', at + 4, at + 4 + bytes[at + 3]!)
        )
      case LONG:
        return bytes.toString('latin1', at + 3, at + 3 + bytes.readUInt16LE(at + 1))
      case WIDE:
        return bytes.toString('utf16le', at + 3, at + 3 + 2 * bytes.readUInt16LE(at + 1))
      default:
        return mark > LONGEST_SHORT
          ? String(bytes.readUIntLE(at + 1, mark - NUMBER + 1))
          : bytes.toString('latin1', at + 1, at + 1 + mark)
    }
  }
}

/** Where the value behind another one begins. */
export function skipText(bytes: Buffer, at: number): number {
  const mark = bytes[at]!
  switch (mark) {
    case WORD:
      return at + 3
    case HEX:
      return at + 2 + bytes[at + 1]!
    case PREFIXED_HEX:
      return at + 4 + bytes[at + 3]!
    case LONG:
      return at + 3 + bytes.readUInt16LE(at + 1)
    case WIDE:
      return at + 3 + 2 * bytes.readUInt16LE(at + 1)
    default:
      return mark > LONGEST_SHORT ? at + mark - NUMBER + 2 : at + 1 + mark
  }
}

/** Its own copy: a piece of a manifest would keep all of it in memory. */
export function detached(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le')
}

/** True for a text, from a place on, of so many bytes as it has characters, which one byte can tell. */
export function isShort(text: string, from = 0): boolean {
  if (text.length - from > LONGEST_SHORT) return false
  for (let index = from; index < text.length; index++) if (text.charCodeAt(index) > 0xff) return false
  return true
}

function writeNumber(bytes: Buffer, at: number, value: number): number {
  const length = value < 1 << 8 ? 1 : value < 1 << 16 ? 2 : value < 1 << 24 ? 3 : 4
  bytes[at] = NUMBER + length - 1
  return bytes.writeUIntLE(value, at + 1, length)
}

function writePlain(bytes: Buffer, at: number, text: string): number {
  const { length } = text
  const start = length > LONGEST_SHORT ? at + 3 : at + 1
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0xff) {
      bytes[at] = WIDE
      bytes.writeUInt16LE(length, at + 1)
      return at + 3 + bytes.write(text, at + 3, 'utf16le')
    }
    bytes[start + index] = code
  }
  if (length > LONGEST_SHORT) {
    bytes[at] = LONG
    bytes.writeUInt16LE(length, at + 1)
  } else bytes[at] = length
  return start + length
}

/** True for a text that ends in a digest in lower-case hex. */
export function isDigest(text: string): boolean {
  return text.length >= 40 && hexTail(text) > 0
}

/** True for a text that is nothing but a digest. */
export function isWholeDigest(text: string): boolean {
  return text.length >= 40 && hexTail(text) === text.length
}

/** How many characters at the end are a digest in lower-case hex: 64, 40 or 0. */
function hexTail(text: string): number {
  let index = text.length
  while (index > 0 && text.length - index < 64 && isHex(text.charCodeAt(index - 1))) index--
  const found = text.length - index
  return found === 64 ? 64 : found >= 40 ? 40 : 0
}

function isHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66)
}
