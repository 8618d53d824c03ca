import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ActionChange } from '#executor'
import { type Action, attribute, compareCodePoints, parseFmri } from '#model'
import { ActionList } from '../../executor/action-list.ts'
import { ActionStore, NO_KEY } from '../../executor/action-store.ts'
import { ChangeTable } from '../../executor/change-table.ts'

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

describe('keys in a store', () => {
  it('are in the order of their code points', () => {
    const path = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', '/', '-', 'é', 'ÿ', 'ж', '\ue000', '\u{1f600}') }),
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 235, maxLength: 245 }),
    )
    fc.assert(
      fc.property(path, path, (left, right) => {
        const store = new ActionStore()
        const [a, b] = [left, right].map((one) => store.keyAddress(store.keep(fmri, link(one))))
        expect(a).not.toBe(NO_KEY)
        const order = Math.sign(store.compareTexts(a!, b!))
        expect(order).toBe(Math.sign(compareCodePoints(left, right)))
      }),
      { numRuns: 500 },
    )
  })

  it('are not there for actions that are kept as they are', () => {
    const store = new ActionStore()
    const whole = store.keep(fmri, link('x'.repeat(20_000)))
    expect(store.keyAddress(whole)).toBe(NO_KEY)
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
