import { expect, it } from 'vitest'
import type { Image, OperationProblem } from '#image'
import type { Filesystem, Result } from '#model'
import { testProcess } from '../support/image-host.ts'
import { interceptFilesystem } from '../support/intercepted-filesystem.ts'
import type { MemoryFilesystem } from '../support/memory-filesystem.ts'
import { memoryHost, openMemoryImage, worldRoot } from '../support/memory-world.ts'
import { referenceOperations } from '../support/reference-operations.ts'
import { sampled } from '../support/sampling.ts'
import { seededRandom } from '../support/seeded-random.ts'

const operation = referenceOperations.find(({ name }) => name === 'change-facet')!
const metadata = `${worldRoot}/var/pkg`

/** What a reader without lock may look at; two disks on which this is equal are one to it. */
function visible(disk: MemoryFilesystem): string {
  const identity = (name: string): number | undefined => disk.lstat(`${metadata}/${name}`)?.inode
  const files = ['pkg6.image.json', 'installed.db', 'installed.snapshot', 'journal'].map(identity)
  return [
    ...files,
    ...(disk.lstat(`${metadata}/stage`) === undefined ? [] : disk.listing(`${metadata}/stage`)),
  ].join()
}

/** The disk before each of a writer's calls, as far as a reader can tell them apart, and after the last. */
async function momentsOf(run: typeof operation.run): Promise<readonly MemoryFilesystem[]> {
  const disk = await operation.prepare()
  const moments: MemoryFilesystem[] = []
  let last = ''
  const look = (): void => {
    const now = visible(disk)
    if (now !== last) moments.push(disk.clone())
    last = now
  }
  await run(memoryHost(interceptFilesystem(disk, look), operation.repositories))
  look()
  return moments
}

/** A disk that goes on to a later moment at certain of its calls, counted from 1. */
function passing(moments: readonly MemoryFilesystem[], when: (call: number) => number): Filesystem {
  const disks = new Map<number, MemoryFilesystem>()
  const at = (moment: number): MemoryFilesystem => {
    const known = disks.get(moment) ?? moments[moment]!.clone()
    disks.set(moment, known)
    return known
  }
  let call = 0
  return new Proxy(moments[0]!, {
    get: (_, name) => {
      return (...parameters: unknown[]) => {
        const disk = at(Math.min(when(++call), moments.length - 1))
        return Reflect.apply(Reflect.get(disk, name) as () => unknown, disk, parameters)
      }
    },
  })
}

/** Generation and facets as one reader sees them, and how many calls it made. */
async function read(filesystem: Filesystem): Promise<{ seen: string; calls: number }> {
  let calls = 0
  const host = {
    ...memoryHost(
      interceptFilesystem(filesystem, ({ number }) => {
        calls = number
      }),
      operation.repositories,
    ),
    process: testProcess({ pid: 200, userId: 0, alive: new Map([[100, 'start-100']]) }),
  }
  const image = await openMemoryImage(host, 'read')
  if (!image.ok) return { seen: image.error.code, calls }
  const snapshot = await image.value.snapshot()
  if (!snapshot.ok) return { seen: snapshot.error.code, calls }
  const facets = [...image.value.config().facets].map(([name, value]) => `${name}=${value}`)
  return { seen: `${snapshot.value.generation} ${facets.join(' ')}`, calls }
}

const refused: typeof operation.run = (host) =>
  operation.run({
    ...host,
    newExecutor: async (target) => {
      const executor = await host.newExecutor(target)
      return {
        ...executor,
        start: (plan, options) =>
          executor.start(plan, {
            ...options,
            commit: () => {
              throw new Error('refused')
            },
          }),
      }
    },
  })

it.each([
  ['goes through', operation.run],
  ['is undone', refused],
] as const)(
  'a reader sees configuration and database of one time while a change of both %s',
  async (_, run) => {
    const moments = await momentsOf(run)
    const sides = new Set([
      (await read(moments[0]!.clone())).seen,
      (await read(moments.at(-1)!.clone())).seen,
    ])
    expect(sides.size).toBe(run === refused ? 1 : 2)
    expect(moments.length).toBeGreaterThan(10)
    const found = new Map<string, number>()
    const count = async (filesystem: Filesystem): Promise<number> => {
      const { seen, calls } = await read(filesystem)
      found.set(seen, (found.get(seen) ?? 0) + 1)
      return calls
    }
    // The writer stands still, or goes on once, from any moment to any later one at any call of the reader. A sample has all
    // pairs of moments, each with some of the calls.
    const every = sampled(7, 1)
    for (let from = 0; from < moments.length; from++) {
      const calls = await count(passing(moments, () => from))
      for (let to = from + 1; to < moments.length; to++)
        for (let at = 2 + ((from + to) % every); at <= calls; at += every)
          await count(passing(moments, (call) => (call < at ? from : to)))
    }
    // It goes on at several calls.
    const random = seededRandom(4)
    for (let round = 0; round < sampled(100, 500); round++) {
      let moment = Math.floor(random() * moments.length)
      const pace = random()
      await count(passing(moments, () => (moment += random() < pace ? 1 + Math.floor(random() * 2) : 0)))
    }
    expect(new Set(found.keys())).toEqual(sides)
  },
)

/** What a reader without lock may ask, each as a text. Repositories are out of reach: nothing can be had from them instead. */
const readings: { readonly [name: string]: (image: Image) => Promise<Result<unknown, OperationProblem>> } = {
  describe: (image) => image.describePackages({ patterns: [], scope: 'installed' }),
  tags: (image) => image.installedTags(),
  mediators: (image) => image.mediators(true),
  // What lies on the disk is of two times when it changes meanwhile.
  verify: async (image) => {
    const report = await image.verify({ patterns: [], paths: [] })
    return report.ok ? { ok: true, value: 'a report' } : report
  },
  'dry run': async (image) => {
    const planned = await image.planInstall(
      { operation: 'uninstall', patterns: ['*'], reject: [], ignoreMissing: false },
      { refresh: false },
    )
    return planned.ok ? { ok: true, value: planned.value.installPlan.remove.length } : planned
  },
}

it.each(Object.keys(readings))(
  '%s does not miss a manifest that a commit takes away meanwhile',
  async (name) => {
    const update = referenceOperations.find(
      (one) => one.name === 'update with renamed and obsolete packages',
    )!
    const before = await update.prepare()
    const after = before.clone()
    expect((await update.run(memoryHost(after, update.repositories))).ok).toBe(true)
    const ask = async (filesystem: Filesystem): Promise<{ said: string; calls: number; warned: number }> => {
      let calls = 0
      const counting = interceptFilesystem(filesystem, ({ number }) => {
        calls = number
      })
      const host = { ...memoryHost(counting, new Map()), process: testProcess({ pid: 200, userId: 0 }) }
      const image = await openMemoryImage(host, 'read')
      if (!image.ok) return { said: image.error.code, calls, warned: 0 }
      const found = await readings[name]!(image.value)
      const said = JSON.stringify(found, (_, value: unknown) =>
        value instanceof Map || value instanceof Set ? [...value] : value,
      )
      return { said, calls, warned: host.collected.filter(({ kind }) => kind === 'warning').length }
    }
    const [old, now] = [await ask(before.clone()), await ask(after.clone())]
    expect([old.said, now.said].join()).not.toContain('"code":"ips')
    for (let at = 1; at <= old.calls; at++) {
      const { said, warned } = await ask(passing([before, after], (call) => (call < at ? 0 : 1)))
      expect([old.said, now.said], `at call ${at}`).toContain(said)
      expect(warned).toBe(0)
    }
  },
)
