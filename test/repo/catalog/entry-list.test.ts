import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareVersions, formatVersion, parseVersion } from '#model'
import type { PartEntry } from '../../../repo/catalog/catalog-part.ts'
import { createListEditor } from '../../../repo/catalog/entry-list.ts'

const text = fc.constantFrom(
  '1.0',
  '1.0,5.11',
  '1.0,5.12',
  '1.2-3',
  '1.2-10',
  '2,5.11-1',
  '10',
  'no version',
  '',
)
const entry = (version: string): PartEntry => ({ version, actions: [] })
const versionOf = (version: string) => {
  const parsed = parseVersion(version)
  return parsed.ok ? parsed.value : undefined
}
const bare = (version: string) => {
  const parsed = versionOf(version)
  return parsed && formatVersion(parsed, 'no-build')
}

describe('the versions of a stem', () => {
  it('are those of a map of texts after any edits, and sorted', () => {
    const edit = fc.record({ type: fc.constantFrom('add', 'take'), text })
    fc.assert(
      fc.property(
        fc.array(text),
        fc.array(fc.array(edit, { maxLength: 5 }), { maxLength: 5 }),
        (first, rounds) => {
          let list = first.map(entry)
          const model = new Map(list.map((one) => [one.version, one]))
          for (const round of rounds) {
            const before = [...list]
            const editor = createListEditor(list)
            for (const { type, text: version } of round) {
              if (type === 'take') {
                expect(editor.take(version)).toBe(model.get(version))
                model.delete(version)
                continue
              }
              const one = entry(version)
              expect(editor.add(one)).toBe(!model.has(version))
              if (!model.has(version)) model.set(version, one)
            }
            const edited = editor.finish()
            expect(list).toEqual(before)
            list = edited
            expect(new Set(list)).toEqual(new Set(model.values()))
            expect(list.length).toBe(model.size)
            const versions = list.map(({ version }) => versionOf(version))
            for (const [place, version] of versions.entries()) {
              const next = versions[place + 1]
              if (place + 1 < versions.length && version)
                expect(next && compareVersions(version, next)).toBeLessThanOrEqual(0)
              const { version: own } = list[place]!
              if (version) expect(createListEditor(list).hasEqual(version)).toBe(true)
              else expect(list.slice(0, place).every((one) => bare(one.version) === undefined)).toBe(true)
              expect(own).toBe(list[place]!.version)
            }
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  it('know a version by all but its build', () => {
    const has = (editor: ReturnType<typeof createListEditor>, version: string) =>
      editor.hasEqual(versionOf(version)!)
    const editor = createListEditor(['2', '1.0,5.11-1', 'odd', '3'].map(entry))
    expect(has(editor, '1.0,5.12-1')).toBe(true)
    expect(has(editor, '1.0-1')).toBe(true)
    expect(has(editor, '1.0')).toBe(false)
    expect(has(editor, '1.0-2')).toBe(false)
    expect(has(editor, '4')).toBe(false)
    editor.take('1.0,5.11-1')
    expect(has(editor, '1.0-1')).toBe(false)
  })

  it('are searched, not read, for one more version', () => {
    let reads = 0
    const counting = (version: string): PartEntry => ({
      get version() {
        reads++
        return version
      },
      actions: [],
    })
    const first = createListEditor([])
    for (let number = 0; number < 2_000; number++) first.add(counting(`1.${number}`))
    const list = first.finish()
    expect(reads).toBeGreaterThan(2_000)
    reads = 0
    const editor = createListEditor(list)
    expect(editor.hasEqual(versionOf('1.1000.1')!)).toBe(false)
    expect(editor.add(entry('1.1000.1'))).toBe(true)
    expect(editor.finish()[1001]).toEqual(entry('1.1000.1'))
    expect(reads).toBeLessThan(40)
    expect(createListEditor(list).finish()).toBe(list)
  })
})
