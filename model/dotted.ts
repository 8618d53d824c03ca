/**
 * Dotted sequences of numbers (`1.20.3`) as text. Numbers may have any length, so nothing here turns one into a
 * JavaScript number. Source: fmri-and-version §2, §3.
 */

const dot = 0x2e
const zero = 0x30
const nine = 0x39

/**
 * Why a text is no dotted sequence, or undefined when it is one. A number above zero must not begin with a zero; `00` is
 * zero in an odd spelling and passes.
 */
export function dottedFault(text: string): string | undefined {
  let start = 0
  for (let index = 0; index <= text.length; index++) {
    const code = index === text.length ? dot : text.charCodeAt(index)
    if (code === dot) {
      if (index === start) return text === '' ? 'number missing' : 'number missing beside a dot'
      start = index + 1
    } else if (code < zero || code > nine) {
      return `not a number: ${shown(text)}`
    } else if (code !== zero && index > start && text.charCodeAt(start) === zero) {
      return `number with a leading zero in ${shown(text)}`
    }
  }
  return undefined
}

/** False for a sequence with `00` or the like, which may be read but not published. */
export function isCanonicalDotted(text: string): boolean {
  for (let index = 0; index + 1 < text.length; index++) {
    const starts = index === 0 || text.charCodeAt(index - 1) === dot
    if (starts && text.charCodeAt(index) === zero && text.charCodeAt(index + 1) !== dot) return false
  }
  return true
}

/** Element by element as integers; a proper prefix is smaller. */
export function compareDotted(a: string, b: string): number {
  if (a === b) return 0
  let left = 0
  let right = 0
  for (;;) {
    const leftEnd = numberEnd(a, left)
    const rightEnd = numberEnd(b, right)
    const order = compareNumbers(a, left, leftEnd, b, right, rightEnd)
    if (order !== 0) return order
    if (leftEnd === a.length || rightEnd === b.length) {
      if (leftEnd !== a.length) return 1
      return rightEnd === b.length ? 0 : -1
    }
    left = leftEnd + 1
    right = rightEnd + 1
  }
}

/** True when every element of `prefix` equals the element of `whole` at its place. */
export function isDottedPrefix(prefix: string, whole: string): boolean {
  if (prefix === whole) return true
  let left = 0
  let right = 0
  for (;;) {
    const leftEnd = numberEnd(prefix, left)
    const rightEnd = numberEnd(whole, right)
    if (compareNumbers(prefix, left, leftEnd, whole, right, rightEnd) !== 0) return false
    if (leftEnd === prefix.length) return true
    if (rightEnd === whole.length) return false
    left = leftEnd + 1
    right = rightEnd + 1
  }
}

function numberEnd(text: string, start: number): number {
  let index = start
  while (index < text.length && text.charCodeAt(index) !== dot) index++
  return index
}

function skipZeros(text: string, start: number, end: number): number {
  let index = start
  while (index < end && text.charCodeAt(index) === zero) index++
  return index
}

function compareNumbers(
  a: string,
  aStart: number,
  aEnd: number,
  b: string,
  bStart: number,
  bEnd: number,
): number {
  const left = skipZeros(a, aStart, aEnd)
  const right = skipZeros(b, bStart, bEnd)
  const lengths = aEnd - left - (bEnd - right)
  if (lengths !== 0) return lengths
  for (let index = 0; index < aEnd - left; index++) {
    const digits = a.charCodeAt(left + index) - b.charCodeAt(right + index)
    if (digits !== 0) return digits
  }
  return 0
}

/** A piece of hostile text that is short enough for a message. */
export function shown(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`
}
