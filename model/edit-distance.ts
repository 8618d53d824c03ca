/**
 * Measures the edit distance between one name and others: insertions, deletions, changes and swaps of neighbours (optimal string
 * alignment). A distance above `limit` counts as `limit + 1`. Fast for one name and very many others: a name that lacks too many
 * letters is rejected without a table, and only the cells within the limit are computed.
 */
export function editDistanceFrom(name: string, limit: number): (other: string) => number {
  const far = limit + 1
  const letters = new Uint16Array(BUCKETS)
  for (let index = 0; index < name.length; index += 1) letters[bucketAt(name, index)]! += 1
  const left = new Uint16Array(BUCKETS)
  /** The distance is at least the number of letters that only one of the names has. */
  const isPlainlyFar = (other: string) => {
    left.set(letters)
    let foreign = 0
    for (let index = 0; index < other.length; index += 1) {
      const bucket = bucketAt(other, index)
      if (left[bucket] === 0) foreign += 1
      else left[bucket]! -= 1
    }
    const missing = name.length - (other.length - foreign)
    return foreign > limit || missing > limit
  }
  const width = name.length + 1
  /** The last three rows of the table. */
  const rows = [new Uint16Array(width), new Uint16Array(width), new Uint16Array(width)] as const
  return (other) => {
    if (other === name) return 0
    if (Math.abs(other.length - name.length) > limit || isPlainlyFar(other)) return far
    let [beforeLast, last, next]: readonly [Uint16Array, Uint16Array, Uint16Array] = rows
    for (let column = 0; column < width; column += 1) last[column] = Math.min(column, far)
    for (let row = 1; row <= other.length; row += 1) {
      const from = Math.max(1, row - limit)
      const to = Math.min(name.length, row + limit)
      next.fill(far)
      next[0] = Math.min(row, far)
      let nearest = next[0]
      for (let column = from; column <= to; column += 1) {
        const letter = other[row - 1]
        const same = letter === name[column - 1] ? 0 : 1
        let best = Math.min(last[column]! + 1, next[column - 1]! + 1, last[column - 1]! + same, far)
        if (row > 1 && column > 1 && letter === name[column - 2] && other[row - 2] === name[column - 1])
          best = Math.min(best, beforeLast[column - 2]! + 1)
        next[column] = best
        nearest = Math.min(nearest, best)
      }
      // A swap looks back two rows, but it costs one more than the row between allows anyway.
      if (nearest > limit) return far
      ;[beforeLast, last, next] = [last, next, beforeLast]
    }
    return last[name.length]!
  }
}

/** Buckets for counting letters. Letters that share a bucket reject fewer names early. */
const BUCKETS = 64

const bucketAt = (text: string, index: number) => text.charCodeAt(index) % BUCKETS
