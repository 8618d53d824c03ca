import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Image } from '#image'
import type { Filesystem, PublisherName } from '#model'
import {
  failingFilesystem,
  type InterceptedCall,
  interceptFilesystem,
} from '../../support/intercepted-filesystem.ts'
import {
  disk,
  essence,
  folder,
  greetOne,
  metadata,
  newHost,
  newImage,
  opened,
  repository,
  root,
  run,
  serveRepository,
  succeed,
  tree,
  usePublishedImages,
  verifiesClean,
} from '../../support/published-image.ts'
import { copyTree } from '../../support/whole-tree.ts'

usePublishedImages()

/** Of greet@1.0 and words@1.0: two files, a page, a configuration, a licence. */
const needed = 5
const cache = () => join(root, metadata, 'publisher/small.example/file')
const stored = (of = repository) => join(of, 'publisher/small.example/file')
const second = () => join(folder.path, 'second')

function payloadsIn(place: string): string[] {
  return readdirSync(place).flatMap((two) =>
    readdirSync(join(place, two)).map((name) => join(place, two, name)),
  )
}

function damage(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1] = ~(bytes[bytes.length >> 1] ?? 0)
  writeFileSync(path, bytes)
}

/** Installs through a file system that notes the calls. */
async function installedWatched(): Promise<{ readonly calls: InterceptedCall[]; readonly image: Image }> {
  await (await newImage()).close()
  const calls: InterceptedCall[] = []
  const filesystem = interceptFilesystem(disk, (call) => void calls.push(call))
  const image = await opened(newHost({ filesystem }))
  await succeed(image, 'install', 'greet@1.0')
  return { calls, image }
}

async function addOrigin(image: Image, uri: string): Promise<void> {
  const name = 'small.example' as PublisherName
  const added = await image.setPublisher({ name, addOrigins: [uri], refresh: false })
  if (!added.ok) throw new Error(JSON.stringify(added.error))
}

const within = (calls: readonly InterceptedCall[], place: string, name: string): readonly InterceptedCall[] =>
  calls.filter((call) => call.name === name && call.path.startsWith(`${place}/`))

/** Installs greet@1.0 with as much room as it takes beside its payloads, and with one byte less. */
async function installedInLittleRoom(image: Image) {
  const request = { operation: 'install', patterns: ['greet@1.0'], reject: [], ignoreMissing: false } as const
  const planned = await image.planInstall(request, { refresh: true })
  if (!planned.ok) throw new Error(planned.error.code)
  await image.close()
  const { spaceRequired, actionPlan } = planned.value
  expect(actionPlan.downloadBytes).toBeGreaterThan(0)
  const least = Math.ceil(spaceRequired - actionPlan.downloadBytes * 1.25 * 1.25)
  const outcomes = []
  for (const free of [least - 1, least]) {
    const filesystem: Filesystem = { ...disk, freeSpace: () => free }
    const tight = await opened(newHost({ filesystem }))
    outcomes.push(await run(tight, 'install', 'greet@1.0'))
    await tight.close()
  }
  return { outcomes, least }
}

