import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ActionPlan, createFilesystemExecutor, hasOpenJournal, recoverInterrupted } from '#executor'
import { createImageFilter, type Filesystem, type ImageFilter } from '#model'
import { createNodeFilesystem } from '../../../cli/platform/node-filesystem.ts'
import { Crash, createFaultyFilesystem, type Fault } from '../../support/faulty-filesystem.ts'
import { createMemoryFilesystem, type MemoryFilesystem } from '../../support/memory-filesystem.ts'
import { sampled, sampledNumbers } from '../../support/sampling.ts'
import {
  change,
  createSmallImage,
  goodPlan,
  type ManifestChange,
  mustApply,
  type PlanOptions,
  packageOf,
  targetOf,
} from '../../support/small-image.ts'
import { listTree } from '../../support/tree-listing.ts'

const app1 = packageOf('app@1.0', [
  'dir path=usr/bin group=bin',
  'file content="hello 1" path=usr/bin/hello mode=0555',
  'hardlink path=usr/bin/hi target=hello',
  'link path=usr/bin/greet target=hello',
  'file content="a" path=usr/lib/turns/a',
  'file content="b" path=usr/lib/turns/b mode=0600',
  'file content="keep 1" path=etc/keep preserve=true',
  'file content="old 1" path=etc/renameold preserve=renameold',
  'file content="new 1" path=etc/renamenew preserve=renamenew mode=0644',
  'file content="legacy 1" path=etc/legacy preserve=true',
  'file content="moves 1" path=etc/moves preserve=true',
  'dir path=var/spool/old',
  'license content="free" license=free',
  'legacy pkg=EXapp name=App version=1.0',
])
const app2 = packageOf('app@2.0', [
  'dir path=usr/bin group=sys mode=0751',
  'file content="hello 2" path=usr/bin/hello mode=4555',
  'hardlink path=usr/bin/hi target=hello',
  'link path=usr/bin/greet target=hi',
  'link path=usr/lib/turns target=lib',
  'file content="keep 2" path=etc/keep preserve=true mode=0640',
  'file content="old 2" path=etc/renameold preserve=renameold',
  'file content="new 2" path=etc/renamenew preserve=renamenew mode=0600',
  'file content="legacy 2" path=etc/legacy preserve=legacy',
  'file content="moves 2" path=opt/moved preserve=true original_name=app:etc/moves mode=0600',
  'dir path=var/spool/new salvage-from=var/spool/old',
  'license content="freer" license=free',
])
const base = packageOf('base@1.0', [
  'file content="root:x:0:0::/root:\\n" path=etc/passwd preserve=true',
  'file content="root::0:\\nbin::2:\\nsys::3:\\n" path=etc/group preserve=true',
  'file content="root:NP:6445::::::\\n" path=etc/shadow preserve=true mode=0400',
])
const daemon = packageOf('daemon@1.0', [
  'group groupname=exgrp gid=101',
  'user username=exusr uid=101 group=exgrp',
  'dir path=var/ex owner=exusr group=exgrp mode=0550',
  'file content="d" path=var/ex/data owner=exusr group=exgrp mode=0400',
])

/** Files that come, go and change with a facet and a variant, over each kind of path. */
const seasonal = packageOf('seasonal@1.0', [
  'dir path=opt/season mode=0755',
  'file content="winter" path=opt/season/now variant.season=winter',
  'file content="summer" path=opt/season/now mode=0600 variant.season=summer',
  'hardlink path=opt/season/again target=now',
  'link path=opt/season/look target=now variant.season=winter',
  'dir path=opt/season/look mode=0700 variant.season=summer',
  'file content="ice" path=opt/season/look/ice variant.season=summer',
  'file content="manual" path=opt/season/doc/manual facet.doc=true',
  'file content="conf" path=etc/season.conf preserve=true facet.doc=true',
  'license content="terms" license=terms facet.doc=true',
])
const winter = createImageFilter(new Map([['variant.season', 'winter']]), [])
const summer = createImageFilter(new Map([['variant.season', 'summer']]), [
  { name: 'facet.doc', value: false, source: 'local' },
])
const configuration = 'pkg6.image.json'

interface Operation {
  readonly name: string
  readonly prepare: (fs: MemoryFilesystem) => void
  readonly changes: readonly ManifestChange[]
  readonly kept: readonly (typeof app1)[]
  readonly options?: PlanOptions
  /** Text of the image's configuration after the operation, where it changes. */
  readonly configuration?: string
}

function planFor({ changes, kept, options, configuration: text }: Operation): ActionPlan {
  const plan = goodPlan(changes, { ...options, kept })
  return text === undefined ? plan : { ...plan, metadataFiles: [{ name: configuration, text }] }
}

