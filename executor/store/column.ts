/** Values of one chunk of a column. */
const BITS = 10
const CHUNK = 1 << BITS
const MASK = CHUNK - 1

type Values = Int32Array | Uint16Array | Uint32Array | Float64Array | Uint8Array

/**
 * Numbers by row, outside the heap of the garbage collector. Grows chunk by chunk, without copies. A row that was never set is 0; a chunk
 * of zeros takes no room.
 */
export class Column {
  readonly #Chunk: new (
    length: number,
  ) => Values
  readonly #chunks: (Values | undefined)[] = []
  #length = 0

  /** `chunk`: the typed array that holds the numbers; it decides their range. */
  constructor(chunk: new (length: number) => Values) {
    this.#Chunk = chunk
  }

  /** Last row that was set, and one. */
  get length(): number {
    return this.#length
  }

  get(row: number): number {
    return this.#chunks[row >>> BITS]?.[row & MASK] ?? 0
  }

  set(row: number, value: number): void {
    if (row >= this.#length) this.#length = row + 1
    const number = row >>> BITS
    while (this.#chunks.length <= number) this.#chunks.push(undefined)
    let chunk = this.#chunks[number]
    if (chunk === undefined && value === 0) return
    chunk ??= this.#chunks[number] = new this.#Chunk(CHUNK)
    chunk[row & MASK] = value
  }

  /** Sets the next row; returns its number. */
  push(value: number): number {
    this.set(this.#length, value)
    return this.#length - 1
  }
}
