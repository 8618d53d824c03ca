import fc from 'fast-check'
import initSqlJs from 'sql.js'
import { describe, expect, it } from 'vitest'
import { type AbsolutePath, FilesystemError, parseFmri } from '#model'
import { emptyState, type InstalledRecord, type InstalledState } from '../../../image/installed-state.ts'
import { imageLayout } from '../../../image/layout.ts'
import { readDatabase, writeDatabase } from '../../../image/state/installed-db.ts'
import { formatSnapshot, parseSnapshot, sha256 } from '../../../image/state/installed-snapshot.ts'
import { createDatabase, installedStore } from '../../../image/state/installed-store.ts'
import { failingFilesystem, interceptFilesystem } from '../../support/intercepted-filesystem.ts'
import { createMemoryFilesystem, type MemoryFilesystem } from '../../support/memory-filesystem.ts'
import { anyPublisher, anyStem, anyVersion } from '../../support/model-values.ts'

const sql = await initSqlJs()
const layout = imageLayout('/image/var/pkg' as AbsolutePath)

function record(text: string, changes: Partial<InstalledRecord> = {}): InstalledRecord {
  const fmri = parseFmri(text)
  if (!fmri.ok) throw new Error(text)
  return {
    fmri: fmri.value,
    manual: false,
    installTime: 1000,
    updateTime: undefined,
    manifestSha256: 'ab'.repeat(32),
    catalogActions: 'depend fmri=x type=require',
    ...changes,
  }
}

const stateOne: Omit<InstalledState, 'generation'> = {
  packages: [
    record('pkg://p.example/a/b@1.0,5.11-1:20260101T000000Z'),
    record('pkg://p.example/c@2:20260101T000000Z'),
  ],
  avoided: [],
  frozen: [],
}

function newImage(): MemoryFilesystem {
  const filesystem = createMemoryFilesystem()
  filesystem.plantDirectory(layout.metadata)
  createDatabase(filesystem, layout, sql)
  return filesystem
}

/** Of the whole tree: listings of databases are no use in a failure message. */
function digest(filesystem: MemoryFilesystem): string {
  return sha256(filesystem.listing('/image').join('\n'))
}

const anyRecord: fc.Arbitrary<InstalledRecord> = fc.record({
  fmri: fc.record({ publisher: anyPublisher, stem: anyStem, version: anyVersion }),
  manual: fc.boolean(),
  installTime: fc.nat(2 ** 41),
  updateTime: fc.option(fc.nat(2 ** 41), { nil: undefined }),
  manifestSha256: fc.stringMatching(/^[0-9a-f]{64}$/),
  catalogActions: fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
})
const anyState: fc.Arbitrary<Omit<InstalledState, 'generation'>> = fc.record({
  packages: fc
    .uniqueArray(anyRecord, { selector: ({ fmri }) => fmri.stem, maxLength: 6 })
    .map((list) => list.sort((a, b) => (a.fmri.stem < b.fmri.stem ? -1 : 1))),
  avoided: fc.uniqueArray(anyStem, { maxLength: 3 }).map((list) => list.sort()),
  frozen: fc
    .uniqueArray(
      fc.record({
        stem: anyStem,
        version: fc.constantFrom('1', '1.0-2'),
        reason: fc.option(
          fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
          { nil: undefined },
        ),
        since: fc.nat(),
      }),
      { selector: ({ stem }) => stem, maxLength: 3 },
    )
    .map((list) => list.sort((a, b) => (a.stem < b.stem ? -1 : 1))),
})

describe('the installed database', () => {
  it('holds every state, through every change', () => {
    fc.assert(
      fc.property(fc.array(anyState, { minLength: 1, maxLength: 3 }), (states) => {
        const first = writeDatabase(sql, undefined, emptyState, emptyState)
        if (!first.ok) throw new Error(first.error)
        let bytes = first.value
        let previous = emptyState
        states.forEach((state, index) => {
          const next = { ...state, generation: index + 1 }
          const written = writeDatabase(sql, bytes, previous, next)
          if (!written.ok) throw new Error(written.error)
          bytes = written.value
          previous = next
          expect(readDatabase(sql, bytes)).toEqual({ ok: true, value: next })
        })
      }),
      { numRuns: 30 },
    )
  })

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['cut off', (bytes) => bytes.subarray(0, bytes.length - 5000)],
    ['empty', () => new Uint8Array(0)],
    ['something else', () => new TextEncoder().encode('not a database at all '.repeat(40))],
    ['overwritten in the middle', (bytes) => bytes.map((byte, at) => (at > 4096 && at < 9000 ? 0xff : byte))],
  ])('that is %s is corrupt_db and stays as it is', async (_, damage) => {
    const filesystem = newImage()
    const bytes = damage(filesystem.readFile(layout.database))
    filesystem.plant(layout.database, bytes)
    const store = installedStore(filesystem, layout, async () => sql)
    for (const outcome of [await store.read(), await store.prepareCommit()])
      expect(outcome).toMatchObject({
        ok: false,
        error: { code: 'ips::image_error::corrupt_db', path: layout.database },
      })
    expect(filesystem.readFile(layout.database)).toEqual(bytes)
  })

  it('that is missing is corrupt_db', async () => {
    const filesystem = newImage()
    filesystem.unlink(layout.database)
    const read = await installedStore(filesystem, layout, async () => sql).read()
    expect(read).toMatchObject({ error: { code: 'ips::image_error::corrupt_db', reason: 'it is missing' } })
  })

  it('with rows that do not parse is corrupt_db', async () => {
    const filesystem = newImage()
    const database = new sql.Database(filesystem.readFile(layout.database))
    database.run("INSERT INTO packages VALUES ('../x', 'p.example', '1.0', 0, 0, NULL, '', '')")
    filesystem.plant(layout.database, database.export())
    const read = await installedStore(filesystem, layout, async () => sql).read()
    expect(read).toMatchObject({ error: { reason: "package row '../x' does not parse" } })
  })
})

