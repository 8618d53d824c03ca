import { describe, expect, it } from 'vitest'
import { type ContentPolicy, contentLosses, createDryRunExecutor, createFilesystemExecutor } from '#executor'
// The rule is not exported by the package. It is imported directly, so that its whole table can be tested.
import { decideFile } from '../../executor/files/preserve.ts'
import { createMemoryFilesystem, type MemoryFilesystem } from '../support/memory-filesystem.ts'
import { change, createSmallImage, goodPlan, mustApply, packageOf } from '../support/small-image.ts'

const replacing: ContentPolicy = { preserveConfigs: false, noBackup: false }
const discarding: ContentPolicy = { preserveConfigs: true, noBackup: true }

const before = packageOf('p@1', [
  'file content=t1 path=etc/true preserve=true',
  'file content=o1 path=etc/old preserve=renameold',
  'file content=n1 path=etc/new preserve=renamenew',
  'file content=i1 path=etc/once preserve=install-only',
  'file content=a1 path=etc/given preserve=abandon',
  'file content=s path=etc/same preserve=true',
  'file content=u1 path=etc/unedited preserve=true',
  'link path=etc/link target=l1 preserve=true',
  'dir path=var/spool/old',
  'dir path=opt/mine',
])
const after = packageOf('p@2', [
  'file content=t2 path=etc/true preserve=true',
  'file content=o2 path=etc/old preserve=renameold',
  'file content=n2 path=etc/new preserve=renamenew',
  'file content=i2 path=etc/once preserve=install-only',
  'file content=a2 path=etc/given preserve=abandon',
  'file content=s path=etc/same preserve=true mode=0600',
  'file content=u2 path=etc/unedited preserve=true',
  'link path=etc/link target=l2 preserve=true',
  'dir path=var/spool/new salvage-from=var/spool/old',
])

/** The first version, every file edited, with unpackaged content in its directories. */
function editedImage(): {
  readonly filesystem: MemoryFilesystem
  readonly image: ReturnType<typeof createSmallImage>
} {
  const filesystem = createMemoryFilesystem()
  const image = createSmallImage(filesystem)
  mustApply(image, [change(undefined, before)])
  for (const name of ['true', 'old', 'new', 'once', 'given', 'same'])
    filesystem.plant(`/image/etc/${name}`, 'edited')
  filesystem.unlink('/image/etc/link')
  filesystem.plantLink('/image/etc/link', 'mine')
  filesystem.plant('/image/var/spool/old/job', 'job')
  filesystem.plant('/image/opt/mine/deep/own', 'own')
  return { filesystem, image }
}

const paths = ['true', 'old', 'old.old', 'new', 'new.new', 'once', 'given', 'same', 'unedited']

/** Content of the configuration files, and every file of lost+found by its path. */
function outcome(filesystem: MemoryFilesystem): { readonly files: string; readonly lost: readonly string[] } {
  const lost = filesystem
    .listing('/image', (path) => !/^var(\/pkg(\/lost\+found.*)?)?$/.test(path))
    .filter((line) => line.includes('lost+found/'))
    .flatMap((line) => / file (?:var\/pkg\/lost\+found\/)(\S+?)-\d{8}T/.exec(line)?.[1] ?? [])
  const isThere = (name: string): boolean => filesystem.lstat(`/image/etc/${name}`) !== undefined
  const text = (name: string): string => (isThere(name) ? (filesystem.text(`/image/etc/${name}`) ?? '') : '-')
  return { files: paths.map((name) => `${name}=${text(name)}`).join(' '), lost: lost.sort() }
}

function update(policy: ContentPolicy | undefined, image: ReturnType<typeof createSmallImage>) {
  const plan = goodPlan([change(before, after)])
  const withPolicy = policy === undefined ? plan : { ...plan, policy }
  const losses = contentLosses(withPolicy, image.target)
  const tried = createDryRunExecutor(image.target).execute(withPolicy, { commit: () => undefined })
  const report = createFilesystemExecutor(image.target).execute(withPolicy, { commit: () => undefined })
  if (!losses.ok || !tried.ok || !report.ok) throw new Error(JSON.stringify([losses, tried, report]))
  const { replaced, discarded, salvaged } = report.value
  // The dry run predicted the losses of the run.
  expect({ replaced, discarded }).toEqual(losses.value)
  expect([tried.value.replaced, tried.value.discarded]).toEqual([replaced, discarded])
  return { replaced, discarded, salvaged: salvaged.map(({ from }) => from).sort() }
}

