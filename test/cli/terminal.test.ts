import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runPkg6 } from '../../cli/main.ts'
import { architectureOf } from '../../cli/platform/process-info.ts'
import { dateText } from '../../cli/render/time.ts'
import { collectingIo } from '../support/collecting-io.ts'
import { type CommandLine, commandLine } from '../support/command-line.ts'
import { publishRepository } from '../support/published-repository.ts'

let at: CommandLine

beforeEach(() => {
  at = commandLine()
  const app =
    'set name=pkg.fmri value=pkg://test/app@1.0,5.11:20260101T000000Z\ndir path=etc mode=0755 owner=root group=root\n'
  publishRepository(at.path('repo'), [app], new Map())
})
afterEach(() => at.remove())

/** Output of a command on a terminal. */
async function onTerminal(...words: readonly string[]): Promise<string> {
  const { io, output } = collectingIo({ cwd: at.folder, stdoutIsTty: true, commandLine: ['pkg6', ...words] })
  expect(await runPkg6(words, io), output.stderr).toBe(0)
  return output.stdout
}

const absent = /boot archive|Boot Env|Branch|Snapshot/

describe('on a terminal', () => {
  it('a user image shows no lines about boot environments', async () => {
    const created = await onTerminal('image-create', '--variant', 'arch=sparc', '-p', 'repo', 'image')
    expect(created).toContain('Created a user image at ')
    expect(created).toContain(' for variant.arch=sparc.\n')
    const texts = [
      await onTerminal('-R', 'image', 'install', '-v', 'app'),
      await onTerminal('-R', 'image', 'info', 'app'),
      await onTerminal('-R', 'image', 'history', '-l'),
    ]
    for (const text of texts) expect(text).not.toMatch(absent)
    expect(texts[0]).toContain('Packages to install:')
  })

  it('a full image has it all, and so does every output that is no terminal', async () => {
    expect((await at.runs(0, 'image-create', '-p', 'repo', 'image')).stdout).not.toContain('Created')
    await onTerminal('image-create', '--full', '-p', 'repo', 'full')
    for (const words of [
      ['install', '-nv', 'app'],
      ['info', '-r', 'app'],
      ['history', '-l'],
    ]) {
      expect((await at.runs(0, '-R', 'image', ...words)).stdout, words.join(' ')).toMatch(absent)
      expect(await onTerminal('-R', 'full', ...words), words.join(' ')).toMatch(absent)
    }
  })
})

it.each([
  ['x64', 'i386'],
  ['ia32', 'i386'],
  ['arm64', 'aarch64'],
  ['sparc', 'sparc'],
  ['sparc64', 'sparc'],
  ['riscv64', 'riscv64'],
])('the variant.arch of %s is %s', (machine, wanted) => {
  expect(architectureOf(machine)).toBe(wanted)
})

it('dates have the form of the locale', () => {
  const time = new Date(2026, 0, 2, 13, 4, 5).getTime()
  const inLocale = (env: Record<string, string>): string => dateText(time, env)
  for (const env of [
    {},
    { LANG: 'C' },
    { LC_ALL: 'C.UTF-8', LANG: 'de_DE' },
    { LC_TIME: 'POSIX' },
    { LANG: 'no such' },
  ])
    expect(inLocale(env)).toBe('Fri Jan  2 13:04:05 2026')
  expect(inLocale({ LANG: 'de_DE.UTF-8' })).toMatch(/^Fr\.?, 2\. Jan\.? 2026,? (um )?13:04:05$/)
  expect(inLocale({ LC_TIME: 'en_GB@euro', LANG: 'de_DE' })).toMatch(/^Fri,? 2 Jan 2026(,| at) 13:04:05$/)
})
