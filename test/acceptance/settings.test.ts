import { afterEach, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, type Ran, told } from '../support/command-line.ts'
import { compareWithManifests, type Exception } from '../support/manifest-tree.ts'
import {
  type Combination,
  combinationsOf,
  type TaggedPackage,
  taggedPackages,
} from '../support/own-settings.ts'
import { isWhole } from '../support/sampling.ts'
import { sharedData } from '../support/shared-data.ts'
import { wholeTree } from '../support/whole-tree.ts'

const names = ['basic', 'cases'] as const
const repositories = names.flatMap((name) => {
  const folder = sharedData('data', 'repos', name)
  return folder === undefined ? [] : [[name, folder] as const]
})
const isRoot = process.geteuid?.() === 0
/** Combinations of the newest version that a sample tries, instead of every combination of every version. */
const sampleSize = 3

let at: CommandLine
afterEach(() => at.remove())

/** What is not on the target although the manifest delivers it: files that are never delivered anew. */
const except: ReadonlyMap<string, Exception> = new Map([
  ['etc/hello.abandon', 'absent'],
  ['etc/hello.legacy.new', 'absent'],
])

const defaults = {
  'variant.arch': 'i386',
  'variant.opensolaris.imagetype': 'full',
  'variant.opensolaris.zone': 'global',
}

function assignments(values: Readonly<Record<string, string | boolean>>): readonly string[] {
  return Object.entries(values).map(
    ([name, value]) => `${name}=${value === true ? 'True' : value === false ? 'False' : value}`,
  )
}

async function succeeds(codes: readonly number[], ...words: readonly string[]): Promise<Ran> {
  const ran = await at.pkg6(...words)
  expect(codes, told(ran)).toContain(ran.exit)
  return ran
}

/** An image with these settings from the start, and the package in it. */
async function freshImage(
  image: string,
  folder: string,
  one: TaggedPackage,
  settings: Combination,
): Promise<void> {
  const options = [
    ...assignments({ ...defaults, ...settings.variants }).flatMap((word) => ['--variant', word]),
    ...assignments(settings.facets).flatMap((word) => ['--facet', word]),
  ]
  await succeeds([0], 'image-create', '--full', ...options, '-p', folder, image)
  await succeeds([0], '-R', image, 'install', '--no-refresh', '-q', one.fmri)
}

async function differences(image: string, folder: string, settings: Combination): Promise<readonly string[]> {
  const listed = await succeeds([0], '-R', image, 'list', '-Hv')
  const packages = listed.stdout.split('\n').flatMap((line) => {
    const [fmri = ''] = line.split(/\s/)
    return fmri.startsWith('pkg://') ? [{ fmri, repository: folder }] : []
  })
  const found = compareWithManifests({
    root: at.path(image),
    metadata: 'var/pkg',
    packages,
    variants: { ...defaults, ...settings.variants },
    facets: settings.facets,
    owners: isRoot,
    except,
  })
  const verified = await at.pkg6('-R', image, 'verify')
  return verified.exit === 0 ? found : [...found, told(verified)]
}

function chosen(one: TaggedPackage): readonly Combination[] {
  const all = combinationsOf(one)
  // An odd step, so that facets are seen with both values.
  const step = Math.max(1, Math.floor(all.length / sampleSize)) | 1
  return isWhole ? all : all.filter((_, index) => index % step === 0)
}

function packagesOf(folder: string): readonly TaggedPackage[] {
  const all = taggedPackages(folder)
  const stem = ({ name }: TaggedPackage): string => name.replace(/@.*/, '')
  return isWhole
    ? all
    : all.filter((one, index) => all[index + 1] === undefined || stem(all[index + 1]!) !== stem(one))
}

describe.each(repositories)('each package of %s that has facets or variants', (_, folder) => {
  it.each(packagesOf(folder).map((one) => [one.name, one] as const))(
    '%s is on the target as its manifest says, however the image came to its settings',
    async (_name, one) => {
      at = commandLine()
      const combinations = chosen(one)
      const wrong: string[] = []
      await freshImage('changed', folder, one, { facets: {}, variants: combinations[0]?.variants ?? {} })
      for (const [index, settings] of combinations.entries()) {
        const variants = assignments(settings.variants)
        const facets = assignments(settings.facets)
        if (variants.length > 0)
          await succeeds([0, 4], '-R', 'changed', 'change-variant', '--no-refresh', '-q', ...variants)
        if (facets.length > 0)
          await succeeds([0, 4], '-R', 'changed', 'change-facet', '--no-refresh', '-q', ...facets)
        const told = (line: string): string => `${variants.join(' ')} ${facets.join(' ')}: ${line}`
        wrong.push(...(await differences('changed', folder, settings)).map(told))
        if (!isWhole && index % 2 === 0) continue
        const fresh = `fresh-${index}`
        await freshImage(fresh, folder, one, settings)
        wrong.push(...(await differences(fresh, folder, settings)).map((line) => told(`fresh: ${line}`)))
      }
      expect(wrong).toEqual([])
      // Settings that were made can be taken back, and then the tree is that of an image that never had any.
      const last = combinations.at(-1)
      await succeeds(
        [0, 4],
        '-R',
        'changed',
        'change-facet',
        '--no-refresh',
        '-q',
        ...one.facets.map((facet) => `${facet}=None`),
        'facet.unknown=None',
      )
      await freshImage('plain', folder, one, { facets: {}, variants: last?.variants ?? {} })
      expect(ownTree('changed', one)).toEqual(ownTree('plain', one))
    },
  )
})

/** The tree without what other packages brought that earlier settings asked for. */
function ownTree(image: string, one: TaggedPackage): readonly string[] {
  const names = one.name.startsWith('app/arch') ? /(archfile|zonefile|dbgfile)/ : /./
  return wholeTree(at.path(image), (path) => path === 'var/pkg').filter((line) => names.test(line))
}

describe.skipIf(repositories.length === 0)('a variant that a package does not support', () => {
  it('takes the package away, and brings nothing back', async () => {
    at = commandLine()
    const [, folder = ''] = repositories[0] ?? []
    const one = taggedPackages(folder).find(({ name }) => name === 'app/arch@1.1')
    if (one === undefined) throw new Error('app/arch@1.1')
    await freshImage('image', folder, one, { facets: {}, variants: {} })
    await succeeds([0], '-R', 'image', 'change-variant', '--no-refresh', '-q', 'arch=arm')
    expect(await differences('image', folder, { facets: {}, variants: { 'variant.arch': 'arm' } })).toEqual(
      [],
    )
    expect(ownTree('image', one)).toEqual([])
    await succeeds([0], '-R', 'image', 'change-variant', '--no-refresh', '-q', 'arch=i386')
    expect(ownTree('image', one)).toEqual([])
    const history = await succeeds([0], '-R', 'image', 'history', '-Ho', 'operation,outcome')
    expect(history.stdout.split('\n').filter((line) => line.startsWith('change-variant'))).toHaveLength(2)
  })
})
