import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { at, inImage, useCommandImage } from '../../../support/command-image.ts'
import type { Ran } from '../../../support/command-line.ts'
import { wholeTree } from '../../../support/whole-tree.ts'

const file = (path: string, rest = ''): string =>
  `file ${path} path=${path} owner=root group=root mode=0644 ${rest}`
const paths = [
  'usr/one',
  'usr/two',
  'usr/kept',
  'etc/conf',
  'usr/doc/a',
  'usr/doc/b',
  'opt/other',
  'usr/over',
]
const contents = new Map(paths.map((path) => [path, `${path}\n`]))

const version = (fmri: string, ...lines: readonly string[]): string =>
  [
    `set name=pkg.fmri value=pkg://${fmri}:20260101T000000Z`,
    'set name=pkg.summary value=x',
    ...lines,
    '',
  ].join('\n')
const manifests = [
  version(
    'example.org/app@1.0,5.11',
    file('usr/one'),
    file('usr/kept', 'dehydrate=false'),
    file('etc/conf', 'preserve=true'),
    file('usr/doc/a'),
    'hardlink path=usr/again target=one',
    'link path=usr/link target=one',
  ),
  version(
    'example.org/app@2.0,5.11',
    file('usr/two'),
    file('usr/kept', 'dehydrate=false'),
    file('etc/conf', 'preserve=true'),
    file('usr/doc/b'),
  ),
  version('example.net/other@1.0,5.11', file('opt/other')),
  version('example.org/lay@1.0,5.11', file('usr/over', 'overlay=true')),
]

useCommandImage(manifests, contents)

const there = (): readonly string[] =>
  wholeTree(at.path('image'), (path) => path === '.org.opensolaris,pkg')
    .filter((line) => !line.includes(' dir '))
    .map((line) => line.split(' ')[4] ?? '')

describe('dehydrate and rehydrate', () => {
  it('take away what the repository can give again, and bring it back', async () => {
    await inImage(0, 'install', '-q', 'app@1.0', 'other')
    const whole = wholeTree(at.path('image'), (path) => path === '.org.opensolaris,pkg')
    const planned = await inImage(0, 'dehydrate', '-n', '-p', 'example.org')
    expect(planned.stdout).toContain('Packages to fix: 1\n')
    expect(there()).toHaveLength(7)
    await inImage(0, 'dehydrate', '-q', '-p', 'example.org')
    expect(there()).toEqual(['etc/conf', 'opt/other', 'usr/kept', 'usr/link'])
    await inImage(0, 'verify')
    await inImage(4, 'fix')
    await inImage(4, 'dehydrate', '-p', 'example.org')
    expect((await inImage(0, 'list', '-H')).stdout).toContain('app ')
    await inImage(0, 'rehydrate', '-q')
    expect(wholeTree(at.path('image'), (path) => path === '.org.opensolaris,pkg')).toEqual(whole)
    expect((await inImage(4, 'rehydrate')).stdout).toContain('No updates necessary')
  })

  it('count for what is installed and updated later, and keep edited files', async () => {
    await inImage(0, 'install', '-q', 'app@1.0')
    await inImage(0, 'dehydrate', '-q', '-p', 'example.org')
    writeFileSync(at.path('image', 'etc/conf'), 'mine\n')
    await inImage(0, 'update', '-q')
    await inImage(0, 'install', '-q', 'other')
    expect(there()).toEqual(['etc/conf', 'opt/other', 'usr/kept'])
    await inImage(0, 'rehydrate', '-q', '-p', 'example.org')
    expect(there()).toEqual(['etc/conf', 'opt/other', 'usr/doc/b', 'usr/kept', 'usr/two'])
    expect(readFileSync(at.path('image', 'etc/conf'), 'utf8')).toBe('mine\n')
    await inImage(0, 'uninstall', '-q', 'app')
    expect(there()).toContain('opt/other')
    expect(there()).not.toContain('usr/two')
  })

  it('leave files that lie over others', async () => {
    await inImage(0, 'install', '-q', 'lay')
    await inImage(4, 'dehydrate', '-p', 'example.org')
    expect(there()).toEqual(['usr/over'])
  })

  it('refuse publishers from which nothing could come back, and change nothing', async () => {
    await inImage(0, 'install', '-q', 'app@1.0', 'other')
    await inImage(0, 'set-publisher', '-G', '*', 'example.net')
    const before = there()
    for (const operation of ['dehydrate', 'rehydrate'])
      for (const name of ['example.net', 'nobody.example']) {
        const ran = await inImage(1, operation, '-p', 'example.org', '-p', name)
        expect(ran.stderr).toContain(`do not have any configured package repositories`)
        expect(ran.stderr).toContain(`\t${name}`)
        expect(ran.stderr).not.toContain('\texample.org')
      }
    await inImage(2, 'dehydrate', 'example.org')
    expect(there()).toEqual(before)
    await inImage(0, 'dehydrate', '-q')
    expect(there()).toContain('opt/other')
    expect(existsSync(at.path('image', 'usr/one'))).toBe(false)
  })
})

describe('exclude-patterns', () => {
  const newImage = (...properties: readonly string[]): Promise<Ran> =>
    at.runs(
      0,
      'image-create',
      '-f',
      ...properties.flatMap((property) => ['--set-property', property]),
      '-p',
      'repo',
      'image',
    )

  it('leave paths out, say so, and miss nothing', async () => {
    await newImage('exclude-patterns=usr/doc')
    const installed = await inImage(0, 'install', 'app@1.0')
    expect(installed.stderr).toContain(
      'WARNING: usr/doc/a of pkg://example.org/app@1.0,5.11:20260101T000000Z is left out',
    )
    expect(there()).toEqual(['etc/conf', 'usr/again', 'usr/kept', 'usr/link', 'usr/one'])
    await inImage(0, 'verify')
    const updated = await inImage(0, 'update')
    expect(updated.stderr).toContain('usr/doc/b')
    await inImage(0, 'uninstall', '-q', 'app')
    expect(there()).toEqual([])
  })

  it('match from the start of the path only', async () => {
    await newImage('exclude-patterns=doc')
    expect((await inImage(0, 'install', 'app@1.0')).stderr).toBe('')
    expect(there()).toContain('usr/doc/a')
  })

  it('say nothing under the policy ignore, and refuse under reject', async () => {
    await newImage('exclude-patterns=usr/doc/.*', 'exclude-policy=ignore')
    expect((await inImage(0, 'install', 'app@1.0')).stderr).toBe('')
    expect(there()).not.toContain('usr/doc/a')
    await inImage(0, 'uninstall', '-q', 'app')
    await newImage('exclude-patterns=usr/doc/.*', 'exclude-policy=reject')
    const refused = await inImage(1, 'install', 'app@1.0')
    expect(refused.stderr).toContain('usr/doc/a')
    expect(there()).toEqual([])
  })

  it('that are no patterns are refused when they are set', async () => {
    const ran = await at.runs(1, 'image-create', '-f', '--set-property', 'exclude-patterns=(', 'bad')
    expect(ran.stderr).toContain('exclude-patterns')
    expect(existsSync(at.path('bad'))).toBe(false)
  })
})
