import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Image, SettingsChange } from '#image'
import type { Filesystem } from '#model'
import { testProcess } from '../support/image-host.ts'
import {
  failingFilesystem,
  type InterceptedCall,
  interceptFilesystem,
} from '../support/intercepted-filesystem.ts'
import { neverCanceled } from '../support/never-canceled.ts'
import {
  disk,
  essence,
  folder,
  greetOne,
  installedNames,
  metadata,
  newHost,
  newImage,
  type Operation,
  opened,
  reopen,
  root,
  run,
  runWith,
  succeed,
  tree,
  usePublishedImages,
  verifiesClean,
} from '../support/published-image.ts'
import { sampled } from '../support/sampling.ts'
import { copyTree, restoreTree } from '../support/whole-tree.ts'

usePublishedImages()

describe('an operation that is cut off', () => {
  class Killed extends Error {}
  async function cutOff(): Promise<void> {
    await (await newImage()).close()
    let dead = false
    const filesystem = interceptFilesystem(disk, ({ name, path, writes }) => {
      dead ||= writes && name === 'rename' && path.startsWith(join(root, metadata, 'stage'))
      if (dead) throw new Killed()
    })
    await expect(run(await opened(newHost({ filesystem })), 'install', 'greet')).rejects.toThrow(Killed)
  }

  it('is reported to readers, but not while its process lives, and not where it does not matter', async () => {
    await cutOff()
    const alive = testProcess({ pid: 101, alive: new Map([[100, 'start-100']]) })
    expect((await reopen(newHost({ process: alive }), 'read')).ok).toBe(true)
    const after = testProcess({ pid: 101 })
    const host = newHost({ process: after })
    expect(await reopen(host, 'read')).toEqual({
      ok: false,
      error: { code: 'ips::image_error::interrupted', root },
    })
    expect((await reopen(host, 'settings')).ok).toBe(true)
    expect(host.collected).toEqual([])
    expect(await reopen(newHost({ process: alive }), 'write')).toMatchObject({ ok: true })
  })

  it.each(['before', 'after'] as const)(
    'by a disk that fails %s the commit is left to the next command',
    async (when) => {
      await (await newImage()).close()
      const database = join(root, metadata, 'installed.db')
      let [failing, renamed] = [false, false]
      const filesystem = failingFilesystem(disk, 'EIO', ({ name, path }) => {
        const renames = name === 'rename' && path === `${database}.new`
        failing ||= when === 'before' ? renames : renamed
        renamed ||= renames
        return failing && (renames || name === 'sync' || path === database)
      })
      expect(await run(await opened(newHost({ filesystem })), 'install', 'greet@1.0')).toMatchObject({
        error: {
          code: 'ips::installer_error::rollback_failed',
          cause: { code: 'ips::installer_error::commit_failed', cause: { errno: 'EIO' } },
          undo: { call: 'readFile', path: database, errno: 'EIO' },
        },
      })
      const manifests = join(root, metadata, 'publisher/small.example/pkg')
      expect(disk.readDirectory(manifests)).toEqual(['library%2Fwords', 'tools%2Fgreet'])
      const next = await opened(newHost({ process: testProcess({ pid: 101 }) }))
      await succeed(next, 'install', 'extra')
      await succeed(next, 'uninstall', 'extra')
      await verifiesClean(next)
      expect(tree()).toEqual(when === 'after' ? greetOne : [])
    },
  )
  it('is recovered by the first writer', async () => {
    await cutOff()
    const host = newHost({ process: testProcess({ pid: 101 }) })
    const image = await opened(host)
    expect(host.collected).toMatchObject([{ kind: 'recovered', side: 'undone' }])
    expect(tree()).toEqual([])
    await succeed(image, 'install', 'greet@1.0')
    expect(tree()).toEqual(greetOne)
    await verifiesClean(image)
  })
})

describe('an operation of which the user wants no more', () => {
  it('is undone while files are changed, recorded as canceled, and its image is free again', async () => {
    const image = await newImage()
    await image.close()
    let canceled = 0
    for (let wanted = 1; ; wanted++) {
      let pauses = 0
      const cancellation = {
        ...neverCanceled,
        requested: () => pauses >= wanted,
        pause: async () => void pauses++,
      }
      const stopping = await opened(newHost({ cancellation }))
      const done = await run(stopping, 'install', 'greet@1.0')
      const [record] = stopping.history().slice(-1)
      await stopping.close()
      expect(
        disk.readDirectory(join(root, metadata)).filter((name) => /^(lock|stage|journal)/.test(name)),
      ).toEqual([])
      if (done.ok) {
        expect(record).toMatchObject({ operation: 'install', outcome: 'Succeeded', reason: 'None' })
        break
      }
      canceled++
      expect(done.error).toEqual({ code: 'ips::installer_error::canceled' })
      expect(record).toMatchObject({ operation: 'install', outcome: 'Canceled', reason: 'None', errors: [] })
      expect(tree()).toEqual([])
    }
    expect(canceled).toBeGreaterThan(3)
    expect(tree()).toEqual(greetOne)
  })

  it('is recorded, and gives the lock back, when the process ends on the spot', async () => {
    const image = await newImage()
    await image.close()
    const last: (() => void)[] = []
    const cancellation = {
      ...neverCanceled,
      beforeEnd(work: () => void) {
        last.push(work)
        return () => void last.splice(last.indexOf(work), 1)
      },
    }
    const stopping = await opened(newHost({ cancellation }))
    const ended = stopping.install(
      { operation: 'install', patterns: ['greet@1.0'], reject: [], ignoreMissing: false },
      {
        refresh: false,
        dryRun: false,
        acceptLicenses: true,
        decide: () => {
          for (const work of [...last].reverse()) work()
          return { ok: true, value: 'stop' }
        },
      },
    )
    expect((await ended).ok).toBe(true)
    expect(last).toEqual([])
    expect(disk.lstat(join(root, metadata, 'lock'))).toBeUndefined()
    expect(stopping.history().at(-1)).toMatchObject({ operation: 'install', outcome: 'Canceled' })
    await stopping.close()
  })
})

