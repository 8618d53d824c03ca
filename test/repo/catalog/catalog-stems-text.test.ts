import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type CatalogJson, signFile } from '../../../repo/catalog/catalog-canonical.ts'
import { signStems } from '../../../repo/catalog/catalog-stems-text.ts'

const entry = (text: string): CatalogJson => ({
  version: text,
  actions: [`set name=${text}`],
  'a"b': '\u00fc😀',
})
const stem = fc.constantFrom('a', 'a/b', 'b', 'ab', 'z', '\uffff', '😀', '__proto__')
const change = fc.record({
  publisher: fc.constantFrom('one.example', 'two.example', ''),
  stem,
  kind: fc.constantFrom('append', 'insert', 'drop', 'remove', 'replace'),
  at: fc.nat(9),
  text: fc.string({ maxLength: 4 }),
})

describe('the text of a catalog file', () => {
  it('is the canonical one after any changes', () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 12 }), (steps) => {
        const publishers = new Map<string, Map<string, readonly CatalogJson[]>>()
        const metadata = new Map<string, CatalogJson>([['_FEATURE', { b: 1, a: [] }]])
        let last: { readonly bytes: Uint8Array; readonly copy: Uint8Array } | undefined
        for (const step of steps) {
          for (const { publisher, stem, kind, at, text } of step) {
            const stems = publishers.get(publisher) ?? new Map<string, readonly CatalogJson[]>()
            publishers.set(publisher, stems)
            const list = stems.get(stem) ?? []
            if (kind === 'append') stems.set(stem, [...list, entry(text)])
            else if (kind === 'insert')
              stems.set(stem, list.toSpliced(at % (list.length + 1), 0, entry(text)))
            else if (kind === 'drop') stems.set(stem, list.toSpliced(at % (list.length + 1), 1))
            else if (kind === 'remove') stems.delete(stem)
            else stems.set(stem, [entry(text), entry(`${text}!`)])
          }
          const signed = signStems(metadata, publishers)
          expect(signed).toEqual(signFile(new Map<string, CatalogJson>([...metadata, ...publishers])))
          expect(last?.bytes).toEqual(last?.copy)
          last = { bytes: signed.bytes, copy: Buffer.from(signed.bytes) }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('is copied where nothing changed', () => {
    const stems = new Map<string, readonly CatalogJson[]>()
    for (let number = 0; number < 500; number++) stems.set(`stem${number}`, [entry('1'), entry('2')])
    const publishers = new Map([['one.example', stems]])
    signStems(new Map(), publishers)
    stems.set('stem77', [...stems.get('stem77')!, entry('3')])
    stems.set('new', [entry('1')])
    stems.delete('stem5')
    const stringify = vi.spyOn(JSON, 'stringify')
    try {
      const signed = signStems(new Map(), publishers)
      // Two entries of seven texts each, and names; all would be 7,000.
      expect(stringify.mock.calls.length).toBeLessThan(20)
      expect(signed).toEqual(signFile(publishers))
    } finally {
      stringify.mockRestore()
    }
  })
})
