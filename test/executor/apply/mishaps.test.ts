import { describe, expect, it } from 'vitest'
import { type ApplyReport, type InstallerProblem, recoverInterrupted } from '#executor'
import { type Filesystem, FilesystemError, type Result } from '#model'
import { imageOf, leaves } from '../../support/disk-case.ts'
import { failingFilesystem, interceptFilesystem } from '../../support/intercepted-filesystem.ts'
import type { MemoryFilesystem } from '../../support/memory-filesystem.ts'
import { sampled, sampledNumbers } from '../../support/sampling.ts'
import { applyTo, change, mustApply, packageOf as p, type Side, targetOf } from '../../support/small-image.ts'

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))

function fail(call: string, path: string, errno: string): never {
  throw new FilesystemError({ code: 'ips::filesystem_error::call_failed', call, path, errno })
}

/** Calls that remove a name from a directory or add one, with their paths. */
const naming = [
  'createFile',
  'makeDirectory',
  'symbolicLink',
  'unlink',
  'removeDirectory',
  'rename',
  'hardLink',
]

/** A file system with an immutable file. The inode number identifies the file at every path. */
function withImmutable(fs: MemoryFilesystem, path: string): Filesystem {
  const inode = fs.lstat(path)!.inode
  const refused = ['rename', 'unlink', 'hardLink', 'setMode', 'setOwner']
  const guard = interceptFilesystem(fs, ({ name, path: at }) => {
    if (refused.includes(name) && fs.lstat(at)?.inode === inode) fail(name, at, 'EPERM')
  })
  return {
    ...guard,
    rename(from, to) {
      if (fs.lstat(to)?.inode === inode) fail('rename', from, 'EPERM')
      guard.rename(from, to)
    },
  }
}

/** A file system for an ordinary user who owns everything: names in a directory without write permission cannot change. */
function withPermissions(fs: MemoryFilesystem, calls: string[] = []): Filesystem {
  const mayWrite = (path: string): boolean => (fs.lstat(path)!.mode & 0o300) === 0o300
  const check = (name: string, path: string): void => {
    if (!mayWrite(parentOf(path))) fail(name, path, 'EACCES')
  }
  const guard = interceptFilesystem(fs, ({ name, path }) => {
    calls.push(`${name} ${path}`)
    if (naming.includes(name) && name !== 'hardLink') check(name, path)
  })
  return {
    ...guard,
    hardLink(existing, path) {
      check('hardLink', path)
      guard.hardLink(existing, path)
    },
    rename(from, to) {
      check('rename', to)
      // The entry '..' of a directory changes with its parent.
      const isDirectory = fs.lstat(from)?.type === 'directory'
      if (isDirectory && parentOf(from) !== parentOf(to) && !mayWrite(from)) fail('rename', from, 'EACCES')
      guard.rename(from, to)
    },
  }
}

function run(
  filesystem: Filesystem,
  from: Side,
  to: Side,
  asRoot = true,
): Result<ApplyReport, InstallerProblem> {
  return applyTo({ target: { ...targetOf(filesystem), asRoot } }, [change(from, to)])
}

function inStage(fs: MemoryFilesystem): string[] {
  return fs.listing('/image/var/pkg').filter((line) => / (file|link) (stage|journal)/.test(line))
}

