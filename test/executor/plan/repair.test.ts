import { describe, expect, it } from 'vitest'
import {
  type ActionPlan,
  createFilesystemExecutor,
  type Finding,
  hasOpenJournal,
  type PackageManifest,
  planRepair,
  type Repair,
  recoverInterrupted,
  requiredPayloads,
  surveyPackages,
  verifyPackage,
} from '#executor'
import { type Action, attribute, type Filesystem, formatAction } from '#model'
import { Crash, createFaultyFilesystem, type Fault } from '../../support/faulty-filesystem.ts'
import { createMemoryFilesystem, type MemoryFilesystem } from '../../support/memory-filesystem.ts'
import {
  change,
  createSmallImage,
  goodPlan,
  mustApply,
  noonStamp,
  packageOf,
  plainFilter,
  targetOf,
} from '../../support/small-image.ts'

const core = packageOf('core@1', [
  'file content="root:x:0:0:Super-User:/root:/usr/bin/sh\\n" path=etc/passwd group=sys preserve=true',
  'file content="root:*LK*:6445::::::\\n" path=etc/shadow mode=0400 preserve=true',
  'file content="root::0:\\nbin::2:root\\nsys::3:root\\nstaff::10:\\n" path=etc/group preserve=true',
])
const app = packageOf('app@1', [
  'dir path=usr/bin group=bin',
  'dir path=opt',
  'dir path=opt/deep',
  'file content=deep path=opt/deep/file',
  'dir path=var/tmpdir mode=1777 group=sys',
  'file content=hello path=usr/bin/hello mode=0755 group=bin timestamp=20200102T030405Z',
  'hardlink path=usr/bin/hi target=hello',
  'link path=usr/bin/vi target=vim',
  'file content=conf path=etc/app.conf preserve=true',
  'file content=old path=etc/app.old preserve=renameold',
  'file content=new path=etc/app.new preserve=renamenew',
  'file content=once path=etc/app.once preserve=install-only',
  'file content=legacy path=etc/app.legacy preserve=legacy',
  'file content=abandon path=etc/app.abandon preserve=abandon',
  'group groupname=exgrp gid=101',
  'user username=exusr uid=101 group=exgrp password=NP max=99',
  'dir path=var/ex owner=exusr group=exgrp',
  'license content=free license=free',
  'legacy pkg=EXapp name=App',
  'legacy pkg=EXplain',
  'set name=pkg.summary value="What it is"',
])
const other = packageOf('other@1', ['hardlink path=usr/lib/hello target=../bin/hi'])
const packages = [app, core, other]
const directories = new Set(
  app.manifest.actions.flatMap((action) => (action.type === 'dir' ? [attribute(action, 'path')!] : [])),
)

function installed(): MemoryFilesystem {
  const fs = createMemoryFilesystem()
  createSmallImage(fs)
  mustApply({ target: targetOf(fs) }, [
    change(undefined, core),
    change(undefined, app),
    change(undefined, other),
  ])
  return fs
}

function findings(fs: Filesystem, package_: PackageManifest): readonly Finding[] {
  return verifyPackage({
    filesystem: fs,
    root: '/image',
    metadata: '/image/var/pkg',
    ...package_,
    filter: plainFilter,
    linkChosen: surveyPackages(packages, plainFilter, []).linkChosen,
    overlaidBy: () => undefined,
    installedSet: { installed: () => undefined, avoided: new Set() },
    isDirectory: (path) => directories.has(path),
    asRoot: true,
  })
}

function repairsOf(fs: Filesystem): Repair[] {
  const repairs = new Map<Action, Repair>()
  for (const package_ of packages)
    for (const { level, action, repair } of findings(fs, package_))
      if (level === 'error' && repair !== undefined && (repair === 'content' || !repairs.has(action)))
        repairs.set(action, { fmri: package_.fmri, action, repair })
  return [...repairs.values()]
}

/** As in an image: every look at a manifest gives other objects. */
function readAnew({ fmri, manifest }: PackageManifest): PackageManifest {
  return {
    fmri,
    get manifest() {
      return { actions: manifest.actions.map((action) => ({ ...action })) }
    },
  }
}

