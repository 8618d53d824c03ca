/** A source with its comments blanked and each string replaced by the number of its entry in `strings`. */
export interface MaskedSource {
  /** Strings are `"0"`, `"1"`, ...; pieces of templates and regular expressions are gone. Line breaks are kept outside strings. */
  readonly code: string
  readonly strings: readonly string[]
  /** Texts of templates, each hole a NUL. */
  readonly templates: readonly string[]
}

/** Characters and words after which a slash begins a regular expression. */
const beforeRegularExpression =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|yield|await))\s*$/

/** Takes comments, strings, templates and regular expressions out of TypeScript, so that what is left can be searched. */
export function maskSource(text: string): MaskedSource {
  const strings: string[] = []
  let code = ''
  /** For each template that is open: how many braces are open inside its `${`. */
  const templates: number[] = []
  const finished: string[] = []
  const open: string[] = []
  let index = 0
  const skipTemplate = (): void => {
    while (index < text.length && text[index] !== '`') {
      if (text.startsWith('${', index)) {
        index += 2
        templates.push(0)
        code += ' '
        open.push(`${open.pop() ?? ''}\0`)
        return
      }
      const length = text[index] === '\\' ? 2 : 1
      open.push((open.pop() ?? '') + text.slice(index, index + length))
      index += length
    }
    index++
    code += ' '
    finished.push(open.pop() ?? '')
  }
  while (index < text.length) {
    const character = text[index]!
    if (text.startsWith('//', index)) {
      const end = text.indexOf('\n', index)
      index = end === -1 ? text.length : end
    } else if (text.startsWith('/*', index)) {
      const end = text.indexOf('*/', index + 2)
      code += text.slice(index, end === -1 ? text.length : end).replace(/[^\n]/g, ' ')
      index = end === -1 ? text.length : end + 2
    } else if (character === "'" || character === '"') {
      const end = quotedEnd(text, index)
      code += `"${strings.length}"`
      strings.push(text.slice(index + 1, end))
      index = end + 1
    } else if (character === '`') {
      index++
      open.push('')
      skipTemplate()
    } else if (character === '/' && beforeRegularExpression.test(code.slice(-40))) {
      index = regularExpressionEnd(text, index)
      code += ' 0 '
    } else if (character === '}' && templates.at(-1) === 0) {
      templates.pop()
      index++
      skipTemplate()
    } else {
      const depth = templates.length - 1
      if (depth >= 0 && character === '{') templates[depth]!++
      if (depth >= 0 && character === '}') templates[depth]!--
      code += character
      index++
    }
  }
  return { code, strings, templates: finished }
}

function quotedEnd(text: string, start: number): number {
  let index = start + 1
  while (index < text.length && text[index] !== text[start] && text[index] !== '\n') {
    index += text[index] === '\\' ? 2 : 1
  }
  return index
}

function regularExpressionEnd(text: string, start: number): number {
  let inClass = false
  let index = start + 1
  for (; index < text.length && text[index] !== '\n'; index++) {
    const character = text[index]
    if (character === '\\') index++
    else if (character === '[') inClass = true
    else if (character === ']') inClass = false
    else if (character === '/' && !inClass) break
  }
  return index + 1
}

/** Texts of all imports and re-exports of a masked source, dynamic and type-only ones too. */
export function importsOf({ code, strings }: MaskedSource): readonly string[] {
  const found: string[] = []
  for (const form of [/\bfrom\s*"(\d+)"/g, /\bimport\s*\(?\s*"(\d+)"/g, /\brequire\s*\(\s*"(\d+)"/g]) {
    for (const match of code.matchAll(form)) found.push(strings[Number(match[1])]!)
  }
  return found
}
