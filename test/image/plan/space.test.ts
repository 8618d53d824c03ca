import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { formatManifest } from '#model'
import { metadata, newImage, root, succeed, usePublishedImages } from '../../support/published-image.ts'

usePublishedImages()

it('a plan needs room for what it delivers, fetches and writes about itself, with a reserve', async () => {
  const image = await newImage()
  const stateBytes = (): number =>
    ['installed.db', 'installed.snapshot'].reduce(
      (sum, name) => sum + statSync(join(root, metadata, name)).size,
      0,
    )
  const before = stateBytes()
  const { prepared } = await succeed(image, 'install', 'greet')
  const { downloadBytes, installBytes } = prepared.actionPlan
  expect(Math.min(downloadBytes, installBytes)).toBeGreaterThan(0)
  const texts = prepared.newManifests.reduce((sum, { bytes }) => sum + bytes, 0)
  expect(texts).toBeGreaterThan(
    Buffer.byteLength(formatManifest(prepared.manifestOf(prepared.newManifests[0]!.fmri)!)),
  )
  expect(prepared.spaceRequired).toBe((installBytes + (downloadBytes + 3 * texts + 2 * before) * 1.25) * 1.25)
  const after = stateBytes()
  const gone = await succeed(image, 'uninstall', 'greet')
  expect(gone.prepared.spaceRequired).toBe(2 * after * 1.25 * 1.25)
})
