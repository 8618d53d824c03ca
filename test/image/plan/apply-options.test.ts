import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Image } from '#image'
import { parsePublisherName } from '#model'
import { metadata, operationImage, operations } from '../../support/operation-image.ts'

const world = operationImage()
const { imageWith, path, text, write, everything } = world

async function uninstallation(image: Image) {
  const planned = await image.planInstall(
    { operation: 'uninstall', patterns: ['app'], reject: [], ignoreMissing: false },
    { refresh: false },
  )
  if (!planned.ok) throw new Error(JSON.stringify(planned.error))
  return planned.value
}

const lost = join(metadata, 'lost+found')

describe('applyPlan', () => {
  it('changes nothing in a dry run, and tells the operations', async () => {
    const { image } = await imageWith('app')
    write('etc/app/app.conf', 'edited')
    const prepared = await uninstallation(image)
    const before = everything()
    const tried = await image.applyPlan(prepared, { acceptLicenses: true, dryRun: true })
    if (!tried.ok) throw new Error(JSON.stringify(tried.error))
    expect(tried.value.generation).toBe(prepared.installPlan.base)
    expect([...tried.value.report.operations].length).toBeGreaterThan(5)
    expect(everything()).toEqual(before)
    expect(operations(image).filter((one) => one.startsWith('uninstall'))).toEqual([])
    // The plan is as good as before.
    expect(await image.applyPlan(prepared, { acceptLicenses: true })).toMatchObject({ ok: true })
    expect(existsSync(path(lost))).toBe(true)
  })

  it('takes the options of the call instead of those of the plan', async () => {
    const { image } = await imageWith('app')
    write('etc/app/app.conf', 'edited')
    const prepared = await uninstallation(image)
    expect(prepared.losses()).toEqual({ ok: true, value: { replaced: [], discarded: [] } })
    const done = await image.applyPlan(prepared, { acceptLicenses: true, noBackup: true })
    expect(done.ok && done.value.report).toMatchObject({ salvaged: [], replaced: [] })
    expect(done.ok && done.value.report.discarded).toContain('etc/app/app.conf')
    expect(existsSync(path(lost))).toBe(false)
  })

  it('foretells losses in a plan that has the options', async () => {
    const { image } = await imageWith('app')
    write('etc/app/app.conf', 'edited')
    const planned = await image.planInstall(
      { operation: 'uninstall', patterns: ['app'], reject: [], ignoreMissing: false },
      { refresh: false, noBackup: true },
    )
    const losses = planned.ok ? planned.value.losses() : planned
    expect(losses.ok && 'discarded' in losses.value && losses.value.discarded).toContain('etc/app/app.conf')
    expect(text('etc/app/app.conf')).toBe('edited')
  })

  it('refuses a plan that is out of date, in a dry run too', async () => {
    const { image } = await imageWith('app')
    const prepared = await uninstallation(image)
    expect(await image.flag(['lib'], true)).toMatchObject({ ok: true })
    for (const dryRun of [true, false])
      expect(await image.applyPlan(prepared, { acceptLicenses: true, dryRun })).toMatchObject({
        error: { code: 'ips::installer_error::stale_plan' },
      })
  })
})

describe('ensurePayload', () => {
  const content = 'hello\n'
  const digest = createHash('sha1').update(content).digest('hex')

  it('brings a payload into the content cache once', async () => {
    const { image } = await imageWith('lib')
    const publisher = parsePublisherName('small.example')
    if (!publisher.ok) throw new Error('no name')
    const cache = image.contentCacheDir(publisher.value)
    const brought = await image.ensurePayload(digest)
    expect(brought).toEqual({ ok: true, value: join(cache, digest.slice(0, 2), digest) })
    expect(gunzipSync(readFileSync(brought.ok ? brought.value : '')).toString()).toBe(content)
    rmSync(world.repository, { recursive: true })
    expect(await image.ensurePayload(digest)).toEqual(brought)
  })

  it('refuses a malformed digest, an unknown payload, and other content', async () => {
    const { image } = await imageWith('lib')
    expect(await image.ensurePayload('../../etc/passwd')).toMatchObject({
      error: { code: 'ips::image_error::bad_digest' },
    })
    const absent = await image.ensurePayload('0'.repeat(40))
    expect(absent.ok ? '' : absent.error.code).toMatch(/^ips::repository_error::/)
    const stored = join(world.repository, 'publisher/small.example/file', digest.slice(0, 2), digest)
    writeFileSync(stored, gzipSync('another\n'))
    const wrong = await image.ensurePayload(digest)
    expect(wrong.ok ? '' : wrong.error.code).toMatch(/^ips::repository_error::/)
    await image.setPublisher({ name: 'small.example', enabled: false, refresh: false })
    expect(await image.ensurePayload(digest)).toMatchObject({
      error: { code: 'ips::image_error::no_payload', digest },
    })
  })
})
