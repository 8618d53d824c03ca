import fc from 'fast-check'
import type { Action, AttributeValue, Fmri, PublisherName, Stem, Version } from '#model'

/** Numbers of versions, small ones more often so that equal elements occur, with some too long for a double. */
const versionNumber: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.nat(3).map(String) },
  { weight: 2, arbitrary: fc.nat(30_000).map(String) },
  { weight: 1, arbitrary: fc.bigInt(0n, 10n ** 30n).map(String) },
  { weight: 1, arbitrary: fc.bigInt(10n ** 238n, 10n ** 242n).map(String) },
)

const dotted: fc.Arbitrary<string> = fc
  .array(versionNumber, { minLength: 1, maxLength: 4 })
  .map((numbers) => numbers.join('.'))

const timestamp: fc.Arbitrary<string> = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => `${date.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`)

/** Any version whose parts are in the spelling that may be published. */
export const anyVersion: fc.Arbitrary<Version> = fc.record({
  release: dotted,
  build: dotted,
  branch: fc.option(dotted, { nil: undefined }),
  timestamp: fc.option(timestamp, { nil: undefined }),
})

const stemComponent: fc.Arbitrary<string> = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.+-]{0,6}$/)

/** Any stem of up to four components. */
export const anyStem: fc.Arbitrary<Stem> = fc
  .array(stemComponent, { minLength: 1, maxLength: 4 })
  .map((components) => components.join('/') as Stem)

/** Any configurable publisher name. */
export const anyPublisher: fc.Arbitrary<PublisherName> = fc
  .stringMatching(/^[A-Za-z0-9][A-Za-z0-9.-]{0,8}$/)
  .map((text) => `x${text}` as PublisherName)

/** Any FMRI, with and without publisher and version. */
export const anyFmri: fc.Arbitrary<Fmri> = fc.record({
  publisher: fc.option(anyPublisher, { nil: undefined }),
  stem: anyStem,
  version: fc.option(anyVersion, { nil: undefined }),
})

const attributeName: fc.Arbitrary<string> = fc
  .oneof(
    fc.constantFrom(
      'owner',
      'mode',
      'facet.doc',
      'variant.arch',
      '__proto__',
      'constructor',
      'ünï',
      'a#b',
      '\u{1f600}',
    ),
    fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/),
  )
  .filter((name) => name !== 'hash' && name !== 'data' && name !== 'path')

/**
 * Values that canonical text can carry: no TAB and no line break; no backslash, since only some places keep one, and what
 * they are has tests of its own.
 */
export const anyPrintableValue: fc.Arbitrary<string> = fc.oneof(
  fc.stringMatching(/^[ -[\]-~]{0,12}$/),
  fc.constantFrom('', ' ', '"', "'", `'"`, '$(ARCH)', '=', '#', 'ü', '😀', 'a"b\'c', '" "'),
)

/** Any file action that canonical text can carry. */
export const anyPrintableAction: fc.Arbitrary<Action> = fc
  .record({
    payload: fc.option(
      fc.constantFrom('NOHASH', 'da39a3ee5e6b4b0d3255bfef95601890afd80709', 'a=b', 'a b', 'a"b'),
      {
        nil: undefined,
      },
    ),
    path: anyStem,
    rest: fc.uniqueArray(
      fc.tuple(
        attributeName,
        fc.oneof(anyPrintableValue, fc.array(anyPrintableValue, { minLength: 2, maxLength: 3 })),
      ),
      { selector: ([name]) => name, maxLength: 6 },
    ),
  })
  .map(({ payload, path, rest }) => {
    // 0o755 is rewritten on reading, so such a mode is no value that stays.
    const attributes = new Map<string, AttributeValue>([['path', path], ...rest])
    if (String(attributes.get('mode')).startsWith('0o')) attributes.delete('mode')
    return { type: 'file', payload, attributes }
  })