function planFix(repairs: readonly Repair[], discards: readonly string[] = []): ActionPlan {
  const plan = planRepair({
    base: 0,
    imageKind: 'full',
    metadataPath: 'var/pkg',
    repairs,
    packages: packages.map(readAnew),
    filter: plainFilter,
    linkChosen: () => true,
    discards: discards.map((path) => ({ fmri: app.fmri, path })),
  })
  if (!plan.ok) throw new Error(JSON.stringify(plan.error))
  return plan.value
}

function carryOut(fs: Filesystem, plan: ActionPlan): readonly string[] {
  const done = createFilesystemExecutor(targetOf(fs)).execute(plan, { commit: () => {} })
  if (!done.ok) throw new Error(JSON.stringify(done.error))
  return done.value.salvaged.map(({ from, to }) => `${from} -> ${to}`)
}

function errors(fs: Filesystem): string[] {
  return packages.flatMap((one) =>
    findings(fs, one)
      .filter(({ level }) => level === 'error')
      .map(({ item, text }) => `${item}: ${text}`),
  )
}

const bin = '/image/usr/bin'
const etc = '/image/etc'
const append = (fs: MemoryFilesystem, path: string) =>
  fs.appendFile(path, Buffer.from(' edited'), { fsync: false })
const place = (path: string) => `var/pkg/lost+found/${path}-${noonStamp}`

/** What is damaged; which content has to be fetched; what goes to lost+found. */
const damages: [string, (fs: MemoryFilesystem) => void, string[], string[]][] = [
  ['content', (fs) => append(fs, `${bin}/hello`), ['usr/bin/hello'], []],
  [
    'mode and owner alone',
    (fs) => {
      fs.setMode(`${bin}/hello`, 0o600)
      fs.setOwner(`${bin}/hello`, 7, 8)
      fs.setMode('/image/var/tmpdir', 0o700)
      fs.setOwner(bin, 5, 5)
    },
    [],
    [],
  ],
  [
    'mode of an edited file, whose content stays',
    (fs) => {
      append(fs, `${etc}/app.old`)
      fs.setMode(`${etc}/app.old`, 0o600)
    },
    [],
    [],
  ],
  ['a time stamp', (fs) => fs.setTimes(`${bin}/hello`, 0, 0), ['usr/bin/hello'], []],
  [
    'missing files, editable ones too',
    (fs) => {
      for (const path of [`${bin}/hello`, `${etc}/app.conf`, `${etc}/app.new`, `${etc}/app.once`])
        fs.unlink(path)
    },
    ['etc/app.conf', 'etc/app.new', 'etc/app.once', 'usr/bin/hello'],
    [],
  ],
  [
    'links',
    (fs) => {
      fs.unlink(`${bin}/vi`)
      fs.plantLink(`${bin}/vi`, 'elsewhere')
      fs.unlink(`${bin}/hi`)
      fs.plant(`${bin}/hi`, 'hello')
    },
    [],
    [],
  ],
  [
    'a directory where a file goes',
    (fs) => {
      fs.unlink(`${bin}/hello`)
      fs.plant(`${bin}/hello/inside`, 'mine')
    },
    ['usr/bin/hello'],
    [`usr/bin/hello -> ${place('usr/bin/hello')}`],
  ],
  [
    'a file where a directory goes',
    (fs) => {
      fs.removeDirectory('/image/var/tmpdir')
      fs.plant('/image/var/tmpdir', 'mine')
    },
    [],
    [`var/tmpdir -> ${place('var/tmpdir')}`],
  ],
  [
    'a link where a directory goes, behind which everything looks right',
    (fs) => {
      fs.rename('/image/opt', '/image/moved')
      fs.plantLink('/image/opt', 'moved')
    },
    ['opt/deep/file'],
    [`opt -> ${place('opt')}`],
  ],
  [
    'whole directories',
    (fs) => {
      for (const path of [
        '/image/opt/deep/file',
        `${bin}/hello`,
        `${bin}/hi`,
        `${bin}/vi`,
        '/image/usr/lib/hello',
      ])
        fs.unlink(path)
      for (const path of ['/image/opt/deep', '/image/opt', bin, '/image/usr/lib', '/image/usr'])
        fs.removeDirectory(path)
    },
    ['opt/deep/file', 'usr/bin/hello'],
    [],
  ],
  [
    'an account, without which its owner is unknown',
    (fs) => {
      const text = fs.text(`${etc}/passwd`).replace(/exusr.*\n/, '')
      fs.unlink(`${etc}/passwd`)
      fs.plant(`${etc}/passwd`, text)
      fs.setOwner(`${etc}/passwd`, 0, 3)
      fs.setMode(`${etc}/passwd`, 0o644)
    },
    [],
    [],
  ],
  [
    'the password entry of an account',
    (fs) => {
      const text = fs
        .text(`${etc}/shadow`)
        .replace(/exusr:[^:]*:/, 'exusr:open:')
        .replace(/:99:/, ':1:')
      fs.unlink(`${etc}/shadow`)
      fs.plant(`${etc}/shadow`, text)
      fs.setMode(`${etc}/shadow`, 0o400)
    },
    [],
    [],
  ],
  [
    'licence and legacy record',
    (fs) => {
      fs.unlink('/image/var/pkg/license/app/license.free')
      fs.unlink('/image/var/sadm/pkg/EXapp/pkginfo')
      expect(fs.text('/image/var/sadm/pkg/EXplain/pkginfo')).toContain('\nNAME=What it is\n')
      fs.unlink('/image/var/sadm/pkg/EXplain/pkginfo')
    },
    ['license free'],
    [],
  ],
]

