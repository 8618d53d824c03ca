import { describe, expect, it } from 'vitest'
import { type AbsolutePath, parseFmri, reservedNames } from '#model'
import { imageLayout } from '../../image/layout.ts'

const parsed = parseFmri('pkg://test/a@1,5.11:20260101T000000Z')
const fmri = parsed.ok ? parsed.value : expect.fail('it parses')

describe('the files of an image', () => {
  it('have names that packages must not deliver', () => {
    const layout = imageLayout('/m' as AbsolutePath)
    const paths = Object.entries(layout).flatMap(([name, value]) => {
      if (name === 'metadata') return []
      if (typeof value === 'string') return [value]
      if (name === 'payload') return [layout.payload('test', 'abc')]
      return [(value as (of: never) => string)((/Manifest$/.test(name) ? fmri : 'test') as never)]
    })
    expect(paths.length).toBeGreaterThan(12)
    const names = paths.map((path) => path.split('/')[2]!)
    expect(names.filter((name) => !reservedNames.includes(name))).toEqual([])
  })
})
