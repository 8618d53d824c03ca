import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Image } from '#image'
import { type Event, formatFmri } from '#model'
import type { LocalServer } from '../../support/local-server.ts'
import {
  disk,
  errors,
  fix,
  generation,
  metadata,
  operationImage,
  operations,
} from '../../support/operation-image.ts'
import { startStaticDepot } from '../../support/static-depot.ts'

const world = operationImage()
const { imageWith, imageFrom, path, text, write, mode, everything, essence } = world

let depot: LocalServer | undefined
afterEach(async () => {
  await depot?.close()
  depot = undefined
})

function downloads(events: readonly Event[]): number {
  return events
    .filter((event) => event.kind === 'progress' && event.name === 'download')
    .reduce((sum, event) => Math.max(sum, event.kind === 'progress' ? event.total : 0), 0)
}

describe('fix', () => {
  it('mends everything, fetches only what is wrong, and is one operation in the history', async () => {
    depot = await startStaticDepot(world.repository, { prefixed: true, publisher: 'small.example' })
    const { image, host } = await imageFrom(depot.uri, 'app')
    write('usr/bin/hello', 'damaged')
    write('etc/app/app.conf', 'loud = yes\n')
    chmodSync(path('etc/app/app.conf'), 0o600)
    chmodSync(path('usr/lib/words'), 0o600)
    rmSync(path('usr/bin/hi'))
    const before = await generation(image)
    host.collected.length = 0
    const done = await fix(image)
    expect(done).toMatchObject({
      ok: true,
      value: {
        prepared: { nothingToDo: false, verified: { beyondRepair: [] } },
        applied: { generation: before + 1 },
      },
    })
    if (!done.ok) return
    expect(done.value.prepared.verified?.repaired.map(({ stem }) => stem)).toEqual(['app', 'lib'])
    expect(done.value.prepared.affected.map((one) => formatFmri(one, 'short'))).toEqual([
      'pkg://small.example/app@1.0-1',
      'pkg://small.example/lib@1.0-1',
    ])
    expect(downloads(host.collected)).toBe(1)
    expect(await errors(image)).toEqual([])
    expect([text('usr/bin/hello'), text('etc/app/app.conf')]).toEqual(['hello\n', 'loud = yes\n'])
    expect(disk.lstat(path('usr/bin/hey'))?.inode).toBe(disk.lstat(path('usr/bin/hello'))?.inode)
    expect(operations(image).at(-1)).toBe('fix Succeeded')
    expect(await fix(image)).toMatchObject({ ok: true, value: { prepared: { nothingToDo: true } } })
    expect(operations(image).filter((one) => one.startsWith('fix'))).toHaveLength(1)
  })

  it('mends content where mode and content are wrong', async () => {
    const { image } = await imageWith('app')
    write('usr/bin/hello', 'damaged')
    chmodSync(path('usr/bin/hello'), 0o600)
    expect(await fix(image)).toMatchObject({ ok: true })
    expect([text('usr/bin/hello'), mode('usr/bin/hello')]).toEqual(['hello\n', 0o755])
  })

  it('keeps to the packages that were asked for', async () => {
    const { image } = await imageWith('app')
    write('usr/bin/hello', 'damaged')
    chmodSync(path('usr/lib/words'), 0o600)
    expect(await fix(image, ['lib'])).toMatchObject({ ok: true })
    expect(await errors(image)).toEqual([expect.stringContaining('file: usr/bin/hello: Hash')])
    expect(await fix(image, ['absent'])).toMatchObject({
      ok: false,
      error: { code: 'ips::solver_error::no_candidates' },
    })
  })

  it('changes nothing in a dry run', async () => {
    const { image } = await imageWith('app')
    write('usr/bin/hello', 'damaged')
    const before = everything()
    const done = await fix(image, [], { dryRun: true })
    expect(done).toMatchObject({ ok: true, value: { prepared: { nothingToDo: false }, applied: undefined } })
    expect(done.ok && done.value.prepared.operations).toContain('replace usr/bin/hello')
    expect(everything()).toEqual(before)
  })

  it.each<[string, (image: Image) => unknown, RegExp]>([
    [
      'the repository lost it',
      () => rmSync(join(world.repository, 'publisher/small.example/file'), { recursive: true }),
      /repository_error/,
    ],
    ['the repository is gone', () => rmSync(world.repository, { recursive: true }), /repository_error/],
    ['its publisher is gone', (image) => image.removePublishers(['small.example']), /no_origin/],
  ])('changes nothing where content is offered no more: %s', async (_, lose, code) => {
    const { image } = await imageWith('app')
    rmSync(path('usr/bin/hello'))
    chmodSync(path('usr/lib/words'), 0o600)
    await lose(image)
    const before = essence()
    const done = await fix(image)
    expect(done.ok ? '' : done.error.code).toMatch(code)
    expect(essence()).toEqual(before)
    // Mode and owner need nobody.
    expect(await fix(image, ['lib'])).toMatchObject({
      ok: true,
      value: { prepared: { verified: { beyondRepair: [] } } },
    })
    expect(mode('usr/lib/words')).toBe(0o644)
  })

  it('asks for licences that come back', async () => {
    const { image } = await imageWith('agree')
    rmSync(path(`${metadata}/license`), { recursive: true })
    const before = essence()
    expect(await fix(image)).toMatchObject({ ok: false, error: { code: 'ips::installer_error::licenses' } })
    expect(essence()).toEqual(before)
    expect(await fix(image, [], { acceptLicenses: true })).toMatchObject({ ok: true })
    expect(await errors(image)).toEqual([])
  })

  it('leaves a file that lies under another package to that package', async () => {
    const { image } = await imageWith('lower', 'upper')
    rmSync(path('etc/over'))
    const under = await fix(image, ['lower'])
    expect(under).toMatchObject({ ok: true, value: { prepared: { nothingToDo: true } } })
    expect(under.ok && under.value.prepared.verified?.beyondRepair.map(({ stem }) => stem)).toEqual(['lower'])
    const both = await fix(image)
    expect(both.ok && both.value.prepared.verified?.repaired.map(({ stem }) => stem)).toEqual([
      'lower',
      'upper',
    ])
    expect(text('etc/over')).toBe('over\n')
  })

  it('can be stopped before anything changes', async () => {
    const { image } = await imageWith('app')
    write('usr/bin/hello', 'damaged')
    const before = everything()
    expect(await fix(image, [], { decide: () => ({ ok: true, value: 'stop' }) })).toMatchObject({
      ok: true,
      value: { applied: undefined },
    })
    expect(everything()).toEqual(before)
  })
})
