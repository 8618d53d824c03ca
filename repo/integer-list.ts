/** Growing list of 32-bit numbers. */
export interface IntegerList {
  readonly length: number
  push(value: number): void
  /** Number at a position below `length`. */
  at(index: number): number
  /** The last number; the list is not empty. */
  last(): number
  /** Keeps only the first `length` numbers. */
  cut(length: number): void
  /** The numbers so far; a view that later pushes may leave behind. */
  values(): Int32Array
}

export function createIntegerList(): IntegerList {
  let numbers = new Int32Array(1024)
  let length = 0
  return {
    get length() {
      return length
    },
    push(value) {
      if (length === numbers.length) {
        const larger = new Int32Array(length * 2)
        larger.set(numbers)
        numbers = larger
      }
      numbers[length++] = value
    },
    at: (index) => numbers[index]!,
    last: () => numbers[length - 1]!,
    cut(to) {
      length = to
    },
    values: () => numbers.subarray(0, length),
  }
}
