import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type OptionSpec, parseArguments } from '../../cli/getopt.ts'
import { runPkg6 } from '../../cli/main.ts'
import { commands, findCommand } from '../../cli/registry.ts'
import { collectingIo } from '../support/collecting-io.ts'

/** The long options of `pkg` by command, as the specification of the command line lists them. */
const spec = readFileSync('docs/spec/cli.md', 'utf8').split('\n')

const longNames = (text: string): readonly string[] =>
  [...text.matchAll(/--([a-z][a-z-]+[a-z])/g)].map(([, name]) => name!)

/** The text from the line with this beginning up to the next section. */
const lineOf = (start: string): string => {
  const line = spec.find((one) => one.startsWith(start))
  if (line === undefined) throw new Error(`the specification has no line ${start}`)
  return line
}

/** Cells of a row of a table; a bar within a cell is written with a backslash. */
const cells = (row: string): readonly string[] => row.split(/(?<!\\)\|/).map((cell) => cell.trim())

/** Long options of a group: its row in the table of groups. */
function groupOptions(name: string): readonly string[] {
  if (name === 'NQV') return []
  const row = spec.find((line) => new RegExp(`^\\| ${name}\\b`).test(line))
  if (row === undefined) throw new Error(`the specification has no group ${name}`)
  return longNames(cells(row)[2]!)
}

/** Long options of a command with a plan: the options of its groups, those of the command that its row refers to, and its own. */
function planCommandOptions(name: string): readonly string[] {
  const [, , operands = '', groups = '', specifics = ''] = cells(lineOf(`| \`${name}\` `))
  const like = /^(?:as|all of) (\w+)/.exec(groups)?.[1]
  const named = like === undefined ? (groups.match(/\b[A-Z]{2,3}\b/g) ?? []) : []
  return [
    ...(like === undefined ? [] : planCommandOptions(like)),
    ...named.flatMap(groupOptions),
    ...longNames(operands),
    ...longNames(groups),
    ...longNames(/Long forms [^.]*/.exec(specifics)?.[0] ?? ''),
  ]
}

/** Every output form option has this long name: cli §3. */
const outputFormat = longNames(lineOf('Option conflict texts')).filter((name) => name === 'output-format')

/** The synopsis in a heading. */
const headingOptions = (name: string): readonly string[] => longNames(lineOf(`### \`${name} `))

const recursion = groupOptions('REC')

const reference: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    [
      'install',
      'exact-install',
      'uninstall',
      'update',
      'autoremove',
      'change-facet',
      'change-variant',
      'set-mediator',
      'revert',
      'verify',
      'fix',
    ].map((name) => [name, planCommandOptions(name)]),
  ),
  'unset-mediator': planCommandOptions('set-mediator'),
  'image-create': headingOptions('image-create'),
  'set-publisher': [...longNames(lineOf('Form 1:')), ...recursion],
  refresh: headingOptions('refresh'),
  publisher: outputFormat,
  list: [...headingOptions('list'), ...outputFormat],
  info: headingOptions('info'),
  facet: outputFormat,
  variant: outputFormat,
  mediator: outputFormat,
  'update-format': recursion,
}

const takesArgument = ({ kind }: OptionSpec): boolean => kind === 'text' || kind === 'list'

/** The key that a long name or an abbreviation means in a command, or the text of the problem. */
function meaning(command: string, name: string, value: boolean): string {
  const { options } = findCommand(command)!.table
  const parsed = parseArguments({ options }, [value ? `--${name}=1` : `--${name}`])
  if (parsed.ok) return parsed.value.given[0]!
  return parsed.error.text
}

/** The beginnings of a word, the whole word last. */
const beginnings = (word: string): readonly string[] =>
  Array.from(word, (_, index) => word.slice(0, index + 1))

describe.each(Object.entries(reference))('%s', (command, listed) => {
  const names = [...new Set(listed)]
  const optionOf = (name: string): OptionSpec => {
    const found = findCommand(command)!.table.options.find((option) => option.long?.includes(name))
    if (found === undefined) throw new Error(`${command} lacks --${name}`)
    return found
  }

  it('takes every abbreviation of pkg in the meaning of pkg', () => {
    expect(names.length).toBeGreaterThan(0)
    let unique = 0
    for (const name of names)
      for (const short of beginnings(name)) {
        const meant = names.includes(short) ? [short] : names.filter((other) => other.startsWith(short))
        const options = new Set(meant.map(optionOf))
        const [wanted] = options
        const answer = meaning(command, short, takesArgument(wanted!))
        if (options.size === 1) {
          unique++
          expect(answer, `--${short}`).toBe(wanted!.key)
        } else {
          const candidates = meant.sort().map((one) => `--${one}`)
          expect(answer).toBe(`illegal option -- ${short}\nIt may mean any of: ${candidates.join(', ')}`)
        }
      }
    expect(unique).toBeGreaterThanOrEqual(names.length)
  })

  it('marks every long option that pkg lacks', () => {
    for (const { long = [], own = false } of findCommand(command)!.table.options)
      for (const name of long) expect(own, `--${name}`).toBe(!names.includes(name))
  })
})

/** Global options of `pkg`: cli §1. This client lacks `--notes` and `--with-be`. */
const global = ['debug', 'runid', 'no-network-cache', 'notes', 'help']

it.each(global)('takes every abbreviation of the global option --%s', async (name) => {
  for (const short of beginnings(name)) {
    const fits = global.filter((other) => other.startsWith(short))
    if (fits.length > 1) continue
    const { io, output } = collectingIo()
    const code = await runPkg6(
      [`--${short}${name === 'debug' ? '=plan' : name === 'runid' ? '=1' : ''}`, 'version'],
      io,
    )
    if (name === 'notes') expect(output.stderr, short).toContain(`illegal global option -- ${short}\n`)
    expect(code, short).toBe(name === 'notes' ? 2 : 0)
  }
})

it('covers every command of pkg that has long options', () => {
  /** Commands that only this client has; `dehydrate` and `rehydrate` have none but `--parsable` in pkg. */
  const elsewhere = ['image-export', 'plan', 'dehydrate', 'rehydrate']
  const withLong = commands
    .filter(({ table }) => table.options.some(({ long }) => long !== undefined))
    .map(({ name }) => name)
    .filter((name) => !elsewhere.includes(name))
  expect(withLong.sort()).toEqual(Object.keys(reference).sort())
})

it.each([
  ['install', 'no-backup', 'noBackupBe'],
  ['install', 'a', 'accept'],
  ['install', 'l', 'licenses'],
  ['fix', 'd', 'denyNewBe'],
  ['update', 'fs', 'fsync'],
])('%s --%s is %s', (command, name, key) => {
  expect(meaning(command, name, key === 'fsync')).toBe(key)
})
