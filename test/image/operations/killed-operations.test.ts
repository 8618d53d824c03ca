import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Image } from '#image'
import { testProcess } from '../../support/image-host.ts'
import { interceptFilesystem } from '../../support/intercepted-filesystem.ts'
import {
  apply,
  disk,
  fix,
  newHost,
  operationImage,
  revert,
  setMediator,
} from '../../support/operation-image.ts'
import { copyTree, restoreTree } from '../../support/whole-tree.ts'

const world = operationImage()
const { imageWith, reopened, path, write, essence } = world

/** Every operation dies at each call that writes into the tree or the image's own state. */
describe.each<[string, readonly string[], () => void, (image: Image) => Promise<{ readonly ok: boolean }>]>([
  [
    'fix',
    ['app'],
    () => {
      write('usr/bin/hello', 'damaged')
      rmSync(path('usr/bin/hi'))
    },
    (image) => fix(image),
  ],
  [
    'revert',
    ['app'],
    () => {
      write('etc/app/app.conf', 'edited')
      write('etc/app/a.local', 'mine')
    },
    (image) => revert(image, { tags: ['site'] }),
  ],
  ['set-mediator', ['tool-1', 'tool-2'], () => {}, (image) => setMediator(image, '1')],
])('%s that dies at its n-th call', (_, patterns, damage, operation) => {
  it('leaves the old or the new image, for every fifth n', async () => {
    class Killed extends Error {}
    const { image } = await imageWith(...patterns)
    await image.close()
    damage()
    const kept = join(world.folder, 'kept')
    const restore = () => restoreTree(kept, world.root)
    copyTree(world.root, kept)
    const wanted = essence()
    const sides = new Map<string, number>()
    let after: readonly string[] | undefined
    for (let cut = 0; ; cut += 5) {
      let number = 0
      let killed = false
      const filesystem = interceptFilesystem(disk, ({ writes, path: at }) => {
        if (cut > 0 && writes && !/\/(cache|history|modified|file|lock)/.test(at.slice(world.root.length)))
          number++
        killed ||= cut > 0 && number >= cut
        if (killed) throw new Killed()
      })
      const opened = await reopened(newHost({ filesystem }))
      const ended = await operation(opened).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error
        return undefined
      })
      if (cut === 0) {
        expect(ended).toMatchObject({ ok: true })
        after = essence()
        expect(after).not.toEqual(wanted)
        restore()
        continue
      }
      if (!killed) break
      const survivor = await reopened(newHost({ process: testProcess({ pid: 4711 }) }))
      // The next writer puts it right; asking for nothing is enough.
      await survivor.setMediators({ mediators: ['absent'], version: '', implementation: '' }, apply)
      const found = essence()
      const side = JSON.stringify(found) === JSON.stringify(wanted) ? 'old' : 'new'
      if (side === 'new') expect(found, `cut at ${cut}`).toEqual(after)
      sides.set(side, (sides.get(side) ?? 0) + 1)
      await survivor.close()
      restore()
    }
    expect([...sides.keys()].sort()).toEqual(['new', 'old'])
  })
})
