/**
 * Shell match over a whole text: `*`, `?` and `[set]`. Linear in practice: at most one way back, to the last `*`, so a
 * hostile pattern costs length times length, never more.
 */
export function globMatcher(pattern: string): (text: string) => boolean {
  const parts = compile(pattern)
  return (text) => matches(parts, text)
}

type Part = '*' | ((character: string) => boolean)

function compile(pattern: string): readonly Part[] {
  const parts: Part[] = []
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string
    if (character === '*') {
      if (parts.at(-1) !== '*') parts.push('*')
    } else if (character === '?') parts.push(() => true)
    else if (character === '[') {
      const end = pattern.indexOf(']', at + 2)
      if (end < 0) parts.push((other) => other === '[')
      else {
        parts.push(set(pattern.slice(at + 1, end)))
        at = end
      }
    } else parts.push((other) => other === character)
  }
  return parts
}

function set(body: string): (character: string) => boolean {
  const not = body.startsWith('!')
  const members = not ? body.slice(1) : body
  const ranges: (readonly [string, string])[] = []
  for (let at = 0; at < members.length; at++) {
    const low = members[at] as string
    const isRange = members[at + 1] === '-' && at + 2 < members.length
    ranges.push([low, isRange ? (members[at + 2] as string) : low])
    if (isRange) at += 2
  }
  return (character) => ranges.some(([low, high]) => character >= low && character <= high) !== not
}

function matches(parts: readonly Part[], text: string): boolean {
  let part = 0
  let at = 0
  let star = -1
  let mark = 0
  while (at < text.length) {
    const current = parts[part]
    if (current === '*') {
      star = part++
      mark = at
    } else if (current?.(text[at] as string) === true) {
      part += 1
      at += 1
    } else if (star >= 0) {
      part = star + 1
      at = ++mark
    } else return false
  }
  while (parts[part] === '*') part += 1
  return part === parts.length
}
