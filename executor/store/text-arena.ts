/** Bytes of one chunk; a text lies in one of them. An address is the number of the chunk and the place in it. */
const BITS = 16
const CHUNK = 1 << BITS
/** First byte: the length in Latin-1, or one of these with two bytes of length behind it. */
const LONGEST_SHORT = 0xfd
const LONG = 0xfe
const WIDE = 0xff
const LONGEST = 4096

/** Keeps names outside the heap of the garbage collector, mostly in one byte more than they have characters. */
export class TextArena {
  readonly #chunks: Buffer[] = []
  #used = CHUNK

  /** Address of a text, which must not be longer than a path. */
  add(text: string): number {
    const { length } = text
    if (length > LONGEST) throw new RangeError('a name that is too long')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of Latin-1
    const wide = /[^\x00-\xff]/.test(text)
    const head = wide || length > LONGEST_SHORT ? 3 : 1
    const size = head + (wide ? 2 * length : length)
    if (this.#used + size > CHUNK) {
      this.#chunks.push(Buffer.allocUnsafeSlow(CHUNK))
      this.#used = 0
    }
    const chunk = this.#chunks.at(-1)!
    const at = this.#used
    if (head === 1) chunk[at] = length
    else {
      chunk[at] = wide ? WIDE : LONG
      chunk.writeUInt16LE(length, at + 1)
    }
    chunk.write(text, at + head, wide ? 'utf16le' : 'latin1')
    this.#used += size
    return (this.#chunks.length - 1) * CHUNK + at
  }

  /** Where a text lies. A short one in Latin-1 is its bytes, with their number before them. */
  locate(address: number): { readonly bytes: Buffer; readonly at: number } {
    return { bytes: this.#chunks[Math.floor(address / CHUNK)]!, at: address % CHUNK }
  }

  text(address: number): string {
    const { bytes: chunk, at } = this.locate(address)
    const mark = chunk[at]!
    if (mark <= LONGEST_SHORT) return chunk.toString('latin1', at + 1, at + 1 + mark)
    const length = chunk.readUInt16LE(at + 1)
    return mark === LONG
      ? chunk.toString('latin1', at + 3, at + 3 + length)
      : chunk.toString('utf16le', at + 3, at + 3 + 2 * length)
  }
}
