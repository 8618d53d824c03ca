import { describe, expect, it } from 'vitest'
import { type ActionPlan, createFilesystemExecutor, hasOpenJournal, recoverInterrupted } from '#executor'
import { attribute } from '#model'
import { Crash, createFaultyFilesystem, type Fault } from '../../support/faulty-filesystem.ts'
import type { MemoryFilesystem } from '../../support/memory-filesystem.ts'
import { app, append, bin, etc, installed, planFix, repairsOf } from '../../support/repair-packages.ts'
import { sampledNumbers } from '../../support/sampling.ts'
import { change, goodPlan, mustApply, packageOf, targetOf } from '../../support/small-image.ts'

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
    for (const at of sampledNumbers(calls, 2, Number(torn))) {
      const fs = before.clone()
      expect(run(fs, planned, { kind: 'crash', at, torn }).outcome).toBe('crash')
      sides.add(recover(fs))
      expectWhole(fs, `crash at ${at}`)
    }
    expect([...sides].sort()).toEqual(['finished', 'none', 'undone'])
  })

  const errnos = ['EIO', 'ENOSPC', 'EACCES']
  it.each(errnos)('is old or new when any call fails with %s', (errno) => {
    for (const at of sampledNumbers(calls, errnos.length, errnos.indexOf(errno))) {
      const fs = before.clone()
      const { outcome: ended } = run(fs, planned, { kind: 'fail', at, errno })
      if (hasOpenJournal(fs, '/image/var/pkg')) recover(fs)
      expect(ended === 'ok', `${errno} at ${at}: ${ended}`).toBe(generationOf(fs) === 1)
      recover(fs)
      expectWhole(fs, `${errno} at ${at}`)
    }
  })
})
