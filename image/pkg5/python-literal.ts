/** What a literal of pkg5's configuration can hold. */
export type PythonValue =
  | string
  | number
  | boolean
  | null
  | readonly PythonValue[]
  | { readonly [key: string]: PythonValue }

const deepest = 20
const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

/**
 * Reads the Python literals that pkg5 writes into its configuration: texts, numbers, True, False, None, lists, tuples and dicts of
 * them. Undefined when the text is anything else.
 */
export function parsePythonLiteral(text: string): PythonValue | undefined {
  let at = 0
  const failed = new Error('no literal')
  const fail = (): never => {
    throw failed
  }
  const blanks = (): void => {
    while (/\s/.test(text[at] ?? '')) at += 1
  }
  const take = (expected: string): boolean => {
    blanks()
    if (text[at] !== expected) return false
    at += 1
    return true
  }
  const readText = (): string => {
    const quote = text[at++]
    let found = ''
    while (text[at] !== quote) {
      const character = text[at++] ?? fail()
      if (character !== '\\') {
        found += character
        continue
      }
      const kind = text[at++] ?? fail()
      const digits = { x: 2, u: 4, U: 8 }[kind]
      if (digits === undefined) {
        found += escapes[kind] ?? `\\${kind}`
        continue
      }
      const code = text.slice(at, at + digits)
      if (!/^[0-9a-fA-F]+$/.test(code) || code.length !== digits || Number.parseInt(code, 16) > 0x10ffff)
        fail()
      found += String.fromCodePoint(Number.parseInt(code, 16))
      at += digits
    }
    at += 1
    return found
  }
  const readWord = (): PythonValue => {
    const word = /^[-+\w.]+/.exec(text.slice(at, at + 64))?.[0] ?? fail()
    at += word.length
    if (word === 'True' || word === 'False') return word === 'True'
    if (word === 'None') return null
    return /^[-+]?[0-9]+(\.[0-9]+)?$/.test(word) ? Number(word) : fail()
  }
  const readItems = (end: string, depth: number): PythonValue[] => {
    const items: PythonValue[] = []
    while (!take(end)) {
      items.push(readValue(depth + 1))
      if (!take(',')) {
        if (!take(end)) fail()
        break
      }
    }
    return items
  }
  const readDict = (depth: number): PythonValue => {
    const entries: [string, PythonValue][] = []
    while (!take('}')) {
      const key = readValue(depth + 1)
      if (typeof key !== 'string' || !take(':')) return fail()
      entries.push([key, readValue(depth + 1)])
      if (!take(',')) {
        if (!take('}')) fail()
        break
      }
    }
    return Object.fromEntries(entries)
  }
  function readValue(depth: number): PythonValue {
    if (depth > deepest) fail()
    if (take('[')) return readItems(']', depth)
    if (take('(')) return readItems(')', depth)
    if (take('{')) return readDict(depth)
    return text[at] === "'" || text[at] === '"' ? readText() : readWord()
  }
  try {
    const value = readValue(0)
    blanks()
    return at === text.length ? value : undefined
  } catch (error) {
    if (error === failed) return undefined
    throw error
  }
}
