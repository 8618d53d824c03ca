import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PropertyEdit } from '#image'
import { propertyText } from '#image'
import {
  essence,
  metadata,
  newHost,
  newImage,
  opened,
  root,
  usePublishedImages,
} from '../../support/published-image.ts'

usePublishedImages()

const set = (name: string, ...values: string[]): PropertyEdit => ({ kind: 'set', name, values })
const add = (name: string, value: string): PropertyEdit => ({ kind: 'add', name, value })
const remove = (name: string, value: string): PropertyEdit => ({ kind: 'remove', name, value })
const unset = (...names: string[]): PropertyEdit => ({ kind: 'unset', names })

describe('image properties', () => {
  it.each<[string, readonly PropertyEdit[], string, string | undefined]>([
    ['a free name', [set('bad name', 'x y')], 'bad name', 'x y'],
    ['a free name, taken back', [set('colour', 'x'), unset('colour')], 'colour', undefined],
    ['a known one in another case', [set('send-uuid', 'FALSE')], 'send-uuid', 'False'],
    [
      'a known one, taken back',
      [set('send-uuid', 'no'), set('send-uuid', 'false'), unset('send-uuid')],
      'send-uuid',
      'True',
    ],
    ['a known one that was never set, taken back', [unset('be-policy')], 'be-policy', 'default'],
    ['a list', [set('signature-required-names', 'a', 'b')], 'signature-required-names', "['a', 'b']"],
    ['a list of one', [set('signature-required-names', 'a')], 'signature-required-names', "['a']"],
    [
      'a list that grows and shrinks',
      [
        add('signature-required-names', 'a'),
        add('signature-required-names', 'b'),
        add('signature-required-names', 'b'),
        remove('signature-required-names', 'a'),
      ],
      'signature-required-names',
      "['b']",
    ],
    [
      'a list of patterns',
      [add('exclude-patterns', 'opt/.*'), add('exclude-patterns', 'b')],
      'exclude-patterns',
      "['opt/.*', 'b']",
    ],
    ['a new list', [add('mine', 'a')], 'mine', "['a']"],
    [
      'up to the first that is unknown',
      [set('a', '1'), set('b', '1'), unset('a', 'absent', 'b')],
      'a',
      undefined,
    ],
    [
      'the order of publishers',
      [set('publisher-search-order', 'small.example', 'unknown')],
      'publisher-search-order',
      "['small.example', 'other.example']",
    ],
    [
      'a publisher to the end',
      [remove('publisher-search-order', 'other.example')],
      'publisher-search-order',
      "['small.example', 'other.example']",
    ],
    [
      'the order, taken back',
      [unset('publisher-search-order')],
      'publisher-search-order',
      "['other.example', 'small.example']",
    ],
    [
      'an unknown publisher',
      [add('publisher-search-order', 'x')],
      'publisher-search-order',
      "['other.example', 'small.example']",
    ],
  ])('%s', async (_, edits, name, expected) => {
    const image = await newImage()
    for (const edit of edits) await image.editProperties(edit)
    const value = (await opened(newHost())).properties().get(name)
    expect(value === undefined ? undefined : propertyText(value)).toBe(expected)
  })

  it.each<[string, PropertyEdit, string, string]>([
    ['several values for one', set('colour', 'a', 'b'), 'bad_property', "['a', 'b']"],
    ['a wrong choice', set('be-policy', 'x'), 'bad_property', 'x'],
    ['no boolean', set('send-uuid', 'maybe'), 'bad_property', 'maybe'],
    ['no number', set('recursion-concurrency', '-1'), 'bad_property', '-1'],
    ['a nameless one', set('', 'x'), 'bad_property', 'x'],
    ['a name with a line end', set('a\nb', 'x'), 'bad_property', 'x'],
    ['a name with a control character of eight bits', set('a\u009bb', 'x'), 'bad_property', 'x'],
    ['a policy without names', set('signature-policy', 'require-names'), 'signature_names', ''],
    [
      'a policy with names',
      set('signature-policy', 'require-names', 'A'),
      'unsupported_property',
      'require-names',
    ],
    [
      'a policy nobody would keep',
      set('signature-policy', 'require-signatures'),
      'unsupported_property',
      'require-signatures',
    ],
    ['a pattern that is none', add('exclude-patterns', 'opt/('), 'bad_property', 'opt/('],
    ['a system repository', set('use-system-repo', 'TRUE'), 'unsupported_property', 'True'],
    ['dehydration by hand', add('dehydrated', 'x'), 'unsupported_property', "['x']"],
    ['a second value', add('send-uuid', 'True'), 'single_property', ''],
    ['one of one', remove('be-policy', 'default'), 'single_property', ''],
    ['one of what is not there', remove('absent', 'x'), 'unknown_property', ''],
    ['what the list does not hold', remove('key-files', 'x'), 'unknown_property_value', 'x'],
    ['taking back what is not there', unset('absent'), 'unknown_property', ''],
  ])('%s: refused, and nothing changes', async (_, edit, code, value) => {
    const image = await newImage()
    const before = essence()
    const done = await image.editProperties(edit)
    expect(done).toMatchObject({ error: { code: `ips::image_error::${code}` } })
    if (!done.ok && value !== '') expect(done.error).toMatchObject({ value })
    expect(essence()).toEqual(before)
    expect(image.history().at(-1)).toMatchObject({ outcome: 'Failed', reason: 'Configuration' })
  })
})

describe('upkeep', () => {
  it('empties the content caches, and leaves them where they shall stay', async () => {
    const image = await newImage()
    const kept = join(root, metadata, 'publisher', 'small.example', 'file', 'ab')
    const fill = (): void => {
      mkdirSync(kept, { recursive: true })
      writeFileSync(join(kept, 'abcd'), 'x')
    }
    fill()
    const records = image.history().length
    const cleaned = await image.cleanCache()
    expect(cleaned.ok && cleaned.value.map(({ publisher }) => publisher)).toEqual([
      'other.example',
      'small.example',
    ])
    expect(existsSync(kept)).toBe(false)
    await image.editProperties(set('flush-content-cache-on-success', 'False'))
    fill()
    expect(await image.cleanCache()).toEqual({ ok: true, value: [] })
    expect(existsSync(join(kept, 'abcd'))).toBe(true)
    expect(image.history()).toHaveLength(records + 1)
  })

  it.each<[string, (index: string) => void]>([
    ['rubbish', (index) => writeFileSync(index, 'rubbish')],
    ['a folder', (index) => mkdirSync(join(index, 'inside'), { recursive: true })],
    ['nothing', () => {}],
  ])('makes the index of the catalogs anew where there is %s', async (_, plant) => {
    const image = await newImage()
    const index = join(root, metadata, 'cache', 'catalog.index')
    rmSync(index, { force: true })
    mkdirSync(join(root, metadata, 'cache'), { recursive: true })
    plant(index)
    expect(await image.rebuildIndex()).toEqual({ ok: true, value: undefined })
    expect(statSync(index).isFile()).toBe(true)
    const listed = await image.listPackages({ patterns: ['loudness'], scope: 'newest', refresh: false })
    expect(listed.ok && listed.value.packages).toHaveLength(1)
  })
})
