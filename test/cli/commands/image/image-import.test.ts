import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine } from '../../../support/command-line.ts'
import { sharedData } from '../../../support/shared-data.ts'
import { wholeTree } from '../../../support/whole-tree.ts'

const images = sharedData('data', 'images')
const isRoot = process.geteuid?.() === 0
if (!isRoot) process.stderr.write('skipped: only root can unpack images with their owners\n')

let at: CommandLine
beforeEach(() => {
  at = commandLine()
})
afterEach(() => at.remove())

/** Files that an import adds; everything else must be as it was. */
const ours =
  /\/(pkg6\.image\.json|installed\.(db|snapshot)|cache\/config\.checked|history\/[^/]+\.json|lock)$/

describe.skipIf(images === undefined || !isRoot)('images of the reference client', () => {
  it.each([
    ['settings', 'var/pkg', 15],
    ['updated', 'var/pkg', 16],
    ['user', '.org.opensolaris,pkg', 8],
  ])(
    '%s is what that client says of it, and its files stay as they are',
    async (name, metadata, packages) => {
      execFileSync('tar', ['-xpf', join(images!, `${name}.tar.gz`), '-C', at.folder])
      const said = (file: string): string => readFileSync(join(images!, name, `${file}.txt`), 'utf8')
      const theirs = (): readonly string[] =>
        wholeTree(at.path(name)).filter((line) => !ours.test(line.split(' ')[4] ?? ''))
      const before = theirs()
      expect(before.some((line) => line.includes(`${metadata}/pkg5.image`))).toBe(true)
      const imported = await at.runs(0, 'image-import', name)
      expect(imported.stdout).toContain(`: ${packages} packages of `)
      expect(imported.stderr).toBe('')
      expect((await at.runs(0, '-R', name, 'list', '-v')).stdout).toBe(said('list-v'))
      expect((await at.runs(0, '-R', name, 'list', '-m')).stdout).toBe(said('list-m'))
      for (const words of [
        ['facet'],
        ['facet', '-a'],
        ['variant'],
        ['variant', '-v'],
        ['mediator'],
        ['mediator', '-a'],
        ['freeze'],
        ['avoid'],
      ])
        expect((await at.pkg6('-R', name, ...words)).stdout.replace(/ +$/gm, ''), words.join(' ')).toBe(
          said(words.join('')).replace(/ +$/gm, ''),
        )
      expect((await at.runs(0, '-R', name, 'publisher', '-F', 'tsv')).stdout).toBe(said('publisher-tsv'))
      expect((await at.runs(0, '-R', name, 'publisher', '-n', '-F', 'tsv')).stdout).toBe(
        said('publisher-n-tsv'),
      )
      await at.runs(0, '-R', name, 'verify')
      expect(theirs()).toEqual(before)
    },
  )
})

/** A small image as older versions of that client kept it, with one package. */
function smallImage(changes: Readonly<Record<string, string | undefined>> = {}): void {
  const manifest =
    'set name=pkg.fmri value=pkg://example.org/tool@1.0,5.11:20260101T000000Z\ndir group=sys mode=0755 owner=root path=usr\n'
  const sha1 = createHash('sha1').update(manifest).digest('hex')
  const entry = {
    version: '1.0,5.11:20260101T000000Z',
    'signature-sha-1': sha1,
    metadata: { states: [2, 7, 13], 'last-install': '20260301T120000.500000Z' },
  }
  const files: Record<string, string | undefined> = {
    'pkg5.image':
      "[image]\nversion = 4\n\n[authority_example.org]\nprefix = example.org\norigins = ['file:///r/']\n",
    'state/installed/catalog.base.C': JSON.stringify({ 'example.org': { tool: [entry] } }),
    'state/avoid_set': '[1,{"other":"avoid","third":"implicit-avoid"}]',
    'state/frozen_dict': '[1,{"tool":["pkg:/tool@1.0","because",1795375525]}]',
    'publisher/example.org/pkg/tool/1.0%2C5.11%3A20260101T000000Z': manifest,
    ...changes,
  }
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) continue
    const place = at.path('small', 'var/pkg', path)
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(place, text)
  }
}

