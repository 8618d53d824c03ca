import fc from 'fast-check'
import type { Scenario, ScenarioPackage } from './scenario.ts'

const STEMS = ['a', 'b', 'c', 'd', 'e', 'f']

/** A scenario of at most six stems with three versions each, all dependency types that are clauses, and any request. */
export const smallScenario: fc.Arbitrary<Scenario> = fc
  .record({
    counts: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: STEMS.length }),
    depends: fc.array(
      fc.record({
        stem: fc.nat(5),
        version: fc.integer({ min: 1, max: 3 }),
        type: fc.constantFrom(
          'require',
          'require',
          'require-any',
          'optional',
          'exclude',
          'incorporate',
          'incorporate',
          'conditional',
          'group',
          'group-any',
        ),
        targets: fc.uniqueArray(fc.nat(5), { minLength: 2, maxLength: 3 }),
        number: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      }),
      { maxLength: 14 },
    ),
    obsolete: fc.array(fc.record({ stem: fc.nat(5), version: fc.integer({ min: 1, max: 3 }) }), {
      maxLength: 2,
    }),
    renamed: fc.option(
      fc.record({ stem: fc.nat(5), version: fc.integer({ min: 1, max: 3 }), to: fc.nat(5) }),
      { nil: undefined, freq: 2 },
    ),
    holds: fc.array(fc.record({ stem: fc.nat(5), hold: fc.constantFrom('os', 'os.net', 'app') }), {
      maxLength: 2,
    }),
    installed: fc.array(fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }), {
      minLength: 6,
      maxLength: 6,
    }),
    frozen: fc.option(fc.nat(5), { nil: undefined, freq: 4 }),
    avoid: fc.option(fc.nat(5), { nil: undefined, freq: 4 }),
    reject: fc.option(fc.nat(5), { nil: undefined, freq: 5 }),
    op: fc.constantFrom('install', 'install', 'update', 'update-all', 'uninstall', 'exact-install'),
    patterns: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 2 }),
    pin: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 3 }),
  })
  .map((shape) => {
    const has = (stem: number, version: number) => version <= (shape.counts[stem] ?? 0)
    const catalog: ScenarioPackage[] = []
    shape.counts.forEach((count, stem) => {
      for (let version = 1; version <= count; version += 1) {
        const depends = shape.depends
          .filter((depend) => depend.stem === stem && depend.version === version)
          .map((depend) => dependAction(depend))
        const hold = shape.holds.find((entry) => entry.stem === stem)
        const isObsolete = shape.obsolete.some((o) => o.stem === stem && o.version === version)
        const { renamed } = shape
        const isRenamed = renamed?.stem === stem && renamed.version === version && !isObsolete
        if (isRenamed) depends.push({ type: 'require', fmri: STEMS[renamed.to]! })
        catalog.push({
          fmri: `${STEMS[stem]}@${version}`,
          ...(isRenamed ? { renamed: true } : {}),
          ...(isObsolete ? { obsolete: true } : { depends }),
          ...(hold === undefined || isObsolete ? {} : { 'install-hold': hold.hold }),
        })
      }
    })
    const isLiving = (stem: number, version: number) =>
      has(stem, version) && !shape.obsolete.some((o) => o.stem === stem && o.version === version)
    const installed = shape.installed.flatMap((version, stem) =>
      version !== undefined && isLiving(stem, version) ? [`${STEMS[stem]}@${version}`] : [],
    )
    const isInstalled = (stem: number) => installed.some((text) => text.startsWith(`${STEMS[stem]}@`))
    const needsInstalled = shape.op === 'update' || shape.op === 'uninstall'
    const patterns = shape.patterns
      .filter((stem) => (needsInstalled ? isInstalled(stem) : has(stem, 1)) && stem !== shape.reject)
      .map((stem, index) =>
        index === 0 && shape.pin !== undefined && has(stem, shape.pin) && shape.op !== 'uninstall'
          ? `${STEMS[stem]}@${shape.pin}`
          : STEMS[stem]!,
      )
    // Without a pattern that matches, the request becomes an update of everything.
    const op = patterns.length === 0 || shape.op === 'update-all' ? 'update' : shape.op
    const frozen =
      shape.frozen !== undefined && has(shape.frozen, 1) ? [{ fmri: `${STEMS[shape.frozen]}@1` }] : []
    const reject = shape.reject !== undefined && has(shape.reject, 1) ? [STEMS[shape.reject]!] : []
    return {
      id: 'random',
      title: 'random',
      catalog,
      image: {
        installed,
        frozen,
        avoid: shape.avoid !== undefined && has(shape.avoid, 1) ? [STEMS[shape.avoid]!] : [],
      },
      request: { op, patterns: shape.op === 'update-all' ? [] : patterns, reject },
      expect: { add: [], remove: [], update: [] },
    }
  })

function dependAction(depend: {
  readonly type: string
  readonly targets: readonly number[]
  readonly number: number | undefined
}): Readonly<Record<string, string | readonly string[]>> {
  const { type, targets, number } = depend
  const first = `${STEMS[targets[0]!]}${number === undefined ? '' : `@${number}`}`
  if (type === 'require-any' || type === 'group-any') {
    return { type, fmri: [first, ...targets.slice(1).map((stem) => STEMS[stem]!)] }
  }
  if (type === 'conditional') return { type, fmri: first, predicate: STEMS[targets[1]!]! }
  return { type, fmri: first }
}
