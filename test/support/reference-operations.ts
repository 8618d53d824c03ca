import {
  type ContentOptions,
  createImage,
  type Image,
  importImage,
  type OperationProblem,
  type PlanOptions,
  type PreparedPlan,
} from '#image'
import { type AbsolutePath, formatFmri, type Result, removeTree, type SolveRequest } from '#model'
import type { TestHost } from './image-host.ts'
import { imageOptions } from './image-options.ts'
import { createMemoryFilesystem, type MemoryFilesystem } from './memory-filesystem.ts'
import { makeMemoryImage, memoryHost, openMemoryImage, type Repositories, worldRoot } from './memory-world.ts'
import { firstRepositories, laterRepositories, otherUri, referenceUri } from './reference-packages.ts'

/** One operation of the reference set, on an image in memory. */
export interface ReferenceOperation {
  readonly name: string
  /** Makes the image as it is before, and what the world around it has. */
  prepare(): Promise<MemoryFilesystem>
  readonly repositories: Repositories
  /** The image before is damaged: `verify` finds errors in it. */
  readonly damaged?: boolean
  /** There is no image of ours before: the problem of opening it, and lines of the listing that an attempt to make one may leave. */
  readonly unmade?: { readonly code: string; readonly leftovers: RegExp }
  run(host: TestHost): Promise<Result<unknown, OperationProblem>>
}

function change(
  image: Image,
  operation: SolveRequest['operation'],
  patterns: readonly string[],
  content: ContentOptions = {},
): Promise<Result<unknown, OperationProblem>> {
  return image.install(
    { operation, patterns, reject: [], ignoreMissing: false },
    {
      ...content,
      refresh: operation !== 'uninstall',
      dryRun: false,
      acceptLicenses: true,
      decide: () => ({ ok: true, value: 'apply' }),
    },
  )
}

const unsolved = { dryRun: false, acceptLicenses: true } as const

type Step = (image: Image) => Promise<Result<unknown, OperationProblem>>

/** Opens the image for writing and takes a step. */
async function runStep(host: TestHost, step: Step): Promise<Result<unknown, OperationProblem>> {
  const image = await openMemoryImage(host)
  return image.ok ? step(image.value) : image
}

const install =
  (...patterns: readonly string[]): Step =>
  (image) =>
    change(image, 'install', patterns)
const update: Step = (image) => change(image, 'update', [])
const uninstall =
  (...patterns: readonly string[]): Step =>
  (image) =>
    change(image, 'uninstall', patterns)

/** An image on which steps were taken, and files were planted after them. */
async function prepared(
  steps: readonly Step[],
  plant: (filesystem: MemoryFilesystem) => void = () => {},
  repositories: Repositories = laterRepositories,
): Promise<MemoryFilesystem> {
  const filesystem = createMemoryFilesystem()
  const host = memoryHost(filesystem, repositories)
  await (await makeMemoryImage(host, 'full', referenceUri)).close()
  for (const step of steps) {
    const done = await runStep(host, step)
    if (!done.ok) throw new Error(JSON.stringify(done.error))
  }
  plant(filesystem)
  return filesystem
}

function edit(filesystem: MemoryFilesystem): void {
  for (const name of ['keep', 'renameold', 'renamenew', 'legacy', 'moves'])
    filesystem.appendFile(`${worldRoot}/etc/${name}`, Buffer.from(' edited'), { fsync: false })
  filesystem.plant(`${worldRoot}/etc/renameold.old`, 'was here before')
  filesystem.plant(`${worldRoot}/var/spool/old/job`, 'spooled')
  filesystem.plant(`${worldRoot}/var/spool/old/deep/job`, 'spooled')
  filesystem.plant(`${worldRoot}/opt/moved`, 'in the way')
  filesystem.plant(`${worldRoot}/usr/lib/mine/own`, 'not packaged')
}

function clutter(filesystem: MemoryFilesystem): void {
  filesystem.plant(`${worldRoot}/etc/keep`, 'mine')
  filesystem.plant(`${worldRoot}/usr/bin/greet/inside`, 'a directory where a link goes')
  filesystem.plant(`${worldRoot}/usr/lib/turns`, 'a file where a directory goes')
  filesystem.plantLink(`${worldRoot}/usr/bin/hello`, '/elsewhere')
}

function operation(
  name: string,
  run: Step,
  steps: readonly Step[] = [],
  plant?: (filesystem: MemoryFilesystem) => void,
): ReferenceOperation {
  return {
    name,
    prepare: () => prepared(steps, plant),
    repositories: laterRepositories,
    run: (host) => runStep(host, run),
  }
}

const app1 = install('tools/app@1.0')

type SettingsChange = NonNullable<PlanOptions['settings']>