describe('a repair', () => {
  it('fetches the content that is delivered, and nothing for mode and owner', () => {
    const fs = installed()
    fs.plant('/image/usr/bin/hello', 'damaged')
    fs.setMode('/image/opt/deep/file', 0o600)
    const { payloads } = planFix(repairsOf(fs))
    expect(Array.from(payloads, ({ action }) => attribute(action, 'path'))).toEqual(['usr/bin/hello'])
  })

  it.each(damages)('puts right: %s', (_, damage, fetched, salvaged) => {
    const fs = installed()
    const whole = fs.listing('/image', (path) => path.startsWith('var/pkg/lost+found') || path === 'moved')
    damage(fs)
    const edited = fs.lstat(`${etc}/app.old`) && fs.text(`${etc}/app.old`)
    expect(errors(fs)).not.toEqual([])
    const plan = planFix(repairsOf(fs))
    const required = requiredPayloads(plan, targetOf(fs))
    if (!required.ok) throw new Error(required.error.code)
    const names = Array.from(required.value, ({ action }) =>
      action.type === 'license' ? 'license free' : attribute(action, 'path')!,
    )
    expect(names.sort()).toEqual(fetched)
    expect(carryOut(fs, plan)).toEqual(salvaged)
    expect(errors(fs)).toEqual([])
    expect(fs.text(`${etc}/app.old`)).toBe(edited)
    if (edited === 'old') {
      const now = fs.listing(
        '/image',
        (path) => path.startsWith('var/pkg/lost+found') || path.startsWith('moved'),
      )
      expect(now).toEqual(whole)
    }
  })

  it.each([
    ['of a file', ['app'], (fs: MemoryFilesystem) => append(fs, `${bin}/hello`)],
    [
      'of a file and of a link to it',
      ['app', 'other'],
      (fs: MemoryFilesystem) => {
        append(fs, `${bin}/hello`)
        fs.unlink(`${bin}/hi`)
      },
    ],
  ])('%s makes the hard links to it again, in other packages too', (_, owners, damage) => {
    const fs = installed()
    damage(fs)
    const plan = planFix(repairsOf(fs))
    expect(Array.from(plan.changes, ({ new: next }) => formatAction(next!.action).split(' ')[0])).toEqual([
      'file',
      'hardlink',
      'hardlink',
    ])
    carryOut(fs, plan)
    expect(fs.lstat(`${bin}/hello`)?.links).toBe(3)
    expect(plan.packages.map(({ to }) => to?.stem)).toEqual(owners)
  })

  it('leaves what a package does not look after any more', () => {
    const fs = installed()
    append(fs, `${etc}/app.abandon`)
    expect(fs.lstat(`${etc}/app.legacy`)).toBeUndefined()
    append(fs, `${etc}/app.conf`)
    expect(repairsOf(fs)).toEqual([])
  })

  it('brings a file back that goes after the plan was made', () => {
    const fs = installed()
    fs.setMode(`${etc}/app.conf`, 0o600)
    const plan = planFix(repairsOf(fs))
    fs.unlink(`${etc}/app.conf`)
    carryOut(fs, plan)
    expect(fs.text(`${etc}/app.conf`)).toBe('conf')
  })

  it('keeps what somebody writes to a missing editable file after the plan was made', () => {
    const fs = installed()
    fs.unlink(`${etc}/app.conf`)
    const plan = planFix(repairsOf(fs))
    fs.plant(`${etc}/app.conf`, 'mine')
    carryOut(fs, plan)
    expect(fs.text(`${etc}/app.conf`)).toBe('mine')
  })

  it('is refused where the place leads out of the image', () => {
    const fs = installed()
    fs.unlink('/image/opt/deep/file')
    fs.removeDirectory('/image/opt/deep')
    const repairs = repairsOf(fs).filter(({ action }) => action.type === 'file')
    fs.plant('/elsewhere/other', 'mine')
    fs.plantLink('/image/opt/deep', '/elsewhere')
    const done = createFilesystemExecutor(targetOf(fs)).execute(planFix(repairs), { commit: () => {} })
    expect(done).toMatchObject({ ok: false, error: { code: 'ips::installer_error::unsafe_path' } })
    expect(fs.lstat('/elsewhere/file')).toBeUndefined()
  })
})

