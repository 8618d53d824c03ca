import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Action,
  chooseMediations,
  compareMediations,
  formatImplementation,
  type Mediation,
  type MediatorPriority,
  type MediatorSetting,
  parseAction,
  parseFixedImplementation,
  parseMediation,
  readMediatorSetting,
  sameMediation,
} from '#model'
import { parseImplementation } from '../../model/mediator.ts'

function link(tags: string): Action {
  const parsed = parseAction(`link path=a target=b ${tags}`)
  if (!parsed.ok) throw new Error(tags)
  return parsed.value
}

/** `vendor 3.9 cpython@2`, with `-` for an absent part. */
function offer(text: string): Mediation {
  const [priority, version, implementation] = text.split(' ').map((word) => (word === '-' ? undefined : word))
  return {
    mediator: 'm',
    version,
    implementation: implementation === undefined ? undefined : parseImplementation(implementation),
    priority: priority as MediatorPriority | undefined,
  }
}

function setting(version?: string, implementation?: string): MediatorSetting {
  return {
    mediator: 'm',
    version,
    implementation: implementation === undefined ? undefined : parseImplementation(implementation),
  }
}

describe('mediations of links (manifest-and-actions §3.5)', () => {
  test.each<[string, object | undefined]>([
    ['', undefined],
    [
      'mediator=m mediator-version=1.2',
      { mediator: 'm', version: '1.2', implementation: undefined, priority: undefined },
    ],
    ['mediator=m mediator-implementation=x', { implementation: { name: 'x', version: undefined } }],
    [
      'mediator=m mediator-implementation=x@1 mediator-priority=site',
      { implementation: { name: 'x', version: '1' }, priority: 'site' },
    ],
  ])('%j', (tags, expected) => {
    const parsed = parseMediation(link(tags))
    expect(parsed.ok).toBe(true)
    if (expected === undefined) expect(parsed).toEqual({ ok: true, value: undefined })
    else expect(parsed).toMatchObject({ value: expected })
  })

  test.each([
    'mediator=m',
    'mediator=m mediator-priority=site',
    'mediator-version=1',
    'mediator-priority=site',
    'mediator=a_b mediator-version=1',
    'mediator=m mediator-version=x',
    'mediator=m mediator-implementation=x@',
    'mediator=m mediator-implementation=@1',
    'mediator=m mediator-implementation=x@y@1',
    'mediator=m mediator-implementation=x_y',
    'mediator=m mediator-version=1 mediator-priority=mine',
    'mediator=m mediator=n mediator-version=1',
  ])('%s is refused', (tags) => {
    expect(parseMediation(link(tags))).toMatchObject({ ok: false })
  })
})