/** From one season to the other and back; the configuration goes with the tree. */
function changeOfSeasons(name: string, before: ImageFilter, after: ImageFilter): Operation {
  return {
    name,
    prepare(fs) {
      fs.plant(`/image/var/pkg/${configuration}`, 'before')
      mustApply({ target: targetOf(fs) }, [change(undefined, seasonal)], { newFilter: before })
      fs.plant('/image/opt/season/doc/mine', 'not packaged')
    },
    changes: [change(seasonal, seasonal)],
    kept: [],
    options: { oldFilter: before, newFilter: after },
    configuration: 'after',
  }
}

function edit(fs: MemoryFilesystem): void {
  for (const name of ['keep', 'renameold', 'renamenew', 'legacy', 'moves']) {
    fs.appendFile(`/image/etc/${name}`, Buffer.from(' edited'), { fsync: false })
  }
  fs.plant('/image/etc/renameold.old', 'was here before')
  fs.plant('/image/var/spool/old/job', 'spooled')
  fs.plant('/image/var/spool/old/deep/job', 'spooled')
  fs.plant('/image/opt/moved', 'in the way')
  fs.plant('/image/var/mine', 'not packaged')
}

const operations: Operation[] = [
  { name: 'install', prepare: () => {}, changes: [change(undefined, app1)], kept: [] },
  {
    name: 'install over unpackaged content',
    prepare(fs) {
      fs.plant('/image/etc/keep', 'mine')
      fs.plant('/image/usr/bin/greet/inside', 'a directory where a link goes')
      fs.plant('/image/usr/lib/turns', 'a file where a directory goes')
      fs.plantLink('/image/usr/bin/hello', '/elsewhere')
    },
    changes: [change(undefined, app1)],
    kept: [],
  },
  {
    name: 'update with edited and moved files',
    prepare(fs) {
      mustApply({ target: targetOf(fs) }, [change(undefined, app1)])
      edit(fs)
    },
    changes: [change(app1, app2)],
    kept: [],
  },
  {
    name: 'downgrade',
    prepare(fs) {
      mustApply({ target: targetOf(fs) }, [change(undefined, app2)])
    },
    changes: [change(app2, app1)],
    kept: [],
  },
  {
    name: 'uninstall',
    prepare(fs) {
      mustApply({ target: targetOf(fs) }, [change(undefined, app1)])
      edit(fs)
    },
    changes: [change(app1, undefined)],
    kept: [],
  },
  {
    name: 'install users',
    prepare(fs) {
      mustApply({ target: targetOf(fs) }, [change(undefined, base)])
    },
    changes: [change(undefined, daemon)],
    kept: [base],
  },
  changeOfSeasons('change facets and variants', winter, summer),
  changeOfSeasons('change facets and variants back', summer, winter),
]

const generationPath = '/image/var/pkg/generation'

function generationOf(fs: MemoryFilesystem): number {
  return fs.lstat(generationPath) === undefined ? 0 : Number(fs.text(generationPath))
}

/** A commit as the image makes it: write, flush, rename, flush the directory. */
function commitOn(fs: Filesystem): undefined {
  const fresh = `${generationPath}.new`
  if (fs.lstat(fresh) !== undefined) fs.unlink(fresh)
  fs.createFile(fresh, [Buffer.from('1')], { mode: 0o600, fsync: true })
  fs.rename(fresh, generationPath)
  fs.sync('/image/var/pkg')
}

/** Everything below the image that is not the test's own record of the generation. */
function stateOf(fs: MemoryFilesystem): string {
  return fs.listing('/image', (path) => path.startsWith('var/pkg/generation')).join('\n')
}

function run(fs: MemoryFilesystem, plan: ActionPlan, fault: Fault): { calls: number; outcome: string } {
  const faulty = createFaultyFilesystem(fs, fault)
  try {
    const done = createFilesystemExecutor(targetOf(faulty)).execute(plan, {
      commit: () => commitOn(faulty),
      committedGeneration: () => generationOf(fs),
    })
    return { calls: faulty.calls(), outcome: done.ok ? 'ok' : done.error.code }
  } catch (error) {
    if (!(error instanceof Crash)) throw error
    return { calls: faulty.calls(), outcome: 'crash' }
  }
}

function recover(fs: MemoryFilesystem, fault: Fault): { calls: number; outcome: string } {
  const faulty = createFaultyFilesystem(fs, fault)
  try {
    const recovered = recoverInterrupted({
      filesystem: faulty,
      root: '/image',
      metadata: '/image/var/pkg',
      metadataFiles: ['pkg6.image.json'],
      committedGeneration: generationOf(fs),
    })
    return { calls: faulty.calls(), outcome: recovered.ok ? recovered.value.side : recovered.error.code }
  } catch (error) {
    if (!(error instanceof Crash)) throw error
    return { calls: faulty.calls(), outcome: 'crash' }
  }
}

const none: Fault = { kind: 'none' }

