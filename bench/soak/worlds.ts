import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Catalog, ImageSnapshot, PublisherName } from '#model'
import { readImageFile } from '../../cli/commands/preview/image-file.ts'
import { readPlanCatalog } from '../../cli/commands/preview/plan-catalog.ts'

/** A recorded catalog with the images that go with it. */
export interface SoakWorld {
  readonly name: string
  readonly catalog: Catalog
  readonly publishers: readonly PublisherName[]
  readonly images: readonly ImageSnapshot[]
  readonly variants: ReadonlyMap<string, string>
  /** Stems whose older versions make an image of an older state. */
  readonly anchors: readonly string[]
}

const known = [
  {
    name: 'openindiana',
    folders: ['oi-hipster', 'oi-hipster-encumbered'],
    requests: 'oi-hipster',
    arch: 'i386',
    anchors: ['consolidation/userland/userland-incorporation', 'consolidation/osnet/osnet-incorporation'],
  },
  {
    name: 'omnios',
    folders: ['omnios', 'omnios-extra'],
    requests: 'omnios',
    arch: 'i386',
    anchors: ['entire', 'consolidation/osnet/osnet-incorporation', 'incorporation/jeos/omnios-userland'],
  },
  {
    name: 'debian',
    folders: ['debian-bookworm'],
    requests: 'debian-bookworm',
    arch: 'amd64',
    anchors: ['release/bookworm-incorporation'],
  },
] as const

/** Names of the catalogs that can be asked for. */
export const worldNames = known.map(({ name }) => name)

/** Reads a catalog, with its index kept in `cache`. */
export async function loadWorld(data: string, cache: string, name: string): Promise<SoakWorld> {
  const world = known.find((one) => one.name === name)
  if (world === undefined) throw new Error(`no such catalog: ${name}; known: ${worldNames.join(', ')}`)
  mkdirSync(cache, { recursive: true })
  const read = await readPlanCatalog({
    folders: world.folders.map((folder) => join(data, 'catalogs', folder)),
    index: join(cache, `${world.folders.join('+')}.index`),
  })
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  const { catalog } = read.value
  const folder = join(data, 'requests', world.requests, 'images')
  const images: ImageSnapshot[] = []
  for (const file of existsSync(folder) ? readdirSync(folder).sort() : []) {
    const image = await readImageFile(join(folder, file))
    if (!image.ok) throw new Error(JSON.stringify(image.error))
    images.push(image.value.snapshot)
  }
  return {
    name,
    catalog,
    publishers: catalog.publishers,
    images,
    variants: new Map([
      ['variant.arch', world.arch],
      ['variant.opensolaris.zone', 'global'],
      ['variant.opensolaris.imagetype', 'full'],
    ]),
    anchors: world.anchors.filter((stem) => catalog.findStem(stem) >= 0),
  }
}
