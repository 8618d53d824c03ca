import { describe, expect, it } from 'vitest'
import { createFilesystemExecutor, type ExecutorTarget } from '#executor'
import { interceptFilesystem } from '../../support/intercepted-filesystem.ts'
import { createMemoryFilesystem, type MemoryFilesystem } from '../../support/memory-filesystem.ts'
import {
  applyTo,
  change,
  createSmallImage,
  goodPlan,
  mustApply,
  packageOf,
  targetOf,
} from '../../support/small-image.ts'

const app = packageOf('app@1.0', [
  'dir path=opt/app group=bin mode=0750',
  'dir path=opt/app/empty mode=0555',
  'file content="a" path=opt/app/bin/a mode=4755',
  'file content="b" path=opt/app/bin/deep/b',
  'link path=opt/app/link target=bin/a',
  'hardlink path=opt/app/second target=bin/a',
  'file content="c" path=etc/c',
  'file content="d" path=present/d',
])

function image(): MemoryFilesystem {
  const fs = createMemoryFilesystem()
  createSmallImage(fs)
  fs.plantDirectory('/image/present')
  return fs
}

function listing(fs: MemoryFilesystem): string[] {
  return fs.listing('/image', (path) => path === 'var/pkg')
}

/** A target that does something else right before the first call that fits. */
function interrupted(fs: MemoryFilesystem, call: RegExp, work: () => void): ExecutorTarget {
  let pending = true
  const filesystem = interceptFilesystem(fs, ({ name, path }) => {
    if (!pending || !call.test(`${name} ${path}`)) return
    pending = false
    work()
  })
  return { ...targetOf(filesystem), filesystem }
}

function refuseCommit(): never {
  throw new Error('refused')
}

describe('directories that come or go with all that is in them', () => {
  it('are moved by one rename each, and every directory is flushed once at a time', () => {
    const fs = image()
    const calls: string[] = []
    const target = targetOf(interceptFilesystem(fs, ({ name, path }) => void calls.push(`${name} ${path}`)))
    const visible = (pattern: RegExp): string[] =>
      calls.slice(calls.findIndex((call) => call.startsWith('rename'))).filter((call) => pattern.test(call))
    mustApply({ target }, [change(undefined, app)])
    // etc, opt and the file in the directory that was there already; before them the journal gets its name.
    expect(visible(/^rename /)).toHaveLength(4)
    const flushed = calls.filter((call) => call.startsWith('sync') && !/pkg$|\/(new|old)$/.test(call))
    expect(new Set(flushed).size).toBe(flushed.length)
    calls.length = 0
    mustApply({ target }, [change(app, undefined)])
    expect(visible(/^rename /)).toHaveLength(4)
    expect(visible(/^(removeDirectory|unlink) .image.(?!var)/)).toEqual([])
    expect(listing(fs)).toEqual(['0755 0 0 dir var'])
  })
  it('are the same tree as one thing after the other', () => {
    const fs = image()
    mustApply({ target: targetOf(fs) }, [change(undefined, app)])
    expect(listing(fs)).toEqual([
      '0755 0 0 dir etc',
      '0644 0 0 file etc/c "c"',
      '0755 0 0 dir opt',
      '0750 0 2 dir opt/app',
      '0755 0 0 dir opt/app/bin',
      '4755 0 0 file opt/app/bin/a "a"',
      '0755 0 0 dir opt/app/bin/deep',
      '0644 0 0 file opt/app/bin/deep/b "b"',
      '0555 0 0 dir opt/app/empty',
      '0777 0 0 link opt/app/link -> bin/a',
      '4755 0 0 hardlink opt/app/second -> opt/app/bin/a "a"',
      '0755 0 0 dir present',
      '0644 0 0 file present/d "d"',
      '0755 0 0 dir var',
    ])
  })
  it('are written down in the same bytes for the same plan', () => {
    const journals = [0, 1].map(() => {
      const fs = image()
      let text = ''
      const target = interrupted(fs, /^rename .*journal.new/, () => {
        text = fs.text('/image/var/pkg/journal.new')
      })
      mustApply({ target }, [change(undefined, app)])
      return text
    })
    expect(journals[0]).toContain(
      '"content":["app/","app/bin/","app/empty/","app/link","app/second","app/bin/a"',
    )
    expect(journals[1]).toBe(journals[0])
  })
})

describe('what somebody else does meanwhile', () => {
  it('stops a removal when it is in a directory that goes', () => {
    const fs = image()
    mustApply({ target: targetOf(fs) }, [change(undefined, app)])
    const target = interrupted(fs, /^rename .image.opt/, () => fs.plant('/image/opt/app/bin/mine', 'mine'))
    const before = listing(fs)
    expect(applyTo({ target }, [change(app, undefined)])).toMatchObject({
      ok: false,
      error: { cause: { errno: 'ENOTEMPTY', path: '/image/opt/app/bin' } },
    })
    expect(listing(fs).filter((line) => !line.includes('mine'))).toEqual(before)
    expect(fs.text('/image/opt/app/bin/mine')).toBe('mine')
  })
  it('stops an installation when it takes the place of a new directory', () => {
    const fs = image()
    const target = interrupted(fs, /^rename .*journal.new/, () => fs.plantDirectory('/image/opt'))
    expect(applyTo({ target }, [change(undefined, app)])).toMatchObject({
      ok: false,
      error: { cause: { errno: 'EEXIST' } },
    })
    expect(listing(fs)).toEqual(['0755 0 0 dir opt', '0755 0 0 dir present', '0755 0 0 dir var'])
  })
  it('stays when an installation is undone', () => {
    const fs = image()
    const commit = (): never => {
      fs.plant('/image/opt/app/empty/mine', 'mine')
      fs.unlink('/image/opt/app/bin/a')
      fs.plantDirectory('/image/opt/app/bin/a')
      return refuseCommit()
    }
    expect(applyTo({ target: targetOf(fs) }, [change(undefined, app)], { commit }).ok).toBe(false)
    expect(listing(fs).map((line) => line.split(' ').slice(4, 5).join())).toEqual([
      'opt',
      'opt/app',
      'opt/app/bin',
      'opt/app/bin/a',
      'opt/app/empty',
      'opt/app/empty/mine',
      'present',
      'var',
    ])
    expect(fs.lstat('/image/var/pkg/stage')).toBeUndefined()
  })
  it('stays when a removal is undone', () => {
    const fs = image()
    mustApply({ target: targetOf(fs) }, [change(undefined, app)])
    const before = listing(fs)
    const commit = (): never => {
      fs.plant('/image/opt/app/mine', 'mine')
      return refuseCommit()
    }
    const plan = goodPlan([change(app, undefined)])
    expect(createFilesystemExecutor(targetOf(fs)).execute(plan, { commit })).toMatchObject({
      ok: false,
      error: { code: 'ips::installer_error::commit_failed' },
    })
    expect(fs.text('/image/opt/app/mine')).toBe('mine')
    fs.unlink('/image/opt/app/mine')
    // The directory that somebody made keeps the mode it was made with.
    const same = (line: string) => line.replace('0750 0 2 dir opt/app', '0755 0 0 dir opt/app')
    expect(listing(fs)).toEqual(before.map(same))
  })
})
