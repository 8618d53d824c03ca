import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePythonLiteral } from '../../../image/pkg5/python-literal.ts'

describe('parsePythonLiteral', () => {
  it.each<readonly [string, unknown]>([
    ['[]', []],
    ["['a', 'b']", ['a', 'b']],
    ["['a',]", ['a']],
    ["('a', 'b')", ['a', 'b']],
    [
      "[{'uri': 'file:///r/', 'proxy': '', 'disabled': 'false'}]",
      [{ uri: 'file:///r/', proxy: '', disabled: 'false' }],
    ],
    ['{}', {}],
    ['[True, False, None, -1, 2.5]', [true, false, null, -1, 2.5]],
    ['"it\'s"', "it's"],
    ["'it\\'s \\\\ \\n \\x41 \\u00e9 \\U0001F600 \\q'", "it's \\ \n A é 😀 \\q"],
    [" [ 'a' ] ", ['a']],
    ["{'__proto__': 'x'}", JSON.parse('{"__proto__": "x"}')],
  ])('reads %s', (text, value) => {
    expect(parsePythonLiteral(text)).toEqual(value)
  })

  it.each([
    '',
    '[',
    "['a'",
    "['a' 'b']",
    "'a",
    "'\\x4'",
    "'\\UFFFFFFFF'",
    '{1: 2}',
    "{'a'}",
    'open("x")',
    '[] []',
    '1e9',
    '0x10',
    `${'['.repeat(1000)}${']'.repeat(1000)}`,
  ])('refuses %s', (text) => {
    expect(parsePythonLiteral(text)).toBeUndefined()
  })

  it('reads back any texts in lists and dicts, and stops at any other text', () => {
    const quoted = (text: string): string =>
      `'${text.replace(/[\\'\n\r]/g, (one) => ({ '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r' })[one] ?? one)}'`
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.string())), (rows) => {
        const text = `[${rows
          .map((row) => `{${Object.entries(row).map(([key, value]) => `${quoted(key)}: ${quoted(value)}`)}}`)
          .join(', ')}]`
        expect(parsePythonLiteral(text)).toEqual(rows.map((row) => ({ ...row })))
      }),
      { seed: 7, numRuns: 300 },
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        parsePythonLiteral(text)
      }),
      { seed: 7, numRuns: 500 },
    )
  })
})