describe('the choice (image-plan §8)', () => {
  test('order of preference', () => {
    const best = [
      'site 1 -',
      'vendor 2 -',
      'vendor 1 -',
      '- 10 -',
      '- 9 -',
      '- 9 a@2',
      '- 9 a@1',
      '- 9 a',
      '- 9 b@3',
      '- - c',
    ]
    const shuffled = [...best].reverse().map(offer)
    expect(shuffled.sort(compareMediations)).toEqual(best.map(offer))
  })

  test.each<[string, readonly string[], MediatorSetting[], string | undefined]>([
    ['the best offer', ['- 1 -', '- 2 -'], [], '- 2 -'],
    ['a fixed version', ['- 1 -', '- 2 -'], [setting('1')], '- 1 -'],
    ['a fixed version that is not offered', ['- 1 -'], [setting('3')], undefined],
    ['a version is fixed as a whole', ['- 1.2 -'], [setting('1')], undefined],
    [
      'a fixed name fits any version of it',
      ['- - a@1', '- - a@2', '- - b@3'],
      [setting(undefined, 'a')],
      '- - a@2',
    ],
    ['a fixed version of a name', ['- - a@1', '- - a@2'], [setting(undefined, 'a@1')], '- - a@1'],
    ['fits an offer without one', ['- - a'], [setting(undefined, 'a@1')], '- - a'],
    ['a fixed name needs a name', ['- 1 -'], [setting(undefined, 'a')], undefined],
    ['both fixed', ['- 1 a', '- 2 a', '- 2 b'], [setting('2', 'b')], '- 2 b'],
  ])('%s', (_title, offers, settings, expected) => {
    const choice = chooseMediations(offers.map(offer), settings).get('m')
    expect(choice?.chosen).toEqual(expected === undefined ? undefined : offer(expected))
  })

  test.each<[string, readonly string[], (string | undefined)[], string | undefined]>([
    ['explicitly no version', ['- 1 a', '- - a'], [''], '- - a'],
    ['explicitly no version, but all have one', ['- 1 a', '- 2 -'], [''], undefined],
    ['explicitly no implementation', ['- 1 a', '- 1 -'], [undefined, ''], '- 1 -'],
    ['explicitly neither', ['- 1 a', '- - a', '- 1 -'], ['', ''], undefined],
    ['a name without version', ['- - a@2', '- - a'], [undefined, 'a@'], '- - a'],
    ['a name without version, but all have one', ['- - a@2'], [undefined, 'a@'], undefined],
  ])('%s', (_title, offers, [version, implementation], expected) => {
    const fixed = readMediatorSetting({ mediator: 'm', version, implementation })
    const choice = chooseMediations(offers.map(offer), [fixed]).get('m')
    expect(choice?.chosen).toEqual(expected === undefined ? undefined : offer(expected))
  })

  test.each([
    ['- 1 a@2', 'a', 'a(@2)'],
    ['- 1 a@2', 'a@2', 'a@2'],
    ['- 1 a', 'a', 'a'],
    ['- 1 a', 'a@', 'a@'],
    ['- 1 -', '', ''],
    ['- 1 a@2', undefined, 'a@2'],
  ])('of %s with %s fixed is shown as %s', (offered, implementation, text) => {
    const fixed = readMediatorSetting({ mediator: 'm', version: undefined, implementation })
    const shown = chooseMediations([offer(offered)], [fixed]).get('m')?.implementation
    expect(shown && formatImplementation(shown.value, shown.versionFollows)).toBe(text)
  })

  test.each(['x_y', '@', '@1', 'a@b@1', 'a@x', 'a b', 'a@1@'])('%s is no fixed implementation', (text) => {
    expect(parseFixedImplementation(text)).toBeUndefined()
  })

  test('sources: the administrator, else the priority, else system', () => {
    const chosen = (offers: string[], settings: MediatorSetting[]) =>
      chooseMediations(offers.map(offer), settings).get('m')
    expect(chosen(['vendor 1 a@2'], [])).toMatchObject({
      version: { value: '1', source: 'vendor' },
      implementation: { value: { name: 'a', version: '2' }, source: 'vendor' },
    })
    expect(chosen(['- 1 -'], [])).toMatchObject({
      version: { value: '1', source: 'system' },
      implementation: undefined,
    })
    expect(chosen(['- 1 a@2'], [setting(undefined, 'a')])).toMatchObject({
      version: { value: '1', source: 'system' },
      implementation: { value: { name: 'a', version: '2' }, source: 'local' },
    })
  })

  test('what nothing fits keeps the local part only', () => {
    expect(chooseMediations([], [setting('3')]).get('m')).toEqual({
      mediator: 'm',
      chosen: undefined,
      version: { value: '3', source: 'local' },
      implementation: undefined,
    })
  })

  test('mediators are apart and sorted', () => {
    const offers = ['z', 'a', '__proto__'].map((mediator) => ({ ...offer('- 1 -'), mediator }))
    expect([...chooseMediations(offers, [setting('3')]).keys()]).toEqual(['__proto__', 'a', 'm', 'z'])
  })

  test('the order of offers is irrelevant', () => {
    const anyOffer = fc
      .tuple(
        fc.constantFrom('-', 'site', 'vendor'),
        fc.constantFrom('-', '1', '2', '10'),
        fc.constantFrom('-', 'a', 'a@1', 'a@2', 'b'),
      )
      .map((parts) => offer(parts.join(' ')))
    const shuffled = fc
      .array(anyOffer, { minLength: 1, maxLength: 6 })
      .chain((offers) =>
        fc.tuple(fc.constant(offers), fc.shuffledSubarray(offers, { minLength: offers.length })),
      )
    fc.assert(
      fc.property(shuffled, ([offers, again]) => {
        expect(chooseMediations(again, [])).toEqual(chooseMediations(offers, []))
      }),
    )
  })

  test('links of one mediation are told by version and implementation, not by priority', () => {
    expect(sameMediation(offer('site 1.0 a@1'), offer('- 1.00 a@1'))).toBe(true)
    expect(sameMediation(offer('- 1 a'), offer('- 1 a@1'))).toBe(false)
    expect(sameMediation(offer('- 1 -'), { ...offer('- 1 -'), mediator: 'n' })).toBe(false)
  })
})
