import { describe, expect, it } from 'vitest'
import type { ProcessInfo } from '#image'
import { type Filesystem, FilesystemError } from '#model'
import { type ImageLock, lockIsHeld, takeLock } from '../../../image/state/lock.ts'
import { testProcess } from '../../support/image-host.ts'
import { interceptFilesystem } from '../../support/intercepted-filesystem.ts'
import { createMemoryFilesystem, type MemoryFilesystem } from '../../support/memory-filesystem.ts'

const path = '/image/lock'
const now = Date.UTC(2026, 10, 22, 10)
const alive = new Map([
  [1, 'start-1'],
  [2, 'start-2'],
  [3, 'start-3'],
  [50, 'start-50'],
])
const processes = [1, 2, 3].map((pid) => testProcess({ pid, alive }))
const [first, second, third] = processes as [ProcessInfo, ProcessInfo, ProcessInfo]

function newFilesystem(): MemoryFilesystem {
  const filesystem = createMemoryFilesystem()
  filesystem.plantDirectory('/image')
  return filesystem
}

function lockText(pid: number, mark = `start-${pid}`, hostname = 'host.example'): string {
  return `${pid}\npkg6\n${hostname}\n2026-11-22T09:00:00.000Z\n${mark}\n`
}

describe('one lock', () => {
  it('is held until it is released, and then nothing is left', () => {
    const filesystem = newFilesystem()
    const lock = takeLock(path, { filesystem, process: first, now })
    if (!lock.ok) throw new Error(lock.error.code)
    expect(filesystem.text(path)).toBe('1\npkg6\nhost.example\n2026-11-22T10:00:00.000Z\nstart-1\n')
    expect(filesystem.listing('/image')).toHaveLength(1)
    expect(lockIsHeld(path, { filesystem, process: second, now })).toBe(true)
    lock.value.release()
    lock.value.release()
    expect(filesystem.listing('/image')).toEqual([])
    expect(lockIsHeld(path, { filesystem, process: second, now })).toBe(false)
  })

  it('of a container that counts processes of its own is not taken for that of a dead process', () => {
    const inside = testProcess({ pid: 1, alive: new Map([[1, '5@pid:[7]']]) })
    const outside = testProcess({ pid: 2, alive: new Map([[2, '9@pid:[8]']]) })
    const filesystem = newFilesystem()
    expect(takeLock(path, { filesystem, process: inside, now }).ok).toBe(true)
    const refused = takeLock(path, { filesystem, process: outside, now })
    expect(refused).toMatchObject({ error: { code: 'ips::image_error::locked', pid: 1, unknowable: path } })
    const neighbour = testProcess({ pid: 2, alive: new Map([[2, '9@pid:[7]']]) })
    expect(takeLock(path, { filesystem, process: neighbour, now }).ok).toBe(true)
  })

  it('leaves nothing when its file can be made but not written', () => {
    const filesystem = newFilesystem()
    const full: Filesystem = {
      ...filesystem,
      createFile: (file, _chunks, options) => {
        filesystem.createFile(file, [], options)
        throw new FilesystemError({
          code: 'ips::filesystem_error::call_failed',
          call: 'createFile',
          path: file,
          errno: 'ENOSPC',
        })
      },
    }
    expect(takeLock(path, { filesystem: full, process: first, now })).toMatchObject({
      error: { code: 'ips::image_error::storage', path, cause: { errno: 'ENOSPC' } },
    })
    expect(filesystem.listing('/image')).toEqual([])
  })

  it('cannot be taken twice, by another process or the same', () => {
    const filesystem = newFilesystem()
    const lock = takeLock(path, { filesystem, process: first, now })
    expect(lock.ok).toBe(true)
    for (const process of processes)
      expect(takeLock(path, { filesystem, process, now })).toEqual({
        ok: false,
        error: { code: 'ips::image_error::locked', name: 'pkg6', hostname: 'host.example', pid: 1 },
      })
    expect(filesystem.listing('/image')).toHaveLength(1)
    if (lock.ok) lock.value.release()
    expect(takeLock(path, { filesystem, process: second, now }).ok).toBe(true)
  })

  it.each([
    ['a dead owner', lockText(77), true],
    ['a living owner', lockText(50), false],
    ['a pid that was given to another process', lockText(50, 'start-earlier'), true],
    ['an owner on another host', lockText(77, 'start-77', 'elsewhere.example'), false],
    ['the empty file pkg5 leaves', '', true],
    ['pkg5 at work (no start mark)', '50\npkg\nhost.example\n2026-11-22T09:00:00\n', false],
    ['a dead pkg5', '77\npkg\nhost.example\n2026-11-22T09:00:00\n', true],
    ['pkg5 at work on a repository', '50\nhost.example\n20261122T090000Z\n', false],
    ['a dead pkg5 of a repository', '77\nhost.example\n20261122T090000Z\n', true],
    ['nonsense', 'what\n', false],
    ['our own pid from an earlier life', lockText(1, 'start-before'), true],
  ])('left by %s', (_, text, taken) => {
    const filesystem = newFilesystem()
    filesystem.plant(path, text)
    const lock = takeLock(path, { filesystem, process: first, now })
    expect(lock.ok).toBe(taken)
    expect(lock.ok ? '' : lock.error.code).toBe(taken ? '' : 'ips::image_error::locked')
    expect(filesystem.listing('/image')).toHaveLength(1)
    expect(filesystem.text(path) === text).toBe(!taken)
  })

  it('of our own pid counts as dead where start marks are unknown, unless this process holds it', () => {
    const filesystem = newFilesystem()
    const process = testProcess({ pid: 1, startMark: () => 'unknown' })
    filesystem.plant(path, lockText(1, 'unknown'))
    expect(takeLock(path, { filesystem, process, now }).ok).toBe(true)
    expect(takeLock(path, { filesystem, process, now }).ok).toBe(false)
  })

  it('is refused when it is a link or a directory', () => {
    for (const plant of ['plantLink', 'plantDirectory'] as const) {
      const filesystem = newFilesystem()
      if (plant === 'plantLink') filesystem.plantLink(path, '/etc/passwd')
      else filesystem.plantDirectory(path)
      const lock = takeLock(path, { filesystem, process: first, now })
      expect(lock.ok ? '' : lock.error.code).toBe('ips::image_error::unsafe_lock')
    }
  })

  it.each(['x', '-1\npkg6\nhost.example\n', '\u0000\u0001\u0002', 'k'.repeat(9000)])(
    'is not quoted when its text is no lock: %j',
    (text) => {
      const filesystem = newFilesystem()
      filesystem.plant(path, text)
      expect(takeLock(path, { filesystem, process: first, now })).toEqual({
        ok: false,
        error: {
          code: 'ips::image_error::locked',
          name: 'an unknown client',
          hostname: 'an unknown host',
          pid: undefined,
          unknowable: path,
        },
      })
      expect(filesystem.text(path)).toBe(text)
    },
  )

  it('is taken, kept and released on a file system without hard links', () => {
    const filesystem = newFilesystem()
    const linkless: Filesystem = {
      ...filesystem,
      hardLink: (_, path) => {
        throw new FilesystemError({
          code: 'ips::filesystem_error::call_failed',
          call: 'hardLink',
          path,
          errno: 'EPERM',
        })
      },
    }
    const lock = takeLock(path, { filesystem: linkless, process: first, now })
    if (!lock.ok) throw new Error(lock.error.code)
    expect(takeLock(path, { filesystem: linkless, process: second, now }).ok).toBe(false)
    lock.value.release()
    expect(filesystem.listing('/image')).toEqual([])
    filesystem.plant(path, lockText(77))
    expect(takeLock(path, { filesystem: linkless, process: second, now }).ok).toBe(true)
    // An empty lock may be one whose text is about to be written.
    filesystem.unlink(path)
    filesystem.plant(path, '')
    expect(takeLock(path, { filesystem: linkless, process: first, now })).toMatchObject({
      error: { code: 'ips::image_error::unsafe_lock', found: 'empty' },
    })
  })

  it('with a dead breaker left behind is taken all the same, and cleaned up', () => {
    const filesystem = newFilesystem()
    filesystem.plant(path, lockText(77))
    filesystem.plant(`${path}.break`, lockText(78))
    expect(takeLock(path, { filesystem, process: first, now }).ok).toBe(true)
    expect(filesystem.listing('/image')).toHaveLength(1)
  })
})

