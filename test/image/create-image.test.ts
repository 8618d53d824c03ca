import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CreateImageOptions, createImage, findImage, type ImageHost } from '#image'
import { type Filesystem, FilesystemError, type ImageKind } from '#model'
import { createNodeFilesystem } from '../../cli/platform/node-filesystem.ts'
import { testHost } from '../support/image-host.ts'
import { imageOptions } from '../support/image-options.ts'
import { failingFilesystem, unflushedFilesystem } from '../support/intercepted-filesystem.ts'
import {
  createMemoryFilesystem,
  type DiskLayout,
  type MemoryFilesystem,
} from '../support/memory-filesystem.ts'
import { publishSmall } from '../support/small-publication.ts'
import { type TemporaryFolder, temporaryFolder } from '../support/small-repository.ts'
import { wholeTree } from '../support/whole-tree.ts'

const disk = unflushedFilesystem(createNodeFilesystem())
let folder: TemporaryFolder
let root: string
let repository: string
beforeEach(() => {
  folder = temporaryFolder()
  root = join(folder.path, 'a', 'image')
  repository = join(folder.path, 'repository')
  publishSmall(repository)
})
afterEach(() => folder.remove())

async function create(changes: Partial<CreateImageOptions> = {}, host: ImageHost = testHost(disk)) {
  const made = await createImage(host, imageOptions(root, changes))
  if (made.ok) await made.value.image.close()
  return made
}

function codeOf(made: Awaited<ReturnType<typeof create>>): string {
  return made.ok ? 'ok' : made.error.code.replace(/^ips::/, '')
}

const publisher = () => ({ uri: `file://${repository}` })

/** A disk in memory with an image at /image that holds a key. */
async function imageInMemory(kind: ImageKind): Promise<MemoryFilesystem> {
  const memory = createMemoryFilesystem()
  root = '/image'
  expect(codeOf(await create({ kind }, testHost(memory)))).toBe('ok')
  memory.plant(`/image/${metadataOf[kind]}/ssl/deep/key`, 'secret', { mode: 0o600 })
  return memory
}

const metadataOf: { readonly [K in ImageKind]: string } = {
  full: 'var/pkg',
  partial: '.pkg',
  user: '.org.opensolaris,pkg',
}

