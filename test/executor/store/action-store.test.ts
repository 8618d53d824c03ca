import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Action,
  type AttributeValue,
  actionTypes,
  attribute,
  attributes,
  formatAction,
  type Stem,
} from '#model'
import { ActionStore } from '../../../executor/store/action-store.ts'
import { Column } from '../../../executor/store/column.ts'
import { KeyTable, NO_ROW } from '../../../executor/store/key-table.ts'

const fmri = { publisher: undefined, stem: 'app' as Stem, version: undefined }

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
/** What takes each of the ways in which a text is kept. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ maxLength: 400 }),
  fc.string({ unit: 'grapheme', minLength: 100, maxLength: 400 }),
  fc.constantFrom('root', 'bin', '0644', '0', '', 'true', '4711', 'usr/lib', '\ud800'),
  hex(40),
  hex(64),
  hex(63),
  hex(128),
  hex(40).map((digest) => `file:sha1:${digest}`),
  hex(64).map((digest) => `file:sha512t_256:${digest}`),
  fc.constant('x'.repeat(40_000)),
  fc.constant('y'.repeat(9000) + 'a'.repeat(40)),
)
const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  { weight: 4, arbitrary: text },
  fc.array(text, { minLength: 0, maxLength: 4 }),
)
const action: fc.Arbitrary<Action> = fc.record({
  type: fc.constantFrom(...actionTypes),
  payload: fc.option(text, { nil: undefined }),
  attributes: fc
    .array(fc.tuple(fc.oneof(fc.constantFrom('path', 'mode', 'owner', '__proto__'), fc.string()), value), {
      maxLength: 12,
    })
    .map((pairs) => new Map(pairs)),
})

/** A payload with digests, as published packages have them. */
const payloadFile: fc.Arbitrary<Action> = fc.record({
  type: fc.constant('file'),
  payload: fc.oneof(hex(40), hex(64), fc.constant('NOHASH')),
  attributes: fc
    .tuple(
      hex(40),
      fc.array(hex(64), { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.constantFrom('root', 'bin'),
    )
    .map(
      ([chash, hashes, size, owner]) =>
        new Map<string, AttributeValue>([
          ['path', `usr/lib/${chash.slice(0, 3)}/x`],
          ['owner', owner],
          ['mode', '0644'],
          ['pkg.size', String(size)],
          ['chash', chash],
          [
            'pkg.content-hash',
            hashes.length === 1 ? `file:sha256:${hashes[0]}` : hashes.map((one) => `gzip:sha256:${one}`),
          ],
        ]),
    ),
})

describe('an action store', () => {
  const kinds = fc.array(fc.oneof(action, payloadFile), { maxLength: 12 })
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(kinds, (actions) => {
        const store = new ActionStore()
        const kept = actions.map((one) => store.keep(fmri, one))
        kept.forEach((owned, index) => {
          const given = actions[index]!
          expect(owned.fmri).toBe(fmri)
          expect(owned.action).toBe(owned.action)
          expect(owned.action.type).toBe(given.type)
          expect(owned.action.payload).toBe(given.payload)
          expect(new Map(owned.action.attributes)).toEqual(given.attributes)
          expect(owned.action.attributes.size).toBe(given.attributes.size)
          expect([...owned.action.attributes.keys()]).toEqual([...given.attributes.keys()])
          expect([...owned.action.attributes.values()]).toEqual([...given.attributes.values()])
          for (const name of [...given.attributes.keys(), 'none', 'toString']) {
            expect(owned.action.attributes.has(name)).toBe(given.attributes.has(name))
            expect(attribute(owned.action, name)).toBe(attribute(given, name))
            expect(attributes(owned.action, name)).toEqual(attributes(given, name))
          }
          expect(formatAction(owned.action)).toBe(formatAction(given))
        })
      }),
      { numRuns: 400 },
    )
  })

  it('takes no more shapes and words than it has room for', () => {
    const store = new ActionStore()
    const odd = (index: number): Action => ({
      type: 'set',
      payload: undefined,
      attributes: new Map([
        ['name', `word-${index}`],
        [`attribute-${index}`, 'value'],
      ]),
    })
    const kept = Array.from({ length: 10_000 }, (_, index) => store.keep(fmri, odd(index)))
    expect(kept.every(({ action: one }, index) => attribute(one, 'name') === `word-${index}`)).toBe(true)
  })
})

describe('a key table', () => {
  it('tells many keys apart, and remembers what is noted of each', () => {
    const table = new KeyTable()
    const rows = Array.from({ length: 20_000 }, (_, index) => table.add(`path usr/${index % 10_000}`))
    expect(table.size).toBe(10_000)
    expect(rows.slice(10_000)).toEqual(rows.slice(0, 10_000))
    const notes = new Column(Int32Array)
    for (const row of rows) notes.set(row, row + 1)
    expect(rows.every((row, index) => table.find(`path usr/${index % 10_000}`) === row)).toBe(true)
    expect(rows.every((row) => notes.get(row) === row + 1)).toBe(true)
    expect(notes.get(10_000)).toBe(0)
    expect(table.find('path usr')).toBe(NO_ROW)
  })
})
