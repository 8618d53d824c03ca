import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine } from '../../../support/command-line.ts'
import { publishRepository } from '../../../support/published-repository.ts'

const contents = new Map([
  ['one', 'Welcome.\n'],
  ['two', 'Two is here.\nRun the migration.\n'],
  ['other', 'Since lib 1 it is faster.\n'],
  ['late', 'Only for those who come from 0.5.\n'],
])

const note = (payload: string, path: string, rest: string): string =>
  `file ${payload} path=notes/${path} owner=root group=root mode=0444 ${rest}`
const version = (name: string, number: string, ...lines: readonly string[]): string =>
  [
    `set name=pkg.fmri value=pkg://example.org/${name}@${number},5.11:2026010${number[0]}T000000Z`,
    `set name=pkg.summary value="${name}"`,
    ...lines,
    '',
  ].join('\n')

const manifests = [
  version('app', '1.0', note('one', 'first', 'release-note=feature/pkg/self@0')),
  version(
    'app',
    '2.0',
    note('two', 'second', 'release-note=feature/pkg/self@1.0.1'),
    note('late', 'late', 'release-note=feature/pkg/self@0.5'),
  ),
  version('app', '3.0', note('two', 'second', 'release-note=feature/pkg/self@1.0.1')),
  version('lib', '1.0'),
  version('same', '1.0'),
  version(
    'same',
    '2.0',
    note('two', 'same', 'release-note=feature/pkg/self@1.0,5.11:20260101T000000Z'),
    note('late', 'late', 'release-note=feature/pkg/self@1.0,5.11:20251231T235959Z'),
  ),
  version('addon', '1.0', note('other', 'addon', 'release-note=lib@1.0.1 must-display=true')),
]

let at: CommandLine
beforeAll(() => {
  at = commandLine()
  publishRepository(at.path('repo'), manifests, contents)
})
afterAll(() => at.remove())

let image = 0
async function newImage(...names: readonly string[]): Promise<string> {
  const name = `image${image++}`
  await at.runs(0, 'image-create', '-p', 'repo', name)
  if (names.length > 0) await at.runs(0, '-R', name, 'install', '-q', ...names)
  return name
}

const pointer = "Release notes can be viewed with 'pkg6 history -n 1 -N'"

describe('release notes', () => {
  it('at version 0 are for the first installation', async () => {
    const name = await newImage()
    const later = await at.runs(0, '-R', name, 'install', '-n', 'app@3.0')
    expect(later.stdout).not.toContain('Release Notes')
    const planned = await at.runs(0, '-R', name, 'install', '-n', 'app@1.0')
    expect(planned.stdout).toContain('\nRelease Notes:\n  Welcome.\n')
    const installed = await at.runs(0, '-R', name, 'install', 'app@1.0')
    expect(installed.stdout).toContain(pointer)
    expect(installed.stdout).not.toContain('Welcome')
    const kept = await at.runs(0, '-R', name, 'history', '-n', '1', '-N')
    expect(kept.stdout).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d: Release notes:\n {4}Welcome\.\n$/)
  })

  it('are for those who had the very version that is named', async () => {
    const name = await newImage('same@1.0')
    const parsable = await at.runs(0, '-R', name, 'update', '-n', '--parsable=0', 'same')
    expect(JSON.parse(parsable.stdout)['release-notes']).toEqual(['Two is here.', 'Run the migration.'])
  })

  it('are for those who had an older version than the named one', async () => {
    const name = await newImage('app@1.0')
    const parsable = await at.runs(0, '-R', name, 'update', '-n', '--parsable=0', 'app@2.0')
    expect(JSON.parse(parsable.stdout)['release-notes']).toEqual(['Two is here.', 'Run the migration.'])
    const updated = await at.runs(0, '-R', name, 'update', '-v', 'app@2.0')
    // An empty line ends the notes: nothing of 0.5 is among them. The number alone may be a speed.
    expect(updated.stdout).toContain('Release Notes:\n  Two is here.\n  Run the migration.\n\n')
    const again = await at.runs(0, '-R', name, 'update', '-v')
    expect(again.stdout).not.toContain('Release Notes')
  })

  it('name another package, and show themselves where they must', async () => {
    const without = await newImage()
    expect((await at.runs(0, '-R', without, 'install', 'addon')).stdout).not.toContain('elease')
    const name = await newImage('lib')
    expect((await at.runs(0, '-R', name, 'install', 'addon')).stdout).toContain(
      'Release Notes:\n  Since lib 1 it is faster.\n',
    )
  })

  it('are kept with the history and go with it', async () => {
    const name = await newImage('app@1.0')
    const columns = await at.runs(0, '-R', name, 'history', '-H', '-o', 'operation,release_notes')
    expect(columns.stdout.split('\n').map((line) => line.split(/ +/))).toEqual([
      ['image-create', 'No'],
      ['install', 'Yes'],
      [''],
    ])
    const notes = at.path(name, '.org.opensolaris,pkg', 'notes')
    const [file] = readdirSync(notes)
    expect(file).toMatch(/^release-notes-\d{8}T\d{6}Z-\d\d\.txt$/)
    expect(readFileSync(`${notes}/${file}`, 'utf8')).toBe('Welcome.\n')
    await at.runs(0, '-R', name, 'purge-history')
    expect(readdirSync(notes)).toEqual([])
    expect((await at.runs(0, '-R', name, 'history', '-N')).stdout).toMatch(/^[^\n]*: Release notes: None\n$/)
  })
})