function changeSettings(operationName: 'change-facet' | 'change-variant', settings: SettingsChange): Step {
  return (image) =>
    image.install(
      { operation: operationName, patterns: [], reject: [], ignoreMissing: false },
      {
        refresh: false,
        dryRun: false,
        acceptLicenses: true,
        settings,
        decide: () => ({ ok: true, value: 'apply' }),
      },
    )
}

const paint = (colour: string): Step =>
  changeSettings('change-variant', { variants: new Map([['variant.colour', colour]]) })

function damage(filesystem: MemoryFilesystem): void {
  filesystem.plant(`${worldRoot}/usr/lib/turns/a`, 'somebody else wrote this', { mode: 0o666 })
  filesystem.unlink(`${worldRoot}/usr/bin/hi`)
  filesystem.unlink(`${worldRoot}/usr/bin/greet`)
  filesystem.plantLink(`${worldRoot}/usr/bin/greet`, 'nowhere')
  filesystem.setMode(`${worldRoot}/usr/lib/mine`, 0o777)
  filesystem.setOwner(`${worldRoot}/usr/lib/turns/b`, 7, 8)
}

/** Repairs everything or nothing: `fix` alone would leave out what it could not look at, and say so. */
async function fixAll(image: Image): Promise<Result<unknown, OperationProblem>> {
  const missed = ({ verified }: PreparedPlan): boolean =>
    verified?.report.packages.some(({ findings }) =>
      findings.some(({ level, repair }) => level === 'error' && repair === undefined),
    ) === true
  const done = await image.fix({
    patterns: [],
    ...unsolved,
    decide: (prepared) => ({ ok: true, value: missed(prepared) ? 'stop' : 'apply' }),
  })
  if (!done.ok || !missed(done.value.prepared)) return done
  const path = worldRoot
  const cause = { code: 'ips::filesystem_error::call_failed', call: 'fix', path, errno: 'EIO' } as const
  return { ok: false, error: { code: 'ips::image_error::storage', path, cause } }
}

/** The same image as pkg5 would have made it: its configuration and its catalog of what is installed, nothing of ours. */
function asForeign(filesystem: MemoryFilesystem): MemoryFilesystem {
  const metadata = `${worldRoot}/var/pkg`
  const { packages } = JSON.parse(filesystem.text(`${metadata}/installed.snapshot`)!.split('\n')[1]!) as {
    packages: readonly (readonly [string])[]
  }
  const entries = packages.map(([fmri]) => {
    const [, stem, version] = /^pkg:\/\/[^/]+\/([^@]+)@(.+)$/.exec(fmri)!
    const states = { states: [2, 7], 'last-install': '20260301T120000.500000Z' }
    return [stem, [{ version, metadata: states }]] as const
  })
  for (const name of ['pkg6.image.json', 'installed.db', 'installed.snapshot', 'history', 'cache'])
    removeTree(filesystem, `${metadata}/${name}`)
  const catalog = { 'one.example': Object.fromEntries(entries) }
  filesystem.plant(`${metadata}/state/installed/catalog.base.C`, JSON.stringify(catalog))
  filesystem.plant(
    `${metadata}/pkg5.image`,
    `[image]\nversion = 4\n\n[authority_one.example]\nprefix = one.example\norigins = ['${referenceUri}']\n`,
  )
  return filesystem
}

