import { describe, expect, it } from 'vitest'
import type { PublisherChange } from '#image'
import { parsePublisherName } from '#model'
import type { ConfiguredPublisher, ImageConfig } from '../../../image/config/image-config.ts'
import { dropPublisher, editPublisher, newPublisher } from '../../../image/config/publishers.ts'

function publisher(name: string, changes: Partial<ConfiguredPublisher> = {}): ConfiguredPublisher {
  const parsed = parsePublisherName(name)
  if (!parsed.ok) throw new Error(name)
  return { ...newPublisher(parsed.value), ...changes }
}

const base: ImageConfig = {
  kind: 'full',
  publishers: [
    publisher('a.example', {
      alias: 'first',
      origins: [
        { uri: 'file:///one/', enabled: true },
        { uri: 'http://two.example/', enabled: false },
      ],
      mirrors: [{ uri: 'http://mirror.example/', enabled: true }],
      properties: new Map<string, string | readonly string[]>([
        ['colour', 'red'],
        ['list', ['x', 'y']],
      ]),
    }),
    publisher('b.example'),
    publisher('c.example', { enabled: false, sticky: false }),
  ],
  variants: new Map(),
  facets: new Map(),
  mediators: [],
  properties: new Map(),
}

function show(config: ImageConfig): string[] {
  return config.publishers.map((one) => {
    const places = (list: ConfiguredPublisher['origins']): string =>
      list.map(({ uri, enabled }) => `${enabled ? '' : '-'}${uri}`).join(' ')
    return `${one.name}${one.sticky ? '' : ' loose'}${one.enabled ? '' : ' off'} [${places(one.origins)}] [${places(one.mirrors)}]`
  })
}

function edit(change: Omit<PublisherChange, 'refresh'>): string[] | string {
  const edited = editPublisher(base, { refresh: false, ...change })
  return edited.ok ? show(edited.value.config) : edited.error.code.replace(/^ips::\w+::/, '')
}

const A = 'a.example [file:///one/ -http://two.example/] [http://mirror.example/]'
const B = 'b.example [] []'
const C = 'c.example loose off [] []'

