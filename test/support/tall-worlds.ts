import fc from 'fast-check'
import type { Scenario, ScenarioPackage } from './scenario.ts'

const STEMS = ['a', 'b', 'c', 'd', 'e']
const MOST = 12

/**
 * Few stems with up to twelve versions each, bound to each other by runs of versions, so that the newest versions
 * seldom go together and old ones have to be looked at.
 */
export const tallScenario: fc.Arbitrary<Scenario> = fc
  .record({
    counts: fc.array(fc.integer({ min: 2, max: MOST }), { minLength: 5, maxLength: 5 }),
    runs: fc.array(
      fc.record({
        stem: fc.nat(4),
        first: fc.integer({ min: 1, max: MOST }),
        length: fc.integer({ min: 1, max: MOST }),
        type: fc.constantFrom(
          'require',
          'require',
          'incorporate',
          'incorporate',
          'optional',
          'exclude',
          'group',
        ),
        target: fc.nat(4),
        number: fc.integer({ min: 1, max: MOST }),
      }),
      { minLength: 4, maxLength: 14 },
    ),
    installed: fc.array(fc.option(fc.integer({ min: 1, max: MOST }), { nil: undefined, freq: 2 }), {
      minLength: 5,
      maxLength: 5,
    }),
    op: fc.constantFrom('install', 'install', 'update-all', 'exact-install'),
    patterns: fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 3 }),
  })
  .map(({ counts, runs, installed, op, patterns }): Scenario => {
    const catalog: ScenarioPackage[] = []
    counts.forEach((count, stem) => {
      for (let version = 1; version <= count; version += 1) {
        const depends = runs
          .filter((run) => run.stem === stem && run.target !== stem)
          .filter((run) => version >= run.first && version < run.first + run.length)
          .map(({ type, target, number }) => ({
            type,
            fmri: type === 'group' ? STEMS[target]! : `${STEMS[target]}@${number}`,
          }))
        catalog.push({ fmri: `${STEMS[stem]}@${version}`, depends })
      }
    })
    return {
      id: 'tall',
      title: 'random',
      catalog,
      image: {
        installed: installed.flatMap((version, stem) =>
          version === undefined || version > counts[stem]! ? [] : [`${STEMS[stem]}@${version}`],
        ),
      },
      request:
        op === 'update-all' ? { op: 'update' } : { op, patterns: patterns.map((stem) => STEMS[stem]!) },
      expect: { add: [], remove: [], update: [] },
    } as Scenario
  })
