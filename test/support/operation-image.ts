import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { createImage, findImage, type Image, type OperationOptions, openImage } from '#image'
import { loadBackend } from '#solver'
import { createNodeFilesystem } from '../../cli/platform/node-filesystem.ts'
import { type TestHost, testHost } from './image-host.ts'
import { imageOptions } from './image-options.ts'
import { unflushedFilesystem } from './intercepted-filesystem.ts'
import { publishRepository } from './published-repository.ts'
import { type TemporaryFolder, temporaryFolder } from './small-repository.ts'
import { wholeTree } from './whole-tree.ts'

/** Where the metadata of the image lies, below its root. */
export const metadata = '.org.opensolaris,pkg'

/** Options of an operation that is carried out and accepts no licence. */
export const apply: OperationOptions = { dryRun: false, acceptLicenses: false }

/** The disk of the tests, which waits for no flush. */
export const disk = unflushedFilesystem(createNodeFilesystem())

const contents = new Map([
  ['hello', 'hello\n'],
  ['conf', 'loud = no\n'],
  ['terms', 'Use it well.\n'],
  ['under', 'under\n'],
  ['over', 'over\n'],
])
const owned = 'owner=root group=root'
const name = (stem: string) =>
  `set name=pkg.fmri value=pkg://small.example/${stem}@1.0,5.11-1:20260101T000000Z\n`
const manifests = [
  `${name('app')}depend type=require fmri=lib
dir path=etc ${owned} mode=0755
dir path=etc/app ${owned} mode=0755 revert-tag=site=*.local revert-tag=all=*
dir path=etc/app/mode ${owned} mode=0750 revert-tag=modes
file hello path=usr/bin/hello ${owned} mode=0755
file conf path=etc/app/app.conf ${owned} mode=0644 preserve=true revert-tag=site revert-tag=other
file conf path=etc/app/new.conf ${owned} mode=0644 preserve=renamenew revert-tag=site=later
file conf path=etc/app/gone.conf ${owned} mode=0644 preserve=abandon revert-tag=site
link path=usr/bin/hi target=hello
hardlink path=usr/bin/hey target=hello
license terms license=terms
`,
  `${name('lib')}file hello path=usr/lib/words ${owned} mode=0644\n`,
  `${name('agree')}license terms license=terms must-accept=true\n`,
  `${name('lower')}file under path=etc/over ${owned} mode=0644 preserve=true overlay=allow revert-tag=site\n`,
  `${name('meta')}dir path=${metadata} ${owned} mode=0755 revert-tag=meta=*\n`,
  `${name('upper')}file over path=etc/over ${owned} mode=0644 preserve=true overlay=true\n`,
  `${name('alpha')}file over path=etc/over ${owned} mode=0640 preserve=true overlay=true\n`,
  ...['1', '2'].map(
    (version) => `${name(`tool-${version}`)}file hello path=usr/lib/tool${version} ${owned} mode=0755
link path=usr/bin/tool target=../lib/tool${version} mediator=tool mediator-version=${version}
`,
  ),
]

const backend = loadBackend('cadical')

/** A host on the disk of the tests, with a SAT engine that is loaded once. */
export const newHost = (changes: Parameters<typeof testHost>[1] = {}): TestHost =>
  testHost(disk, { loadBackend: () => backend, ...changes })

interface OpenedImage {
  readonly image: Image
  readonly host: TestHost
}

/** A repository and the root of an image, new for each test of the file that asks for it. */
export interface OperationImage {
  /** The folder that holds both. */
  readonly folder: string
  readonly root: string
  readonly repository: string
  /** Makes the image and installs packages. */
  imageWith(...patterns: readonly string[]): Promise<OpenedImage>
  /** As `imageWith`, from another origin that offers the same. */
  imageFrom(uri: string, ...patterns: readonly string[]): Promise<OpenedImage>
  /** Opens the image once more for writing. */
  reopened(host: TestHost): Promise<Image>
  /** Path of an entry of the image. */
  path(relative: string): string
  text(relative: string): string
  write(relative: string, content: string): void
  mode(relative: string): number | undefined
  /** All but what may differ after a command that changed nothing. */
  everything(): readonly string[]
  /** As `everything`, without what a failed operation may have fetched. */
  essence(): readonly string[]
}

