import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Repository } from '#repo'
import {
  addPublisher,
  createRepository,
  createSource,
  fetchRepositoryCatalog,
  folderUri,
  listCatalog,
  openRepository,
  publisherNames,
  publishPackage,
  rebuildRepositoryCatalog,
  removePublisher,
  setProperty,
  startMark,
} from '#repo'
import { impatient, lockFolder } from '../../../repo/publish/repository-lock.ts'
import { publisherOf, type TemporaryFolder, temporaryFolder } from '../../support/small-repository.ts'

const now = Date.UTC(2026, 0, 2, 3, 4, 5)
const example = publisherOf('example.org')
let folder: TemporaryFolder
let root: string
let place: string
let lock: string

beforeEach(() => {
  folder = temporaryFolder()
  root = join(folder.path, 'repo')
  place = join(root, 'publisher', 'example.org')
  lock = join(place, 'tmp', 'lock')
})
afterEach(() => {
  vi.useRealTimers()
  folder.remove()
})

async function created(): Promise<Repository> {
  const repository = await createRepository(root)
  if (!repository.ok) throw new Error(JSON.stringify(repository.error))
  const added = await addPublisher(repository.value, example, now)
  if (!added.ok) throw new Error(JSON.stringify(added.error))
  return added.value
}

const publish = (
  repository: Repository,
  name: string,
  onWait?: Parameters<typeof publishPackage>[0]['onWait'],
) =>
  publishPackage({
    repository,
    manifest: `set name=pkg.fmri value=pkg://example.org/${name}@1\n`,
    findPayload: () => undefined,
    now,
    onWait,
  })

/** With timers that a test moves. */
async function untilItWaits(): Promise<void> {
  while (vi.getTimerCount() === 0) await new Promise((wake) => setImmediate(wake))
}

async function listed(): Promise<readonly string[]> {
  const source = createSource(folderUri(root))
  if (!source.ok) throw new Error(source.error.code)
  const catalog = await fetchRepositoryCatalog(source.value, example)
  if (!catalog.ok) throw new Error(catalog.error.code)
  return listCatalog(catalog.value, example).map((one) => one.fmri.stem)
}

/** Text of a lock of a process of this host. */
const lockText = (pid: number, mark = startMark(pid), host = hostname()) =>
  `${pid}\npkg6repo\n${host}\n2026-01-01T00:00:00.000Z\n${mark}\n`

