import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { editDistanceFrom } from '#model'

/** The same by definition, without limits: slow and plain. */
function plainDistance(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, row) =>
    Array.from({ length: b.length + 1 }, (_, column) => (row === 0 ? column : column === 0 ? row : 0)),
  )
  for (let row = 1; row <= a.length; row += 1) {
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1
      const choices = [
        table[row - 1]![column]! + 1,
        table[row]![column - 1]! + 1,
        table[row - 1]![column - 1]! + same,
      ]
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        choices.push(table[row - 2]![column - 2]! + 1)
      table[row]![column] = Math.min(...choices)
    }
  }
  return table[a.length]![b.length]!
}

describe('the distance of names', () => {
  test.each([
    ['lynx', 'lynx', 0],
    ['lynx', 'lyxn', 1],
    ['lynx', 'lynks', 2],
    ['lynx', 'lnx', 1],
    ['lynx', 'vim', 3],
    ['', 'ab', 2],
    ['ab', '', 2],
    ['', '', 0],
  ])('%s to %s', (name, other, expected) => {
    expect(editDistanceFrom(name, 2)(other)).toBe(expected)
  })

  test('is the one by definition, up to the limit', () => {
    const names = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', '!', '/'), maxLength: 12 })
    fc.assert(
      fc.property(names, fc.array(names, { maxLength: 5 }), fc.nat(6), (name, others, limit) => {
        const distance = editDistanceFrom(name, limit)
        for (const other of others)
          expect(distance(other)).toBe(Math.min(plainDistance(name, other), limit + 1))
      }),
      { numRuns: 3000 },
    )
  })
})
