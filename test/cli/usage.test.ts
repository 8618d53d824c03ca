import { describe, expect, it } from 'vitest'
import type { CommandSpec } from '../../cli/command.ts'
import { optionName } from '../../cli/getopt.ts'
import { runPkg6 } from '../../cli/main.ts'
import { commands, nearCommands } from '../../cli/registry.ts'
import { synopsis } from '../../cli/usage.ts'
import { collectingIo } from '../support/collecting-io.ts'

async function run(argv: readonly string[], env: Record<string, string> = {}) {
  const { io, output } = collectingIo({ env, commandLine: ['pkg6', ...argv] })
  return { exit: await runPkg6(argv, io), ...output }
}

/** Names of options that the synopsis must show or the table must call hidden. */
function undocumentedOptions(spec: CommandSpec): readonly string[] {
  const text = spec.synopsis.join(' ')
  const clusters = [...text.matchAll(/\[-([A-Za-z]{2,})\]/g)].map((match) => match[1]).join('')
  const shows = (name: string): boolean => new RegExp(`(^|[\\s[(|])${name}(?![\\w-])`).test(text)
  return spec.table.options
    .filter(
      (option) =>
        option.hidden !== true &&
        !(option.short !== undefined && (clusters.includes(option.short) || shows(`-${option.short}`))) &&
        !option.long?.some((name) => shows(`--${name}`)),
    )
    .map(optionName)
}

describe('tables of options', () => {
  it.each(commands.map((spec) => [spec.name, spec] as const))('%s: synopsis and table agree', (_, spec) => {
    expect(undocumentedOptions(spec)).toEqual([])
    const words = spec.synopsis.join(' ')
    for (const [, name] of words.matchAll(/--([a-z][a-z-]+)/g))
      expect(spec.table.options.some((option) => option.long?.includes(name ?? ''))).toBe(true)
    const clusters = [...words.matchAll(/\[-([A-Za-z]{2,})\]/g)].flatMap((match) => [...(match[1] ?? '')])
    for (const letter of clusters)
      expect(spec.table.options.some((option) => option.short === letter)).toBe(true)
  })

  it.each(commands.map((spec) => [spec.name, spec] as const))(
    '%s: keys, letters and names are unique',
    (_, spec) => {
      const { options } = spec.table
      for (const names of [
        options.map((option) => option.key),
        options.flatMap((option) => option.short ?? []),
        options.flatMap((option) => option.long ?? []),
      ])
        expect(new Set(names).size).toBe(names.length)
      for (const option of options) {
        expect(option.help).toMatch(/\.$/)
        expect(option.argument === undefined).toBe(option.kind === 'flag' || option.kind === 'count')
      }
    },
  )

  it('rules name options that some command has', () => {
    const known = new Set(commands.flatMap((spec) => spec.table.options.map((option) => option.key)))
    for (const { table } of commands) {
      for (const key of [...(table.conflicts ?? []), ...(table.implies ?? [])].flat())
        expect(known).toContain(key)
      for (const { key, anyOf } of table.requires ?? [])
        for (const one of [key, ...anyOf]) expect(known).toContain(one)
    }
  })

  it('finds the commands that a typo may have meant', () => {
    expect(nearCommands('pubisher')).toEqual(['publisher', 'set-publisher', 'unset-publisher'])
    expect(nearCommands('instal')).toEqual(['install', 'uninstall', 'exact-install'])
    expect(nearCommands('isntall')).toEqual(['install', 'uninstall'])
    expect(nearCommands('bobcat')).toEqual([])
    expect(nearCommands('x')).toEqual([])
    expect(nearCommands('x'.repeat(100_000))).toEqual([])
  })
})

describe('command line', () => {
  it.each<[string, readonly string[], number, string]>([
    ['nothing', [], 2, 'pkg6: no subcommand specified\nUsage:'],
    ['help', ['help'], 0, 'Usage:    pkg6 [options]'],
    ['help by option', ['-?'], 0, 'Usage:    pkg6 [options]'],
    [
      'help of a command',
      ['help', 'refresh'],
      0,
      'Usage:\n        pkg6 refresh [-q] [--full] [publisher ...]\n',
    ],
    ['help anywhere', ['refresh', 'a', '--help'], 0, 'Usage:\n        pkg6 refresh'],
    ['help of an alias', ['image-update', '--help'], 0, 'Usage:\n        pkg6 update'],
    ['unknown command', ['bobcat'], 2, "pkg6: unknown subcommand 'bobcat'\nFor a full list"],
    ['control characters', ['a\u001b[2Jb'], 2, "pkg6: unknown subcommand 'a?[2Jb'"],
    [
      'control characters in an argument',
      ['plan', '--sat-backend', '\u001b[2J'],
      2,
      "pkg6 plan: Argument '?[2J' for option",
    ],
    ['global option', ['--bozo'], 2, 'pkg6: illegal global option -- bozo\n'],
    ['debug without value', ['-D', 'x', 'list'], 2, 'pkg6: -D takes argument of form name=value, not x\n'],
    [
      'engine',
      ['--sat-backend', 'zchaff', 'list'],
      2,
      "pkg6: unknown SAT engine 'zchaff'; there are: minisat-wasm,",
    ],
    [
      '-R without need',
      ['-R', '/x', 'version'],
      2,
      'pkg6 version: -R not allowed for version subcommand\nUsage:',
    ],
    ['no image', ['-R', '/nonexistent/x', 'list'], 1, "pkg6: No image rooted at '/nonexistent/x'\n"],
    [
      'image before options',
      ['-R', '/nonexistent', 'list', '--bozo'],
      1,
      "pkg6: No image rooted at '/nonexistent'\n",
    ],
    [
      'image directory',
      ['image-create'],
      2,
      'pkg6 image-create: an image directory path must be specified\nUsage:',
    ],
    [
      'operand of version',
      ['version', 'x'],
      2,
      "pkg6 version: version: command does not take operands ('x')\n",
    ],
  ])('%s', async (_, argv, exit, start) => {
    const result = await run(argv)
    expect(result.exit).toBe(exit)
    expect(result.stderr.slice(0, start.length)).toBe(start)
    expect(result.stdout).toBe('')
  })

  it('prints the version', async () => {
    expect(await run(['version'])).toMatchObject({ exit: 0, stderr: '' })
  })

  it.each([['help'], ['--help'], ['-?']])('shows everything for help %s', async (word) => {
    expect(await run(['help', word])).toEqual(await run(['help', '-v']))
  })

  it('explains every option with help -v', async () => {
    const { stderr } = await run(['help', '-v', 'verify'])
    expect(stderr).toContain('-p path')
    expect(stderr).toContain('Check only the action that delivers this path.')
  })

  it('shows the whole synopsis of every command in the long help', async () => {
    const { stderr } = await run(['help', '-v'])
    for (const spec of commands) expect(stderr).toContain(synopsis('pkg6', spec))
  })
})