describe('what is discarded', () => {
  it('goes with all that is in it, and what leads to the image itself stays', () => {
    const fs = installed()
    fs.plant('/image/opt/junk/a/b', 'x')
    fs.plantLink('/image/opt/junk/out', '/elsewhere')
    fs.plant('/elsewhere', 'kept')
    fs.plant('/image/opt/file', 'x')
    const before = fs.listing('/image/var/pkg', () => false)
    carryOut(fs, planFix([], ['opt/junk', 'opt/file', 'opt/never', 'var', 'var/pkg']))
    expect(fs.readDirectory('/image/opt')).toEqual(['deep'])
    expect(fs.text('/elsewhere')).toBe('kept')
    expect(fs.listing('/image/var/pkg', () => false)).toEqual(before)
  })

  it('is left where its parent became a link', () => {
    const fs = installed()
    fs.plant('/elsewhere/file', 'kept')
    fs.plantLink('/image/opt/link', '/elsewhere')
    const done = createFilesystemExecutor(targetOf(fs)).execute(planFix([], ['opt/link/file']), {
      commit: () => {},
    })
    expect(done).toMatchObject({
      ok: true,
      value: { warnings: ['opt/link/file: not removed, its parent opt/link is not a directory'] },
    })
    expect(fs.text('/elsewhere/file')).toBe('kept')
  })
})

const links = ['1', '2'].map((version) =>
  packageOf(`tool-${version}@1`, [
    `file content=tool${version} path=usr/lib/tool${version} mode=0755`,
    `link path=usr/bin/tool target=../lib/tool${version} mediator=tool mediator-version=${version}`,
  ]),
)
const fixedTool = [{ mediator: 'tool', version: '1', implementation: undefined }]

interface Operation {
  readonly name: string
  readonly prepare: (fs: MemoryFilesystem) => void
  readonly plan: (fs: MemoryFilesystem) => ActionPlan
}

const operations: Operation[] = [
  {
    name: 'fix',
    prepare(fs) {
      append(fs, `${bin}/hello`)
      append(fs, `${etc}/app.conf`)
      fs.setMode(`${etc}/app.conf`, 0o600)
      fs.unlink(`${bin}/vi`)
      fs.plant(`${bin}/vi`, 'a file where a link goes')
      fs.removeDirectory('/image/var/tmpdir')
      fs.plant('/image/var/tmpdir', 'mine')
      fs.unlink('/image/opt/deep/file')
      fs.plant('/image/opt/deep/file/inside', 'mine')
    },
    plan: (fs) => planFix(repairsOf(fs)),
  },
  {
    name: 'revert',
    prepare(fs) {
      append(fs, `${etc}/app.conf`)
      append(fs, `${etc}/app.old`)
      fs.setMode(`${etc}/app.old`, 0o600)
      fs.plant('/image/opt/junk/a/b', 'x')
      fs.plant('/image/opt/file', 'x')
      fs.plantLink('/image/opt/link', '/elsewhere')
    },
    plan: () =>
      planFix(
        app.manifest.actions
          .filter((action) => ['etc/app.conf', 'etc/app.old'].includes(attribute(action, 'path') ?? ''))
          .map((action) => ({ fmri: app.fmri, action, repair: 'content' })),
        ['opt/junk', 'opt/file', 'opt/link'],
      ),
  },
  {
    name: 'set-mediator with configuration',
    prepare(fs) {
      mustApply(
        { target: targetOf(fs) },
        links.map((one) => change(undefined, one)),
      )
      fs.plant('/image/var/pkg/pkg6.image.json', 'old configuration')
    },
    plan: () => ({
      ...goodPlan([], { kept: links, mediators: fixedTool, oldMediators: [] }),
      metadataFiles: [{ name: 'pkg6.image.json', text: 'new configuration' }],
    }),
  },
]

