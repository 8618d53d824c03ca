/**
 * First position from `low` to `high` - 1 that is not below something; `high` when all are. Those below come first. Asks about
 * a position for each halving.
 */
export function lowerBound(low: number, high: number, isBelow: (position: number) => boolean): number {
  let first = low
  let end = high
  while (first < end) {
    const middle = (first + end) >>> 1
    if (isBelow(middle)) first = middle + 1
    else end = middle
  }
  return first
}
