import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createImage, type Image } from '#image'
import type { Event } from '#model'
import { loadBackend } from '#solver'
import { createNodeFilesystem } from '../../../cli/platform/node-filesystem.ts'
import { testHost } from '../../support/image-host.ts'
import { imageOptions } from '../../support/image-options.ts'
import { unflushedFilesystem } from '../../support/intercepted-filesystem.ts'
import { publishRepository } from '../../support/published-repository.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/small-repository.ts'

const backend = loadBackend('cadical')
const contents = new Map([
  ['tool', 'the tool\n'],
  ['conf', 'setting=1\n'],
  ['conf-2', 'setting=2\n'],
])

function notes(version: number, mode: string, conf: string): string {
  return `set name=pkg.fmri value=pkg://small.example/notes@${version}.0,5.11-1:2026010${version}T000000Z
file tool path=bin/notes owner=root group=root mode=${mode}
file ${conf} path=etc/notes.conf owner=root group=root mode=0644 preserve=true
`
}

let folder: TemporaryFolder
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

async function imageWithFirstVersion(): Promise<{ image: Image; root: string; events: readonly Event[] }> {
  const repository = join(folder.path, 'repository')
  publishRepository(repository, [notes(1, '0644', 'conf'), notes(2, '0755', 'conf-2')], contents)
  const root = join(folder.path, 'image')
  const host = testHost(unflushedFilesystem(createNodeFilesystem()), { loadBackend: () => backend })
  const made = await createImage(host, imageOptions(root, { publisher: { uri: `file://${repository}` } }))
  if (!made.ok) throw new Error(JSON.stringify(made.error))
  await change(made.value.image, 'install', 'notes@1')
  return { image: made.value.image, root, events: host.collected }
}

async function change(image: Image, operation: 'install' | 'update', pattern: string): Promise<void> {
  const done = await image.install(
    { operation, patterns: [pattern], reject: [], ignoreMissing: false },
    { refresh: false, dryRun: false, acceptLicenses: false, decide: () => ({ ok: true, value: 'apply' }) },
  )
  if (!done.ok) throw new Error(JSON.stringify(done.error))
}

function downloads(events: readonly Event[]): number {
  return events.filter((event) => event.kind === 'progress' && event.name === 'download').length
}

describe('payloads of an update', () => {
  it('come also for a deleted file of which only attributes change', async () => {
    const { image, root } = await imageWithFirstVersion()
    rmSync(join(root, 'bin/notes'))
    await change(image, 'update', 'notes')
    expect(readFileSync(join(root, 'bin/notes'), 'utf8')).toBe('the tool\n')
    expect(statSync(join(root, 'bin/notes')).mode & 0o777).toBe(0o755)
  })

  it('do not come for an edited file that is kept', async () => {
    const { image, root, events } = await imageWithFirstVersion()
    writeFileSync(join(root, 'etc/notes.conf'), 'setting=mine\n')
    chmodSync(join(root, 'etc/notes.conf'), 0o644)
    const before = downloads(events)
    await change(image, 'update', 'notes')
    expect(downloads(events)).toBe(before)
    expect(readFileSync(join(root, 'etc/notes.conf'), 'utf8')).toBe('setting=mine\n')
  })
})
