/**
 * Blocks of linear memory. Small blocks (up to 64 KiB) have power-of-two sizes and come from a bump region; large ones have
 * four sizes per doubling, so that a grown array wastes at most a quarter. Freed blocks go to one list per size; a freed large
 * block is also cut up when the bump region runs dry, which gives the memory of outgrown arrays to watch lists.
 */
import { outOfMemory } from './host'

const SMALL_LIMIT: u32 = 65536
/** Lists 0..16 are small powers of two; large sizes follow, four per doubling. */
const LARGE_LISTS: u32 = 17
const LISTS: u32 = 17 + 4 * 16

const freeLists: usize = __heap_base
let top: usize = (__heap_base + LISTS * 4 + 15) & ~15
let regionNext: usize = 0
let regionEnd: usize = 0

/** Size of the block for a request of `bytes`. */
export function blockSize(bytes: usize): usize {
  if (bytes <= 16) return 16
  const log: u32 = 31 - clz<u32>(<u32>bytes - 1)
  if (bytes <= SMALL_LIMIT) return 2 << log
  const step: u32 = 1 << (log - 2)
  return (bytes + step - 1) & ~(step - 1)
}

function listOf(size: usize): u32 {
  const log: u32 = 31 - clz<u32>(<u32>size)
  if (size <= SMALL_LIMIT) return log
  return LARGE_LISTS + (log - 16) * 4 + ((<u32>size >> (log - 2)) & 3)
}

function pop(list: u32): usize {
  const place = freeLists + list * 4
  const block = load<u32>(place)
  if (block != 0) store<u32>(place, load<u32>(block))
  return block
}

/** Takes `size` bytes from the end of memory, growing it where needed: generously first, then by the bare need. */
function extend(size: usize): usize {
  const end: u64 = <u64>top + size
  const pages: u32 = memory.size()
  if (end > (<u64>pages) << 16) {
    const needed: u64 = ((end + 65535) >> 16) - pages
    // The last page stays unused, so that the end of a block never wraps round to 0.
    if (<u64>pages + needed > 65535) outOfMemory()
    const wanted = min<u32>(max<u32>(<u32>needed, (pages >> 3) + 8), 65535 - pages)
    if (memory.grow(wanted) < 0 && memory.grow(<u32>needed) < 0) outOfMemory()
  }
  const block = top
  top = <usize>end
  return block
}

function allocateSmall(size: usize): usize {
  const recycled = pop(listOf(size))
  if (recycled != 0) return recycled
  if (regionEnd - regionNext < size) {
    // The rest of the old region, at most one small block, is lost.
    for (let list = LARGE_LISTS; list < LISTS; list++) {
      const block = pop(list)
      if (block == 0) continue
      const log = 16 + ((list - LARGE_LISTS) >> 2)
      regionNext = block
      regionEnd = block + ((4 + ((list - LARGE_LISTS) & 3)) << (log - 2))
      break
    }
    if (regionEnd - regionNext < size) {
      regionNext = extend(SMALL_LIMIT)
      regionEnd = regionNext + SMALL_LIMIT
    }
  }
  const block = regionNext
  regionNext += size
  return block
}

/** A block of at least `bytes` bytes, aligned to 8, contents undefined. */
export function allocate(bytes: usize): usize {
  if (bytes > 0xf0000000) outOfMemory()
  const size = blockSize(bytes)
  if (size <= SMALL_LIMIT) return allocateSmall(size)
  const list = listOf(size)
  // Only a block of the same size: `release` would put a bigger one into the wrong list.
  const recycled = pop(list)
  return recycled != 0 ? recycled : extend(size)
}

/** Gives back a block that `allocate(bytes)` made. */
export function release(block: usize, bytes: usize): void {
  if (block == 0) return
  const place = freeLists + listOf(blockSize(bytes)) * 4
  store<u32>(block, load<u32>(place))
  store<u32>(place, block)
}

/** Copies whole words between blocks that do not overlap. For a few words a loop is much faster than the instruction. */
export function copyWords(to: usize, from: usize, bytes: usize): void {
  if (bytes > 256) {
    memory.copy(to, from, bytes)
    return
  }
  const end = from + bytes
  for (; from < end; from += 4, to += 4) store<u32>(to, load<u32>(from))
}

/** Moves an array to a bigger block; the new part is zero. */
export function enlarge(block: usize, oldBytes: usize, newBytes: usize): usize {
  const next = allocate(newBytes)
  if (block != 0) {
    memory.copy(next, block, oldBytes)
    release(block, oldBytes)
  }
  memory.fill(next + oldBytes, 0, newBytes - oldBytes)
  return next
}
