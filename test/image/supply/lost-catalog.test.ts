import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  installedNames,
  newImage,
  repository,
  run,
  succeed,
  usePublishedImages,
} from '../../support/published-image.ts'

usePublishedImages()

it("a catalog that one publisher's repository lost does not keep the others' packages away", async () => {
  const image = await newImage()
  rmSync(join(repository, 'publisher/other.example/catalog/catalog.attrs'))
  const done = await succeed(image, 'install', 'tools/greet@1.0')
  const failed = done.prepared.refreshed?.publishers.filter(({ outcome }) => outcome === 'failed')
  expect(failed?.map(({ publisher }) => publisher)).toEqual(['other.example'])
  expect(await installedNames(image)).toContain('small.example/tools/greet@1.0-1 manual')
})

it('what the publisher had before is still known', async () => {
  const image = await newImage()
  rmSync(join(repository, 'publisher/other.example/catalog/catalog.attrs'))
  const done = await run(image, 'install', 'tools/extra')
  expect(done.ok && done.value.applied !== undefined).toBe(true)
})