describe('an update over edited files', () => {
  it('preserves them without a policy', () => {
    const { filesystem, image } = editedImage()
    expect(update(undefined, image)).toEqual({
      replaced: [],
      discarded: [],
      salvaged: ['opt/mine', 'var/spool/old'],
    })
    expect(outcome(filesystem).files).toBe(
      'true=edited old=o2 old.old=edited new=edited new.new=n2 once=edited given=edited same=edited unedited=u2',
    )
    expect(filesystem.readLink('/image/etc/link')).toBe('mine')
    expect(filesystem.text('/image/var/spool/new/job')).toBe('job')
  })

  it('puts the content of the package there, and the edited files into lost+found', () => {
    const { filesystem, image } = editedImage()
    const replaced = ['etc/link', 'etc/new', 'etc/same', 'etc/true']
    expect(update(replacing, image)).toEqual({
      replaced,
      discarded: [],
      salvaged: [...replaced, 'opt/mine', 'var/spool/old'],
    })
    expect(outcome(filesystem).files).toBe(
      'true=t2 old=o2 old.old=edited new=n2 new.new=- once=edited given=edited same=s unedited=u2',
    )
    expect(filesystem.readLink('/image/etc/link')).toBe('l2')
    expect(filesystem.text('/image/var/spool/new/job')).toBe('job')
  })

  it('leaves no copy of removed content, and preserves edited files', () => {
    const { filesystem, image } = editedImage()
    expect(update(discarding, image)).toEqual({
      replaced: [],
      discarded: ['etc/old', 'opt/mine'],
      salvaged: [],
    })
    expect(outcome(filesystem)).toEqual({
      files:
        'true=edited old=o2 old.old=- new=edited new.new=n2 once=edited given=edited same=edited unedited=u2',
      lost: [],
    })
    expect(filesystem.lstat('/image/var/pkg/lost+found')).toBeUndefined()
    expect(filesystem.lstat('/image/opt/mine')).toBeUndefined()
    expect(filesystem.text('/image/var/spool/new/job')).toBe('job')
  })

  it('does both together', () => {
    const { filesystem, image } = editedImage()
    const replaced = ['etc/link', 'etc/new', 'etc/same', 'etc/true']
    expect(update({ preserveConfigs: false, noBackup: true }, image)).toEqual({
      replaced,
      discarded: ['etc/link', 'etc/new', 'etc/old', 'etc/same', 'etc/true', 'opt/mine'],
      salvaged: [],
    })
    expect(filesystem.lstat('/image/var/pkg/lost+found')).toBeUndefined()
  })
})

it('keeps older content of lost+found', () => {
  const { filesystem, image } = editedImage()
  filesystem.plant('/image/var/pkg/lost+found/opt/before', 'older')
  update(discarding, image)
  expect(filesystem.text('/image/var/pkg/lost+found/opt/before')).toBe('older')
  expect(filesystem.readDirectory('/image/var/pkg/lost+found/opt')).toEqual(['before'])
})

it('removes content that an uninstallation would salvage', () => {
  const { filesystem, image } = editedImage()
  const plan = { ...goodPlan([change(before, undefined)]), policy: discarding }
  const report = createFilesystemExecutor(image.target).execute(plan, { commit: () => undefined })
  expect(report.ok && report.value.discarded).toEqual([
    'etc',
    'etc/new',
    'etc/old',
    'etc/same',
    'etc/true',
    'opt/mine',
    'var/spool/old',
  ])
  expect(filesystem.lstat('/image/var/pkg/lost+found')).toBeUndefined()
})

describe('the rule for one file', () => {
  const fileOf = (version: string, content: string, attributes: string) => {
    const made = packageOf(`p@${version}`, [`file content=${content} path=f ${attributes}`])
    return { fmri: made.fmri as never, action: made.manifest.actions[0]! }
  }
  it.each([
    // preserve, versions, edited; with the content of packages; without copies
    ['true', '1', '2', true, 'salvage, deliver', 'keep'],
    ['true', '1', '2', false, 'deliver', 'deliver'],
    ['renameold', '1', '2', true, '.old, deliver', 'discard, deliver'],
    ['renamenew', '1', '2', true, 'salvage, deliver', '.new'],
    ['legacy', '1', '2', true, '.legacy, deliver', 'discard, deliver'],
    ['install-only', '1', '2', true, 'keep', 'keep'],
    ['abandon', '1', '2', true, 'untouched', 'untouched'],
    ['true', '2', '1', false, 'deliver', 'keep'],
    ['true', '2', '1', true, 'salvage, deliver', 'keep'],
  ] as const)('preserve %s, %s to %s, edited: %s', (preserve, from, to, edited, replaced, discarded) => {
    const decide = (policy: ContentPolicy): string => {
      const decision = decideFile({
        old: fileOf(from, `c${from}`, 'preserve=true'),
        new: fileOf(to, `c${to}`, `preserve=${preserve}`),
        firstInstall: false,
        present: true,
        modified: () => edited,
        policy,
      })
      if (decision.content === 'deliver-beside') return decision.suffix
      const aside = 'aside' in decision && decision.aside !== undefined ? `${decision.aside}, ` : ''
      return aside + decision.content
    }
    expect([decide(replacing), decide(discarding)]).toEqual([replaced, discarded])
  })
})
