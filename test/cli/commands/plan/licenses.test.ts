import { readdirSync, readFileSync, truncateSync } from 'node:fs'
import { expect, it } from 'vitest'
import { at, inImage, useCommandImage } from '../../../support/command-image.ts'
import { wholeTree } from '../../../support/whole-tree.ts'

const contents = new Map([
  ['old', 'Old terms.\n'],
  ['new', 'New terms.\n'],
])
const manifest = (fmri: string, ...lines: readonly string[]): string =>
  [`set name=pkg.fmri value=pkg://test/${fmri},5.11:20260101T000000Z`, ...lines, ''].join('\n')
const manifests = [
  manifest('accept@1.0', 'license old license="terms of use" must-accept=TRUE'),
  manifest('accept@1.1', 'license old license="terms of use" must-accept=true note=other'),
  manifest('accept@2.0', 'license new license="terms of use" must-accept=true note=other'),
  manifest('late@1.0', 'license old license=terms'),
  manifest('late@2.0', 'license old license=terms must-accept=true'),
  manifest('show@1.0', 'license old license=terms must-display=true'),
  manifest('plain@1.0', 'license old license=plain'),
]

useCommandImage(manifests, contents)

const metadata = '.org.opensolaris,pkg'
const licence = (stem: string, name: string): string =>
  readFileSync(at.path('image', metadata, 'license', stem, `license.${name}`), 'utf8')
const tree = (): readonly string[] =>
  wholeTree(at.path('image'), (path) =>
    new RegExp(`^${metadata}/(cache|history|modified|reserve|lock|publisher)`).test(path),
  )

it('all licences that must be accepted are told together, and nothing is done', async () => {
  await inImage(0, 'install', '-q', 'late@1.0')
  const before = tree()
  const refused = await inImage(6, 'install', 'accept@1.0', 'late@2.0', 'plain')
  expect(refused.stderr).toMatch(/test\/accept@1\.0.*test\/late@2\.0/s)
  expect(refused.stderr).not.toContain('plain')
  expect(tree()).toEqual(before)
  await inImage(0, 'install', '-q', '--accept', 'accept@1.0', 'late@2.0', 'plain')
  expect([licence('accept', 'terms%20of%20use'), licence('plain', 'plain')]).toEqual([
    'Old terms.\n',
    'Old terms.\n',
  ])
})

it('what was accepted with the same text is not asked for again, another text is', async () => {
  await inImage(0, 'install', '-q', '--accept', 'accept@1.0')
  await inImage(0, 'update', '-q', 'accept@1.1')
  await inImage(6, 'update', '-q', 'accept@2.0')
  expect(licence('accept', 'terms%20of%20use')).toBe('Old terms.\n')
  await inImage(0, 'update', '-q', '--accept', 'accept@2.0')
  expect(licence('accept', 'terms%20of%20use')).toBe('New terms.\n')
})

it('a licence that must be displayed is, however quiet; the others on demand', async () => {
  const shown = await inImage(0, 'install', '-q', 'show', 'plain')
  expect(shown.stdout).toContain('License: terms\n\nOld terms.\n')
  expect(shown.stdout).not.toContain('License: plain')
  await inImage(0, 'uninstall', '-q', 'show', 'plain')
  const all = await inImage(0, 'install', '-q', '--licenses', 'show', 'plain')
  expect(all.stdout).toMatch(/License: plain.*License: terms/s)
  await inImage(0, 'uninstall', '-q', 'show', 'plain')
  const parsable = await inImage(0, 'install', '--parsable=0', 'show')
  const fmri = 'pkg://test/show@1.0,5.11:20260101T000000Z'
  expect((JSON.parse(parsable.stdout) as { licenses: unknown }).licenses).toEqual([
    [fmri, [], [fmri, 'terms', 'Old terms.\n', false, true]],
  ])
})

it('an export shows what must be displayed, all on demand, and wants the same ones accepted', async () => {
  const exporting = (exit: number, ...words: readonly string[]) =>
    at.runs(exit, 'image-export', '-q', '--format', 'tar', '-p', 'repo', ...words)
  const shown = await exporting(0, '-o', 'some.tar', 'show', 'plain')
  expect(shown.stdout).toContain('License: terms\n\nOld terms.\n')
  expect(shown.stdout).not.toContain('License: plain')
  const all = await exporting(0, '-o', 'all.tar', '--licenses', 'show', 'plain')
  expect(all.stdout).toMatch(/License: plain.*License: terms/s)
  const refused = await exporting(6, '-o', 'refused.tar', 'accept')
  expect(refused.stderr).toContain('License requires acceptance')
  expect(readdirSync(at.folder)).not.toContain('refused.tar')
})

it.each([
  ['nothing', 0],
  ['a part', 12],
])('a text of which the cache has %s is fetched again', async (_, length) => {
  const shown = await inImage(0, 'info', '-r', '--license', 'plain')
  expect(shown.stdout).toBe('Old terms.\n\n')
  const cache = at.path('image', metadata, 'publisher/test/file')
  const [folder] = readdirSync(cache)
  const [name] = readdirSync(`${cache}/${folder}`)
  truncateSync(`${cache}/${folder}/${name}`, length)
  expect(await inImage(0, 'info', '-r', '--license', 'plain')).toEqual(shown)
})
