import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asksForHelp, type OptionTable, parseArguments } from '../../cli/getopt.ts'

const table: OptionTable = {
  options: [
    { key: 'dryRun', short: 'n', kind: 'flag', help: '' },
    { key: 'quiet', short: 'q', kind: 'flag', help: '' },
    { key: 'verbose', short: 'v', kind: 'count', help: '' },
    { key: 'noRefresh', long: ['no-refresh'], kind: 'flag', help: '' },
    { key: 'noIndex', long: ['no-index'], kind: 'flag', help: '' },
    { key: 'format', short: 'F', kind: 'text', help: '' },
    { key: 'origin', short: 'O', long: ['origin-uri'], kind: 'text', help: '' },
    { key: 'full', long: ['full'], kind: 'flag', repeatable: true, help: '' },
    { key: 'reject', long: ['reject'], kind: 'list', help: '' },
    { key: 'recurse', short: 'r', long: ['recurse'], kind: 'flag', help: '' },
    { key: 'zone', short: 'z', kind: 'list', help: '' },
    { key: 'parsable', long: ['parsable'], kind: 'text', help: '' },
  ],
  conflicts: [['verbose', 'quiet']],
  requires: [{ key: 'zone', anyOf: ['recurse'] }],
  choices: [{ key: 'parsable', values: ['0'], shown: 'None, 0' }],
}

const read = (...argv: string[]): unknown => {
  const result = parseArguments(table, argv)
  if (!result.ok) return result.error.text
  const { given, operands } = result.value
  const values = Object.fromEntries(
    [...new Set(given)].map((key) => [
      key,
      result.value.text(key) ??
        (result.value.list(key).length > 0 ? result.value.list(key) : result.value.count(key)),
    ]),
  )
  return { ...values, operands }
}

describe('parseArguments', () => {
  it.each<[string[], unknown]>([
    [['a', '-n'], { operands: ['a', '-n'] }],
    [['-nvv', 'a'], { dryRun: 1, verbose: 2, operands: ['a'] }],
    [['-nFtsv'], { dryRun: 1, format: 'tsv', operands: [] }],
    [['-F', '-n'], { format: '-n', operands: [] }],
    [['-F', ''], { format: '', operands: [] }],
    [['--no-ref', '-n'], { noRefresh: 1, dryRun: 1, operands: [] }],
    [['--no'], 'illegal option -- no\nIt may mean any of: --no-index, --no-refresh'],
    [['--no-refresh=x'], 'illegal option -- no-refresh'],
    [['--reject=a', '--rej', 'b', 'c'], { reject: ['a', 'b'], operands: ['c'] }],
    [['--reject', '--', 'c'], { reject: ['--'], operands: ['c'] }],
    [['--', '-n'], { operands: ['-n'] }],
    [['-'], { operands: ['-'] }],
    [['-n', '-n'], "Option '-n' may not be repeated."],
    [['-nn'], "Option '-n' may not be repeated."],
    [['-O', 'a', '--origin-uri', 'b'], "Option '-O/--origin-uri' may not be repeated."],
    [['--full', '--full'], { full: 1, operands: [] }],
    [['-vq'], "The '-v' and '-q' options may not be combined."],
    [['-z', 'a'], "'-z' may only be used with '-r/--recurse'."],
    [['-rz', 'a'], { recurse: 1, zone: ['a'], operands: [] }],
    [['--parsable', 'x'], "Argument 'x' for option '--parsable' is invalid.\nSupported: None, 0"],
    [['--parsable', '0'], { parsable: '0', operands: [] }],
    [['-x'], 'illegal option -- x'],
    [['--bozo=1'], 'illegal option -- bozo'],
    [['-F'], 'illegal option -- F'],
    [['-nF'], 'illegal option -- F'],
    [['--reject'], 'illegal option -- reject'],
    [['--__proto__=1'], 'illegal option -- __proto__'],
    [['--=x'], 'illegal option -- '],
  ])('%j', (argv, expected) => {
    expect(read(...argv)).toEqual(expected)
  })

  it('keeps every argument as it was typed', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), fc.string(), (values, text) => {
        const result = parseArguments(table, [
          ...values.map((value) => `--reject=${value}`),
          '-F',
          text,
          '--',
          ...values,
        ])
        if (!result.ok) throw new Error(result.error.text)
        expect(result.value.list('reject')).toEqual(values)
        expect(result.value.text('format')).toBe(text)
        expect(result.value.operands).toEqual(values)
      }),
    )
  })

  it('keeps quotes and words that look like numbers or options', () => {
    for (const value of ['"a"', "'a'", '"', '""', '1e3', '-x', 'true', '--', 'a=b', '__proto__'])
      expect(read(`--reject=${value}`)).toEqual({ reject: [value], operands: [] })
  })
})

describe('asksForHelp', () => {
  it.each<[string[], boolean]>([
    [['a', '--help'], true],
    [['-?'], true],
    [['--', '--help'], false],
    [['-h'], false],
  ])('%j', (argv, expected) => {
    expect(asksForHelp(argv)).toBe(expected)
  })
})
