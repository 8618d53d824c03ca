/** A version as the checkers read it: plain numbers, written apart from the product's own. */
export interface ReadVersion {
  readonly release: readonly number[]
  readonly branch: readonly number[] | undefined
  readonly stamp: string | undefined
}

/** Reads `release[,build][-branch][:timestamp]`; the build is left out. */
export function readVersion(text: string): ReadVersion {
  const colon = text.indexOf(':')
  const stamp = colon < 0 ? undefined : text.slice(colon + 1)
  const rest = colon < 0 ? text : text.slice(0, colon)
  const dash = rest.indexOf('-')
  const branch = dash < 0 ? undefined : numbers(rest.slice(dash + 1))
  const [release] = (dash < 0 ? rest : rest.slice(0, dash)).split(',')
  return { release: numbers(release!), branch, stamp }
}

function numbers(text: string): readonly number[] {
  return text.split('.').map(Number)
}

/** Below, at or above 0. A missing part is smaller than any. */
export function orderOf(a: ReadVersion, b: ReadVersion): number {
  return (
    orderOfNumbers(a.release, b.release) ||
    orderOfNumbers(a.branch ?? [], b.branch ?? []) ||
    orderOfTexts(a.stamp ?? '', b.stamp ?? '')
  )
}

function orderOfNumbers(a: readonly number[], b: readonly number[]): number {
  for (let place = 0; place < Math.max(a.length, b.length); place += 1) {
    const difference = (a[place] ?? -1) - (b[place] ?? -1)
    if (difference !== 0) return difference
  }
  return 0
}

function orderOfTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** AUTO of solver-semantics §1. */
export function isWithin(version: ReadVersion, limit: ReadVersion): boolean {
  const begins = (whole: readonly number[], part: readonly number[]) =>
    part.length <= whole.length && part.every((number, place) => whole[place] === number)
  if (orderOf(version, limit) === 0) return true
  if (!begins(version.release, limit.release)) return false
  if (limit.branch !== undefined && !(version.branch !== undefined && begins(version.branch, limit.branch)))
    return false
  return limit.stamp === undefined || limit.stamp === version.stamp
}
