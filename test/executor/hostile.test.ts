import { describe, expect, it } from 'vitest'
import { createFilesystemExecutor, type InstallerProblem } from '#executor'
import type { Action, Filesystem, Result } from '#model'
import { createMemoryFilesystem, type MemoryFilesystem } from '../support/memory-filesystem.ts'
import {
  applyTo,
  change,
  createSmallImage,
  goodPlan,
  type PackageManifest,
  packageOf,
  planOf,
  targetOf,
} from '../support/small-image.ts'

function codeOf(result: Result<unknown, InstallerProblem>): string {
  return result.ok ? 'ok' : result.error.code
}

/** A package with one action that no parser would let through. */
function rawPackage(type: Action['type'], attributes: Record<string, string>): PackageManifest {
  const good = packageOf('evil@1', ['file content=evil path=x'])
  const [file] = good.manifest.actions
  const merged = new Map<string, string>([
    ...(type === 'file' ? (file!.attributes as Map<string, string>) : []),
    ...Object.entries({ mode: '0755', owner: 'root', group: 'root', ...attributes }),
  ])
  const action: Action = { type, payload: type === 'file' ? file!.payload : undefined, attributes: merged }
  return { fmri: good.fmri, manifest: { actions: [action] } }
}

const forbidden = 'ips::installer_error::forbidden_actions'
const paths: [string, string, string][] = [
  ['parent references', '../outside', forbidden],
  ['parent references in the middle', 'usr/../../outside', forbidden],
  ['an absolute path', '/outside', forbidden],
  ['an empty path', '', forbidden],
  ['a dot component', 'usr/./x', forbidden],
  ['an empty component', 'usr//x', forbidden],
  ['a NUL', 'usr/x\0y', forbidden],
  ['a name that is too long', `usr/${'n'.repeat(256)}`, forbidden],
  ['a path that is too long', 'n/'.repeat(2100), forbidden],
  ['the metadata of the image', 'var/pkg/pkg6.image.json', forbidden],
  ['the stage', 'var/pkg/stage/0-1/new/0', forbidden],
  ['the journal', 'var/pkg/journal', forbidden],
  ['a draft of the journal', 'var/pkg/journal.new', forbidden],
  ['a lock on the lock', 'var/pkg/lock.break', forbidden],
  ['licences', 'var/pkg/license/x', forbidden],
  ['the state of the reference client', 'var/pkg/state/catalog.db', forbidden],
  ['its configuration', 'var/pkg/pkg5.image', forbidden],
  ['the metadata of a user image', '.org.opensolaris,pkg/pkg6.image.json', forbidden],
  ['the database of a partial image', '.pkg/installed.db', forbidden],
  ['an image that was set aside', '.org.opensolaris,pkg.replaced/pkg6.image.json', forbidden],
  ['an image that is created', 'var/pkg.creating', forbidden],
  ['the configuration of an image further below', 'opt/x/var/pkg/pkg6.image.json', forbidden],
  ['metadata of another kind in another spelling', '.PKG/Installed.DB', forbidden],
  ['a free name in metadata in another spelling', 'VAR/pkg/config', forbidden],
  ['a place for temporary files', 'tmp/x', forbidden],
  ['a place below one', 'var/tmp/deep/x', forbidden],
  ['shared data', 'var/share/x', forbidden],
  ['volatile data', 'system/volatile/x', forbidden],
]