describe('set-publisher', () => {
  it.each<[string, Omit<PublisherChange, 'refresh'>, string[] | string]>([
    ['adds one at the end', { name: 'd.example' }, [A, B, C, 'd.example [] []']],
    [
      'adds one with origins',
      { name: 'd.example', addOrigins: ['/re po'] },
      [A, B, C, 'd.example [file:///re%20po/] []'],
    ],
    ['puts first', { name: 'b.example', place: { kind: 'first' } }, [B, A, C]],
    ['puts before', { name: 'c.example', place: { kind: 'before', publisher: 'b.example' } }, [A, C, B]],
    ['puts after, by alias', { name: 'c.example', place: { kind: 'after', publisher: 'first' } }, [A, C, B]],
    ['puts a new one first', { name: 'd.example', place: { kind: 'first' } }, ['d.example [] []', A, B, C]],
    [
      'not before itself',
      { name: 'b.example', place: { kind: 'before', publisher: 'b.example' } },
      'bad_search_place',
    ],
    [
      'not after an unknown',
      { name: 'b.example', place: { kind: 'after', publisher: 'z.example' } },
      'unknown_publisher',
    ],
    ['disables', { name: 'b.example', enabled: false }, [A, 'b.example off [] []', C]],
    ['enables', { name: 'c.example', enabled: true }, [A, B, 'c.example loose [] []']],
    ['makes sticky', { name: 'c.example', sticky: true }, [A, B, 'c.example off [] []']],
    [
      'adds an origin',
      { name: 'a.example', addOrigins: ['https://three.example'] },
      [A.replace('] [', ' https://three.example/] ['), B, C],
    ],
    [
      'by alias',
      { name: 'first', removeOrigins: ['file:///one'] },
      ['a.example [-http://two.example/] [http://mirror.example/]', B, C],
    ],
    ['not an origin twice', { name: 'a.example', addOrigins: ['file:///one/'] }, 'duplicate_origin'],
    ['not an unknown origin', { name: 'a.example', removeOrigins: ['file:///nine'] }, 'unknown_origin'],
    [
      'removes before it adds',
      { name: 'a.example', removeOrigins: ['*'], addOrigins: ['file:///one'] },
      ['a.example [file:///one/] [http://mirror.example/]', B, C],
    ],
    [
      'replaces origins',
      { name: 'a.example', replaceOrigins: ['/new'] },
      ['a.example [file:///new/] [http://mirror.example/]', B, C],
    ],
    [
      'disables one origin',
      { name: 'a.example', switchOrigins: { uris: ['/one'], enabled: false } },
      ['a.example [-file:///one/ -http://two.example/] [http://mirror.example/]', B, C],
    ],
    [
      'enables all origins',
      { name: 'a.example', switchOrigins: { uris: ['*'], enabled: true } },
      ['a.example [file:///one/ http://two.example/] [http://mirror.example/]', B, C],
    ],
    [
      'adds a disabled origin',
      { name: 'a.example', switchOrigins: { uris: ['/new'], enabled: false } },
      [A.replace('] [', ' -file:///new/] ['), B, C],
    ],
    [
      'removes mirrors',
      { name: 'a.example', removeMirrors: ['*'] },
      ['a.example [file:///one/ -http://two.example/] []', B, C],
    ],
    ['not an unknown mirror', { name: 'a.example', removeMirrors: ['http://x.example'] }, 'unknown_mirror'],
    ['not a mirror twice', { name: 'a.example', addMirrors: ['http://mirror.example'] }, 'duplicate_mirror'],
    [
      'no mirror for an unknown',
      { name: 'd.example', addMirrors: ['http://m.example'] },
      'unknown_publisher',
    ],
    ['no removal from an unknown', { name: 'd.example', removeOrigins: ['*'] }, 'unknown_publisher'],
    ['no bad name', { name: '8^bad' }, 'bad_publisher'],
    ['no foreign scheme', { name: 'a.example', addOrigins: ['ftp://nowhere.example/'] }, 'bad_uri'],
    ['no word for a URI', { name: 'a.example', addOrigins: ['nonsense'] }, 'bad_uri'],
    ['no file URI with a host', { name: 'a.example', addOrigins: ['file://host/x'] }, 'bad_uri'],
    ['no query', { name: 'a.example', addOrigins: ['http://x.example/?a'] }, 'bad_uri'],
    [
      'no known property wrong',
      { name: 'a.example', setProperties: new Map([['signature-policy', 'maybe']]) },
      'bad_property',
    ],
    [
      'no policy that nobody would keep',
      { name: 'a.example', setProperties: new Map([['signature-policy', 'require-signatures']]) },
      'unsupported_property',
    ],
    [
      'no value from no list',
      { name: 'a.example', removePropertyValues: [{ name: 'colour', value: 'red' }] },
      'bad_property',
    ],
    [
      'no value into no list',
      { name: 'a.example', addPropertyValues: [{ name: 'colour', value: 'red' }] },
      'bad_property',
    ],
    ['no alias that is taken', { name: 'b.example', alias: 'first' }, 'bad_property'],
  ])('%s', (_, change, expected) => {
    expect(edit(change)).toEqual(expected)
  })

  it('disables even the last enabled publisher', () => {
    let config = base
    for (const name of ['b.example', 'a.example']) {
      const disabled = editPublisher(config, { name, enabled: false, refresh: false })
      if (!disabled.ok) throw new Error(disabled.error.code)
      config = disabled.value.config
    }
    expect(config.publishers.filter(({ enabled }) => enabled).map(({ name }) => name)).not.toContain(
      'a.example',
    )
  })

  it('counts an origin as new that is added or enabled again', () => {
    const added = editPublisher(base, {
      name: 'a.example',
      switchOrigins: { uris: ['/new'], enabled: false },
      refresh: true,
    })
    expect(added).toMatchObject({
      value: { newOrigins: [{ uri: 'file:///new/', enabled: false }], originsChanged: false },
    })
    if (!added.ok) throw new Error(added.error.code)
    const again = editPublisher(added.value.config, {
      name: 'a.example',
      switchOrigins: { uris: ['/new'], enabled: true },
      refresh: true,
    })
    expect(again).toMatchObject({
      value: { newOrigins: [{ uri: 'file:///new/', enabled: true }], originsChanged: true },
    })
  })

  it('edits properties: unset, remove, set, add', () => {
    const edited = editPublisher(base, {
      name: 'a.example',
      unsetProperties: ['colour', 'absent'],
      removePropertyValues: [{ name: 'list', value: 'x' }],
      setProperties: new Map([['signature-policy', 'ignore']]),
      addPropertyValues: [{ name: 'list', value: 'z' }],
      refresh: false,
    })
    if (!edited.ok) throw new Error(edited.error.code)
    expect([...(edited.value.config.publishers[0]?.properties ?? [])]).toEqual([
      ['list', ['y', 'z']],
      ['signature-policy', 'ignore'],
    ])
  })

  it('tells which origins are new', () => {
    const edited = editPublisher(base, { name: 'a.example', addOrigins: ['/new'], refresh: true })
    expect(edited).toMatchObject({
      value: { newOrigins: [{ uri: 'file:///new/', enabled: true }], originsChanged: true, added: false },
    })
    const same = editPublisher(base, { name: 'a.example', sticky: false, refresh: true })
    expect(same).toMatchObject({ value: { newOrigins: [], originsChanged: false } })
  })

  it('never changes what it was given', () => {
    const before = JSON.stringify(show(base))
    edit({ name: 'a.example', removeOrigins: ['*'], place: { kind: 'first' } })
    expect(JSON.stringify(show(base))).toBe(before)
  })
})

describe('unset-publisher', () => {
  it('takes prefix or alias', () => {
    for (const name of ['a.example', 'first']) {
      const dropped = dropPublisher(base, name)
      expect(dropped.ok && show(dropped.value.config)).toEqual([B, C])
    }
    expect(dropPublisher(base, 'z.example')).toMatchObject({
      error: { code: 'ips::image_error::unknown_publisher' },
    })
  })
})