describe('an immutable file', () => {
  const one = p('p@1', [
    'file content=a path=opt/s/a',
    'file content=m path=opt/s/m',
    'file content=m1 path=usr/m',
  ])
  const other = p('q@1', ['file content=a path=etc/q'])
  const two = p('p@2', [
    'file content=a path=opt/s/a',
    'file content=m path=opt/s/m',
    'file content=m2 path=usr/m',
  ])
  const three = p('p@3', ['file content=a path=opt/s/a', 'file content=m1 path=usr/m'])
  const four = p('p@4', [
    'file content=a path=opt/s/a',
    'file content=m path=opt/s/m',
    'file content=m1 path=usr/m mode=0600',
  ])

  it.each([
    ['that new content replaces', '/image/usr/m', two],
    ['that goes', '/image/opt/s/m', three],
    ['that gets another mode', '/image/usr/m', four],
  ])('%s is named, and nothing changes', (_, path, to) => {
    const fs = imageOf([one])
    const before = fs.listing('/image')
    expect(run(withImmutable(fs, path), one, to)).toMatchObject({
      error: { code: 'ips::installer_error::unchangeable', path, cause: { errno: 'EPERM' } },
    })
    expect(fs.listing('/image')).toEqual(before)
  })

  it('is a failed step for an ordinary user, who may lack the right', () => {
    const fs = imageOf([one])
    const result = run(withImmutable(fs, '/image/usr/m'), one, two, false)
    expect(result).toMatchObject({
      error: { code: 'ips::installer_error::step_failed', path: '/image/usr/m' },
    })
  })

  it('in a directory that goes is told once with both paths, and blocks nothing', () => {
    const fs = imageOf([one])
    const filesystem = withImmutable(fs, '/image/opt/s/m')
    const target = targetOf(filesystem)
    const report = mustApply({ target }, [change(one, undefined)])
    expect(report.warnings).toEqual([
      expect.stringMatching(
        /^opt\/s\/m: removed from its place, but not deleted: cannot remove '\/image\/var\/pkg\/stage\/.*\/m': .*\(EPERM\); later commands try again$/,
      ),
    ])
    expect([leaves(fs).length, inStage(fs).length]).toEqual([1, 1])
    // The same run name is taken: the clock of the test stands still.
    expect(mustApply({ target }, [change(undefined, other)]).warnings).toEqual([])
    expect(leaves(fs).filter((leaf) => leaf.startsWith('etc/'))).toEqual(['etc/q "a"'])
    const recovery = { ...target, metadataFiles: [], committedGeneration: 1 }
    expect(recoverInterrupted(recovery)).toMatchObject({ ok: true, value: { side: 'none' } })
    expect(inStage(fs).length).toBe(1)
    // When it is mutable again, the next command removes it.
    recoverInterrupted({ ...recovery, filesystem: fs })
    expect(fs.lstat('/image/var/pkg/stage')).toBeUndefined()
  })

  it('of many that stay, ten are named', () => {
    const lines = Array.from({ length: 14 }, (_, index) => `file content=x path=opt/s/f${index}`)
    const many = p('p@1', lines)
    const fs = imageOf([many])
    const busy = failingFilesystem(
      fs,
      'EBUSY',
      ({ name, path }) => name === 'unlink' && path.includes('/stage/'),
    )
    const { warnings } = mustApply({ target: targetOf(busy) }, [change(many, undefined)])
    expect([warnings.length, warnings.at(-1)]).toEqual([11, '4 more files were not deleted'])
    expect(fs.lstat('/image/opt')).toBeUndefined()
  })

  it('a rollback whose stage cannot be removed is whole all the same', () => {
    const fs = imageOf([one])
    const before = leaves(fs)
    const stuck = failingFilesystem(
      fs,
      'EBUSY',
      ({ name, path }) => name === 'removeDirectory' && path.includes('/stage'),
    )
    const result = applyTo({ target: targetOf(stuck) }, [change(one, two)], {
      commit: () => ({ reason: 'no' }),
    })
    expect(result).toMatchObject({ error: { code: 'ips::installer_error::commit_failed' } })
    expect(leaves(fs)).toEqual(before)
    expect(run(fs, one, two).ok).toBe(true)
  })
})

