import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GrowingInts } from '#model'

/** One call of a list: its name, and the number or the count that it takes. */
const call = fc.tuple(
  fc.constantFrom('push', 'pushAll', 'lengthen', 'cut', 'set', 'own'),
  fc.integer({ min: 0, max: 40 }),
)

describe('a growing list of numbers', () => {
  it('holds the same numbers as a plain list, from every capacity on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9 }), fc.array(call, { maxLength: 60 }), (capacity, calls) => {
        const list = new GrowingInts(capacity)
        const model: number[] = []
        for (const [name, number] of calls) {
          const { length } = model
          if (name === 'push') {
            list.push(1 - number)
            model.push(1 - number)
          } else if (name === 'pushAll') {
            const many = Array.from({ length: number }, (_, index) => index + 1)
            list.pushAll(many)
            model.push(...many)
          } else if (name === 'own' && length < 500) {
            // Copies numbers of the list itself: growth may replace the array that they are read from.
            list.pushAll(list.values())
            model.push(...model)
          } else if (name === 'lengthen') {
            list.lengthen(length + number)
            while (model.length < length + number) model.push(0)
          } else if (name === 'cut') {
            const left = Math.max(0, length - number)
            list.cut(left)
            model.length = left
          } else if (name === 'set' && length > 0) {
            list.set(number % length, number)
            model[number % length] = number
          }
          const isSame = model.every((one, index) => list.at(index) === one)
          expect([list.length, isSame]).toEqual([model.length, true])
        }
        expect([...list.values()]).toEqual(model)
        if (model.length > 0) expect(list.last()).toBe(model.at(-1))
      }),
      { numRuns: 200 },
    )
  })
})