describe('the snapshot file', () => {
  it('holds every state', () => {
    fc.assert(
      fc.property(anyState, fc.nat(), (state, generation) => {
        const whole = { ...state, generation }
        const text = formatSnapshot(whole, 'stamp')
        expect(parseSnapshot(text, 'stamp')).toEqual(whole)
        expect(parseSnapshot(text, 'other')).toBeUndefined()
        expect(parseSnapshot(text.slice(0, -2), 'stamp')).toBeUndefined()
      }),
    )
  })

  it('saves readers from loading SQL, and is rebuilt when it does not fit', async () => {
    const filesystem = newImage()
    let loads = 0
    const open = () =>
      installedStore(filesystem, layout, async () => {
        loads++
        return sql
      })
    expect(await open().read()).toMatchObject({ value: { generation: 0 } })
    expect(loads).toBe(0)
    const commit = await open().prepareCommit()
    if (!commit.ok) throw new Error(commit.error.code)
    commit.value(stateOne)
    expect(loads).toBe(1)
    expect(await open().read()).toEqual({ ok: true, value: { ...stateOne, generation: 1 } })
    expect(loads).toBe(1)
    for (const damaged of ['', 'x', filesystem.text(layout.snapshot).replace('require', 'exclude')]) {
      filesystem.plant(layout.snapshot, damaged)
      expect(await open().read()).toEqual({ ok: true, value: { ...stateOne, generation: 1 } })
      expect(await open().read()).toEqual({ ok: true, value: { ...stateOne, generation: 1 } })
    }
    expect(loads).toBe(4)
  })

  it('is not needed: readers without permission to write it work from the database', async () => {
    const filesystem = newImage()
    filesystem.unlink(layout.snapshot)
    const readOnly = failingFilesystem(filesystem, 'EACCES', ({ writes }) => writes)
    expect(await installedStore(readOnly, layout, async () => sql).read()).toMatchObject({ ok: true })
    expect(filesystem.lstat(layout.snapshot)).toBeUndefined()
  })
})

describe('a commit', () => {
  it.each(['ENOSPC', 'EIO'])(
    'that fails with %s at any call leaves the old state byte by byte, or is done',
    async (errno) => {
      let failures = 0
      for (let cut = 1; ; cut++) {
        const filesystem = newImage()
        const before = digest(filesystem)
        let number = 0
        let failed = false
        const failing = failingFilesystem(filesystem, errno, ({ writes }) => {
          if (writes) number++
          const now = writes && number === cut
          failed ||= now
          return now
        })
        const commit = await installedStore(failing, layout, async () => sql).prepareCommit()
        if (!commit.ok) throw new Error(commit.error.code)
        try {
          commit.value(stateOne)
          expect(await installedStore(filesystem, layout, async () => sql).read()).toEqual({
            ok: true,
            value: { ...stateOne, generation: 1 },
          })
        } catch (error) {
          if (!(error instanceof FilesystemError)) throw error
          failures++
          const generation = installedStore(filesystem, layout, async () => sql).durableGeneration()
          // Only the flush after the rename may fail with the new state in place.
          if (generation === 1) expect(error.problem.call).toBe('sync')
          else expect(digest(filesystem), `call ${cut}`).toBe(before)
        }
        if (!failed) break
      }
      expect(failures).toBe(3)
    },
  )

  it('that is cut off at any call leaves the old or the new state', async () => {
    class Killed extends Error {}
    const seen = new Set<number>()
    for (let cut = 1; ; cut++) {
      const filesystem = newImage()
      let killed = false
      let number = 0
      const dying = interceptFilesystem(filesystem, ({ writes }) => {
        if (writes) number++
        killed ||= number === cut
        if (killed) throw new Killed()
      })
      const commit = await installedStore(dying, layout, async () => sql).prepareCommit()
      if (!commit.ok) throw new Error(commit.error.code)
      try {
        commit.value(stateOne)
      } catch (error) {
        if (!(error instanceof Killed)) throw error
      }
      const store = installedStore(filesystem, layout, async () => sql)
      const after = await store.read()
      if (!after.ok) throw new Error(after.error.code)
      seen.add(after.value.generation)
      expect(after.value.packages).toHaveLength(after.value.generation === 0 ? 0 : 2)
      const again = await store.prepareCommit()
      if (again.ok) again.value(stateOne)
      expect(filesystem.listing(layout.metadata).map((line) => line.split(' ')[4])).toEqual([
        'installed.db',
        'installed.snapshot',
      ])
      if (!killed) break
    }
    expect([...seen].sort()).toEqual([0, 1])
  })
})
