/**
 * A list of whole numbers from -2^31 to 2^31 - 1, four bytes each. Millions of them cost the garbage collector one object. It
 * doubles its memory when it is full.
 */
export class GrowingInts {
  #numbers: Int32Array
  #length = 0

  /** `capacity`: how many numbers fit before it grows for the first time. */
  constructor(capacity = 1024) {
    this.#numbers = new Int32Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** The array behind the list, for hot loops. Numbers from `length` on mean nothing; growing leaves the array behind. */
  get backing(): Int32Array {
    return this.#numbers
  }

  /** The number at a position below `length`. */
  at(index: number): number {
    return this.#numbers[index]!
  }

  /** The last number of a list that is not empty. */
  last(): number {
    return this.#numbers[this.#length - 1]!
  }

  /** Changes the number at a position below `length`. */
  set(index: number, value: number): void {
    this.#numbers[index] = value
  }

  push(value: number): void {
    if (this.#length === this.#numbers.length) this.#grow(this.#length + 1)
    this.#numbers[this.#length++] = value
  }

  pushAll(values: ArrayLike<number>): void {
    const from = this.#length
    this.#length += values.length
    if (this.#length > this.#numbers.length) this.#grow(this.#length)
    this.#numbers.set(values, from)
  }

  /** Appends zeros until there are at least `length` numbers. */
  lengthen(length: number): void {
    if (length <= this.#length) return
    if (length > this.#numbers.length) this.#grow(length)
    this.#numbers.fill(0, this.#length, length)
    this.#length = length
  }

  /** Keeps only the first `length` numbers. */
  cut(length: number): void {
    this.#length = length
  }

  /** The numbers from `start` on as a view; growing leaves it behind. */
  values(start = 0): Int32Array {
    return this.#numbers.subarray(start, this.#length)
  }

  #grow(needed: number): void {
    const larger = new Int32Array(2 * Math.max(this.#numbers.length, needed))
    larger.set(this.#numbers)
    this.#numbers = larger
  }
}