describe('a directory that its owner closed', () => {
  const lines = (version: string) => [
    'dir path=opt mode=0555',
    'dir path=opt/s mode=0555',
    `file content=a${version} path=opt/s/a`,
    'file content=b path=opt/s/b',
    `file content=c path=opt/s/c${version}`,
    'dir path=opt/s/d mode=0555',
    'file content=e path=opt/s/d/e',
  ]
  const one = p('p@1', lines('1'))
  const two = p('p@2', [
    ...lines('2').slice(0, 5),
    'dir path=opt/new mode=0555',
    'file content=n path=opt/new/n',
  ])
  const changes: readonly (readonly [string, Side, Side])[] = [
    ['update', one, two],
    ['downgrade', two, one],
    ['uninstall', one, undefined],
    ['only modes change', one, p('p@3', ['dir path=opt mode=0755', ...lines('1').slice(1)])],
    ['salvage of its content', one, p('p@2', ['dir path=opt mode=0555'])],
  ]

  /** Tree after the change if every directory is writable. */
  const wanted = (from: Side, to: Side): string[] => {
    const fs = imageOf(from === undefined ? [] : [from], { 'opt/s/mine': 'mine' })
    mustApply({ target: targetOf(fs) }, [change(from, to)])
    return fs.listing('/image')
  }

  it.each(changes)('is opened and closed again: %s', (_, from, to) => {
    const fs = imageOf([from!], { 'opt/s/mine': 'mine' })
    expect(run(withPermissions(fs), from, to, false)).toMatchObject({ ok: true, value: { warnings: [] } })
    expect(fs.listing('/image')).toEqual(wanted(from, to))
  })

  it.each(changes)(
    'is as it was after a failure at any call, and after one without an undo: %s',
    (_, from, to) => {
      const calls: string[] = []
      run(withPermissions(imageOf([from!], { 'opt/s/mine': 'mine' }), calls), from, to, false)
      const before = imageOf([from!], { 'opt/s/mine': 'mine' }).listing('/image')
      const writing = calls.flatMap((call, index) =>
        /^(rename|setMode|makeDirectory|removeDirectory|unlink)/.test(call) ? [index + 1] : [],
      )
      expect(writing.length).toBeGreaterThan(2)
      const image = imageOf([from!], { 'opt/s/mine': 'mine' })
      for (const number of sampledNumbers(writing.length, 5)) {
        const [fs, stop] = [image.clone(), writing[number - 1]!]
        let count = 0
        const dying = interceptFilesystem(withPermissions(fs), ({ name, path }) => {
          if (++count >= stop) fail(name, path, 'EIO')
        })
        // Every call fails from here on, as if the process were killed.
        const dead = run(dying, from, to, false)
        const target = { ...targetOf(withPermissions(fs)), metadataFiles: [] }
        const committed = dead.ok ? 1 : 0
        expect(recoverInterrupted({ ...target, committedGeneration: committed }).ok).toBe(true)
        expect(fs.listing('/image')).toEqual(committed === 0 ? before : wanted(from, to))
      }
    },
  )

  it('of somebody else is a failed step that names the path', () => {
    const fs = imageOf([one])
    const before = fs.listing('/image')
    const others = failingFilesystem(
      withPermissions(fs),
      'EPERM',
      ({ name, path }) => name === 'setMode' && path.startsWith('/image/opt'),
    )
    expect(run(others, one, two, false)).toMatchObject({
      error: { code: 'ips::installer_error::step_failed', cause: { errno: 'EACCES' } },
    })
    expect(fs.listing('/image')).toEqual(before)
  })

  it('is no obstacle in a stage', () => {
    const fs = imageOf([one])
    fs.plantDirectory('/image/var/pkg/stage/9-9/old/0', { mode: 0o500 })
    fs.plant('/image/var/pkg/stage/9-9/old/0/f', 'x')
    const target = { ...targetOf(withPermissions(fs)), metadataFiles: [], committedGeneration: 0 }
    expect(recoverInterrupted(target).ok).toBe(true)
    expect(fs.lstat('/image/var/pkg/stage')).toBeUndefined()
  })
})

describe('a link that an administrator put in the place of a directory', () => {
  it.each([
    ['a directory', 'real'],
    ['a file', 'file'],
    ['itself', 'dir'],
    ['nothing', 'nowhere'],
  ])('stops installation and update, to %s', (_, to) => {
    const [one, two] = [p('p@1', ['dir path=dir']), p('p@2', ['dir path=dir mode=0700'])]
    for (const [from, next] of [
      [undefined, one],
      [one, two],
    ] as const) {
      const fs = imageOf([], { file: 'text' })
      fs.plantLink('/image/dir', to)
      fs.plantDirectory('/image/real')
      const before = fs.listing('/image')
      expect(run(fs, from, next)).toMatchObject({
        error: { code: 'ips::installer_error::unsafe_path', path: 'dir', parent: 'dir' },
      })
      expect(fs.listing('/image')).toEqual(before)
    }
  })
})

describe('a large plan', () => {
  const numbers = Array.from({ length: sampled(800, 1700) }, (_, index) => index)
  it('finds each file that a hard link leads to', () => {
    const linked = p(
      'p@1',
      numbers.flatMap((n) => [`file content=x path=z/e/f${n}`, `hardlink path=z/h/h${n} target=../e/f${n}`]),
    )
    const fs = imageOf([linked])
    expect(leaves(fs).length).toBe(2 * numbers.length)
    expect(numbers.filter((n) => fs.lstat(`/image/z/e/f${n}`)?.links !== 2)).toEqual([])
  })

  it('turns files into directories, and back', () => {
    const files = p(
      'p@1',
      numbers.map((n) => `file content=x path=z/f${n}`),
    )
    const directories = p(
      'p@2',
      numbers.map((n) => `dir path=z/f${n}`),
    )
    const fs = imageOf([files])
    mustApply({ target: targetOf(fs) }, [change(files, directories)])
    expect(numbers.filter((n) => fs.lstat(`/image/z/f${n}`)?.type !== 'directory')).toEqual([])
    mustApply({ target: targetOf(fs) }, [change(directories, files)])
    expect(leaves(fs).length).toBe(numbers.length)
  })
})
