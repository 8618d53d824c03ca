import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createImage } from '#image'
import type { Filesystem } from '#model'
import { imageOptions } from '../../support/image-options.ts'
import {
  disk,
  folder,
  installedNames,
  metadata,
  newHost,
  newImage,
  repository,
  run,
  succeed,
  usePublishedImages,
} from '../../support/published-image.ts'
import { publishRepository } from '../../support/published-repository.ts'
import { wholeTree } from '../../support/whole-tree.ts'

usePublishedImages()

const fmri = (name: string): string =>
  `set name=pkg.fmri value=pkg://small.example/${name},5.11-1:20260101T000000Z`
const publish = (packages: Readonly<Record<string, readonly string[]>>): void =>
  publishRepository(
    repository,
    Object.entries(packages).map(([name, lines]) => `${[fmri(name), ...lines].join('\n')}\n`),
    new Map(),
  )

describe('actuators of an installed package', () => {
  it('bring other packages to a version, or take them along, when it is uninstalled', async () => {
    publish({
      'app@1': [
        'set name=pkg.additional-update-on-uninstall value=lib@1',
        'set name=pkg.additional-uninstall-on-uninstall value=doc value=absent',
      ],
      'lib@1': [],
      'lib@2': [],
      'doc@1': [],
      'other@1': ['depend type=require fmri=lib'],
    })
    const image = await newImage()
    await succeed(image, 'install', 'app', 'doc', 'other')
    const before = ['app@1-1 manual', 'doc@1-1 manual', 'lib@2-1', 'other@1-1 manual']
    expect(await installedNames(image)).toEqual(before.map((name) => `small.example/${name}`))
    await succeed(image, 'uninstall', 'app')
    // That an actuator names a package does not mean that the user asked for it.
    expect(await installedNames(image)).toEqual(['small.example/lib@1-1', 'small.example/other@1-1 manual'])
  })

  it('count only where their tags pass, and a value that is no FMRI does nothing', async () => {
    publish({
      'app@1': [
        'set name=pkg.additional-uninstall-on-uninstall value=doc facet.optional.clean=true',
        'set name=pkg.additional-uninstall-on-uninstall value=_other value=lib',
      ],
      'lib@1': [],
      'doc@1': [],
    })
    const image = await newImage()
    await succeed(image, 'install', 'app', 'lib', 'doc')
    await succeed(image, 'uninstall', 'app')
    expect(await installedNames(image)).toEqual(['small.example/doc@1-1 manual'])
  })
})

/** The disk, but that images looked for at `/` are those of `place`. */
function withRootAt(place: string): Filesystem {
  const moved = (path: unknown): unknown =>
    typeof path === 'string' && path.startsWith(`/${metadata}`) ? join(place, path) : path
  return new Proxy(disk, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function') return member
      return (first: unknown, ...rest: unknown[]) =>
        Reflect.apply(member, target, [moved(first), ...rest]) as unknown
    },
  })
}

describe('an origin dependency on the root image', () => {
  const packages = {
    'app@1': [],
    'app@2': ['depend type=origin root-image=true fmri=base@2'],
    'base@1': [],
    'base@2': [],
  }

  async function withBaseAtRoot(version: string): Promise<string> {
    publish(packages)
    const place = join(folder.path, 'live')
    const made = await createImage(
      newHost(),
      imageOptions(place, { publisher: { uri: `file://${repository}` } }),
    )
    if (!made.ok) throw new Error(made.error.code)
    await succeed(made.value.image, 'install', `base@${version}`)
    return place
  }

  it.each([
    ['1', 'app@1-1'],
    ['2', 'app@2-1'],
  ])('looks at what is installed there: base %s allows %s', async (version, expected) => {
    const place = await withBaseAtRoot(version)
    const before = wholeTree(place)
    const image = await newImage(newHost({ filesystem: withRootAt(place) }))
    await succeed(image, 'install', 'app')
    expect(await installedNames(image)).toEqual([`small.example/${expected} manual`])
    expect(wholeTree(place)).toEqual(before)
  })

  it('is met where there is no image at /', async () => {
    publish(packages)
    const image = await newImage(newHost({ filesystem: withRootAt(join(folder.path, 'empty')) }))
    await succeed(image, 'install', 'app', 'base@1')
    expect(await installedNames(image)).toEqual([
      'small.example/app@2-1 manual',
      'small.example/base@1-1 manual',
    ])
  })

  it('says so where it stands in the way', async () => {
    const place = await withBaseAtRoot('1')
    const image = await newImage(newHost({ filesystem: withRootAt(place) }))
    expect(await run(image, 'install', 'app@2')).toMatchObject({
      error: {
        code: 'ips::solver_error::unsatisfiable',
        facts: [
          { kind: 'named' },
          { kind: 'origin', object: 'base', place: 'root', range: '2', reason: '1-1' },
        ],
      },
    })
  })
})
