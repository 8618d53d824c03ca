import { describe, expect, it } from 'vitest'
import { createArchiveExecutor, createFilesystemExecutor } from '#executor'
import { createMemoryFilesystem } from '../../support/memory-filesystem.ts'
import {
  change,
  createSmallImage,
  goodPlan,
  mustApply,
  packageOf,
  targetOf,
} from '../../support/small-image.ts'

const one = packageOf('app@1', [
  'file content="a 1" path=usr/a',
  'file content="c" path=opt/c',
  'dir path=srv mode=0700',
])
const two = packageOf('app@2', [
  'file content="a 2" path=usr/a',
  'file content="n" path=opt/new/n',
  'dir path=srv mode=0750',
])

describe('an operation of which no more is wanted', () => {
  it('is undone after every piece, and finished when nobody says so', () => {
    const installed = createMemoryFilesystem()
    createSmallImage(installed)
    mustApply({ target: targetOf(installed) }, [change(undefined, one)])
    const before = installed.listing('/')
    const plan = goodPlan([change(one, two)])
    /** Says so after so many pieces; gives how many there were. */
    const run = (wanted: number) => {
      const fs = installed.clone()
      let commits = 0
      const work = createFilesystemExecutor(targetOf(fs)).start(plan, { commit: () => void commits++ })
      let pieces = 0
      let piece = work.next(false)
      for (; piece.done !== true; piece = work.next(pieces > wanted)) pieces++
      return { fs, commits, pieces, result: piece.value }
    }
    const whole = run(Number.POSITIVE_INFINITY)
    expect(whole).toMatchObject({ commits: 1, result: { ok: true } })
    // Before staging, after it, before the journal, within both phases, before the commit.
    expect(whole.pieces).toBeGreaterThanOrEqual(6)
    for (let wanted = 0; wanted < whole.pieces; wanted++) {
      const { fs, commits, result } = run(wanted)
      expect(result).toEqual({ ok: false, error: { code: 'ips::installer_error::canceled' } })
      expect(commits).toBe(0)
      expect(fs.listing('/')).toEqual(before)
    }
  })

  it('stages in pieces of some thousand files, and names a failure by its place among all of them', () => {
    const fs = createMemoryFilesystem()
    const many = packageOf(
      'many@1',
      Array.from({ length: 4500 }, (_, index) => `file content="${index % 7}" path=usr/f${index}`),
    )
    createSmallImage(fs)
    const plan = goodPlan([change(undefined, many)])
    const pieces = (): number => {
      const work = createFilesystemExecutor(targetOf(fs)).start(plan, { commit: () => {} })
      let count = 0
      for (let piece = work.next(false); piece.done !== true; piece = work.next(false)) count++
      return count
    }
    const [bad] = many.manifest.actions.filter((action) => action.attributes.get('path') === 'usr/f4498')
    const lying = new Map(bad!.attributes).set('pkg.size', '77')
    const actions = many.manifest.actions.map((action) =>
      action === bad ? { ...action, attributes: lying } : action,
    )
    const broken = goodPlan([change(undefined, { ...many, manifest: { actions } })])
    expect(createFilesystemExecutor(targetOf(fs)).execute(broken, { commit: () => {} })).toMatchObject({
      ok: false,
      error: { code: 'ips::installer_error::bad_payload', path: 'usr/f4498' },
    })
    expect(pieces()).toBe(6)
  })

  it('leaves an archive unfinished', () => {
    const fs = createMemoryFilesystem()
    createSmallImage(fs)
    const names: string[] = []
    const work = createArchiveExecutor(targetOf(fs), { add: ({ path }) => void names.push(path) }).start(
      goodPlan([change(undefined, one)]),
      { commit: () => {} },
    )
    expect(work.next(false).done).toBe(false)
    expect(work.next(true)).toEqual({
      done: true,
      value: { ok: false, error: { code: 'ips::installer_error::canceled' } },
    })
    expect(names).toHaveLength(1)
  })
})
