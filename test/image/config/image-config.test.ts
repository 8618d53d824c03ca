import { Ajv } from 'ajv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { configSchema, configShapeError } from '../../../image/config/config-schema.ts'
import {
  formatConfig,
  type ImageConfig,
  type PropertyValue,
  parseConfig,
  readConfig,
} from '../../../image/config/image-config.ts'
import { createMemoryFilesystem } from '../../support/memory-filesystem.ts'
import { anyPublisher } from '../../support/model-values.ts'

const good = {
  format: 1,
  kind: 'user',
  publishers: [
    {
      name: 'example.org',
      alias: 'ex',
      sticky: true,
      enabled: false,
      origins: [{ uri: 'file:///repo/', enabled: true }],
      mirrors: [],
      properties: { 'signature-policy': 'verify', names: ['a', 'b'] },
      refreshSeconds: 60,
    },
  ],
  variants: { 'variant.arch': 'i386' },
  facets: { 'facet.doc.*': false },
  mediators: [{ name: 'java', version: '11' }],
  properties: { 'send-uuid': 'False' },
}

function read(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const config = parseConfig(text, '/c', configShapeError)
  return config.ok ? 'ok' : `${config.error.code} ${'reason' in config.error ? config.error.reason : ''}`
}

describe('the configuration file', () => {
  it('has a schema without mistakes', () => {
    const strict = new Ajv({ strict: true, allErrors: true })
    expect(strict.compile(configSchema)(good)).toBe(true)
  })

  it('is read', () => {
    const config = parseConfig(JSON.stringify(good), '/c', configShapeError)
    if (!config.ok) throw new Error(config.error.code)
    expect(config.value.publishers[0]).toMatchObject({ name: 'example.org', alias: 'ex', refreshSeconds: 60 })
    expect(config.value.publishers[0]?.properties.get('names')).toEqual(['a', 'b'])
    expect(config.value.facets.get('facet.doc.*')).toBe(false)
    expect(config.value.mediators).toEqual([{ name: 'java', version: '11', implementation: undefined }])
  })

  const [publisher] = good.publishers
  it.each<[string, unknown, string]>([
    ['no JSON', '{', 'corrupt_config it is not JSON'],
    ['empty', '', 'corrupt_config it is not JSON'],
    ['null', 'null', 'corrupt_config'],
    ['a list', [], 'corrupt_config'],
    ['a newer format', { ...good, format: 2 }, 'unsupported_format'],
    [
      'no format',
      { ...good, format: undefined },
      "corrupt_config the file must have required property 'format'",
    ],
    ['a format that is text', { ...good, format: '1' }, 'corrupt_config /format'],
    ['an unknown kind', { ...good, kind: 'zone' }, 'corrupt_config /kind'],
    ['an unknown member', { ...good, extra: 1 }, 'corrupt_config'],
    [
      'a bad publisher name',
      { ...good, publishers: [{ ...publisher, name: '8^bad' }] },
      'is not a publisher name',
    ],
    ['a publisher twice', { ...good, publishers: [publisher, publisher] }, 'is listed twice'],
    [
      'an alias that is another name',
      { ...good, publishers: [publisher, { ...publisher, name: 'ex', alias: 'other' }] },
      "publisher 'ex' is listed twice",
    ],
    ['sticky as text', { ...good, publishers: [{ ...publisher, sticky: 'yes' }] }, '/publishers/0/sticky'],
    [
      'an origin without uri',
      { ...good, publishers: [{ ...publisher, origins: [{}] }] },
      '/publishers/0/origins/0',
    ],
    ['a variant without prefix', { ...good, variants: { arch: 'i386' } }, 'corrupt_config /variants'],
    ['a variant that is no text', { ...good, variants: { 'variant.arch': 1 } }, '/variants/variant.arch'],
    ['a facet with blanks', { ...good, facets: { 'facet.a b': true } }, 'corrupt_config /facets'],
    ['a facet that is text', { ...good, facets: { 'facet.doc': 'true' } }, '/facets/facet.doc'],
    ['a property that is a number', { ...good, properties: { a: 1 } }, '/properties/a'],
    [
      'a negative interval',
      { ...good, publishers: [{ ...publisher, refreshSeconds: -1 }] },
      'refreshSeconds',
    ],
    ['prototype keys', JSON.stringify(good).replace('"send-uuid"', '"__proto__"'), 'ok'],
  ])('with %s is answered rightly', (_, value, expected) => {
    expect(read(value)).toContain(expected)
  })

  it('comes back as it was written', () => {
    const text = fc.string({ minLength: 1, maxLength: 12 })
    const name = fc.oneof(fc.stringMatching(/^[a-z_.*-]{1,10}$/), fc.constantFrom('__proto__', 'constructor'))
    const value: fc.Arbitrary<PropertyValue> = fc.oneof(text, fc.array(text, { maxLength: 3 }))
    const properties = fc.array(fc.tuple(name, value), { maxLength: 4 }).map((list) => new Map(list))
    const location = fc.record({ uri: text, enabled: fc.boolean() })
    const config: fc.Arbitrary<ImageConfig> = fc.record({
      kind: fc.constantFrom('full', 'partial', 'user'),
      publishers: fc.uniqueArray(
        fc.record({
          name: anyPublisher,
          alias: fc.constant(undefined),
          sticky: fc.boolean(),
          enabled: fc.boolean(),
          origins: fc.array(location, { maxLength: 3 }),
          mirrors: fc.array(location, { maxLength: 2 }),
          properties,
          refreshSeconds: fc.option(fc.nat(), { nil: undefined }),
        }),
        { selector: (one) => one.name, maxLength: 3 },
      ),
      variants: fc
        .array(
          fc.tuple(
            name.map((n) => `variant.${n}`),
            text,
          ),
        )
        .map((list) => new Map(list)),
      facets: fc
        .array(
          fc.tuple(
            name.map((n) => `facet.${n}`),
            fc.boolean(),
          ),
        )
        .map((list) => new Map(list)),
      mediators: fc.array(
        fc.record({
          name: text,
          version: fc.option(text, { nil: undefined }),
          implementation: fc.option(text, { nil: undefined }),
        }),
        { maxLength: 2 },
      ),
      properties,
    })
    fc.assert(
      fc.property(config, (written) => {
        const back = parseConfig(formatConfig(written), '/c', configShapeError)
        if (!back.ok) throw new Error(JSON.stringify(back.error))
        expect(formatConfig(back.value)).toBe(formatConfig(written))
        expect(back.value.publishers.map(({ name }) => name)).toEqual(
          written.publishers.map(({ name }) => name),
        )
        expect(new Map([...back.value.properties].sort())).toEqual(new Map([...written.properties].sort()))
      }),
    )
  })

  it('is checked against the schema once for each text and client', async () => {
    const filesystem = createMemoryFilesystem()
    const place = { filesystem, path: '/meta/config', checkedPath: '/meta/cache/checked', clientVersion: '1' }
    filesystem.plant(place.path, JSON.stringify(good))
    expect((await readConfig(place)).ok).toBe(true)
    const mark = filesystem.text(place.checkedPath)
    expect(mark).toMatch(/^1 [0-9a-f]{64}\n$/)
    expect((await readConfig(place)).ok).toBe(true)
    filesystem.plant(place.path, JSON.stringify({ ...good, kind: 'zone' }))
    expect(await readConfig(place)).toMatchObject({ error: { code: 'ips::image_error::corrupt_config' } })
    expect(filesystem.text(place.checkedPath)).toBe(mark)
    filesystem.plant(place.path, JSON.stringify(good))
    expect((await readConfig({ ...place, clientVersion: '2' })).ok).toBe(true)
    expect(filesystem.text(place.checkedPath)).toMatch(/^2 /)
    filesystem.unlink(place.path)
    expect(await readConfig(place)).toMatchObject({ error: { reason: 'it is missing' } })
  })
})
