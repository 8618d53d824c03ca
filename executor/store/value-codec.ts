import { detached, mostBytes, readText, skipText, writeText } from './text-codec.ts'

/* First byte of a value that is not written as a text. */
const ABSENT = 0xf0
const WORD = 0xf1
const HEX = 0xf2
const PREFIXED_HEX = 0xf3

/** Words come from outside, so the number of remembered words has a limit. */
const MOST_WORDS = 4096
const LONGEST_WORD = 24
/** Sizes and paths hardly ever come twice. */
const notWord = /\/|^[1-9][0-9]*$/

/** Writes values of actions in few bytes, and reads them: digests are packed, frequent words are numbers. */
export class ValueCodec {
  readonly #words: string[] = []
  readonly #wordIds = new Map<string, number>()

  /** Returns where the value ends; undefined where the buffer has no room for it. */
  write(bytes: Buffer, at: number, value: string | undefined): number | undefined {
    if (value === undefined) {
      bytes[at] = ABSENT
      return at + 1
    }
    const { length } = value
    if (at + mostBytes(value) > bytes.length) return undefined
    const hex = length < 40 ? 0 : hexTail(value)
    if (hex > 0 && hex === length) {
      bytes[at] = HEX
      bytes[at + 1] = hex / 2
      return at + 2 + bytes.write(value, at + 2, 'hex')
    }
    const prefix = hex === 0 ? undefined : this.#wordId(value.slice(0, length - hex))
    if (prefix !== undefined) {
      bytes[at] = PREFIXED_HEX
      bytes.writeUInt16LE(prefix, at + 1)
      bytes[at + 3] = hex / 2
      return at + 4 + bytes.write(value.slice(length - hex), at + 4, 'hex')
    }
    const word = length < 3 || notWord.test(value) ? undefined : this.#wordId(value)
    if (word === undefined) return writeText(bytes, at, value)
    bytes[at] = WORD
    return bytes.writeUInt16LE(word, at + 1)
  }

  read(bytes: Buffer, at: number): string | undefined {
    switch (bytes[at]) {
      case ABSENT:
        return undefined
      case WORD:
        return this.#words[bytes.readUInt16LE(at + 1)]
      case HEX:
        return bytes.toString('hex', at + 2, at + 2 + bytes[at + 1]!)
      case PREFIXED_HEX:
        return (
          this.#words[bytes.readUInt16LE(at + 1)]! + bytes.toString('hex', at + 4, at + 4 + bytes[at + 3]!)
        )
      default:
        return readText(bytes, at)
    }
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
}

/** Where a value ends. */
export function skipValue(bytes: Buffer, at: number): number {
  switch (bytes[at]) {
    case ABSENT:
      return at + 1
    case WORD:
      return at + 3
    case HEX:
      return at + 2 + bytes[at + 1]!
    case PREFIXED_HEX:
      return at + 4 + bytes[at + 3]!
    default:
      return skipText(bytes, at)
  }
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
