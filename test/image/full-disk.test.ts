import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { failingFilesystem, type InterceptedCall } from '../support/intercepted-filesystem.ts'
import {
  disk,
  essence,
  metadata,
  newHost,
  newImage,
  opened,
  root,
  run,
  serveRepository,
  usePublishedImages,
} from '../support/published-image.ts'
import { wholeTree } from '../support/whole-tree.ts'

usePublishedImages()

const payloads = (): readonly string[] => {
  const folder = join(root, metadata, 'publisher/small.example/file')
  return existsSync(folder)
    ? wholeTree(folder, () => false).filter((line) => line.split(' ')[3] === 'file')
    : []
}

it.each<[string, (call: InterceptedCall) => boolean]>([
  ['staging', ({ name, path }) => name === 'createFile' && path.includes('/stage/')],
  ['recording the new state', ({ name, path }) => name === 'createFile' && path.endsWith('installed.db.new')],
])('a disk that is full while %s keeps no fetched content', async (_, when) => {
  await (await newImage(newHost(), new Map(), (await serveRepository()).uri)).close()
  const before = essence()
  const image = await opened(newHost({ filesystem: failingFilesystem(disk, 'ENOSPC', when) }))
  expect(await run(image, 'install', 'greet')).toMatchObject({ ok: false })
  await image.close()
  expect(essence()).toEqual(before)
  expect(payloads()).toEqual([])
})

it('keeps fetched content after other failures', async () => {
  await (await newImage(newHost(), new Map(), (await serveRepository()).uri)).close()
  const filesystem = failingFilesystem(
    disk,
    'EIO',
    ({ name, path }) => name === 'createFile' && path.includes('/stage/'),
  )
  const image = await opened(newHost({ filesystem }))
  expect(await run(image, 'install', 'greet')).toMatchObject({ ok: false })
  await image.close()
  expect(payloads().length).toBeGreaterThan(0)
})