const generationPath = '/image/var/pkg/generation'

function generationOf(fs: MemoryFilesystem): number {
  return fs.lstat(generationPath) === undefined ? 0 : 1
}

function run(fs: MemoryFilesystem, plan: ActionPlan, fault: Fault): { calls: number; outcome: string } {
  const faulty = createFaultyFilesystem(fs, fault)
  try {
    const done = createFilesystemExecutor(targetOf(faulty)).execute(plan, {
      commit() {
        faulty.createFile(`${generationPath}.new`, [Buffer.from('1')], { mode: 0o600, fsync: true })
        faulty.rename(`${generationPath}.new`, generationPath)
        faulty.sync('/image/var/pkg')
      },
      committedGeneration: () => generationOf(fs),
    })
    return { calls: faulty.calls(), outcome: done.ok ? 'ok' : done.error.code }
  } catch (error) {
    if (!(error instanceof Crash)) throw error
    return { calls: faulty.calls(), outcome: 'crash' }
  }
}

function recover(fs: MemoryFilesystem): string {
  const recovered = recoverInterrupted({
    filesystem: fs,
    root: '/image',
    metadata: '/image/var/pkg',
    metadataFiles: ['pkg6.image.json'],
    committedGeneration: generationOf(fs),
  })
  return recovered.ok ? recovered.value.side : recovered.error.code
}

describe.each(operations)('$name', ({ prepare, plan }) => {
  const before = installed()
  prepare(before)
  const planned = plan(before)
  const stateOf = (fs: MemoryFilesystem) =>
    fs.listing('/image', (path) => path.startsWith('var/pkg/generation')).join('\n')
  const old = stateOf(before)
  const finished = before.clone()
  const { calls, outcome } = run(finished, planned, { kind: 'none' })
  const wanted = stateOf(finished)

  function expectWhole(fs: MemoryFilesystem, where: string): void {
    expect(stateOf(fs), where).toBe(generationOf(fs) === 1 ? wanted : old)
    expect(hasOpenJournal(fs, '/image/var/pkg')).toBe(false)
  }

  it('changes the tree when nothing fails', () => {
    expect(outcome).toBe('ok')
    expect(wanted).not.toBe(old)
    expect(calls).toBeGreaterThan(40)
  })

  it.each([false, true])('is old or new after a crash at any call (torn writes: %s)', (torn) => {
    const sides = new Set<string>()
    for (let at = 1; at <= calls; at++) {
      const fs = before.clone()
      expect(run(fs, planned, { kind: 'crash', at, torn }).outcome).toBe('crash')
      sides.add(recover(fs))
      expectWhole(fs, `crash at ${at}`)
    }
    expect([...sides].sort()).toEqual(['finished', 'none', 'undone'])
  })

  it.each(['EIO', 'ENOSPC', 'EACCES'])('is old or new when any call fails with %s', (errno) => {
    for (let at = 1; at <= calls; at++) {
      const fs = before.clone()
      const { outcome: ended } = run(fs, planned, { kind: 'fail', at, errno })
      if (hasOpenJournal(fs, '/image/var/pkg')) recover(fs)
      expect(ended === 'ok', `${errno} at ${at}: ${ended}`).toBe(generationOf(fs) === 1)
      recover(fs)
      expectWhole(fs, `${errno} at ${at}`)
    }
  })
})
