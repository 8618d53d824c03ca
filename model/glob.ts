/** One place of a compiled glob; `undefined` is `*`. */
type Place = ((code: number) => boolean) | undefined

/**
 * Compiles a shell pattern (`*`, `?` and, when asked, `[abc]`, `[a-z]`, `[!a]`) to a test of whole texts. Case-sensitive,
 * `*` spans everything. Works on UTF-16 code units; time at most length of pattern times length of text. An unclosed `[`
 * stands for itself.
 */
export function compileGlob(
  pattern: string,
  options: { readonly classes: boolean },
): (text: string) => boolean {
  const places: Place[] = []
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index]!
    const close = character === '[' && options.classes ? classEnd(pattern, index) : -1
    if (close !== -1) {
      places.push(classTest(pattern.slice(index + 1, close)))
      index = close
    } else if (character !== '*') {
      const code = character.charCodeAt(0)
      places.push(character === '?' ? () => true : (other) => other === code)
    } else if (places.length === 0 || places.at(-1) !== undefined) {
      places.push(undefined)
    }
  }
  return (text) => matches(places, text)
}

/** Only the last `*` is ever taken back to: an earlier one could not do better. */
function matches(places: readonly Place[], text: string): boolean {
  let place = 0
  let index = 0
  let star = -1
  let starIndex = 0
  while (index < text.length) {
    const test = places[place]
    if (place < places.length && test === undefined) {
      star = place++
      starIndex = index
    } else if (test?.(text.charCodeAt(index))) {
      place++
      index++
    } else if (star !== -1) {
      place = star + 1
      index = ++starIndex
    } else {
      return false
    }
  }
  while (place < places.length && places[place] === undefined) place++
  return place === places.length
}

/** Position of the `]` of a class; one directly behind the opening is a member. */
function classEnd(pattern: string, open: number): number {
  const first = pattern[open + 1] === '!' ? open + 2 : open + 1
  return pattern.indexOf(']', first + 1)
}

function classTest(body: string): (code: number) => boolean {
  const negated = body.startsWith('!')
  const members = negated ? body.slice(1) : body
  const ranges: [number, number][] = []
  for (let index = 0; index < members.length; index++) {
    const low = members.charCodeAt(index)
    if (members[index + 1] === '-' && index + 2 < members.length) {
      ranges.push([low, members.charCodeAt(index + 2)])
      index += 2
    } else {
      ranges.push([low, low])
    }
  }
  return (code) => ranges.some(([low, high]) => low <= code && code <= high) !== negated
}