describe.each(operations)('$name', (operation) => {
  const before = createMemoryFilesystem()
  createSmallImage(before)
  operation.prepare(before)
  const old = stateOf(before)
  const finished = before.clone()
  const plan = planFor(operation)
  const { calls, outcome } = run(finished, plan, none)
  const wanted = stateOf(finished)

  function expectWhole(fs: MemoryFilesystem, where: string): void {
    expect(stateOf(fs), where).toBe(generationOf(fs) === 1 ? wanted : old)
    expect(hasOpenJournal(fs, '/image/var/pkg')).toBe(false)
  }

  it('changes the tree when nothing fails', () => {
    expect(outcome).toBe('ok')
    expect(calls).toBeGreaterThan(50)
    expect(wanted).not.toBe(old)
  })

  it.each([false, true])('is old or new after a crash at any call (torn writes: %s)', (torn) => {
    const sides = new Set<string>()
    for (const at of sampledNumbers(calls, 2, Number(torn))) {
      const fs = before.clone()
      expect(run(fs, plan, { kind: 'crash', at, torn }).outcome).toBe('crash')
      sides.add(recover(fs, none).outcome)
      expectWhole(fs, `crash at ${at}`)
      expect(recover(fs, none).outcome).toBe('none')
    }
    expect([...sides].sort()).toEqual(['finished', 'none', 'undone'])
  })

  it('is old or new after a crash at any call of the recovery', () => {
    // Every tenth crash (every hundred and twentieth in a sample), then each call of its recovery, and a third recovery from a second crash.
    for (let at = 5; at <= calls; at += sampled(120, 10)) {
      const crashed = before.clone()
      run(crashed, plan, { kind: 'crash', at, torn: false })
      const work = recover(crashed.clone(), none).calls
      for (let again = 1; again <= work; again++) {
        const fs = crashed.clone()
        expect(recover(fs, { kind: 'crash', at: again, torn: again % 2 === 0 }).outcome).toBe('crash')
        if (again % 3 === 0) recover(fs, { kind: 'crash', at: Math.ceil(again / 2), torn: false })
        recover(fs, none)
        expectWhole(fs, `crash at ${at}, then at ${again} of the recovery`)
      }
    }
  })

  const errnos = ['EIO', 'ENOSPC', 'EACCES', 'EPERM']
  it.each(errnos)('is old or new when any call fails with %s', (errno) => {
    for (const at of sampledNumbers(calls, 4 * errnos.length, 4 * errnos.indexOf(errno) + 1)) {
      const fs = before.clone()
      const { outcome: ended } = run(fs, plan, { kind: 'fail', at, errno })
      if (hasOpenJournal(fs, '/image/var/pkg')) recover(fs, none)
      expect(ended === 'ok', `${errno} at ${at}: ${ended}`).toBe(generationOf(fs) === 1)
      recover(fs, none)
      expectWhole(fs, `${errno} at ${at}`)
    }
  })
})

describe.skipIf(process.getuid?.() !== 0)('on a real disk', () => {
  it('is old or new after a crash at every so many calls of an update', () => {
    const disk = createNodeFilesystem()
    const scratch = mkdtempSync(join(tmpdir(), 'pkg6-faults-'))
    const editIt = (top: string) => {
      for (const name of ['keep', 'renameold', 'renamenew', 'legacy', 'moves']) {
        disk.appendFile(`${top}/image/etc/${name}`, Buffer.from(' edited'), { fsync: false })
      }
      disk.createFile(`${top}/image/var/spool/old/job`, [Buffer.from('job')], { mode: 0o600, fsync: false })
    }
    const attempt = (at: number): { tree: string; committed: boolean; calls: number } => {
      const top = mkdtempSync(join(scratch, 'case-'))
      createSmallImage(disk, top)
      mustApply({ target: targetOf(disk, top) }, [change(undefined, app1)])
      editIt(top)
      const faulty = createFaultyFilesystem(disk, at === 0 ? none : { kind: 'crash', at, torn: true })
      let committed = false
      const commit = () => {
        faulty.sync(`${top}/image`)
        committed = true
        return undefined
      }
      try {
        const done = createFilesystemExecutor(targetOf(faulty, top)).execute(goodPlan([change(app1, app2)]), {
          commit,
        })
        expect(done.ok).toBe(true)
      } catch (error) {
        if (!(error instanceof Crash)) throw error
      }
      const recovered = recoverInterrupted({
        filesystem: disk,
        root: `${top}/image`,
        metadata: `${top}/image/var/pkg`,
        metadataFiles: ['pkg6.image.json'],
        committedGeneration: committed ? 1 : 0,
      })
      expect(recovered.ok).toBe(true)
      return { tree: listTree(disk, `${top}/image`).join('\n'), committed, calls: faulty.calls() }
    }
    const finished = attempt(0)
    const untouched = attempt(1)
    expect([finished.committed, untouched.committed]).toEqual([true, false])
    expect(finished.tree).not.toBe(untouched.tree)
    for (let at = 2; at <= finished.calls; at += sampled(23, 11)) {
      const { tree, committed } = attempt(at)
      expect(tree, `crash at ${at}`).toBe(committed ? finished.tree : untouched.tree)
    }
    rmSync(scratch, { recursive: true })
  })
})
