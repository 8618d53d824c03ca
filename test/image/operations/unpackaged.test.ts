import { mkdirSync, symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { metadata, operationImage } from '../../support/operation-image.ts'

const { imageWith, path, write } = operationImage()

describe('unpackaged content', () => {
  it('is listed by directory, not below directories that are unpackaged themselves, and not through links', async () => {
    const { image } = await imageWith('app')
    write('etc/zeta', 'mine')
    mkdirSync(path('etc/own/deep'), { recursive: true })
    write('etc/app/alpha', 'mine')
    symlinkSync('..', path('etc/link'))
    const content = await image.unpackaged([])
    expect(content).toEqual({
      ok: true,
      value: {
        found: [
          { kind: 'dir', path: path(metadata) },
          { kind: 'dir', path: path('etc/own') },
          { kind: 'file', path: path('etc/link') },
          { kind: 'file', path: path('etc/zeta') },
          { kind: 'file', path: path('etc/app/alpha') },
        ],
        unreadable: [],
      },
    })
    const ofOne = await image.unpackaged(['lib'])
    expect(ofOne.ok && ofOne.value.found.map((one) => one.path)).toContain(path('etc'))
    expect(await image.unpackaged(['absent'])).toMatchObject({ ok: false })
  })
})
