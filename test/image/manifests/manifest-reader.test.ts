import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  greetOne,
  metadata,
  newHost,
  newImage,
  opened,
  repository,
  root,
  run,
  succeed,
  tree,
  usePublishedImages,
  verifiesClean,
} from '../../support/published-image.ts'

usePublishedImages()

/** The only stored manifest of a stem. */
function stored(stem: string): string {
  const folder = join(root, metadata, 'publisher/small.example/pkg', encodeURIComponent(stem))
  return join(folder, readdirSync(folder)[0] ?? '')
}

async function installed(): Promise<void> {
  const image = await newImage()
  await succeed(image, 'install', 'greet@1.0')
  await image.close()
}

const damages: readonly (readonly [string, (path: string) => void])[] = [
  ['gone', (path) => rmSync(path)],
  ['emptied', (path) => writeFileSync(path, '')],
  ['larger than memory', (path) => truncateSync(path, 2 ** 42)],
  ['edited', (path) => writeFileSync(path, 'set name=x value=y\n')],
  [
    'a directory now',
    (path) => {
      rmSync(path)
      mkdirSync(path)
    },
  ],
]

describe.each(damages)('a manifest of an installed package that is %s', (_, damage) => {
  it('is fetched anew by readers, which leave the file as it is', async () => {
    await installed()
    damage(stored('tools/greet'))
    const host = newHost()
    const image = await opened(host)
    await verifiesClean(image)
    const described = await image.describePackages({ patterns: ['greet'], scope: 'installed' })
    expect(described).toMatchObject({ ok: true, value: { misses: [], packages: [{}] } })
    expect(host.collected).toContainEqual(
      expect.objectContaining({ kind: 'warning', code: 'ips::image_warning::manifest_restored' }),
    )
    await image.close()
  })

  it('is put back by the next change', async () => {
    await installed()
    const path = stored('library/words')
    const text = readFileSync(path, 'utf8')
    damage(path)
    const image = await opened(newHost())
    await succeed(image, 'uninstall', 'greet')
    await image.close()
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it('does not keep its package from being removed', async () => {
    await installed()
    damage(stored('tools/greet'))
    const image = await opened(newHost())
    await succeed(image, 'uninstall', 'greet', 'words')
    expect(tree()).toEqual([])
    await image.close()
  })

  it('is named when no repository has it, and nothing is changed', async () => {
    await installed()
    damage(stored('tools/greet'))
    renameSync(repository, `${repository}-away`)
    const image = await opened(newHost())
    const problem = { ok: false, error: { code: 'ips::image_error::missing_manifest' } }
    expect(await run(image, 'uninstall', 'greet')).toMatchObject(problem)
    expect(await image.verify({ patterns: [], paths: [] })).toMatchObject(problem)
    expect(tree()).toEqual(greetOne)
    await image.close()
  })
})

it('takes no other text from a repository than was installed', async () => {
  await installed()
  rmSync(stored('tools/greet'))
  const published = join(
    repository,
    'publisher/small.example/pkg/tools%2Fgreet',
    encodeURIComponent('1.0,5.11-1:20260101T000000Z'),
  )
  writeFileSync(published, `${readFileSync(published, 'utf8')}set name=more value=more\n`)
  const image = await opened(newHost())
  expect(await run(image, 'uninstall', 'greet')).toMatchObject({
    ok: false,
    error: { code: 'ips::image_error::missing_manifest' },
  })
  await image.close()
})
