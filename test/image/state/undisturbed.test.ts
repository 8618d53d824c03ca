import { expect, it } from 'vitest'
import { type AbsolutePath, ok } from '#model'
import { imageLayout } from '../../../image/layout.ts'
import type { ImageContext } from '../../../image/state/context.ts'
import { undisturbed } from '../../../image/state/undisturbed.ts'
import { testHost } from '../../support/image-host.ts'
import { createMemoryFilesystem } from '../../support/memory-filesystem.ts'

const layout = imageLayout('/image/meta' as AbsolutePath)

function image() {
  const filesystem = createMemoryFilesystem()
  for (const path of ['/image', '/image/meta']) filesystem.plantDirectory(path)
  filesystem.plant(layout.database, 'one')
  const context = { host: testHost(filesystem), layout, root: '/image' } as unknown as ImageContext
  return { filesystem, context }
}
const lock = '100\npkg6\nelsewhere.example\n2026-11-22T09:00:00.000Z\nx\n'

it('work of a reader is done once where nobody changes the image', async () => {
  let runs = 0
  expect(await undisturbed(image().context, async () => ok(++runs))).toEqual(ok(1))
})

it('work of a reader is repeated when somebody has committed meanwhile', async () => {
  const { filesystem, context } = image()
  let runs = 0
  const done = await undisturbed(context, async () => {
    runs += 1
    if (runs === 1) {
      filesystem.unlink(layout.database)
      filesystem.plant(layout.database, 'another')
    }
    return ok(runs)
  })
  expect(done).toEqual(ok(2))
})

it.each([true, false])(
  'work of a reader is refused while files are changed (lock held: %s)',
  async (isHeld) => {
    const { filesystem, context } = image()
    const expected = `ips::image_error::${isHeld ? 'locked' : 'interrupted'}`
    const done = await undisturbed(context, async () => {
      filesystem.plant(`${layout.metadata}/journal`, 'x')
      if (isHeld) filesystem.plant(layout.lock, lock)
      return ok('damaged')
    })
    expect(done).toMatchObject({ error: { code: expected } })
    expect(await undisturbed(context, async () => ok('damaged'))).toMatchObject({ error: { code: expected } })
  },
)
