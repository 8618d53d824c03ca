import { mostBytes, readText, writeText } from './text-codec.ts'

/** Bytes of one chunk; a text lies in one of them. An address is the number of the chunk and the offset in it. */
const BITS = 16
const CHUNK = 1 << BITS
/** Most characters of a text. */
const LONGEST = 4096

/** Keeps names outside the heap of the garbage collector, mostly in one byte more than they have characters. */
export class TextArena {
  readonly #chunks: Buffer[] = []
  #used = CHUNK

  /** Address of a text, which must not be longer than a path. */
  add(text: string): number {
    if (text.length > LONGEST) throw new RangeError('a name that is too long')
    if (this.#used + mostBytes(text) > CHUNK) {
      this.#chunks.push(Buffer.allocUnsafeSlow(CHUNK))
      this.#used = 0
    }
    const at = this.#used
    this.#used = writeText(this.#chunks.at(-1)!, at, text)
    return (this.#chunks.length - 1) * CHUNK + at
  }

  /** Where a text lies. A short one in Latin-1 is its length in one byte, then its bytes. */
  locate(address: number): { readonly bytes: Buffer; readonly at: number } {
    return { bytes: this.#chunks[Math.floor(address / CHUNK)]!, at: address % CHUNK }
  }

  text(address: number): string {
    const { bytes, at } = this.locate(address)
    return readText(bytes, at)
  }
}