describe('planning hostile packages', () => {
  it.each(paths)('refuses %s', (_name, path, code) => {
    for (const type of ['file', 'dir', 'link', 'hardlink'] as const) {
      const target = { target: 'usr/x' }
      expect(codeOf(planOf([change(undefined, rawPackage(type, { path, ...target }))])), type).toBe(code)
    }
  })
  it.each(['var', 'var/pkg'])('refuses anything but a directory at %s', (path) => {
    expect(codeOf(planOf([change(undefined, rawPackage('link', { path, target: '/' }))]))).toBe(forbidden)
    expect(codeOf(planOf([change(undefined, rawPackage('file', { path }))]))).toBe(forbidden)
    expect(codeOf(planOf([change(undefined, rawPackage('dir', { path }))]))).toBe('ok')
  })
  it.each(['var/pkg/config', 'var/pkg/config/x', '.pkg/x', '.org.opensolaris,pkg/x', 'var/pkgs'])(
    'allows %s',
    (path) => {
      for (const imageKind of ['full', 'partial', 'user'] as const)
        expect(codeOf(planOf([change(undefined, rawPackage('file', { path }))], { imageKind }))).toBe('ok')
    },
  )
  it.each(['.pkg', '.org.opensolaris,pkg', 'var/pkg'])(
    'refuses a link at %s in every kind of image',
    (path) => {
      for (const [imageKind, metadataPath] of [
        ['full', 'var/pkg'],
        ['partial', '.pkg'],
        ['user', '.org.opensolaris,pkg'],
      ] as const) {
        const link = rawPackage('link', { path, target: 'elsewhere' })
        expect(codeOf(planOf([change(undefined, link)], { imageKind, metadataPath }))).toBe(forbidden)
      }
    },
  )
  it.each(['../../etc/passwd', '/../x', '..', '/'])('refuses a hard link to %s', (target) => {
    expect(codeOf(planOf([change(undefined, rawPackage('hardlink', { path: 'usr/x', target }))]))).toBe(
      forbidden,
    )
  })
  it('allows the directories themselves that may have no content', () => {
    const dirs = packageOf('dirs@1', ['dir path=tmp', 'dir path=var/tmp', 'dir path=system/volatile'])
    expect(codeOf(planOf([change(undefined, dirs)]))).toBe('ok')
  })
  it('tells all refused actions at once, with kind, package and reason', () => {
    const user = packageOf('u@1', [
      'user username=x group=x',
      'group groupname=x',
      'driver name=d',
      'file content=s path=s mode=4755',
      'file content=s path=s2 mode=02755',
      'file content=s path=s3 mode=1755',
    ])
    const counts = (['full', 'partial', 'user'] as const).map((imageKind) => {
      const plan = planOf([change(undefined, user)], { imageKind })
      return plan.ok || plan.error.code !== forbidden ? 0 : plan.error.problems.length
    })
    expect(counts).toEqual([0, 3, 5])
  })
  it('still lets an image get rid of what it would not take', () => {
    const user = packageOf('u@1', ['driver name=d', 'file content=s path=s'])
    expect(codeOf(planOf([change(user, undefined)], { imageKind: 'user' }))).toBe('ok')
  })
  it('takes attribute names that mean something to objects for what they are', () => {
    const odd = packageOf('odd@1', ['file content=o path=__proto__ __proto__=x constructor=y'])
    expect(codeOf(planOf([change(undefined, odd)]))).toBe('ok')
  })
})

const plain = packageOf('plain@1', ['file content=plainly path=usr/lib/plain'])

function imageWith(prepare: (fs: MemoryFilesystem) => void): MemoryFilesystem {
  const fs = createMemoryFilesystem()
  createSmallImage(fs)
  fs.plant('/outside/precious', 'precious')
  prepare(fs)
  return fs
}

/** Nothing outside changed, and the image is as it was. */
function expectUntouched(
  fs: MemoryFilesystem,
  work: () => Result<unknown, InstallerProblem>,
  code: string,
): void {
  const before = fs.listing('/')
  expect(codeOf(work())).toBe(code)
  expect(fs.listing('/')).toEqual(before)
}

const unsafe = 'ips::installer_error::unsafe_path'

