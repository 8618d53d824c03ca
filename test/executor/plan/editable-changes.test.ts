import { expect, it } from 'vitest'
import { editableChanges } from '#executor'
import { createMemoryFilesystem } from '../../support/memory-filesystem.ts'
import { change, createSmallImage, goodPlan, packageOf, type Side } from '../../support/small-image.ts'

const conf = (version: string, more: string, path = 'etc/c') =>
  packageOf(`p@${version}`, [`file content=c${version} path=${path} ${more}`])

/** What is on disk at `etc/c`: c1 as version 1 delivers it, c2, something else, or nothing; then the list. Source: image-plan §6.5. */
const cases: [string, string | undefined, readonly [Side, Side], readonly string[]][] = [
  ['comes', undefined, [undefined, conf('1', 'preserve=true')], ['installed etc/c']],
  ['comes over an unpackaged one', 'mine', [undefined, conf('1', 'preserve=true')], ['installed etc/c']],
  ['is left alone at first', 'mine', [undefined, conf('1', 'preserve=install-only')], []],
  ['goes with its package', 'mine', [conf('1', 'preserve=true'), undefined], ['removed etc/c']],
  ['is dropped by an update', 'mine', [conf('1', 'preserve=true'), packageOf('p@2', [])], ['removed etc/c']],
  ['is abandoned', 'mine', [conf('1', 'preserve=abandon'), undefined], []],
  ['gets new content', 'c1', [conf('1', 'preserve=true'), conf('2', 'preserve=true')], ['updated etc/c']],
  ['was edited', 'mine', [conf('1', 'preserve=true'), conf('2', 'preserve=true')], []],
  [
    'was edited and gets a mode',
    'mine',
    [conf('1', 'preserve=true'), conf('2', 'preserve=true mode=0600')],
    ['updated etc/c'],
  ],
  ['was edited and gets a tag', 'mine', [conf('1', 'preserve=true'), conf('2', 'preserve=true tag=x')], []],
  ['was deleted', undefined, [conf('1', 'preserve=true'), conf('2', 'preserve=true')], ['installed etc/c']],
  [
    'is put aside',
    'mine',
    [conf('1', 'preserve=renameold'), conf('2', 'preserve=renameold')],
    ['moved etc/c > etc/c.old', 'installed etc/c'],
  ],
  [
    'gets a new one beside it',
    'mine',
    [conf('1', 'preserve=renamenew'), conf('2', 'preserve=renamenew')],
    ['installed etc/c.new'],
  ],
  [
    'becomes legacy',
    'c1',
    [conf('1', 'preserve=true'), conf('2', 'preserve=legacy')],
    ['moved etc/c > etc/c.legacy', 'installed etc/c'],
  ],
  [
    'is put aside by a downgrade',
    'mine',
    [conf('2', 'preserve=true preserve-version=2'), conf('1', 'preserve=true')],
    ['moved etc/c > etc/c.update', 'installed etc/c'],
  ],
  ['is kept by a downgrade', 'c2', [conf('2', 'preserve=true'), conf('1', 'preserve=true')], []],
  ['is editable no more', 'c1', [conf('1', 'preserve=true'), conf('2', '')], ['updated etc/c']],
  ['never was editable', 'c1', [conf('1', ''), conf('2', '')], []],
  [
    'moves',
    'c1',
    [conf('1', 'preserve=true'), conf('2', 'preserve=true original_name=p:etc/c', 'etc/d')],
    ['moved etc/c > etc/d'],
  ],
  [
    'should move and is not there',
    undefined,
    [conf('1', 'preserve=true'), conf('2', 'preserve=true original_name=p:etc/c', 'etc/d')],
    ['moved etc/c > etc/d'],
  ],
  ['comes to lie over another', 'mine', [undefined, conf('1', 'overlay=true')], ['installed etc/c']],
  [
    'changes where it lies over another',
    'c1',
    [conf('1', 'overlay=true'), conf('2', 'overlay=true')],
    ['updated etc/c'],
  ],
]

it.each(cases)('an editable file that %s', (_, disk, [from, to], wanted) => {
  const filesystem = createMemoryFilesystem()
  createSmallImage(filesystem)
  if (disk !== undefined) filesystem.plant('/image/etc/c', disk)
  const before = filesystem.listing('/')
  const found = editableChanges(goodPlan([change(from, to)]), { filesystem, root: '/image' })
  expect([
    ...found.moved.map(([old, next]) => `moved ${old} > ${next}`),
    ...found.removed.map((path) => `removed ${path}`),
    ...found.installed.map((path) => `installed ${path}`),
    ...found.updated.map((path) => `updated ${path}`),
  ]).toEqual(wanted)
  expect(filesystem.listing('/')).toEqual(before)
})
