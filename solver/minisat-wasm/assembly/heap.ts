/** Decision order: a binary heap by priority (higher first), then activity (higher first), then number (lower first). */
import { heap, heapSize, places, ranks, variables } from './state'

let increment: f64 = 1
const DECAY: f64 = 0.95
const RESCALE: f64 = 1e100

/** Whether variable `a` is decided before `b`. */
function before(table: usize, a: u32, b: u32): bool {
  const x = table + (a << 4)
  const y = table + (b << 4)
  const priorityX = load<f64>(x)
  const priorityY = load<f64>(y)
  if (priorityX != priorityY) return priorityX > priorityY
  const activityX = load<f64>(x, 8)
  const activityY = load<f64>(y, 8)
  if (activityX != activityY) return activityX > activityY
  return a < b
}

function siftUp(from: u32): void {
  const table = ranks
  const array = heap
  const index = places
  let place = from
  const variable = load<u32>(array + (place << 2))
  while (place > 0) {
    const parent = (place - 1) >> 1
    const above = load<u32>(array + (parent << 2))
    if (!before(table, variable, above)) break
    store<u32>(array + (place << 2), above)
    store<u32>(index + (above << 2), place + 1)
    place = parent
  }
  store<u32>(array + (place << 2), variable)
  store<u32>(index + (variable << 2), place + 1)
}

function siftDown(from: u32): void {
  const table = ranks
  const array = heap
  const index = places
  const size = heapSize
  let place = from
  const variable = load<u32>(array + (place << 2))
  while (true) {
    let child = place * 2 + 1
    if (child >= size) break
    let below = load<u32>(array + (child << 2))
    if (child + 1 < size) {
      const other = load<u32>(array + ((child + 1) << 2))
      if (before(table, other, below)) {
        below = other
        child++
      }
    }
    if (!before(table, below, variable)) break
    store<u32>(array + (place << 2), below)
    store<u32>(index + (below << 2), place + 1)
    place = child
  }
  store<u32>(array + (place << 2), variable)
  store<u32>(index + (variable << 2), place + 1)
}

/** Puts a variable into the heap unless it is there. */
export function insertVariable(variable: u32): void {
  if (load<u32>(places + (variable << 2)) != 0) return
  const place = heapSize++
  store<u32>(heap + (place << 2), variable)
  siftUp(place)
}

/**
 * Closes the hole at the root: the better children move up along one path to a leaf, then `variable` goes there and up again.
 * It came from the end of the heap and mostly belongs near it, so this costs half the comparisons of sifting it down.
 */
function fillRoot(variable: u32): void {
  const table = ranks
  const array = heap
  const index = places
  const size = heapSize
  let place: u32 = 0
  while (true) {
    let child = place * 2 + 1
    if (child >= size) break
    let below = load<u32>(array + (child << 2))
    if (child + 1 < size) {
      const other = load<u32>(array + ((child + 1) << 2))
      if (before(table, other, below)) {
        below = other
        child++
      }
    }
    store<u32>(array + (place << 2), below)
    store<u32>(index + (below << 2), place + 1)
    place = child
  }
  store<u32>(array + (place << 2), variable)
  siftUp(place)
}

/** Takes the first variable out; 0 when the heap is empty. */
export function popVariable(): u32 {
  if (heapSize == 0) return 0
  const first = load<u32>(heap)
  store<u32>(places + (first << 2), 0)
  const last = load<u32>(heap + (--heapSize << 2))
  if (heapSize > 0) fillRoot(last)
  return first
}

/** A variable took part in a conflict: it moves forward inside its priority. */
export function bumpVariable(variable: u32): void {
  const place = ranks + (variable << 4)
  const activity = load<f64>(place, 8) + increment
  store<f64>(place, activity, 8)
  if (activity > RESCALE) rescale()
  const position = load<u32>(places + (variable << 2))
  if (position != 0) siftUp(position - 1)
}

/** All activities shrink by the same factor; ties that underflow makes are re-sorted because ties go by number. */
function rescale(): void {
  for (let variable: u32 = 1; variable <= variables; variable++) {
    const place = ranks + (variable << 4)
    store<f64>(place, load<f64>(place, 8) / RESCALE, 8)
  }
  increment /= RESCALE
  for (let place = heapSize >> 1; place-- > 0; ) siftDown(place)
}

/** Makes later bumps weigh more than earlier ones. */
export function decayActivities(): void {
  increment /= DECAY
}

/** Changes the priority of a variable and its place. */
export function changePriority(variable: u32, priority: f64): void {
  store<f64>(ranks + (variable << 4), priority)
  const position = load<u32>(places + (variable << 2))
  if (position == 0) return
  siftUp(position - 1)
  siftDown(load<u32>(places + (variable << 2)) - 1)
}
