import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { essence, folder, newImage, root, succeed, usePublishedImages } from '../support/published-image.ts'

usePublishedImages()

const request = {
  operation: 'install',
  patterns: ['tools/greet@1.0'],
  reject: [],
  ignoreMissing: false,
} as const
const dry = { refresh: false, dryRun: true } as const

it('a dry run lists the file operations of the real one and does none', async () => {
  const image = await newImage()
  const before = essence()
  const planned = await image.planInstall(request, dry)
  if (!planned.ok) throw new Error(planned.error.code)
  const { operations = [] } = planned.value
  expect(operations.filter((one) => one.includes('usr/bin/greet'))).not.toEqual([])
  expect(essence()).toEqual(before)
  const done = await succeed(image, 'install', 'tools/greet@1.0')
  // What is staged is listed too; the report counts what becomes visible.
  const visible = operations.filter((one) => !one.startsWith('stage '))
  expect(done.applied?.report.steps).toBe(visible.length)
})

it('a dry run fails where the real one would', async () => {
  const image = await newImage()
  symlinkSync(folder.path, join(root, 'usr'))
  const planned = await image.planInstall(request, dry)
  expect(planned).toMatchObject({ ok: false, error: { code: 'ips::installer_error::unsafe_path' } })
})