interface Journey {
  readonly operation: Operation
  readonly patterns?: readonly string[]
  readonly settings?: SettingsChange
  /** Installed before. */
  readonly first: readonly string[]
}

/** Operations on the small publication, run with a file system under test control. */
const journeys: readonly Journey[] = [
  { operation: 'install', patterns: ['greet@1.0'], first: [] },
  { operation: 'update', first: ['greet@1.0'] },
  { operation: 'uninstall', patterns: ['greet'], first: ['greet@1.0'] },
  {
    operation: 'change-variant',
    settings: {
      variants: new Map([['variant.loud', 'true']]),
      facets: new Map([['facet.doc', false]]),
    },
    first: ['loudness'],
  },
]

/** What is installed, and by which settings. */
async function stateOf(image: Image): Promise<string> {
  const names = await installedNames(image)
  const { facets, variants } = image.config()
  return [...names, ...facets, ...variants].join('\n')
}

/** Calls on caches, lock and history are left out: these have tests of their own, and every call costs a whole run. */
function matters({ writes, path }: InterceptedCall): boolean {
  return (
    writes && !/\/(cache|history|modified|reserve|file|last_refreshed|lock)/.test(path.slice(root.length))
  )
}

/** Every n is tried, or every fifth in a sample. */
const step = sampled(5, 1)

describe.each(journeys)('$operation', ({ operation, patterns = [], settings, first }) => {
  async function prepared(): Promise<void> {
    const image = await newImage()
    if (first.length > 0) await succeed(image, 'install', ...first)
    await image.close()
  }

  /** Putting right what a cut has changed is cheaper than making the image anew. */
  function keep(): () => void {
    const kept = join(folder.path, 'kept')
    copyTree(root, kept)
    return () => restoreTree(kept, root)
  }

  it('whose n-th call fails changes nothing or succeeds', async () => {
    await prepared()
    const restore = keep()
    const before = essence()
    let failures = 0
    for (let cut = 1; ; cut += step) {
      let number = 0
      let failed = false
      const filesystem: Filesystem = failingFilesystem(disk, 'ENOSPC', (call) => {
        if (matters(call)) number++
        const now = number === cut && !failed
        failed ||= now
        return now
      })
      const done = await runWith(await opened(newHost({ filesystem })), operation, patterns, settings)
      if (!failed) break
      const image = await opened(newHost())
      if (!done.ok) {
        failures++
        expect(essence(), `call ${cut}: ${JSON.stringify(done.error)}`).toEqual(before)
      }
      await verifiesClean(image)
      restore()
    }
    expect(failures).toBeGreaterThan(sampled(2, 10))
  })

  it('that dies at the n-th call leaves the old or the new image', async () => {
    class Killed extends Error {}
    await prepared()
    const restore = keep()
    const before = essence()
    const sides = new Set<string>()
    const states = new Set<string>()
    const stateBefore = await stateOf(await opened(newHost()))
    for (let cut = 1; ; cut += step) {
      let number = 0
      let killed = false
      const filesystem: Filesystem = interceptFilesystem(disk, (call) => {
        if (matters(call)) number++
        killed ||= number === cut
        if (killed) throw new Killed()
      })
      try {
        await runWith(await opened(newHost({ filesystem })), operation, patterns, settings)
      } catch (error) {
        if (!(error instanceof Killed)) throw error
      }
      if (!killed) break
      const host = newHost({ process: testProcess({ pid: 101 }) })
      const image = await opened(host)
      await verifiesClean(image)
      const recovered = host.collected.find((event) => event.kind === 'recovered')
      if (recovered?.kind === 'recovered') sides.add(recovered.side)
      const now = await stateOf(image)
      states.add(now)
      const old = now === stateBefore
      // Taking the lock once sweeps up whatever was staged.
      await image.refresh({ publishers: [], full: false, onlyIfDue: false })
      if (old) expect(essence(), `killed at ${cut}`).toEqual(before)
      expect(await stateOf(image), `killed at ${cut}, and afterwards`).toBe(now)
      restore()
    }
    expect(states.size).toBe(2)
    expect([...sides].sort()).toEqual(['finished', 'undone'])
  })
})