/** The operations that the guarantee is proved on: after any crash the image is as before or as after. */
export const referenceOperations: readonly ReferenceOperation[] = [
  operation('install', app1),
  operation('install over unpackaged content', app1, [], clutter),
  operation('install with users and groups', install('service/daemon'), [install('system/base')]),
  operation('install with licences and hard links', install('tools/terms')),
  operation('update with edited and moved files', update, [app1], edit),
  operation(
    'update that replaces configuration',
    (image) => change(image, 'update', [], { preserveConfigs: false }),
    [app1],
    edit,
  ),
  operation(
    'update without copies',
    (image) => change(image, 'update', [], { preserveConfigs: false, noBackup: true }),
    [app1],
    edit,
  ),
  operation('update with renamed and obsolete packages', update, [
    install('old/name@1.0', 'tools/gone@1.0', 'system/base'),
  ]),
  operation('downgrade', app1, [install('tools/app')]),
  operation('uninstall with salvage', uninstall('tools/app'), [app1], edit),
  operation('uninstall with users and groups', uninstall('service/daemon'), [install('service/daemon')]),
  operation('overlay', install('over/upper'), [install('over/lower')], (filesystem) =>
    filesystem.appendFile(`${worldRoot}/etc/over`, Buffer.from('edited'), { fsync: false }),
  ),
  operation('mediated links', install('runtime/tool-2'), [install('runtime/tool-1')]),
  operation(
    'set-mediator',
    (image) => image.setMediators({ mediators: ['tool'], version: '1', implementation: undefined }, unsolved),
    [install('runtime/tool-1', 'runtime/tool-2')],
  ),
  operation('change-facet', changeSettings('change-facet', { facets: new Map([['facet.doc', false]]) }), [
    paint('bare'),
    install('tools/flavour', 'tools/app@1.0'),
  ]),
  operation('change-variant', paint('red'), [paint('bare'), install('tools/flavour', 'tools/app@1.0')]),
  {
    ...operation('fix', fixAll, [app1], damage),
    damaged: true,
  },
  operation(
    'revert',
    (image) => image.revert({ paths: [], tags: ['flavour'], ...unsolved }),
    [paint('bare'), install('tools/flavour')],
    (filesystem) => filesystem.plant(`${worldRoot}/etc/flavour`, 'edited', { mode: 0o644 }),
  ),
  operation('avoid', (image) => image.avoid(['tools/terms']), [app1]),
  operation('freeze', (image) => image.freeze({ patterns: ['tools/app'], reason: 'why', dryRun: false }), [
    app1,
  ]),
  operation(
    'exact-install',
    (image) => change(image, 'exact-install', ['tools/flavour']),
    [app1, install('tools/terms', 'tools/flavour')],
    edit,
  ),
  {
    name: 'refresh',
    prepare: () => prepared([app1], undefined, firstRepositories),
    repositories: laterRepositories,
    run: (host) => runStep(host, (image) => image.refresh({ publishers: [], full: false, onlyIfDue: false })),
  },
  operation('set-publisher', (image) =>
    image.setPublisher({ name: 'two.example', addOrigins: [otherUri], refresh: true }),
  ),
  operation('unset-publisher', (image) => image.removePublishers(['two.example']), [
    (image) => image.setPublisher({ name: 'two.example', addOrigins: [otherUri], refresh: true }),
  ]),
  operation('set-publisher from a repository', (image) =>
    image.autoConfigure({ uri: otherUri, addOrigins: [] }),
  ),
  operation(
    'autoremove',
    async (image) => {
      const listed = await image.listPackages({
        patterns: [],
        scope: 'installed',
        removable: 'unneeded',
        manual: false,
        refresh: false,
      })
      if (!listed.ok) return listed
      return change(
        image,
        'uninstall',
        listed.value.packages.map(({ fmri }) => formatFmri(fmri, 'full')),
      )
    },
    [install('service/daemon'), uninstall('service/daemon')],
  ),
  operation('dehydrate', (image) => image.hydrate({ operation: 'dehydrate', publishers: [] }, unsolved), [
    app1,
    install('tools/terms'),
  ]),
  operation('rehydrate', (image) => image.hydrate({ operation: 'rehydrate', publishers: [] }, unsolved), [
    app1,
    (image) => image.hydrate({ operation: 'dehydrate', publishers: [] }, unsolved),
  ]),
  operation(
    'unset-mediator',
    (image) => image.setMediators({ mediators: ['tool'], version: '', implementation: '' }, unsolved),
    [
      install('runtime/tool-1', 'runtime/tool-2'),
      (image) =>
        image.setMediators({ mediators: ['tool'], version: '1', implementation: undefined }, unsolved),
    ],
  ),
  operation('unavoid', (image) => image.unavoid(['tools/terms']), [
    app1,
    (image) => image.avoid(['tools/terms']),
  ]),
  operation('unfreeze', (image) => image.unfreeze({ patterns: ['tools/app'], dryRun: false }), [
    app1,
    (image) => image.freeze({ patterns: ['tools/app'], reason: 'why', dryRun: false }),
  ]),
  operation('flag', (image) => image.flag(['tools/app'], false), [app1]),
  operation('set-property', (image) =>
    image.editProperties({ kind: 'set', name: 'flush-content-cache-on-success', values: ['True'] }),
  ),
  operation('clean', (image) => image.cleanCache(), [app1]),
  operation('rebuild-index', (image) => image.rebuildIndex(), [app1]),
  operation('purge-history', (image) => image.purgeHistory(), [app1]),
  {
    name: 'image-import',
    prepare: async () => asForeign(await prepared([app1, install('tools/terms')])),
    repositories: laterRepositories,
    unmade: {
      code: 'ips::image_error::foreign_image',
      leftovers:
        / var\/pkg\/(installed\.(db|snapshot)(\.new)?|pkg6\.image\.json\.new|lock(\.\d+-\d(-[\w.-]*)?)?) /,
    },
    run: (host) => importImage(host, worldRoot as AbsolutePath),
  },
  {
    name: 'image-create over an image',
    prepare: () => prepared([app1]),
    repositories: laterRepositories,
    run: (host) =>
      createImage(host, {
        ...imageOptions(worldRoot, { kind: 'full', publisher: { uri: otherUri } }),
        force: true,
      }),
  },
  {
    name: 'image-create',
    prepare: async () => createMemoryFilesystem(),
    repositories: laterRepositories,
    unmade: { code: 'ips::image_error::not_an_image', leftovers: / dir var$/ },
    run: (host) =>
      createImage(host, imageOptions(worldRoot, { kind: 'full', publisher: { uri: referenceUri } })),
  },
]
