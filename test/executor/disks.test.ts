import { describe, expect, it } from 'vitest'
import {
  createFilesystemExecutor,
  executorMessages,
  type InstallerProblem,
  recoverInterrupted,
} from '#executor'
import { describeProblem, type Filesystem, FilesystemError, removeTree } from '#model'
import { imageOf, leaves } from '../support/disk-case.ts'
import { failingFilesystem, interceptFilesystem } from '../support/intercepted-filesystem.ts'
import type { DiskLayout, MemoryFilesystem, Mount } from '../support/memory-filesystem.ts'
import { sealedJournal } from '../support/sealed-journal.ts'
import {
  applyTo,
  change,
  goodPlan,
  mustApply,
  packageOf as p,
  type Side,
  targetOf,
} from '../support/small-image.ts'

const mounts = (...paths: readonly string[]): DiskLayout => ({
  mounts: paths.map((path) => ({ path: `/image/${path}` })),
  overlay: false,
})

/** An image with packages and edits, on a disk of several parts. */
function imageOn(layout: DiskLayout, installed: readonly Side[], edits = {}): MemoryFilesystem {
  const fs = imageOf(
    installed.flatMap((one) => one ?? []),
    edits,
  )
  for (const { path } of layout.mounts) fs.plantDirectory(path)
  fs.arrange(layout)
  return fs
}

const one = p('app@1', [
  'file content="a 1" path=usr/lib/a',
  'file content="b 1" path=opt/app/bin/b',
  'hardlink path=opt/app/bin/c target=b',
  'link path=opt/app/bin/l target=b',
  'dir path=opt/app/data',
  'dir path=opt/app/data/old',
  'file content="conf 1" path=etc/conf preserve=renameold',
  'file content="moves 1" path=etc/moves preserve=true',
  'license content="terms" license=free',
])
const two = p('app@2', [
  'file content="a 2" path=usr/lib/a',
  'file content="b 2" path=opt/app/bin/b',
  'file content="conf 2" path=etc/conf preserve=renameold',
  'file content="moves 2" path=opt/app/moved preserve=true original_name=app:etc/moves',
  'dir path=usr/share/data salvage-from=opt/app/data/old',
  'file content="deep" path=opt/other/deep/x',
  'license content="new terms" license=free',
])
const edits = {
  'etc/conf': 'conf mine',
  'etc/moves': 'moves mine',
  'opt/app/data/deep/mine': 'mine',
  'opt/app/data/old/job': 'job',
  'opt/app/data/link': 'replaced below',
}
/** Changes: name, package before, package after. */
const changes: readonly [string, Side, Side][] = [
  ['installation', undefined, two],
  ['update', one, two],
  ['downgrade', two, one],
  ['removal', one, undefined],
]
const layouts: readonly [string, DiskLayout][] = [
  ['a separate var', mounts('var')],
  ['a file system for opt', mounts('opt')],
  ['many file systems', mounts('var', 'opt', 'etc', 'usr')],
  ['the metadata folder alone elsewhere', mounts('var/pkg')],
  ['file systems that the system does not list', { ...mounts('var', 'opt'), unlisted: true }],
  ['a directory that is mounted once more', { mounts: [{ path: '/image/opt', bind: true }], overlay: false }],
  ['an overlay', { mounts: [], overlay: true }],
  ['an overlay with a volume', { ...mounts('opt'), overlay: true }],
]

function edited(fs: MemoryFilesystem): MemoryFilesystem {
  fs.hardLink('/image/opt/app/data/deep/mine', '/image/opt/app/data/second')
  fs.unlink('/image/opt/app/data/link')
  fs.plantLink('/image/opt/app/data/link', '/elsewhere')
  return fs
}