describe('the lock of a publisher', () => {
  it.each([
    ['a living process', lockText(process.ppid), false],
    ['a dead process', lockText(999_999_999), true],
    ['a process whose number another one has now', lockText(process.ppid, 'earlier'), true],
    ['a process of another host', lockText(1, 'any', 'elsewhere.example'), false],
    ['the empty file that pkg5 leaves', '', true],
  ])('left by %s', async (_, text, taken) => {
    const repository = await created()
    writeFileSync(lock, text)
    const rebuilt = await rebuildRepositoryCatalog(repository, example, now)
    expect(rebuilt.ok ? '' : rebuilt.error.code).toBe(taken ? '' : 'ips::repository_error::locked')
    expect(existsSync(lock)).toBe(!taken)
    expect(readdirSync(join(place, 'tmp'))).toEqual(taken ? [] : ['lock'])
  })

  it('is refused when it is a link', async () => {
    const repository = await created()
    symlinkSync('/etc/passwd', lock)
    expect(await publish(repository, 'a')).toMatchObject({
      error: { code: 'ips::repository_error::unsafe_lock', path: lock, found: 'a symbolic link' },
    })
  })

  it('is waited for by publication, which names the holder once', async () => {
    const repository = await created()
    writeFileSync(lock, lockText(process.ppid))
    const waits: unknown[] = []
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const published = publish(repository, 'a', (holder) => waits.push(holder))
    await untilItWaits()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(waits).toMatchObject([{ kind: 'held', name: 'pkg6repo', hostname: hostname(), pid: process.ppid }])
    unlinkSync(lock)
    await vi.advanceTimersByTimeAsync(100)
    vi.useRealTimers()
    expect((await published).ok).toBe(true)
    expect(await listed()).toEqual(['a'])
  })

  it('of another host is waited for until a limit', async () => {
    await created()
    writeFileSync(lock, lockText(1, 'any', 'elsewhere.example'))
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const taken = lockFolder(place, { local: Number.POSITIVE_INFINITY, remote: 5000 })
    await vi.advanceTimersByTimeAsync(6000)
    expect(await taken).toMatchObject({
      error: { code: 'ips::repository_error::locked', hostname: 'elsewhere.example', unknowable: lock },
    })
  })

  it('loses no package when many publications run at once', async () => {
    const repository = await created()
    const names = Array.from({ length: 24 }, (_, index) => `p${String(index).padStart(2, '0')}`)
    const published = await Promise.all(names.map((name) => publish(repository, name)))
    expect(published.filter((one) => !one.ok)).toEqual([])
    expect([...(await listed())].sort()).toEqual(names)
    expect(readdirSync(join(place, 'tmp'))).toEqual([])
  })

  it('does not bring back a publisher that was removed meanwhile', async () => {
    const repository = await created()
    writeFileSync(lock, lockText(process.ppid))
    expect(await removePublisher(repository, example)).toMatchObject({
      error: { code: 'ips::repository_error::locked' },
    })
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const waiting = publish(repository, 'a')
    await untilItWaits()
    rmSync(place, { recursive: true })
    await vi.advanceTimersByTimeAsync(100)
    expect(await waiting).toMatchObject({
      error: { code: 'ips::repository_error::storage', errno: 'ENOENT' },
    })
    expect(existsSync(place)).toBe(false)
  })

  it('makes a publisher again that another publication made and removed meanwhile', async () => {
    const repository = await created()
    rmSync(place, { recursive: true })
    mkdirSync(join(place, 'tmp'), { recursive: true })
    writeFileSync(lock, lockText(process.ppid))
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const waiting = publish(repository, 'a')
    await untilItWaits()
    rmSync(place, { recursive: true })
    await vi.advanceTimersByTimeAsync(100)
    expect(await waiting).toMatchObject({ ok: true })
    expect(await listed()).toEqual(['a'])
  })
})

describe('the lock of the configuration', () => {
  it('loses no change of it when several are made at once', async () => {
    const repository = await created()
    const changes = await Promise.all([
      addPublisher(repository, publisherOf('b.example'), now),
      setProperty(repository, 'repository/signature-required-names', '[x]'),
      addPublisher(repository, publisherOf('c.example'), now),
      setProperty(repository, 'publisher/prefix', 'b.example'),
    ])
    expect(changes.filter((one) => !one.ok)).toEqual([])
    const opened = await openRepository(root)
    if (!opened.ok) throw new Error(opened.error.code)
    expect(opened.value.defaultPublisher).toBe('b.example')
    expect(opened.value.config.get('repository')?.get('signature-required-names')).toBe('[x]')
    expect(await publisherNames(opened.value)).toEqual({
      ok: true,
      value: ['b.example', 'c.example', 'example.org'],
    })
  })

  it('is taken in a folder that a process left full of drafts', async () => {
    await created()
    mkdirSync(join(root, 'tmp'), { recursive: true })
    const here = `${hostname()}-${/@(.*)$/.exec(startMark(process.pid))?.[1] ?? ''}`
      .replaceAll(/[^A-Za-z0-9.-]+/g, '_')
      .slice(-100)
    for (const place of [here, 'elsewhere-'])
      writeFileSync(join(root, 'tmp', `lock.999999999-0-${place}`), 'x')
    const taken = await lockFolder(root, impatient)
    expect(taken.ok).toBe(true)
    // The processes of another host are not known here.
    expect(readdirSync(join(root, 'tmp')).sort()).toEqual(['lock', 'lock.999999999-0-elsewhere-'])
    if (taken.ok) taken.value.release()
    expect(readdirSync(join(root, 'tmp'))).toEqual(['lock.999999999-0-elsewhere-'])
  })
})
