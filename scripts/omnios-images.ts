// Makes the images of the OmniOS regression: a release as of a day, with all that its `entire` lists. Written to test/fixtures/omnios/images
// and kept there, so that a change of the solver does not change what its test starts from.
// Usage: node scripts/run.mjs scripts/omnios-images.ts
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Catalog,
  dependencyTypes,
  type Freeze,
  formatFmri,
  type ImageSnapshot,
  PackageFlag,
  type PublisherName,
  type SolveRequest,
} from '#model'
import { loadBackend, resolveInstall } from '#solver'
import { readPlanCatalog } from '../cli/commands/preview/plan-catalog.ts'

interface ImageRecipe {
  readonly name: string
  /** Versions with a later time stamp did not exist. */
  readonly state: string
  /** Versions of later releases did not exist. */
  readonly release: number
  /** What was asked for besides the system. */
  readonly requested: readonly string[]
  readonly frozen?: readonly string[]
}

const recipes: readonly ImageRecipe[] = [
  {
    name: 'r151046-server',
    state: '20230601T000000Z',
    release: 151046,
    requested: ['web/curl', 'developer/versioning/git', 'system/bhyve', 'ooce/server/nginx-124'],
  },
  {
    name: 'r151054-builder',
    state: '20250601T000000Z',
    release: 151054,
    requested: ['developer/gcc14', 'developer/illumos-tools', 'developer/omnios-build-tools'],
    frozen: ['web/curl'],
  },
  {
    name: 'r151058-workstation',
    state: '20260901T000000Z',
    release: 151058,
    requested: ['developer/versioning/git', 'ooce/application/php-84', 'ooce/database/mariadb-114'],
  },
]

const publishers = ['omnios', 'extra.omnios'] as unknown as readonly PublisherName[]
const variants = { 'variant.arch': 'i386', 'variant.opensolaris.zone': 'global' }

/** The package of each stem that was the newest then: of its own release, or of an older one where that has none. */
function newestThen(catalog: Catalog, { state, release }: ImageRecipe): ReadonlyMap<number, number> {
  const newest = new Map<number, number>()
  for (let id = 0; id < catalog.packageCount; id += 1) {
    const [, branch, time] = /-(\d+)[^:]*:(.*)$/.exec(catalog.packageVersion(id)) ?? []
    if (branch === undefined || time === undefined || time > state || Number(branch) > release) continue
    newest.set(catalog.packageStem[id]!, id)
  }
  return newest
}

/** Stems that a package lists as optional and that could be had then. */
function listedBy(catalog: Catalog, id: number, newest: ReadonlyMap<number, number>): readonly string[] {
  const listed = Array.from(
    catalog.dependencyList.subarray(catalog.dependencyStart[id]!, catalog.dependencyStart[id + 1]!),
  )
  return listed
    .filter((dependency) => dependencyTypes[catalog.dependencyType[dependency]!] === 'optional')
    .map((dependency) => catalog.targetStem[catalog.targetList[catalog.dependencyTargetStart[dependency]!]!]!)
    .filter((stem) => {
      const own = newest.get(stem)
      const isGone = PackageFlag.obsolete | PackageFlag.renamed
      return own !== undefined && (catalog.packageFlags[own]! & isGone) === 0
    })
    .map((stem) => catalog.stemName(stem))
}

async function main(): Promise<void> {
  const root = process.env.PKG6_PROJECT_ROOT ?? '.'
  const data = join(root, '..', 'shared', 'data', 'catalogs')
  const read = await readPlanCatalog({ folders: ['omnios', 'omnios-extra'].map((name) => join(data, name)) })
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  const { catalog } = read.value
  const newBackend = await loadBackend('minisat-wasm')
  const folder = join(root, 'test', 'fixtures', 'omnios', 'images')
  mkdirSync(folder, { recursive: true })
  for (const recipe of recipes) {
    const newest = newestThen(catalog, recipe)
    // A freeze of every stem is a catalog of that day.
    const frozen = [...newest].map(
      ([stem, id]): Freeze => ({
        stem: catalog.stemName(stem),
        version: catalog.packageVersion(id),
        reason: undefined,
        since: 0,
      }),
    )
    const listed = listedBy(catalog, newest.get(catalog.findStem('entire'))!, newest)
    const requested = ['entire', ...recipe.requested]
    const request: SolveRequest = {
      operation: 'install',
      patterns: [...new Set([...requested, ...listed])].map((stem) => `pkg:/${stem}`),
      reject: [],
      ignoreMissing: false,
    }
    const snapshot: ImageSnapshot = {
      generation: 1,
      installed: [],
      publishers: publishers.map((name) => ({ name, sticky: true, enabled: true })),
      variants: new Map(Object.entries(variants)),
      facets: [],
      frozen,
      avoided: [],
      parent: undefined,
    }
    const answer = resolveInstall({ catalog, snapshot, request, newBackend, budget: {} })
    if (!answer.ok) throw new Error(`${recipe.name}: ${JSON.stringify(answer.error).slice(0, 2000)}`)
    const installed = answer.value.plan.add.map(({ fmri }) => formatFmri(fmri))
    const own = (stem: string): string => installed.find((text) => text.includes(`/${stem}@`))!
    const image = {
      name: recipe.name,
      catalogs: ['omnios', 'omnios-extra'],
      publishers,
      variants,
      requested,
      frozen: (recipe.frozen ?? []).map((stem) =>
        own(stem)
          .replace(/,[^:]*/, '')
          .replace(/:[^:]*$/, ''),
      ),
      installed,
    }
    console.log(`${recipe.name}: ${installed.length} packages`)
    writeFileSync(join(folder, `${recipe.name}.json`), `${JSON.stringify(image, null, 1)}\n`)
  }
}

await main()
