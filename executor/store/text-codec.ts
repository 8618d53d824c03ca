/** Most characters of a short text: Latin-1, behind one byte that is its length. */
const LONGEST_SHORT = 0xef
/* First byte of other texts; two bytes of length and the text in Latin-1 or UTF-16 follow. */
const LONG = 0xf4
const WIDE = 0xf5

/** Bytes that a text takes at most. */
export function mostBytes(text: string): number {
  return 3 + 2 * text.length
}

/** True for a short text, from an index on: its bytes compare as its code points do. */
export function isShort(text: string, from = 0): boolean {
  return text.length - from <= LONGEST_SHORT && isLatin1(text, from)
}

function isLatin1(text: string, from = 0): boolean {
  for (let index = from; index < text.length; index++) if (text.charCodeAt(index) > 0xff) return false
  return true
}

/** Writes a text of at most 65,535 characters; returns where it ends. */
export function writeText(bytes: Buffer, at: number, text: string): number {
  const { length } = text
  const isWide = !isLatin1(text)
  if (!isWide && length <= LONGEST_SHORT) {
    bytes[at] = length
    return at + 1 + bytes.write(text, at + 1, 'latin1')
  }
  bytes[at] = isWide ? WIDE : LONG
  bytes.writeUInt16LE(length, at + 1)
  return at + 3 + bytes.write(text, at + 3, isWide ? 'utf16le' : 'latin1')
}

export function readText(bytes: Buffer, at: number): string {
  const mark = bytes[at]!
  if (mark <= LONGEST_SHORT) return bytes.toString('latin1', at + 1, at + 1 + mark)
  const length = bytes.readUInt16LE(at + 1)
  return mark === LONG
    ? bytes.toString('latin1', at + 3, at + 3 + length)
    : bytes.toString('utf16le', at + 3, at + 3 + 2 * length)
}

/** Where a text ends. */
export function skipText(bytes: Buffer, at: number): number {
  const mark = bytes[at]!
  if (mark <= LONGEST_SHORT) return at + 1 + mark
  return at + 3 + (mark === LONG ? 1 : 2) * bytes.readUInt16LE(at + 1)
}

/** A copy of a text: a piece of a manifest keeps all of the manifest in memory. */
export function detached(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le')
}