describe('image-import', () => {
  it('reads the catalog of installed packages of format 4', async () => {
    smallImage()
    await at.runs(0, 'image-import', 'small')
    const listed = await at.runs(0, '-R', 'small', 'list', '-Hv')
    expect(listed.stdout).toMatch(/^pkg:\/\/example\.org\/tool@1\.0:20260101T000000Z +if-\n$/)
    expect((await at.runs(0, '-R', 'small', 'list', '-Hm')).stdout).toMatch(/^tool /)
    const again = await at.runs(1, 'image-import', 'small')
    expect(again.stderr).toContain('is already managed by pkg6')
  })

  it('names itself where an image of pkg5 is found', async () => {
    smallImage()
    const listed = await at.runs(1, '-R', 'small', 'list')
    expect(listed.stderr).toContain(`pkg6 image-import ${at.path('small')}`)
  })

  it('counts a damaged list of avoided packages as empty, and says so', async () => {
    smallImage({ 'state/avoid_set': 'x' })
    expect((await at.runs(0, 'image-import', '-q', 'small')).stderr).toContain('avoid_set is damaged')
  })

  const catalog = (value: unknown): string => JSON.stringify({ 'example.org': value })
  it.each<readonly [string, Readonly<Record<string, string | undefined>>, string]>([
    ['no configuration at all', { 'pkg5.image': undefined }, 'No image rooted at'],
    ['an empty configuration', { 'pkg5.image': '' }, 'its image format is not stated'],
    ['a newer format', { 'pkg5.image': '[image]\nversion = 6\n' }, 'its image format is 6'],
    [
      'a variant that cannot be',
      { 'pkg5.image': '[image]\nversion = 4\n[variant]\nvariant.a%20b = x\n' },
      'pkg5.image',
    ],
    [
      'no installed catalog',
      { 'state/installed/catalog.base.C': undefined },
      'neither a database nor a catalog',
    ],
    ['a catalog that is no JSON', { 'state/installed/catalog.base.C': '{' }, 'it is not a catalog'],
    ['a list as catalog', { 'state/installed/catalog.base.C': '[]' }, 'it is not a catalog'],
    [
      'packages that are no list',
      { 'state/installed/catalog.base.C': catalog(1) },
      'is not a list of packages',
    ],
    [
      'versions that are no list',
      { 'state/installed/catalog.base.C': catalog({ tool: 1 }) },
      'is not a list of versions',
    ],
    [
      'an entry that is nothing',
      { 'state/installed/catalog.base.C': catalog({ tool: [null] }) },
      'is not a full name of a package',
    ],
    [
      'a name that leads out of the folder',
      { 'state/installed/catalog.base.C': catalog({ '../../x': [{ version: '1:20260101T000000Z' }] }) },
      'is not a full name of a package',
    ],
    [
      'a package without state',
      {
        'state/installed/catalog.base.C': catalog({
          tool: [{ version: '1.0,5.11:20260101T000000Z', metadata: {} }],
        }),
      },
      'has no state',
    ],
    [
      'one package twice',
      {
        'state/installed/catalog.base.C': catalog({
          tool: ['1.0', '1.1'].map((version) => ({
            version: `${version},5.11:20260101T000000Z`,
            metadata: { states: [2] },
          })),
        }),
      },
      'is installed twice',
    ],
    ['damaged freezes', { 'state/frozen_dict': '[1,{"tool":[1]}]' }, 'not a list of frozen packages'],
    [
      'a manifest that is gone',
      { 'publisher/example.org/pkg/tool/1.0%2C5.11%3A20260101T000000Z': undefined },
      'the file is gone',
    ],
    [
      'a manifest that was changed',
      { 'publisher/example.org/pkg/tool/1.0%2C5.11%3A20260101T000000Z': 'dir path=x' },
      'the file was changed',
    ],
    ['a database that is none', { 'state/catalog.db': 'not a database' }, 'catalog.db'],
    [
      'an unfinished database',
      { 'state/catalog.db': '', 'state/catalog.db-wal': 'x' },
      'pkg5 was interrupted',
    ],
  ])('%s: nothing is changed', async (_, changes, text) => {
    smallImage(changes)
    const before = wholeTree(at.folder).filter((line) => !line.includes('pkg/lock'))
    const ran = await at.runs(1, 'image-import', 'small')
    expect(ran.stderr).toContain(text)
    expect(wholeTree(at.folder).filter((line) => !line.includes('pkg/lock'))).toEqual(before)
  })

  it('takes no link for a configuration', async () => {
    smallImage()
    rmSync(at.path('small/var/pkg/pkg5.image'))
    symlinkSync('/etc/passwd', at.path('small/var/pkg/pkg5.image'))
    await at.runs(1, 'image-import', 'small')
  })
})
