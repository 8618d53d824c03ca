import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  apply,
  disk,
  errors,
  generation,
  metadata,
  operationImage,
  operations,
  setMediator,
} from '../../support/operation-image.ts'

const { imageWith, path, text, everything } = operationImage()

describe('set-mediator', () => {
  const target = () =>
    existsSync(path('usr/bin')) && disk.lstat(path('usr/bin/tool')) ? disk.readLink(path('usr/bin/tool')) : ''
  const configured = () => JSON.parse(text(`${metadata}/pkg6.image.json`)).mediators as unknown

  it('moves links and configuration together, and back', async () => {
    const { image } = await imageWith('tool-1', 'tool-2')
    expect(target()).toBe('../lib/tool2')
    const before = await generation(image)
    expect(await setMediator(image, '1')).toMatchObject({
      ok: true,
      value: { applied: { generation: before + 1 } },
    })
    expect([target(), configured()]).toEqual(['../lib/tool1', [{ name: 'tool', version: '1' }]])
    expect(image.config().mediators).toHaveLength(1)
    expect(await setMediator(image, '1')).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
    expect(await errors(image)).toEqual([])
    const unset = { mediators: ['tool'], version: '', implementation: '' }
    expect(await image.setMediators(unset, apply)).toMatchObject({ ok: true })
    expect([target(), configured()]).toEqual(['../lib/tool2', []])
    expect(await image.setMediators(unset, apply)).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
    expect(operations(image).slice(-2)).toEqual(['set-mediator Succeeded', 'unset-mediator Succeeded'])
  })

  it('to what nobody offers takes the links away, and verify agrees', async () => {
    const { image } = await imageWith('tool-1', 'tool-2')
    const done = await setMediator(image, '9')
    expect(done.ok && done.value.prepared.affected.map(({ stem }) => stem)).toEqual(['tool-1', 'tool-2'])
    expect(target()).toBe('')
    expect(await errors(image)).toEqual([])
  })

  it('writes the configuration alone where the choice stays, or nothing is there to choose', async () => {
    const { image } = await imageWith('tool-1', 'tool-2')
    const done = await setMediator(image, '2')
    expect(done).toMatchObject({ ok: true, value: { prepared: { affected: [] } } })
    expect([target(), configured()]).toEqual(['../lib/tool2', [{ name: 'tool', version: '2' }]])
  })

  it('tells of the link that an uninstall leaves without its target', async () => {
    const { image } = await imageWith('tool-1', 'tool-2')
    await setMediator(image, '1')
    const done = await image.install(
      { operation: 'uninstall', patterns: ['tool-1'], reject: [], ignoreMissing: false },
      { refresh: false, dryRun: false, acceptLicenses: false, decide: () => ({ ok: true, value: 'apply' }) },
    )
    expect(done.ok && done.value.prepared.actionPlan.lostTargets).toEqual([
      { mediator: 'tool', path: 'usr/lib/tool1' },
    ])
    expect([target(), configured()]).toEqual(['', [{ name: 'tool', version: '1' }]])
  })

  it('refuses what is no mediator before it looks at the image', async () => {
    const { image } = await imageWith('tool-1')
    const before = everything()
    const bad = { mediators: ['tool', 'a_b', ''], version: 'x.y', implementation: 'im@x' }
    const done = await image.setMediators(bad, apply)
    expect(done).toMatchObject({ ok: false, error: { code: 'ips::image_error::bad_mediator' } })
    const parts = !done.ok && 'faults' in done.error ? done.error.faults : []
    expect(parts.map((fault) => ('part' in fault ? `${fault.part} ${fault.value}` : ''))).toEqual([
      'mediator a_b',
      'mediator ',
      'mediator-version x.y',
      'mediator-implementation im@x',
    ])
    expect(everything()).toEqual(before)
  })

  it('changes nothing in a dry run', async () => {
    const { image } = await imageWith('tool-1', 'tool-2')
    const before = everything()
    const done = await setMediator(image, '1', { dryRun: true })
    expect(done.ok && done.value.prepared.operations).toContain(`replace ${metadata}/pkg6.image.json`)
    expect(everything()).toEqual(before)
  })
})