/** Gives each test of the calling file its own repository and image, and removes them afterwards. */
export function operationImage(): OperationImage {
  let folder: TemporaryFolder
  beforeEach(() => {
    folder = temporaryFolder()
    publishRepository(image.repository, manifests, contents)
  })
  afterEach(() => folder.remove())
  const image: OperationImage = {
    get folder() {
      return folder.path
    },
    get root() {
      return join(folder.path, 'image')
    },
    get repository() {
      return join(folder.path, 'repository')
    },
    imageWith: (...patterns) => image.imageFrom(`file://${image.repository}`, ...patterns),
    async imageFrom(uri, ...patterns) {
      const host = newHost()
      const made = await createImage(host, imageOptions(image.root, { publisher: { uri } }))
      if (!made.ok) throw new Error(JSON.stringify(made.error))
      const done = await made.value.image.install(
        { operation: 'install', patterns, reject: [], ignoreMissing: false },
        { refresh: false, dryRun: false, acceptLicenses: true, decide: () => ({ ok: true, value: 'apply' }) },
      )
      if (!done.ok) throw new Error(JSON.stringify(done.error))
      return { image: made.value.image, host }
    },
    async reopened(host) {
      const found = findImage(disk, {
        exactRoot: image.root,
        startDirectory: '/',
        walkUp: true,
        liveRoot: '/',
      })
      if (!found.ok) throw new Error(found.error.code)
      const opened = await openImage(host, found.value, 'write')
      if (!opened.ok) throw new Error(JSON.stringify(opened.error))
      return opened.value
    },
    path: (relative) => join(image.root, relative),
    text: (relative) => readFileSync(image.path(relative), 'utf8'),
    write: (relative, content) => writeFileSync(image.path(relative), content),
    mode: (relative) => disk.lstat(image.path(relative))?.mode,
    everything: () =>
      wholeTree(image.root, (one) =>
        new RegExp(`^${metadata}/(cache|history|lock|modified|reserve)`).test(one),
      ),
    essence: () =>
      image.everything().filter((line) => !new RegExp(` ${metadata}/publisher/[^/]+/file`).test(line)),
  }
  return image
}

/** Runs `fix` with the options of `apply`. */
export const fix = (
  image: Image,
  patterns: readonly string[] = [],
  options: Partial<OperationOptions> = {},
) => image.fix({ ...apply, ...options, patterns })

/** Runs `revert` with the options of `apply`. */
export const revert = (
  image: Image,
  wanted: { paths?: readonly string[]; tags?: readonly string[] },
  dryRun = false,
) => image.revert({ ...apply, dryRun, paths: wanted.paths ?? [], tags: wanted.tags ?? [] })

/** Sets the version of the mediator `tool`. */
export const setMediator = (image: Image, version: string, options: Partial<OperationOptions> = {}) =>
  image.setMediators({ mediators: ['tool'], version, implementation: undefined }, { ...apply, ...options })

/** What `verify` calls an error, as `item: text`. */
export async function errors(image: Image): Promise<string[]> {
  const report = await image.verify({ patterns: [], paths: [] })
  if (!report.ok) throw new Error(JSON.stringify(report.error))
  return report.value.packages.flatMap(({ findings }) =>
    findings.filter(({ level }) => level === 'error').map(({ item, text: detail }) => `${item}: ${detail}`),
  )
}

/** The history of the image, as `operation outcome`. */
export const operations = (image: Image) =>
  image.history().map(({ operation, outcome }) => `${operation} ${outcome}`)

/** Number of the last change that was committed; -1 where it cannot be read. */
export const generation = (image: Image) =>
  image.snapshot().then((snapshot) => (snapshot.ok ? snapshot.value.generation : -1))