/** Starts contenders: the next one runs as a whole before call `at[0]` of the first, the one after before call `at[1]` of that. */
function contend(
  filesystem: Filesystem,
  contenders: readonly ProcessInfo[],
  at: readonly number[],
): ImageLock[] {
  const [process, ...others] = contenders
  if (process === undefined) return []
  const held: ImageLock[] = []
  const watched = interceptFilesystem(filesystem, ({ number }) => {
    if (number === at[0]) held.push(...contend(filesystem, others, at.slice(1)))
  })
  const lock = takeLock(path, { filesystem: watched, process, now })
  if (lock.ok) held.push(lock.value)
  return held
}

describe('a race', () => {
  // A process that died is not heard of again, so a contender may also be cut off: `crash` leaves its files where they are.
  it.each([
    ['no lock', undefined, undefined],
    ['a dead owner', lockText(77), undefined],
    ['a dead owner and a dead breaker', lockText(77), lockText(78)],
    ['an empty file', '', undefined],
  ])('for %s has exactly one winner, whoever runs when', (_, text, breaker) => {
    let races = 0
    for (let outer = 1; outer <= 40; outer++)
      for (let inner = 1; inner <= 40; inner++) {
        const filesystem = newFilesystem()
        if (text !== undefined) filesystem.plant(path, text)
        if (breaker !== undefined) filesystem.plant(`${path}.break`, breaker)
        const held = contend(filesystem, [first, second, third], [outer, inner])
        expect(held, `at ${outer}, ${inner}`).toHaveLength(1)
        for (const lock of held) lock.release()
        expect(filesystem.listing('/image'), `at ${outer}, ${inner}`).toEqual([])
        races++
      }
    expect(races).toBe(1600)
  })

  it('after a contender died in the middle is still won by one', () => {
    class Killed extends Error {}
    for (let cut = 1; cut <= 40; cut++) {
      const filesystem = newFilesystem()
      filesystem.plant(path, lockText(77))
      let dead = false
      const dying = interceptFilesystem(filesystem, ({ number }) => {
        dead ||= number === cut
        if (dead) throw new Killed()
      })
      const victim = testProcess({ pid: 9, alive: new Map([[9, 'start-9']]) })
      try {
        takeLock(path, { filesystem: dying, process: victim, now })
      } catch (error) {
        if (!(error instanceof Killed)) throw error
      }
      if (!dead) break
      const held = contend(filesystem, [first, second, third], [cut, 3])
      expect(held, `cut at ${cut}`).toHaveLength(1)
    }
  })
})
