import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PreparedPlan } from '#image'
import {
  essence,
  metadata,
  newImage,
  root,
  succeed,
  usePublishedImages,
  verifiesClean,
} from '../../support/published-image.ts'

usePublishedImages()

const cache = join(metadata, 'cache/publisher/small.example/pkg')

/** The texts of fetched manifests that lie in the cache. */
function cached(): readonly string[] {
  return readdirSync(join(root, cache), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
}

async function install(meanwhile: (prepared: PreparedPlan) => void) {
  const image = await newImage()
  const before = essence()
  const done = await image.install(
    { operation: 'install', patterns: ['greet'], reject: [], ignoreMissing: false },
    {
      refresh: true,
      dryRun: false,
      acceptLicenses: false,
      decide: (prepared) => {
        meanwhile(prepared)
        return { ok: true, value: 'apply' }
      },
    },
  )
  return { image, before, done }
}

describe('a fetched manifest', () => {
  it.each<readonly [string, (path: string) => void, string]>([
    ['is lost', (path) => rmSync(path), 'the file is gone'],
    ['was changed', (path) => writeFileSync(path, 'set name=x value=y\n'), 'the file was changed'],
  ])('that %s before the commit undoes the operation', async (_, damage, reason) => {
    const { image, before, done } = await install((prepared) => {
      expect(cached().length).toBeGreaterThan(0)
      for (const path of cached()) damage(path)
      // What is shown of it is nothing, and no failure.
      expect(prepared.newManifests.map(({ fmri }) => prepared.manifestOf(fmri))).toEqual(
        prepared.newManifests.map(() => undefined),
      )
    })
    expect(done).toMatchObject({
      ok: false,
      error: { code: 'ips::installer_error::commit_failed', reason: expect.stringContaining(reason) },
    })
    expect(essence()).toEqual(before)
    await succeed(image, 'install', 'greet')
    await verifiesClean(image)
    await image.close()
  })
  it('can be looked at after the commit as well', async () => {
    const { image, done } = await install(() => {})
    if (!done.ok) throw new Error(done.error.code)
    const { manifestOf, newManifests } = done.value.prepared
    expect(newManifests.length).toBeGreaterThan(0)
    expect(cached()).toEqual([])
    for (const { fmri, bytes, readText } of newManifests) {
      expect(manifestOf(fmri)?.actions.length).toBeGreaterThan(0)
      const text = readText()
      expect(text.ok && Buffer.byteLength(text.value)).toBe(bytes)
    }
    await image.close()
  })
})
