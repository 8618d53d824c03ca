/** Lists per literal: the other literals of binary clauses (u32), and watched longer clauses (reference u32, blocker u32). */
import { allocate, copyWords, release } from './memory'
import { HEADER, pairs, watches } from './state'

function grow(header: usize, width: u32): void {
  const address = load<u32>(header)
  const capacity = load<u32>(header, 8)
  const bytes = capacity << width
  const nextBytes = capacity == 0 ? 16 : bytes << 1
  const next = allocate(nextBytes)
  if (capacity != 0) {
    copyWords(next, address, bytes)
    release(address, bytes)
  }
  store<u32>(header, next)
  store<u32>(header, nextBytes >> width, 8)
}

/** When `literal` becomes true, `other` must be true. */
export function pushPair(literal: u32, other: u32): void {
  const header = pairs + literal * HEADER
  const count = load<u32>(header, 4)
  if (count == load<u32>(header, 8)) grow(header, 2)
  store<u32>(load<u32>(header) + (count << 2), other)
  store<u32>(header, count + 1, 4)
}

/** When `literal` becomes true, the clause must be looked at unless `blocker` is true. Bit 0 of the reference: learnt. */
export function pushWatch(literal: u32, reference: u32, blocker: u32): void {
  const header = watches + literal * HEADER
  const count = load<u32>(header, 4)
  if (count == load<u32>(header, 8)) grow(header, 3)
  const place = load<u32>(header) + (count << 3)
  store<u32>(place, reference)
  store<u32>(place, blocker, 4)
  store<u32>(header, count + 1, 4)
}

/** Empties a list and frees its memory. `width` is the binary logarithm of the size of an entry. */
export function dropList(header: usize, width: u32): void {
  release(load<u32>(header), load<u32>(header, 8) << width)
  store<u32>(header, 0)
  store<u32>(header, 0, 4)
  store<u32>(header, 0, 8)
}
