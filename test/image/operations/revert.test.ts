import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { disk, errors, operationImage, operations, revert } from '../../support/operation-image.ts'

const world = operationImage()
const { imageWith, path, text, write, mode, everything } = world

describe('revert', () => {
  it('by path makes edited files what was delivered, and other files stay edited', async () => {
    const { image } = await imageWith('app')
    write('etc/app/app.conf', 'edited')
    write('etc/app/new.conf', 'edited')
    chmodSync(path('etc/app/new.conf'), 0o600)
    expect(await revert(image, { paths: ['/etc/app/new.conf'] })).toMatchObject({ ok: true })
    expect([text('etc/app/app.conf'), text('etc/app/new.conf')]).toEqual(['edited', 'loud = no\n'])
    expect(mode('etc/app/new.conf')).toBe(0o644)
    expect(existsSync(path('etc/app/new.conf.new'))).toBe(false)
    expect(await revert(image, { paths: ['etc/app/new.conf'] })).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
    expect(operations(image).filter((one) => one === 'revert Succeeded')).toHaveLength(1)
  })

  it('of paths that are no packaged file names them all and changes nothing', async () => {
    const { image } = await imageWith('app')
    write('etc/app/app.conf', 'edited')
    const before = everything()
    expect(await revert(image, { paths: ['etc/absent', 'usr/bin/hi', 'etc/app/app.conf', 'etc'] })).toEqual({
      ok: false,
      error: { code: 'ips::image_error::not_packaged', paths: ['etc/absent', 'usr/bin/hi', 'etc'] },
    })
    expect(everything()).toEqual(before)
  })

  it('by tag takes files and what nobody packaged below tagged directories', async () => {
    const { image } = await imageWith('app')
    write('etc/app/app.conf', 'edited')
    write('etc/app/new.conf', 'edited')
    write('etc/app/gone.conf', 'edited')
    write('etc/app/a.local', 'mine')
    write('etc/app/.hidden.local', 'mine')
    write('etc/app/b.keep', 'mine')
    mkdirSync(path('etc/app/c.local/deep'), { recursive: true })
    write('etc/app/c.local/deep/file', 'mine')
    symlinkSync(world.folder, path('etc/app/d.local'))
    expect(await revert(image, { tags: ['site'] })).toMatchObject({ ok: true })
    expect(disk.readDirectory(path('etc/app'))).toEqual([
      '.hidden.local',
      'app.conf',
      'b.keep',
      'gone.conf',
      'mode',
      'new.conf',
    ])
    expect([text('etc/app/app.conf'), text('etc/app/new.conf'), text('etc/app/gone.conf')]).toEqual([
      'loud = no\n',
      'edited',
      'edited',
    ])
    expect(existsSync(join(world.folder, 'repository'))).toBe(true)
    expect(await revert(image, { tags: ['site'] })).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
  })

  it('with a pattern for everything keeps what is packaged', async () => {
    const { image } = await imageWith('app')
    write('etc/app/mine', 'mine')
    mkdirSync(path('etc/app/own'))
    expect(await revert(image, { tags: ['all'] })).toMatchObject({ ok: true })
    expect(disk.readDirectory(path('etc/app'))).toEqual(['app.conf', 'mode', 'new.conf'])
    expect(await errors(image)).toEqual([])
  })

  it('never takes what is in the metadata folder', async () => {
    const { image } = await imageWith('meta')
    const before = everything()
    expect(await revert(image, { tags: ['meta'] })).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
    expect(everything()).toEqual(before)
  })

  it('by a tag of a directory alone sets its mode; unknown tags are nothing to do', async () => {
    const { image } = await imageWith('app')
    chmodSync(path('etc/app/mode'), 0o777)
    expect(await revert(image, { tags: ['absent'] })).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
    expect(await revert(image, { tags: ['modes'] })).toMatchObject({ ok: true })
    expect(mode('etc/app/mode')).toBe(0o750)
  })

  it('changes nothing in a dry run', async () => {
    const { image } = await imageWith('app')
    write('etc/app/app.conf', 'edited')
    write('etc/app/a.local', 'mine')
    const before = everything()
    const done = await revert(image, { tags: ['site'] }, true)
    expect(done.ok && done.value.prepared.actionPlan.discards).toEqual(['etc/app/a.local'])
    expect(everything()).toEqual(before)
  })

  it('by tag takes the whole value for the tag of a file', async () => {
    const { image } = await imageWith('app')
    write('etc/app/new.conf', 'edited')
    expect(await revert(image, { tags: ['site'] })).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
    expect(await revert(image, { tags: ['site=later'] })).toMatchObject({ ok: true })
    expect(text('etc/app/new.conf')).toBe('loud = no\n')
  })

  it('of a file that lies over another gives the upper one, whatever the packages are called', async () => {
    const { image } = await imageWith('alpha', 'lower')
    write('etc/over', 'edited')
    chmodSync(path('etc/over'), 0o600)
    expect(await revert(image, { paths: ['etc/over'] })).toMatchObject({ ok: true })
    expect([text('etc/over'), mode('etc/over')]).toEqual(['over\n', 0o640])
  })

  it('of mode and owner alone needs no repository', async () => {
    const { image } = await imageWith('app')
    rmSync(world.repository, { recursive: true })
    chmodSync(path('usr/bin/hello'), 0o700)
    expect(await revert(image, { paths: ['usr/bin/hello'] })).toMatchObject({ ok: true })
    expect(mode('usr/bin/hello')).toBe(0o755)
  })

  it('of a file that lies over another gives the upper one', async () => {
    const { image } = await imageWith('lower', 'upper')
    write('etc/over', 'edited')
    chmodSync(path('etc/over'), 0o600)
    expect(await revert(image, { tags: ['site'] })).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
    expect(await revert(image, { paths: ['etc/over'] })).toMatchObject({ ok: true })
    expect(text('etc/over')).toBe('over\n')
  })
})
