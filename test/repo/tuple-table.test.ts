import { describe, expect, it } from 'vitest'
import { createLineTable } from '../../repo/catalog/catalog-lines.ts'
import { createTupleTable } from '../../repo/tuple-table.ts'

/** More than two growths of the slots of either table. */
const COUNT = 9000

/** Indices below `COUNT` that `isRight` refuses. */
function wrong(isRight: (index: number) => boolean): number[] {
  return Array.from({ length: COUNT }, (_, index) => index).filter((index) => !isRight(index))
}

describe('tables of a catalog keep all of their entries when they grow', () => {
  it('tuples', () => {
    const table = createTupleTable()
    const tupleOf = (index: number): number[] => [index % 7, 1 - index, ...(index % 2 === 0 ? [] : [index])]
    // An entry from before is asked for after each new one.
    const isNumbered = (index: number): boolean =>
      table.id(tupleOf(index)) === index && table.id(tupleOf(index >> 1)) === index >> 1
    expect(wrong(isNumbered)).toEqual([])
    expect(table.size).toBe(COUNT)
    const [values, starts] = [table.values(), table.starts()]
    const textOf = (index: number): string => values.subarray(starts[index], starts[index + 1]).join()
    expect(wrong((index) => textOf(index) === tupleOf(index).join())).toEqual([])
  })

  it('lines, also where the text of all of them outgrows its buffer', () => {
    const table = createLineTable()
    const textOf = (index: number): string => `depend type=require fmri=pkg:/library/number-${index}@${index}`
    const idOf = (index: number): number => {
      const bytes = Buffer.from(`"${textOf(index)}"`)
      return table.id(bytes, 1, bytes.length - 1, false)
    }
    expect(wrong((index) => idOf(index) === index && idOf(index >> 1) === index >> 1)).toEqual([])
    expect(table.size).toBe(COUNT)
    expect(wrong((index) => table.text(index) === textOf(index))).toEqual([])
  })
})
