import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Action, attribute, type Stem } from '#model'
import { ActionList } from '../../../executor/store/action-list.ts'
import { ActionStore } from '../../../executor/store/action-store.ts'
import { ChangeTable } from '../../../executor/store/change-table.ts'
import { Column } from '../../../executor/store/column.ts'
import { KeyTable, NO_ROW } from '../../../executor/store/key-table.ts'
import { type Leaf, LeafTable } from '../../../executor/store/leaf-table.ts'
import { PathTable, ROOT } from '../../../executor/store/path-table.ts'
import { TextArena } from '../../../executor/store/text-arena.ts'

/** Counts at which a table of the store grows, or a chunk of it is full, up to `most`; each with its neighbours. */
function countsAround(most: number): ReadonlySet<number> {
  const growths: number[] = []
  for (let slots = 1024; slots <= 2 * most; slots *= 2) growths.push((3 * slots) / 4, slots / 2, slots)
  for (let chunk = 1024; chunk <= most; chunk += 1024) growths.push(chunk)
  return new Set(growths.flatMap((count) => [count - 1, count, count + 1, count + 2]))
}

/** Fills a table, and compares all of it after each count around a growth. */
function fill(most: number, add: (index: number) => void, check: (count: number) => void): void {
  const counts = countsAround(most)
  for (let index = 0; index < most; index++) {
    add(index)
    if (counts.has(index + 1)) check(index + 1)
  }
  check(most)
}

/** Indices below a count that `isRight` refuses. */
function wrong(count: number, isRight: (index: number) => boolean): number[] {
  const found: number[] = []
  for (let index = 0; index < count; index++) if (!isRight(index)) found.push(index)
  return found
}

const MOST = 1700
const fmri = { publisher: undefined, stem: 'app' as Stem, version: undefined }

function link(path: string): Action {
  return { type: 'link', payload: undefined, attributes: new Map([['path', path]]) }
}

describe('a table that grows keeps all of its entries', () => {
  it('keys, with and without directories', () => {
    const table = new KeyTable()
    const [keyOf, directoryOf] = [(index: number) => `usr/${index >> 1}`, (index: number) => index % 2]
    fill(
      MOST,
      (index) => void table.add(keyOf(index), directoryOf(index)),
      (count) => {
        expect(table.size).toBe(count)
        expect(wrong(count, (index) => table.find(keyOf(index), directoryOf(index)) === index)).toEqual([])
        expect(table.find(keyOf(count), directoryOf(count))).toBe(NO_ROW)
      },
    )
  })

  it('leaves that come, go and become nodes', () => {
    const table = new LeafTable()
    const directories = [table.addDirectory(), table.addDirectory(), table.addDirectory()]
    const directoryOf = (index: number): number => directories[index % 3]!
    const fateOf = (index: number) => (index % 5 === 0 ? 'goes' : 'comes')
    const leafOf = (index: number): Leaf => ({
      type: index % 7 === 0 ? 'link' : 'file',
      mode: index % 512,
      uid: index % 11,
      gid: 3,
      mtime: index % 2 === 0 ? undefined : index,
      change: index - 1,
    })
    const isNode = (index: number): boolean => index % 13 === 0
    fill(
      MOST,
      (index) => {
        table.add(directoryOf(index), `f${index}`, fateOf(index), leafOf(index))
        if (isNode(index)) table.remove(table.find(directoryOf(index), `f${index}`, fateOf(index)))
      },
      (count) => {
        const lost = wrong(count, (index) => {
          const row = table.find(directoryOf(index), `f${index}`, fateOf(index))
          if (isNode(index)) return row === NO_ROW
          return row !== NO_ROW && JSON.stringify(table.leafAt(row)) === JSON.stringify(leafOf(index))
        })
        expect(lost).toEqual([])
        const names = directories.map((at) => [...table.rowsIn(at, 'comes'), ...table.rowsIn(at, 'goes')])
        expect(names.flat().length).toBe(wrong(count, isNode).length)
      },
    )
  })

  it('paths of directories', () => {
    const table = new PathTable()
    const pathOf = (index: number): string => `usr/${index % 100}/d${index}`
    const numbers: (number | undefined)[] = []
    fill(
      MOST,
      (index) => void numbers.push(table.numberOf(pathOf(index))),
      (count) => {
        expect(wrong(count, (index) => table.numberOf(pathOf(index)) === numbers[index])).toEqual([])
        expect(wrong(count, (index) => table.text(numbers[index] ?? ROOT) === pathOf(index))).toEqual([])
        expect(new Set(numbers).size).toBe(count)
      },
    )
    const { ranks, ends } = table.order()
    const sorted = [...numbers].sort((a, b) => (`${table.text(a!)}/` < `${table.text(b!)}/` ? -1 : 1))
    expect(sorted.every((number, index) => index === 0 || ranks[sorted[index - 1]!]! < ranks[number!]!)).toBe(
      true,
    )
    expect(ends[ROOT]).toBe(ranks.length - 1)
  })

  it('texts that partly end exactly at the end of a chunk', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 20 }), (lengths) => {
        const arena = new TextArena()
        const textOf = (index: number): string => `${index} `.padEnd(lengths[index % lengths.length]!, 'x')
        const addresses = Array.from({ length: 900 }, (_, index) => arena.add(textOf(index)))
        expect(wrong(900, (index) => arena.text(addresses[index]!) === textOf(index))).toEqual([])
      }),
      { numRuns: 15 },
    )
  })

  it('columns, in whatever order their rows are set', () => {
    const row = fc.oneof(
      fc.integer({ min: 0, max: 5000 }),
      fc.constantFrom(1023, 1024, 1025, 2047, 2048, 4095, 4096, 4097),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(row, fc.integer({ min: 0, max: 2 })), { maxLength: 60 }), (sets) => {
        const column = new Column(Int32Array)
        const model = new Map<number, number>()
        for (const [at, value] of sets) {
          column.set(at, value)
          model.set(at, value)
        }
        const length = Math.max(0, ...sets.map(([at]) => at + 1))
        expect(column.length).toBe(length)
        expect(wrong(length + 2000, (at) => column.get(at) === (model.get(at) ?? 0))).toEqual([])
      }),
      { numRuns: 50 },
    )
  })

  it('actions, lists of actions and changes', () => {
    const store = new ActionStore()
    const [list, table] = [new ActionList(store), new ChangeTable(store)]
    // A large text has no record, so it is kept under a negative number.
    const pathOf = (index: number): string =>
      (index % 500 === 0 ? 'x'.repeat(20_000) : `usr/d${index}/`) + index
    fill(
      MOST,
      (index) => {
        const owned = store.keep(fmri, link(pathOf(index)))
        list.push(owned)
        const old = index % 2 === 0 ? owned : undefined
        table.push({ kind: 'install', old, new: index % 3 === 0 && old !== undefined ? undefined : owned })
      },
      (count) => {
        const paths = Array.from(list, ({ action }) => attribute(action, 'path'))
        expect(wrong(count, (index) => paths[index] === pathOf(index))).toEqual([])
        expect([list.length, table.length]).toEqual([count, count])
        const isRight = (index: number): boolean => {
          const { old, new: next } = table.at(index)!
          const has = (owned: typeof old) => owned && attribute(owned.action, 'path')
          const isRemoval = index % 6 === 0
          return (
            has(old) === (index % 2 === 0 ? pathOf(index) : undefined) &&
            has(next) === (isRemoval ? undefined : pathOf(index))
          )
        }
        expect(wrong(count, isRight)).toEqual([])
      },
    )
  })
})
