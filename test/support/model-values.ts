import fc from 'fast-check'
import type { Fmri, PublisherName, Stem, Version } from '#model'

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
