import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  essence,
  folder,
  newImage,
  repository,
  root,
  run,
  succeed,
  usePublishedImages,
} from '../../support/published-image.ts'
import { publishRepository } from '../../support/published-repository.ts'

usePublishedImages()

const request = {
  operation: 'install',
  patterns: ['tools/greet@1.0'],
  reject: [],
  ignoreMissing: false,
} as const
const dry = { refresh: false } as const

it('a dry run lists the file operations of the real one and does none', async () => {
  const image = await newImage()
  const before = essence()
  const planned = await image.planInstall(request, dry)
  if (!planned.ok) throw new Error(planned.error.code)
  const operations = [...(planned.value.operations ?? [])]
  expect(operations.filter((one) => one.includes('usr/bin/greet'))).not.toEqual([])
  expect(essence()).toEqual(before)
  const done = await succeed(image, 'install', 'tools/greet@1.0')
  // What is staged is listed too; the report counts what becomes visible.
  const visible = operations.filter((one) => !one.startsWith('stage '))
  expect(done.applied?.report.steps).toBe(visible.length)
})

it('a dry run fails where the real one would', async () => {
  const manifest = `set name=pkg.fmri value=pkg://small.example/deep@1.0,5.11-1:20260101T000000Z
file word path=opt/deep/file owner=root group=root mode=0644
`
  publishRepository(repository, [manifest], new Map([['word', 'word\n']]))
  const image = await newImage()
  // No package delivers the directory, so the link is not replaced by it.
  symlinkSync(folder.path, join(root, 'opt'))
  const problem = { ok: false, error: { code: 'ips::installer_error::unsafe_path' } }
  expect(await image.planInstall({ ...request, patterns: ['deep'] }, dry)).toMatchObject(problem)
  expect(await run(image, 'install', 'deep')).toMatchObject(problem)
})
