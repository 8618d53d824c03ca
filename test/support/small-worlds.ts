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

/**
 * A scenario of `smallScenario` with further properties of images: more avoided packages, a parent image, package actuators, and patterns
 * for the newest version and for everything that is installed.
 */
export const wideScenario: fc.Arbitrary<Scenario> = fc
  .record({
    small: smallScenario,
    avoid: fc.uniqueArray(fc.nat(5), { maxLength: 3 }),
    parent: fc.option(
      fc.record({
        has: fc.array(fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 2 }), {
          minLength: 6,
          maxLength: 6,
        }),
        depends: fc.array(
          fc.record({
            stem: fc.nat(5),
            version: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
            on: fc.option(fc.nat(5), { nil: undefined }),
            number: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
          }),
          { minLength: 1, maxLength: 4 },
        ),
      }),
      { nil: undefined, freq: 1 },
    ),
    actuators: fc.uniqueArray(
      fc.record({
        stem: fc.nat(5),
        other: fc.nat(5),
        number: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 4 }),
        removes: fc.boolean(),
      }),
      { maxLength: 2, selector: ({ other }) => other },
    ),
    pattern: fc.constantFrom(undefined, undefined, undefined, 'latest', '*', '*@latest'),
  })
  .map(({ small, avoid, parent, actuators, pattern }) => {
    const isKnown = (stem: number) => small.catalog.some(({ fmri }) => fmri.startsWith(`${STEMS[stem]}@`))
    const nameOf = (stem: number, number: number | undefined) =>
      `${STEMS[stem]}${number === undefined ? '' : `@${number}`}`
    const catalog = small.catalog.map((entry): ScenarioPackage => {
      if (entry.obsolete === true) return entry
      const carries = (stem: number, version: number | undefined) =>
        entry.fmri.startsWith(version === undefined ? `${STEMS[stem]}@` : nameOf(stem, version))
      const depends = (parent?.depends ?? [])
        .filter(({ stem, version }) => carries(stem, version))
        .map(({ on, number }) => ({
          type: 'parent',
          fmri: on === undefined ? 'feature/package/dependency/self' : nameOf(on, number),
        }))
      const own = actuators.filter(
        ({ stem, other }) => carries(stem, undefined) && stem !== other && isKnown(other),
      )
      const named = (removes: boolean) =>
        own.filter((one) => one.removes === removes).map(({ other, number }) => nameOf(other, number))
      return {
        ...entry,
        depends: [...(entry.depends ?? []), ...depends],
        ...(own.length > 0 && { actuators: { update: named(false), uninstall: named(true) } }),
      }
    })
    const { request, image } = small
    const isUpdate = request.op === 'update'
    const last = request.patterns?.at(-1)
    const patterns =
      isUpdate && pattern?.startsWith('*') === true
        ? [pattern]
        : last !== undefined && pattern === 'latest' && request.op !== 'uninstall'
          ? [...request.patterns!.slice(0, -1), `${last[0]}@latest`]
          : request.patterns
    return {
      ...small,
      catalog,
      image: {
        ...image,
        avoid: avoid.filter(isKnown).map((stem) => STEMS[stem]!),
        ...(parent && {
          parent: parent.has.flatMap((version, stem) =>
            version === undefined ? [] : [nameOf(stem, version)],
          ),
        }),
      },
      request: {
        ...request,
        ...(patterns && { patterns }),
        reject: patterns?.[0]?.startsWith('*') ? [] : request.reject!,
      },
    }
  })

/** Stems of `deepScenario`: the first is asked for, and needs the others at several steps. */
const DEEP = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** An install of one package above a few layers of others that often clash, so that only a search finds that there is no answer. */
export const deepScenario: fc.Arbitrary<Scenario> = fc
  .record({
    counts: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: DEEP.length, maxLength: DEEP.length }),
    down: fc.array(
      fc.record({
        from: fc.nat(6),
        version: fc.integer({ min: 1, max: 2 }),
        by: fc.integer({ min: 1, max: 3 }),
        any: fc.boolean(),
      }),
      {
        minLength: 8,
        maxLength: 14,
      },
    ),
    clashes: fc.array(
      fc.record({
        type: fc.constantFrom('exclude', 'exclude', 'incorporate', 'optional', 'conditional', 'group'),
        from: fc.integer({ min: 1, max: 7 }),
        version: fc.integer({ min: 1, max: 2 }),
        to: fc.integer({ min: 1, max: 7 }),
        number: fc.integer({ min: 1, max: 3 }),
        bare: fc.boolean(),
      }),
      { minLength: 3, maxLength: 9 },
    ),
    installed: fc.array(fc.nat(7), { maxLength: 3 }),
    avoid: fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined, freq: 3 }),
  })
  .map(({ counts, down, clashes, installed, avoid }) => {
    const catalog = counts.flatMap((count, stem) =>
      Array.from({ length: count }, (_, index): ScenarioPackage => {
        const version = index + 1
        const isOwn = (one: { readonly from: number; readonly version: number }) =>
          one.from === stem && (one.version === version || count === 1)
        const needs = down.filter(isOwn).map(({ from, by, any }) => {
          const first = DEEP[Math.min(from + by, 7)]!
          return any && from + by < 7
            ? { type: 'require-any', fmri: [first, DEEP[from + by + 1]!] }
            : { type: 'require', fmri: first }
        })
        const limits = clashes
          .filter((one) => isOwn(one) && one.to !== stem)
          .map(({ type, to, number, bare }) => ({
            type,
            fmri: bare && type !== 'incorporate' ? DEEP[to]! : `${DEEP[to]!}@${number}`,
            ...(type === 'conditional' && { predicate: DEEP[(to + number) % 8]! }),
          }))
        return { fmri: `${DEEP[stem]}@${version}`, depends: [...needs, ...limits] }
      }),
    )
    return {
      id: 'random',
      title: 'random',
      catalog,
      image: {
        installed: [...new Set(installed.filter((stem) => stem > 0))].map((stem) => `${DEEP[stem]}@1`),
        avoid: avoid === undefined ? [] : [DEEP[avoid]!],
      },
      request: { op: 'install', patterns: ['a'], reject: [] },
      expect: { add: [], remove: [], update: [] },
    }
  })

/**
 * A scenario of `wideScenario` in which every package is installed and many are incorporated, so that named incorporations exclude
 * versions that installed packages require.
 */
export const tightScenario: fc.Arbitrary<Scenario> = wideScenario.map((wide) => {
  const catalog = wide.catalog.map((entry): ScenarioPackage => {
    const depends = (entry.depends ?? []).map((depend) => {
      const isLoose = ['optional', 'exclude', 'require-any', 'group', 'group-any'].includes(
        String(depend.type),
      )
      const target = [depend.fmri as string | readonly string[]].flat()[0]!
      return isLoose && target.includes('@') ? { type: 'incorporate', fmri: target } : depend
    })
    return { ...entry, ...(entry.depends && { depends }) }
  })
  const installed = STEMS.flatMap((stem) => {
    const first = catalog.find(({ fmri, obsolete }) => fmri.startsWith(stem) && obsolete !== true)
    return first === undefined ? [] : [first.fmri]
  })
  const { request } = wide
  const patterns = (request.patterns ?? []).map((pattern) =>
    pattern.startsWith('*') || request.op === 'uninstall' ? pattern : `${pattern[0]}@latest`,
  )
  return {
    ...wide,
    catalog,
    image: { ...wide.image, installed, frozen: [] },
    request: { ...request, ...(request.patterns && { patterns }) },
  }
})