describe('payloads of a repository on this machine', () => {
  it('need no room of their own where the disk is nearly full', async () => {
    const { outcomes, least } = await installedInLittleRoom(await newImage())
    expect(outcomes).toMatchObject([
      { ok: false, error: { code: 'ips::installer_error::no_space', needed: least, available: least - 1 } },
      { ok: true },
    ])
    expect(tree()).toEqual(greetOne)
  })

  it('are counted where they have to be fetched', async () => {
    const depot = await serveRepository()
    const { outcomes } = await installedInLittleRoom(await newImage(newHost(), new Map(), depot.uri))
    const refused = { ok: false, error: { code: 'ips::installer_error::no_space' } }
    expect(outcomes).toMatchObject([refused, refused])
  })

  it('are counted once where the content cache has them', async () => {
    const depot = await serveRepository()
    const kept = new Map([['flush-content-cache-on-success', 'False']])
    const image = await newImage(newHost(), kept, depot.uri)
    await succeed(image, 'install', 'greet@1.0')
    await succeed(image, 'uninstall', 'greet', 'words')
    expect(payloadsIn(cache())).toHaveLength(needed)
    const { outcomes } = await installedInLittleRoom(image)
    expect(outcomes).toMatchObject([{ ok: false }, { ok: true }])
    await verifiesClean(await opened(newHost()))
  })

  it('are read once where they lie, and are not copied', async () => {
    const { calls, image } = await installedWatched()
    expect(within(calls, stored(), 'readFile')).toHaveLength(needed)
    // Once to find them, once by whoever unpacks them.
    expect(within(calls, stored(), 'lstat')).toHaveLength(2 * needed)
    expect(calls.filter(({ path }) => path.startsWith(cache()) && path !== cache())).toEqual([])
    // Directories are made with their modes.
    expect(within(calls, join(root, metadata, 'stage'), 'setMode')).toEqual([])
    expect(tree()).toEqual(greetOne)
    await verifiesClean(image)
  })

  it('are found in a folder that publishers share', async () => {
    renameSync(stored(), join(repository, 'file'))
    const { calls } = await installedWatched()
    expect(within(calls, join(repository, 'file'), 'readFile')).toHaveLength(needed)
    expect(tree()).toEqual(greetOne)
  })

  it('are fetched where links lead to them', async () => {
    renameSync(stored(), join(folder.path, 'moved'))
    for (const path of payloadsIn(join(folder.path, 'moved'))) {
      const link = path.replace(join(folder.path, 'moved'), stored())
      mkdirSync(dirname(link), { recursive: true })
      symlinkSync(path, link)
    }
    const { calls } = await installedWatched()
    expect(within(calls, stored(), 'readFile')).toEqual([])
    expect(within(calls, cache(), 'readFile')).toHaveLength(needed)
    expect(tree()).toEqual(greetOne)
  })

  it('come from the cache where it has them', async () => {
    const depot = await serveRepository()
    const kept = new Map([['flush-content-cache-on-success', 'False']])
    const image = await newImage(newHost(), kept, depot.uri)
    await succeed(image, 'install', 'words')
    await addOrigin(image, `file://${repository}`)
    await image.close()
    const calls: InterceptedCall[] = []
    const again = await opened(
      newHost({ filesystem: interceptFilesystem(disk, (call) => void calls.push(call)) }),
    )
    await succeed(again, 'uninstall', 'words')
    await succeed(again, 'install', 'greet@1.0')
    expect(within(calls, cache(), 'readFile')).toHaveLength(1)
    expect(within(calls, stored(), 'readFile')).toHaveLength(needed - 1)
    expect(tree()).toEqual(greetOne)
  })
})

describe('bad payloads in a repository on this machine', () => {
  it.each<[string, (path: string) => void]>([
    ['damaged', damage],
    ['cut', (path) => writeFileSync(path, readFileSync(path).subarray(0, 12))],
    ['gone', (path) => rmSync(path)],
  ])('that are %s end the operation, or come from the next origin', async (_, spoil) => {
    copyTree(repository, second())
    const image = await newImage()
    const before = essence()
    for (const path of payloadsIn(stored())) spoil(path)
    const failed = await run(image, 'install', 'greet@1.0')
    expect(failed).toMatchObject({ ok: false, error: { code: 'ips::repository_error::all_origins_failed' } })
    expect(essence()).toEqual(before)

    await addOrigin(image, `file://${second()}`)
    await succeed(image, 'install', 'greet@1.0')
    expect(tree()).toEqual(greetOne)
    await verifiesClean(image)
  })

  it('that may not be read come by way of the cache', async () => {
    await (await newImage()).close()
    const filesystem = failingFilesystem(
      disk,
      'EIO',
      ({ name, path }) => name === 'readFile' && path.startsWith(`${stored()}/`),
    )
    await succeed(await opened(newHost({ filesystem })), 'install', 'greet@1.0')
    expect(tree()).toEqual(greetOne)
  })
})

describe('manifests that are fetched for a plan', () => {
  it('are not flushed before they are installed', async () => {
    await (await newImage()).close()
    const flushed: string[] = []
    const filesystem: Filesystem = {
      ...disk,
      createFile(path, chunks, options) {
        if (options.fsync) flushed.push(path)
        disk.createFile(path, chunks, options)
      },
      sync(path) {
        flushed.push(path)
        disk.sync(path)
      },
    }
    await succeed(await opened(newHost({ filesystem })), 'install', 'greet@1.0')
    const manifests = flushed.filter((path) => /\/pkg(\/|$)/.test(path))
    expect(manifests.filter((path) => path.includes('/cache/'))).toEqual([])
    // Two packages: each file and its directory once, and the directory of both.
    expect(manifests.filter((path) => path.endsWith('.new'))).toHaveLength(2)
    expect(manifests).toHaveLength(5)
  })
})
