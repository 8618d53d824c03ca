import { describe, expect, it } from 'vitest'
import { Column } from '../../../executor/store/column.ts'
import { NO_ROW } from '../../../executor/store/key-table.ts'
import { type Leaf, LeafTable } from '../../../executor/store/leaf-table.ts'
import { TextArena } from '../../../executor/store/text-arena.ts'

const leaf: Leaf = { type: 'file', mode: 0o644, uid: 0, gid: 3, mtime: undefined, change: 7 }

describe('a table of leaves', () => {
  it('tells the leaves of each directory, last ones first, and what is known of them', () => {
    const table = new LeafTable()
    const [first, second] = [table.addDirectory(), table.addDirectory()]
    for (let index = 0; index < 5000; index++)
      table.add(index % 2 === 0 ? first : second, `f${index}`, 'comes', {
        ...leaf,
        mtime: index % 3 === 0 ? undefined : index * 1000,
        change: index,
      })
    const rows = [...table.rowsIn(second, 'comes')]
    expect(rows.length).toBe(2500)
    expect(rows.slice(0, 2).map((row) => table.nameOf(row))).toEqual(['f4999', 'f4997'])
    expect(table.leafAt(rows[0]!)).toEqual({ ...leaf, mtime: 4_999_000, change: 4999 })
    expect(table.leafAt(table.find(second, 'f3', 'comes'))).toEqual({ ...leaf, change: 3 })
    expect(table.find(first, 'f3', 'comes')).toBe(NO_ROW)
  })

  it('keeps delivered and removed leaves apart, and takes each name once', () => {
    const table = new LeafTable()
    const directory = table.addDirectory()
    expect(table.add(directory, 'a', 'goes', { ...leaf, type: 'link' })).toBe(true)
    expect(table.add(directory, 'a', 'goes', leaf)).toBe(false)
    expect(table.find(directory, 'a', 'comes')).toBe(NO_ROW)
    expect(table.add(directory, 'b', 'comes', leaf)).toBe(true)
    expect([...table.rowsIn(directory, 'goes')].map((row) => table.leafAt(row).type)).toEqual(['link'])
    table.remove(table.find(directory, 'b', 'comes'))
    expect(table.find(directory, 'b', 'comes')).toBe(NO_ROW)
    expect([...table.rowsIn(directory, 'comes')]).toEqual([])
    expect(table.add(directory, 'b', 'comes', leaf)).toBe(false)
  })

  it('has a row for a removed leaf and a row for its replacement', () => {
    const table = new LeafTable()
    const [directory, next] = [table.addDirectory(), table.addDirectory()]
    expect(table.add(directory, 'a', 'goes', { ...leaf, type: 'link' })).toBe(true)
    expect(table.add(directory, 'a', 'comes', leaf)).toBe(true)
    expect(table.find(next, 'a', 'goes')).toBe(NO_ROW)
    expect(table.leafAt(table.find(directory, 'a', 'goes')).type).toBe('link')
    expect(table.leafAt(table.find(directory, 'a', 'comes'))).toEqual(leaf)
    table.remove(table.find(directory, 'a', 'comes'))
    expect([...table.rowsIn(directory, 'comes')]).toEqual([])
    expect([...table.rowsIn(directory, 'goes')].map((row) => table.nameOf(row))).toEqual(['a'])
  })
})

describe('a text arena', () => {
  it('gives back every text as it was', () => {
    const arena = new TextArena()
    const texts = ['', 'a', 'é', '\u{1f600}', '\ud800', 'x'.repeat(253), 'x'.repeat(254), 'ж'.repeat(4096)]
    const many = Array.from({ length: 50_000 }, (_, index) => texts[index % texts.length]! + (index % 3))
    const kept = many.map((text) => text.slice(0, 4096))
    const addresses = kept.map((text) => arena.add(text))
    expect(addresses.every((address, index) => arena.text(address) === kept[index])).toBe(true)
    expect(() => arena.add('x'.repeat(4097))).toThrow(RangeError)
  })
})

describe('a column', () => {
  it('is 0 where nothing was set, and as long as its last row', () => {
    const column = new Column(Int32Array)
    expect([column.length, column.get(0), column.get(1_000_000)]).toEqual([0, 0, 0])
    column.set(10_000, -5)
    expect([column.length, column.get(9_999), column.get(10_000)]).toEqual([10_001, 0, -5])
    expect(column.push(2 ** 31 - 1)).toBe(10_001)
    expect(column.get(10_001)).toBe(2 ** 31 - 1)
  })
})
