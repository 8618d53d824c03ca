import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ActionChange } from '#executor'
import { type Action, attribute, compareCodePoints, parseFmri } from '#model'
import { orderChanges } from '../../../executor/plan/order-changes.ts'
import { ActionList } from '../../../executor/store/action-list.ts'
import { ActionStore } from '../../../executor/store/action-store.ts'
import { ChangeTable } from '../../../executor/store/change-table.ts'

const parsed = parseFmri('pkg://test/one@1,5.11:20260101T000000Z')
const fmri = parsed.ok ? parsed.value : expect.fail('it parses')

function link(path: string): Action {
  return {
    type: 'link',
    payload: undefined,
    attributes: new Map([
      ['target', 'x'],
      ['path', path],
    ]),
  }
}

/** Changes that bring actions with these paths, in the order of installation. */
function ordered(paths: readonly string[], make: (path: string) => Action): (string | undefined)[] {
  const table = new ChangeTable(new ActionStore())
  for (const path of paths) table.push({ kind: 'install', old: undefined, new: { fmri, action: make(path) } })
  return Array.from(orderChanges(table), ({ new: next }) => attribute(next!.action, 'path'))
}

describe('the order of installation', () => {
  const directory = (path: string): Action => ({
    type: 'dir',
    payload: undefined,
    attributes: new Map([['path', path]]),
  })

  it('is that of the code points of whole paths, however they are kept', () => {
    const unit = fc.constantFrom('a', 'b', '/', '/', '-', '!', 'é', 'ÿ', 'ж', '\ue000', '\u{1f600}')
    const path = fc.oneof(
      { weight: 4, arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', '/', '/', '-') }) },
      fc.string({ unit }),
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 235, maxLength: 245 }),
      fc.string({ unit: fc.constantFrom('a/', 'b/'), minLength: 60, maxLength: 75 }),
    )
    fc.assert(
      fc.property(
        fc.uniqueArray(path, { maxLength: 40 }),
        fc.constantFrom(link, directory),
        (paths, make) => {
          expect(ordered(paths, make)).toEqual([...paths].sort(compareCodePoints))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('is the same for actions that are kept as they are', () => {
    const paths = ['b', 'x'.repeat(20_000), 'c', 'a']
    expect(ordered(paths, link)).toEqual(['a', 'b', 'c', 'x'.repeat(20_000)])
    const store = new ActionStore()
    const whole = store.keep(fmri, link('x'.repeat(20_000)))
    expect(store.at(whole.number)).toBe(whole)
    expect(store.numberOf(whole)).toBe(whole.number)
  })
})

describe('actions of a store', () => {
  it('have one number, however often they are asked for', () => {
    const store = new ActionStore()
    const kept = store.keep(fmri, link('a'))
    const again = store.at(kept.number)
    expect(store.numberOf(again)).toBe(kept.number)
    expect(store.numberOf({ fmri, action: again.action })).toBe(kept.number)
    const other = new ActionStore()
    other.keep(fmri, link('z'))
    expect(attribute(other.at(other.numberOf(again)).action, 'path')).toBe('a')
    const list = new ActionList(store)
    for (const one of [kept, { fmri, action: link('b') }]) list.push(one)
    const paths = (of: ActionList) => Array.from(of, ({ action }) => attribute(action, 'path'))
    expect([list.length, paths(list)]).toEqual([2, ['a', 'b']])
    expect(paths(list.filter(({ number }) => number !== kept.number))).toEqual(['b'])
  })
})

describe('a table of changes', () => {
  const owned = (path: string) => ({ fmri, action: link(path) })
  const given: readonly ActionChange[] = [
    { kind: 'remove', old: owned('a'), new: undefined },
    { kind: 'install', old: undefined, new: owned('b') },
    { kind: 'update', old: owned('c'), new: owned('d'), sameContent: true, leavesOld: true },
    { kind: 'update', old: owned('e'), new: owned('e'), repair: 'content' },
    { kind: 'update', old: owned('e'), new: owned('e'), repair: 'attributes' },
  ]
  const shown = (change: ActionChange | undefined) =>
    change && {
      ...change,
      old: change.old && attribute(change.old.action, 'path'),
      new: change.new && attribute(change.new.action, 'path'),
    }

  it('gives back what was put in, in any order', () => {
    const table = new ChangeTable(new ActionStore())
    for (const change of given) table.push(change)
    expect(Array.from(table, shown)).toEqual(given.map(shown))
    expect([table.length, table.at(-1), table.at(5)]).toEqual([5, undefined, undefined])
    expect(Array.from(table.inOrder([[4, 0], [2]]), shown)).toEqual([given[4], given[0], given[2]].map(shown))
    expect(
      Array.from(
        table.filter(({ kind }) => kind !== 'update'),
        shown,
      ),
    ).toEqual(given.slice(0, 2).map(shown))
    table.setLegacy(1, { architecture: 'i386', summary: undefined })
    expect(table.at(1)?.legacy).toEqual({ architecture: 'i386', summary: undefined })
  })
})
