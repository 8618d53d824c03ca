/** Whether everything is tried (`npm run whole`), and not only the samples of `npm test`. */
export const isWhole = process.env.PKG6_TESTS === 'whole'

/** How much is tried: the first in `npm test`, the second where everything is. */
export function sampled<T>(sample: T, whole: T): T {
  return isWhole ? whole : sample
}

/**
 * Numbers from 1 to `count`: all where everything is tried, in `npm test` every so many of them. Samples whose `phase` differs
 * have no number in common, and `every` of them are the whole.
 */
export function sampledNumbers(count: number, every: number, phase = 0): readonly number[] {
  const all = Array.from({ length: count }, (_, index) => index + 1)
  return isWhole ? all : all.filter((number) => number % every === phase % every)
}
