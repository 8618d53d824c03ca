/** Small seeded generator (xorshift32) of numbers from 0 to below 1, so that a printed seed repeats a run. */
export function seededRandom(seed: number): () => number {
  // Neighbouring seeds shall not begin alike.
  let state = Math.imul(seed, 0x9e3779b1) | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