describe('carrying out hostile plans', () => {
  it.each([
    ['out of the image', '/outside'],
    ['by a relative target', '../outside'],
    ['within the image', 'elsewhere'],
  ])('refuses a link planted among the parents, %s', (_name, target) => {
    const fs = imageWith((disk) => {
      disk.plantDirectory('/image/elsewhere')
      disk.plantLink('/image/usr', target)
    })
    expectUntouched(fs, () => applyTo({ target: targetOf(fs) }, [change(undefined, plain)]), unsafe)
  })
  it('refuses a link made by an earlier action of the plan', () => {
    const fs = imageWith(() => {})
    const one = packageOf('one@1', ['link path=usr/lib target=/outside'])
    const plan = goodPlan([
      change(undefined, one),
      change(undefined, packageOf('two@1', ['file content=p path=opt/x'])),
    ])
    const [file, link] = plan.changes
    const { fmri, action } = file!.new!
    const moved = new Map(action.attributes).set('path', 'usr/lib/x')
    const evil = {
      ...file!,
      new: { fmri, action: { type: action.type, payload: action.payload, attributes: moved } },
    }
    const run = (changes: typeof plan.changes) =>
      createFilesystemExecutor(targetOf(fs)).execute({ ...plan, changes }, { commit: () => {} })
    const linkFirst = [
      { ...link!, kind: 'install' as const },
      { ...evil, kind: 'update' as const },
    ]
    expectUntouched(fs, () => run(linkFirst), unsafe)
  })
  it('refuses to plan a file below a link of the same plan', () => {
    const evil = packageOf('evil@1', ['link path=usr/lib target=/outside', 'file content=p path=usr/lib/x'])
    expect(codeOf(planOf([change(undefined, evil)]))).toBe('ips::installer_error::action_conflict')
  })
  it('leaves what lies behind a link alone when it uninstalls', () => {
    const fs = imageWith((disk) => {
      disk.plant('/outside/lib/plain', 'not ours')
      disk.plantLink('/image/usr', '/outside')
    })
    expect(codeOf(applyTo({ target: targetOf(fs) }, [change(plain, undefined)]))).toBe('ok')
    expect(fs.text('/outside/lib/plain')).toBe('not ours')
  })
  it('notices a directory that becomes a link while the plan is carried out', () => {
    const fs = imageWith((disk) => disk.plant('/image/usr/lib/other', 'o'))
    const swapping: Filesystem = {
      ...fs,
      // The last moment before the first visible change: the journal has just become durable.
      rename(from, to) {
        fs.rename(from, to)
        if (!to.endsWith('/journal')) return
        fs.rename('/image/usr/lib', '/image/usr/away')
        fs.symbolicLink('/outside', '/image/usr/lib')
      },
    }
    const done = applyTo({ target: { ...targetOf(fs), filesystem: swapping } }, [change(undefined, plain)])
    expect(codeOf(done)).toBe(unsafe)
    expect(fs.listing('/outside')).toEqual(['0644 0 0 file precious "precious"'])
    expect(fs.readDirectory('/image/var/pkg')).toEqual([])
  })
  it('does not link to what is no file of the image', () => {
    const evil = packageOf('evil@1', ['hardlink path=usr/x target=y'])
    for (const plantIt of [
      (fs: MemoryFilesystem) => fs.plantLink('/image/usr/y', '/outside/precious'),
      (fs: MemoryFilesystem) => fs.plantOther('/image/usr/y'),
      (fs: MemoryFilesystem) => fs.plantDirectory('/image/usr/y'),
      () => {},
    ]) {
      const fs = imageWith(plantIt)
      const work = () => applyTo({ target: targetOf(fs) }, [change(undefined, evil)])
      expectUntouched(fs, work, 'ips::installer_error::invalid_action')
    }
  })
  it('does not write through a link at the very path', () => {
    const fs = imageWith((disk) => disk.plantLink('/image/usr/lib/plain', '/outside/precious'))
    expect(codeOf(applyTo({ target: targetOf(fs) }, [change(undefined, plain)]))).toBe('ok')
    expect(fs.text('/outside/precious')).toBe('precious')
    expect(fs.lstat('/image/usr/lib/plain')?.type).toBe('file')
  })
  it('does not break lines of the user databases', () => {
    const fs = imageWith((disk) => {
      disk.plant('/image/etc/passwd', 'root:x:0:0::/:\n')
      disk.plant('/image/etc/group', 'root::0:\n')
    })
    for (const attributes of [
      { username: 'a:b', group: 'root' },
      { username: 'a', group: 'root', 'home-dir': '/:/bin/sh\nroot2:x:0:0' },
      { username: 'a', group: 'root', uid: '0x0' },
      { username: '', group: 'root' },
    ]) {
      const work = () =>
        applyTo({ target: targetOf(fs) }, [change(undefined, rawPackage('user', attributes))])
      expectUntouched(fs, work, 'ips::installer_error::invalid_action')
    }
  })
})

describe('lying payloads', () => {
  const lies: [string, (attributes: Map<string, string>) => void, string][] = [
    ['a larger stored size', (a) => a.set('pkg.csize', '9999'), 'ips::installer_error::bad_payload'],
    ['a smaller size', (a) => a.set('pkg.size', '1'), 'ips::installer_error::bad_payload'],
    ['a larger size', (a) => a.set('pkg.size', '9999'), 'ips::installer_error::bad_payload'],
    [
      'another content',
      (a) => a.set('pkg.content-hash', `file:sha512t_256:${'0'.repeat(64)}`),
      'ips::installer_error::bad_payload',
    ],
    ['another stored form', (a) => a.set('chash', '0'.repeat(40)), 'ips::installer_error::bad_payload'],
    [
      'more than the disk holds',
      (a) => a.set('pkg.size', '999999999999999'),
      'ips::installer_error::no_space',
    ],
  ]
  it.each(lies)('refuses %s and leaves nothing behind', (_name, lie, code) => {
    const fs = imageWith(() => {})
    const [file] = plain.manifest.actions
    const attributes = new Map(file!.attributes as Map<string, string>)
    lie(attributes)
    const liar = { fmri: plain.fmri, manifest: { actions: [{ ...file!, attributes }] } }
    expectUntouched(fs, () => applyTo({ target: targetOf(fs) }, [change(undefined, liar)]), code)
  })
  it('refuses a payload that is not there, or is no gzip', () => {
    const fs = imageWith(() => {})
    const { payload } = plain.manifest.actions[0]!
    fs.plant(`/cache/${payload}`, 'x'.repeat(Number(plain.manifest.actions[0]!.attributes.get('pkg.csize'))))
    const apply = () => applyTo({ target: targetOf(fs) }, [change(undefined, plain)])
    expectUntouched(fs, apply, 'ips::installer_error::bad_payload')
    fs.unlink(`/cache/${payload}`)
    expectUntouched(fs, apply, 'ips::installer_error::payload_missing')
  })
})