describe('image-create', () => {
  it.each<[string, 'EXDEV' | 'EBUSY', DiskLayout]>([
    ['comes from a lower layer', 'EXDEV', { mounts: [], overlay: true }],
    ['is a mount point', 'EBUSY', { mounts: [{ path: '/image/var/pkg' }], overlay: false }],
  ])('replaces no metadata folder that %s, and changes nothing then', async (_, errno, layout) => {
    const memory = await imageInMemory('full')
    memory.arrange(layout)
    const before = memory.listing('/image')
    const made = await create({ kind: 'full', force: true }, testHost(memory))
    expect(made).toEqual({
      ok: false,
      error: { code: 'ips::image_error::unmovable_metadata', path: '/image/var/pkg', errno },
    })
    expect(memory.listing('/image')).toEqual(before)
    expect(codeOf(await create({}, testHost(memory)))).toBe('image_error::already_an_image')
  })

  it.each<[string, DiskLayout]>([
    ['comes from a lower layer', { mounts: [], overlay: true }],
    ['is a mount point', { mounts: [{ path: '/image/.org.opensolaris,pkg' }], overlay: false }],
  ])('copies the keys of an image of another kind whose folder %s', async (_, layout) => {
    const memory = await imageInMemory('user')
    memory.arrange(layout)
    expect(codeOf(await create({ kind: 'full', force: true }, testHost(memory)))).toBe('ok')
    expect(memory.text('/image/var/pkg/ssl/deep/key')).toBe('secret')
    expect(memory.lstat('/image/var/pkg/ssl/deep/key')?.mode).toBe(0o600)
    expect(memory.lstat('/image/var/pkg/ssl.copy')).toBe(undefined)
    expect(memory.lstat('/image/.org.opensolaris,pkg/ssl')).toBe(undefined)
  })

  it('removes no keys that can be neither moved nor copied', async () => {
    const memory = await imageInMemory('user')
    memory.arrange({ mounts: [], overlay: true })
    const failing: Filesystem = {
      ...memory,
      createFile(path, chunks, options) {
        if (path.endsWith('/key'))
          throw new FilesystemError({
            code: 'ips::filesystem_error::call_failed',
            call: 'createFile',
            path,
            errno: 'EIO',
          })
        memory.createFile(path, chunks, options)
      },
    }
    expect(codeOf(await create({ kind: 'full', force: true }, testHost(failing)))).toBe('ok')
    expect(memory.text('/image/.org.opensolaris,pkg/ssl/deep/key')).toBe('secret')
    expect(memory.lstat('/image/var/pkg/ssl')).toBe(undefined)
  })

  it.each<[ImageKind, string]>([
    ['full', 'var/pkg'],
    ['partial', '.pkg'],
    ['user', '.org.opensolaris,pkg'],
  ])('makes a %s image that is found again', async (kind, metadata) => {
    const made = await create({ kind })
    expect(codeOf(made)).toBe('ok')
    const found = findImage(disk, {
      exactRoot: root,
      startDirectory: '/',
      walkUp: true,
      liveRoot: '/',
    })
    expect(found).toMatchObject({ ok: true, value: { kind, metadata: join(root, metadata) } })
    const lines = wholeTree(join(root, metadata))
    expect(lines.every((line) => /^(0644 \d+ \d+ file|0755 \d+ \d+ dir) /.test(line))).toBe(true)
    expect(lines.map((line) => line.split(' ')[4])).toEqual([
      'cache',
      'cache/config.checked',
      'history',
      'history/20261122T100000Z-01.json',
      'installed.db',
      'installed.snapshot',
      'modified',
      'pkg6.image.json',
    ])
    if (!made.ok) return
    expect(made.value.image.kind).toBe(kind)
    expect([...made.value.image.config().variants]).toEqual([
      ['variant.arch', 'i386'],
      ['variant.opensolaris.imagetype', 'full'],
      ['variant.opensolaris.zone', 'global'],
    ])
    expect(made.value.image.history()).toMatchObject([
      { operation: 'image-create', outcome: 'Succeeded', reason: 'None', userName: 'tester' },
    ])
  })

  it('keeps what it was told', async () => {
    const made = await create({
      zone: true,
      variants: new Map([['variant.debug.example', 'true']]),
      facets: new Map([['facet.locale.*', false]]),
      properties: new Map([
        ['send-uuid', 'false'],
        ['own', 'thing'],
      ]),
    })
    if (!made.ok) throw new Error(made.error.code)
    const config = made.value.image.config()
    expect(config.variants.get('variant.opensolaris.zone')).toBe('nonglobal')
    expect(config.variants.get('variant.debug.example')).toBe('true')
    expect([...config.facets]).toEqual([['facet.locale.*', false]])
    expect(made.value.image.property('send-uuid')).toBe('False')
    expect(made.value.image.property('own')).toBe('thing')
    expect(made.value.image.property('be-policy')).toBe('default')
  })

  it('adds all publishers of a repository, with their catalogs', async () => {
    const made = await create({ publisher: publisher() })
    if (!made.ok) throw new Error(JSON.stringify(made.error))
    expect(made.value.failed).toEqual([])
    expect(made.value.image.config().publishers.map(({ name, origins }) => [name, origins[0]?.uri])).toEqual([
      ['other.example', `file://${repository}/`],
      ['small.example', `file://${repository}/`],
    ])
    expect(made.value.image.lastRefreshed('small.example')).toBe(Date.UTC(2026, 10, 22, 10))
    const origins = readdirSync(join(root, '.org.opensolaris,pkg/publisher/small.example/origins'))
    expect(origins).toHaveLength(1)
  })

  it('adds the one that is named, and asks nobody with --no-refresh', async () => {
    const one = await create({ publisher: { ...publisher(), only: 'small.example' } })
    expect(one.ok && one.value.image.config().publishers.map(({ name }) => name)).toEqual(['small.example'])
    rmSync(root, { recursive: true })
    const offline = { uri: 'http://127.0.0.1:1/', only: 'far.example', addMirrors: ['http://127.0.0.1:2'] }
    const made = await create({ publisher: offline, refresh: false })
    expect(made.ok && made.value.image.config().publishers).toMatchObject([
      {
        name: 'far.example',
        origins: [{ uri: 'http://127.0.0.1:1/' }],
        mirrors: [{ uri: 'http://127.0.0.1:2/' }],
      },
    ])
  })

  it('refuses what is there already, unless forced', async () => {
    expect(codeOf(await create())).toBe('ok')
    const before = wholeTree(folder.path)
    expect(codeOf(await create())).toBe('image_error::already_an_image')
    expect(wholeTree(folder.path)).toEqual(before)
    mkdirSync(join(root, '.org.opensolaris,pkg/ssl'))
    writeFileSync(join(root, '.org.opensolaris,pkg/ssl/key'), 'secret')
    writeFileSync(join(root, 'kept'), 'content')
    expect(codeOf(await create({ force: true, publisher: publisher() }))).toBe('ok')
    expect(readFileSync(join(root, '.org.opensolaris,pkg/ssl/key'), 'utf8')).toBe('secret')
    expect(readFileSync(join(root, 'kept'), 'utf8')).toBe('content')
    expect(codeOf(await create({ force: true, kind: 'full' }))).toBe('ok')
    expect(readFileSync(join(root, 'var/pkg/ssl/key'), 'utf8')).toBe('secret')
    expect(readdirSync(root)).toEqual(['kept', 'var'])
  })

  it('refuses a directory with content, unless forced', async () => {
    mkdirSync(join(root, 'x'), { recursive: true })
    const before = wholeTree(folder.path)
    expect(codeOf(await create())).toBe('image_error::directory_not_empty')
    expect(wholeTree(folder.path)).toEqual(before)
    expect(codeOf(await create({ force: true }))).toBe('ok')
    expect(readdirSync(root)).toEqual(['.org.opensolaris,pkg', 'x'])
  })

  it('takes an empty directory, and one with a snapshot directory only', async () => {
    mkdirSync(join(root, '.zfs'), { recursive: true })
    expect(codeOf(await create())).toBe('ok')
  })

  it('never touches an image of pkg5', async () => {
    mkdirSync(join(root, 'var/pkg'), { recursive: true })
    writeFileSync(join(root, 'var/pkg/pkg5.image'), '')
    const before = wholeTree(folder.path)
    expect(codeOf(await create({ force: true }))).toBe('image_error::foreign_image')
    expect(wholeTree(folder.path)).toEqual(before)
  })

  it.each<[string, () => Partial<CreateImageOptions>, string]>([
    [
      'a repository that is none',
      () => ({ publisher: { uri: `file://${folder.path}/none` } }),
      'repository_error::not_a_repository',
    ],
    [
      'a depot that is not there',
      () => ({ publisher: { uri: 'http://127.0.0.1:1/' } }),
      'repository_error::unreachable',
    ],
    ['a bad URI', () => ({ publisher: { uri: 'nonsense' } }), 'validation_error::bad_uri'],
    [
      'a publisher that is not served',
      () => ({ publisher: { ...publisher(), only: 'wrong.example' } }),
      'image_error::publisher_not_served',
    ],
    [
      'a bad property',
      () => ({ properties: new Map([['send-uuid', 'maybe']]) }),
      'image_error::bad_property',
    ],
    ['a bad facet name', () => ({ facets: new Map([['facet.a b', true]]) }), 'image_error::bad_property'],
    ['a bad variant name', () => ({ variants: new Map([['arch', 'x']]) }), 'image_error::bad_property'],
    [
      'a place below a file',
      () => ({ root: join(repository, 'pkg5.repository', 'image') }),
      'image_error::storage',
    ],
  ])('leaves nothing behind after %s', async (_, changes, code) => {
    const before = wholeTree(folder.path)
    expect(codeOf(await create(changes()))).toBe(code)
    expect(wholeTree(folder.path)).toEqual(before)
  })

  it.each(['ENOSPC', 'EACCES'])('leaves nothing behind when any one call fails with %s', async (errno) => {
    let failures = 0
    for (let cut = 1; ; cut++) {
      const before = wholeTree(folder.path)
      let number = 0
      let failed = false
      const filesystem: Filesystem = failingFilesystem(disk, errno, ({ writes, path }) => {
        if (writes && path.startsWith(root)) number++
        const now = number === cut && !failed
        failed ||= now
        return now
      })
      const made = await create({ publisher: publisher() }, testHost(filesystem))
      if (!failed) break
      if (made.ok) rmSync(join(folder.path, 'a'), { recursive: true })
      else {
        failures++
        expect(codeOf(made)).toMatch(/image_error|repository_error/)
      }
      expect(wholeTree(folder.path), `call ${cut}`).toEqual(before)
    }
    expect(failures).toBeGreaterThan(10)
  })

  it('works where the way to the root is a link', async () => {
    mkdirSync(join(folder.path, 'real'))
    symlinkSync(join(folder.path, 'real'), join(folder.path, 'way'))
    const made = await create({ root: join(folder.path, 'way') })
    expect(made.ok && made.value.image.root).toBe(join(folder.path, 'real'))
  })
})