describe.each(layouts)('on %s', (_, layout) => {
  it.each(changes)('%s leaves the same tree as on one file system', (_what, from, to) => {
    const result = (on: DiskLayout): string[] => {
      const fs = edited(imageOn(on, [from], edits))
      mustApply({ target: targetOf(fs) }, [change(from, to)])
      return leaves(fs)
    }
    const found = result(layout)
    expect(found).toEqual(result(mounts()))
    expect(found.filter((line) => /\.pkg6-stage|stage\//.test(line))).toEqual([])
  })
  it('a failed commit is undone wholly', () => {
    const fs = edited(imageOn(layout, [one], edits))
    const before = fs.listing('/image')
    const commit = () => ({ reason: 'because' })
    expect(applyTo({ target: targetOf(fs) }, [change(one, two)], { commit }).ok).toBe(false)
    expect(fs.listing('/image')).toEqual(before)
  })
})

describe('a hard link', () => {
  it('to a file on another file system is refused with both paths', () => {
    const fs = imageOn(mounts('opt'), [])
    const before = fs.listing('/image')
    const pair = p('p@1', ['file content=f path=usr/f', 'hardlink path=opt/g target=../usr/f'])
    expect(applyTo({ target: targetOf(fs) }, [change(undefined, pair)])).toMatchObject({
      error: {
        code: 'ips::installer_error::invalid_action',
        action: 'hardlink: opt/g',
        reason: 'its target usr/f is on another file system',
      },
    })
    expect(fs.listing('/image')).toEqual(before)
  })

  const linkless: DiskLayout = { mounts: [{ path: '/image/boot', linkless: true }], overlay: false }
  it('is refused where the file system has none, and named', () => {
    const fs = imageOn(linkless, [])
    const before = fs.listing('/image')
    const pair = p('p@1', ['file content=f path=boot/f', 'hardlink path=boot/g target=f'])
    expect(applyTo({ target: targetOf(fs) }, [change(undefined, pair)])).toMatchObject({
      error: { code: 'ips::installer_error::no_hard_link', path: '/image/boot/g', errno: 'EPERM' },
    })
    expect(fs.listing('/image')).toEqual(before)
  })
  it('that nobody asked for is a copy there', () => {
    const lines = (text: string) => [
      `file content="${text}" path=boot/conf preserve=renameold`,
      `file content="${text}" path=boot/f`,
    ]
    const [old, next] = [p('p@1', lines('one')), p('p@2', lines('two'))]
    const fs = imageOn(linkless, [old], { 'boot/conf': 'mine' })
    const before = fs.listing('/image')
    const commit = () => ({ reason: 'because' })
    expect(applyTo({ target: targetOf(fs) }, [change(old, next)], { commit }).ok).toBe(false)
    expect(fs.listing('/image')).toEqual(before)
    mustApply({ target: targetOf(fs) }, [change(old, next)])
    expect(leaves(fs)).toEqual(['boot/conf "two"', 'boot/conf.old "mine"', 'boot/f "two"'])
  })
})

describe('a mount point', () => {
  const app = p('p@1', ['dir path=srv', 'dir path=srv/app', 'file content=f path=srv/app/bin/f'])
  const file = p('p@1', ['file content=f path=srv'])
  const refusals: readonly [string, DiskLayout, Side, Side, object][] = [
    ['below a packaged directory', mounts('srv/app/own'), app, undefined, { mounted: 'srv/app/own' }],
    [
      'deep in what a user put there',
      mounts('srv/app/own/deep/data'),
      app,
      undefined,
      { mounted: 'srv/app/own/deep/data' },
    ],
    ['below what is not listed', { ...mounts('srv/app/own/deep'), unlisted: true }, app, undefined, {}],
    ['where a file goes', mounts('srv'), undefined, file, { path: 'srv', mounted: 'srv' }],
    ['below where a file goes', mounts('srv/x'), undefined, file, { path: 'srv', mounted: 'srv/x' }],
  ]
  it.each(refusals)('%s stops the plan, and nothing changes', (_, layout, from, to, named) => {
    const fs = imageOn(layout, [from], { 'srv/app/own/deep/data/precious': 'precious', 'srv/x/y': 'y' })
    const before = fs.listing('/')
    expect(applyTo({ target: targetOf(fs) }, [change(from, to)])).toMatchObject({
      ok: false,
      error: { code: 'ips::installer_error::mount_point', ...named },
    })
    expect(fs.listing('/')).toEqual(before)
  })

  it('on a packaged directory stays with its content, and is told', () => {
    const whole = p('p@1', ['dir path=srv', 'file content=f path=srv/f'])
    const fs = imageOn(mounts('srv'), [whole], { 'srv/mine': 'mine' })
    const report = mustApply({ target: targetOf(fs) }, [change(whole, undefined)])
    expect(report.warnings).toEqual(['srv: not removed, something is mounted there'])
    expect([leaves(fs), report.salvaged]).toEqual([['srv/mine "mine"'], []])
  })

  it('on a file that changes stops the plan', () => {
    const [old, next] = ['one', 'two'].map((text) => p(`p@${text.length}`, [`file content=${text} path=f`]))
    const fs = imageOn(mounts(), [old])
    const filesystem: Filesystem = { ...fs, mountPoints: () => [...fs.mountPoints(), '/image/f' as never] }
    expect(applyTo({ target: { ...targetOf(fs), filesystem } }, [change(old, next)])).toMatchObject({
      error: { code: 'ips::installer_error::mount_point', path: 'f', mounted: 'f' },
    })
    expect(leaves(fs)).toEqual(['f "one"'])
  })

  it('is not gone through when unpackaged content is removed', () => {
    const fs = imageOn(mounts('srv/data'), [], { 'srv/data/mine': 'mine', 'srv/other': 'other' })
    const plan = { ...goodPlan([]), discards: ['srv/data', 'srv/other'] }
    const done = createFilesystemExecutor(targetOf(fs)).execute(plan, { commit: () => undefined })
    expect(done).toMatchObject({
      ok: true,
      value: { warnings: ['srv/data: not removed, something is mounted there'] },
    })
    expect(leaves(fs)).toEqual(['srv/data/mine "mine"'])
  })
})

describe('a move to another file system', () => {
  const app = p('p@1', ['dir path=opt/app'])
  const layout = mounts('opt')

  it('of a device, pipe or socket is refused', () => {
    const fs = imageOn(layout, [app], { 'opt/app/mine': 'mine' })
    fs.plantOther('/image/opt/app/pipe')
    const before = fs.listing('/')
    expect(applyTo({ target: targetOf(fs) }, [change(app, undefined)])).toEqual({
      ok: false,
      error: { code: 'ips::installer_error::special_file', path: 'opt/app/pipe' },
    })
    expect(fs.listing('/')).toEqual(before)
  })

  it.each([
    ['is salvaged', app, undefined, 'opt/app/mine'],
    [
      'gets another name, and a link its place',
      p('p@1', ['file content=x path=opt/app/mine preserve=true']),
      p('p@2', [
        'file content=x path=usr/moved preserve=true original_name=p:opt/app/mine',
        'link path=opt/app/mine target=x',
      ]),
      'opt/app/mine',
    ],
  ])('of a file that %s stops where it is written to meanwhile', (_, from, to, path) => {
    const fs = imageOn(layout, [from], { [path]: 'mine' })
    const filesystem = interceptFilesystem(fs, ({ name, path: written }) => {
      if (name === 'createFile' && written.includes('journal'))
        fs.appendFile(`/image/${path}`, Buffer.from(' and more'), { fsync: false })
    })
    expect(applyTo({ target: { ...targetOf(fs), filesystem } }, [change(from, to)])).toEqual({
      ok: false,
      error: { code: 'ips::installer_error::changed_meanwhile', path: `/image/${path}` },
    })
    expect(leaves(fs)).toEqual([`${path} "mine and more"`])
  })
})

describe('a stage on another file system', () => {
  const stageAt = (path: string): boolean => path.includes('/.pkg6-stage-')

  it('has room, or the file system is named', () => {
    const fs = imageOn(mounts('opt'), [])
    fs.limit(299, '/image/opt')
    const large = p('p@1', [`file content=${'x'.repeat(300)} path=opt/f`, 'file content=g path=g'])
    expect(applyTo({ target: targetOf(fs) }, [change(undefined, large)])).toEqual({
      ok: false,
      error: { code: 'ips::installer_error::no_space', needed: 300, available: 299, path: '/image/opt' },
    })
    expect(leaves(fs)).toEqual([])
  })

  it('lies in the directory that all changes share, where the top may not be written to', () => {
    const fs = imageOn(mounts('opt'), [p('p@1', ['dir path=opt/site/mine'])])
    const made: string[] = []
    const filesystem = interceptFilesystem(fs, ({ name, path }) => {
      if (name !== 'makeDirectory' || !stageAt(path)) return
      if (/^\/image\/opt\/\.pkg6[^/]*$/.test(path))
        throw new FilesystemError({
          code: 'ips::filesystem_error::call_failed',
          call: name,
          path,
          errno: 'EACCES',
        })
      made.push(path.replace(/\.pkg6-stage-[^/]*/, 'STAGE'))
    })
    const more = p('q@1', ['file content=f path=opt/site/mine/a/f', 'file content=g path=opt/site/mine/b/g'])
    mustApply({ target: { ...targetOf(fs), filesystem } }, [change(undefined, more)])
    expect(made[0]).toBe('/image/opt/site/mine/STAGE')
    expect(fs.listing('/').filter((line) => line.includes('.pkg6'))).toEqual([])
  })

  it('that was left behind is neither salvaged nor in the way', () => {
    const app = p('p@1', ['dir path=opt', 'dir path=opt/app'])
    const fs = imageOn(mounts(), [app], { 'opt/app/.pkg6-stage-1-2/new/0': 'left' })
    const report = mustApply({ target: targetOf(fs) }, [change(app, undefined)])
    expect([report.salvaged, leaves(fs)]).toEqual([[], []])
    expect(fs.lstat('/image/opt')).toBeUndefined()
  })

  it('has a name that no package may use', () => {
    const fs = imageOn(mounts(), [])
    const hostile = p('p@1', ['dir path=opt/.PKG6-stage-1-2/new'])
    expect(applyTo({ target: targetOf(fs) }, [change(undefined, hostile)])).toMatchObject({
      error: { code: 'ips::installer_error::forbidden_actions' },
    })
  })
})

describe.each([
  ['ENOSPC', 'no space is left on its file system'],
  ['EDQUOT', 'the disk quota is used up'],
  ['ESTALE', 'its file server does not know it any more'],
  ['EIO', 'the disk reports an error'],
])('%s on one of several file systems', (errno, meaning) => {
  it.each(['createFile', 'rename', 'sync', 'hardLink'])('at %s is told with its path, and undone', (call) => {
    const fs = imageOn(mounts('opt'), [one], edits)
    const before = fs.listing('/image')
    const failing = failingFilesystem(
      fs,
      errno,
      ({ name, path }) => name === call && path.startsWith('/image/opt/'),
    )
    const done = applyTo({ target: { ...targetOf(fs), filesystem: failing } }, [change(one, two)])
    expect(done).toMatchObject({ ok: false, error: { code: 'ips::installer_error::step_failed' } })
    const text = done.ok ? '' : describeProblem(executorMessages, done.error)
    expect(text).toMatch(new RegExp(`'/image/opt/[^']+': ${meaning} \\(${errno}\\)`))
    recover(fs)
    expect(fs.listing('/image')).toEqual(before)
  })
})

/** An update on two file systems that was killed when all its steps were done and nothing was committed. */
function killed(layout: DiskLayout = mounts('opt')): MemoryFilesystem {
  const fs = imageOn(layout, [one], edits)
  let copy = fs
  const commit = () => {
    copy = fs.clone()
    return undefined
  }
  mustApply({ target: targetOf(fs) }, [change(one, two)], { commit })
  return copy
}

function recover(filesystem: Filesystem, committedGeneration = 0): string {
  const done = recoverInterrupted({ ...targetOf(filesystem), metadataFiles: [], committedGeneration })
  return done.ok ? done.value.side : done.error.code
}

const journalAt = '/image/var/pkg/journal'

interface WrittenJournal {
  operation: string
  format: number
  stages?: unknown
  placing: { do: string; path: string; from?: string }[]
}

function journalOf(fs: MemoryFilesystem): WrittenJournal {
  return JSON.parse(fs.text(journalAt).split('\n')[0]!) as WrittenJournal
}

function forge(fs: MemoryFilesystem, journal: WrittenJournal): void {
  const marks = fs.text(journalAt).split('\n').slice(2).join('\n')
  fs.unlink(journalAt)
  fs.plant(journalAt, `${sealedJournal(journal as never)}${marks}`)
}

describe('the recovery of a run on several file systems', () => {
  const whole = killed()

  it.each([
    [0, 'undone'],
    [1, 'finished'],
  ])('at generation %d is complete and leaves no stage', (generation, side) => {
    const fs = whole.clone()
    expect(recover(fs, generation)).toBe(side)
    expect(fs.text('/image/opt/app/bin/b')).toBe(side === 'undone' ? 'b 1' : 'b 2')
    expect(fs.listing('/').filter((line) => /stage|journal/.test(line))).toEqual([])
  })

  it('waits for a file system that is not mounted, and says so', () => {
    const fs = whole.clone()
    const before = fs.listing('/')
    const away: Filesystem = {
      ...fs,
      lstat: (path) => (path.startsWith('/image/opt/') ? undefined : fs.lstat(path)),
    }
    const done = recoverInterrupted({ ...targetOf(away), metadataFiles: [], committedGeneration: 0 })
    const { operation } = journalOf(fs)
    expect(done).toEqual({
      ok: false,
      error: {
        code: 'ips::installer_error::stage_missing',
        path: `/image/opt/.pkg6-stage-${operation}`,
        directory: '/image/opt',
        journal: journalAt,
      } satisfies InstallerProblem,
    })
    expect(fs.listing('/')).toEqual(before)
    expect(recover(fs)).toBe('undone')
  })

  it('needs no such file system when the run was committed', () => {
    const fs = whole.clone()
    removeTree(fs, `/image/opt/.pkg6-stage-${journalOf(fs).operation}`)
    expect(recover(fs, 1)).toBe('finished')
  })

  const operation = journalOf(whole).operation
  const reserved = `.pkg6-stage-${operation}`
  it.each([
    ['no list', 'opt'],
    ['another name', ['opt/app']],
    ['the name of another run', ['opt/.pkg6-stage-1-2']],
    ['a way out', [`../${reserved}`]],
    ['an absolute path', [`/opt/${reserved}`]],
    ['the metadata folder', [`var/pkg/${reserved}`]],
    ['one place twice', [`opt/${reserved}`, `opt/${reserved}`]],
    ['a stage in a stage', [`opt/${reserved}/${reserved}`]],
    ['none, and names in one', []],
    ['a place that the run changes', [`opt/app/bin/b/${reserved}`]],
  ])('refuses a journal with stages that are %s', (_, stages) => {
    const fs = whole.clone()
    forge(fs, { ...journalOf(fs), stages })
    const before = fs.listing('/')
    expect(recover(fs)).toBe('ips::installer_error::bad_journal')
    expect(fs.listing('/')).toEqual(before)
  })

  it('refuses a step in a stage', () => {
    const fs = whole.clone()
    const journal = journalOf(fs)
    const placing = journal.placing.map((step, index) =>
      index === 0 ? { ...step, path: `opt/${reserved}/old/x` } : step,
    )
    forge(fs, { ...journal, placing })
    expect(recover(fs)).toBe('ips::installer_error::bad_journal')
  })

  it('refuses a link in the place of a stage, or on the way to it', () => {
    for (const path of [`/image/opt/${reserved}`, `/image/opt/${reserved}/old`]) {
      const fs = whole.clone()
      removeTree(fs, path)
      fs.plantLink(path, '/outside')
      expect(recover(fs)).toBe('ips::installer_error::recovery_failed')
    }
  })

  it('takes a journal from before there were such stages', () => {
    const fs = killed(mounts())
    const { stages, ...journal } = journalOf(fs)
    expect(stages).toEqual([])
    forge(fs, { ...journal, format: 2 })
    expect(recover(fs)).toBe('undone')
  })

  it('without a journal removes the stages in a list of places, and follows no link', () => {
    const left = (list: string): MemoryFilesystem => {
      const fs = imageOn(mounts('opt'), [], { 'opt/.pkg6-stage-1-2/new/0': 'left' })
      fs.plant('/outside/.pkg6-stage-1-2/precious', 'precious')
      fs.plantLink('/image/way', '/outside')
      fs.plant('/image/var/pkg/stage/1-2/places', list)
      expect(recover(fs)).toBe('none')
      return fs
    }
    expect(leaves(left('opt/.pkg6-stage-1-2\n'))).toEqual(['way -> /outside'])
    const fs = left('way/.pkg6-stage-1-2\nopt\n../outside/.pkg6-stage-1-2\nopt/.pkg6-stage-1-3\n')
    expect(leaves(fs)).toEqual(['opt/.pkg6-stage-1-2/new/0 "left"', 'way -> /outside'])
    expect(fs.text('/outside/.pkg6-stage-1-2/precious')).toBe('precious')
  })
})

describe('a disk of several parts in memory', () => {
  const parts: readonly Mount[] = [{ path: '/image/opt' }, { path: '/image/srv', bind: true }]
  const fs = imageOn({ mounts: parts, overlay: false }, [], { 'opt/a': 'a', 'srv/b': 'b', c: 'c' })
  it.each([
    ['a rename to another part', () => fs.rename('/image/opt/a', '/image/a'), 'EXDEV'],
    ['a rename to the same device', () => fs.rename('/image/srv/b', '/image/b'), 'EXDEV'],
    ['a link to another part', () => fs.hardLink('/image/c', '/image/opt/c'), 'EXDEV'],
    ['the removal of a mount point', () => fs.rename('/image/opt', '/image/gone'), 'EBUSY'],
  ])('refuses %s', (_, work, errno) => {
    expect(work).toThrow(errno)
  })
  it('tells the parts by device where they have one of their own', () => {
    const [root, opt, srv] = ['/image', '/image/opt', '/image/srv'].map((path) => fs.lstat(path)?.device)
    expect([opt === root, srv === root]).toEqual([false, true])
  })
})
