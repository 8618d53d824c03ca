/**
 * Adds items to the end of a list. `list.push(...items)` passes each item as an argument, and the stack of the engine has room for some ten
 * thousand. A list from a catalog may have more items.
 */
export function append<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item)
}

/** The largest number of a list, however long it is; `-Infinity` for none. */
export function largest(numbers: readonly number[]): number {
  return numbers.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY)
}

/** The smallest number of a list, however long it is; `Infinity` for none. */
export function smallest(numbers: readonly number[]): number {
  return numbers.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY)
}
