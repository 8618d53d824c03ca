import { spawnSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createImage, findImage, type Image, type ImageHost, openImage } from '#image'
import { type Filesystem, FilesystemError, type ImageKind } from '#model'
import { loadBackend } from '#solver'
import { createNodeFilesystem } from '../../cli/platform/node-filesystem.ts'
import type { Hold } from '../../cli/platform/pin-directory.ts'
import { type HostilePackage, hostileRepository } from './hostile-repository.ts'
import { testHost, testProcess } from './image-host.ts'
import { imageOptions } from './image-options.ts'
import { unflushedFilesystem } from './intercepted-filesystem.ts'
import { copyTree, restoreTree } from './whole-tree.ts'

/** The disk under attack: the real one, not waited for. */
export let attackedDisk = unflushedFilesystem(createNodeFilesystem())

/** From now on directories are held in this way. */
export function attackHeldBy(hold: Hold): void {
  attackedDisk = unflushedFilesystem(createNodeFilesystem(hold))
}

const backend = loadBackend('cadical')

/** Makes the words of a `file` or `license` action: stored content with its digests. */
export type StorePayload = ReturnType<typeof hostileRepository>['payload']

/** Writes a file action for content that fits. */
export type FileLine = (path: string, content?: string, more?: string) => string

/** An image with a repository, and beside it what no attack may change. */
export interface AttackWorld {
  /** Host path of the image's root. */
  readonly image: string
  /** Host path of the metadata folder. */
  readonly metadata: string
  /** Host path of the repository, which attackers may change as they like. */
  readonly repository: string
  /** Host path of the folder that nobody may touch. */
  readonly outside: string
  /** Fills the repository with `tools/base` in two versions and more packages. */
  publish(packages: (file: FileLine, payload: StorePayload) => readonly HostilePackage[]): void
  /** Opens the image for writing, as a new process of its own each time, and does something. */
  act(step: (image: Image) => Promise<{ readonly ok: boolean }>, disk?: Filesystem): Promise<string>
}

const metadataOf: Readonly<Record<ImageKind, string>> = {
  full: 'var/pkg',
  partial: '.pkg',
  user: '.org.opensolaris,pkg',
}

function fileLine(payload: StorePayload): FileLine {
  return (path, content = `content of ${path}\n`, more = '') =>
    `file ${payload(content)} path=${path} owner=root group=root ${/mode=/.test(more) ? '' : 'mode=0644'} ${more}`
}

/** What is sound: a package with everything that attacks may aim at. */
function basePackages(file: FileLine, payload: StorePayload): readonly HostilePackage[] {
  const shared = [
    'dir path=usr owner=root group=root mode=0755',
    'dir path=usr/lib owner=root group=root mode=0755',
  ]
  return [
    {
      name: 'tools/base@1.0',
      lines: [
        ...shared,
        file('usr/lib/one', 'one 1.0\n'),
        file('usr/lib/two', 'two 1.0\n'),
        file('etc/conf', 'conf 1.0\n', 'preserve=true revert-tag=base'),
        file('usr/share/doc/manual', 'manual\n', 'facet.doc=true'),
        'link path=usr/link target=lib/one',
        'hardlink path=usr/hard target=lib/one',
        'dir path=opt/base owner=root group=root mode=0755',
        `license ${payload('terms 1.0\n')} license=base`,
      ],
    },
    {
      name: 'tools/base@2.0',
      lines: [
        ...shared,
        file('usr/lib/one', 'one 2.0\n'),
        file('usr/lib/three', 'three 2.0\n'),
        file('etc/conf', 'conf 2.0\n', 'preserve=renameold mode=0600 revert-tag=base'),
        file('usr/share/doc/manual', 'manual 2\n', 'facet.doc=true'),
        'link path=usr/link target=lib/three',
        'dir path=opt/base owner=root group=root mode=0700',
      ],
    },
  ]
}

/** Everything about a tree that an attack could have changed, times and link counts included. Reads no fifo. */
function fingerprint(path: string): string {
  const lines: string[] = []
  const walk = (at: string, name: string): void => {
    const status = lstatSync(at)
    const content = status.isFile()
      ? readFileSync(at, 'latin1')
      : status.isSymbolicLink()
        ? readlinkSync(at)
        : ''
    lines.push(
      [
        name,
        status.mode,
        status.uid,
        status.gid,
        status.nlink,
        status.ino,
        status.isDirectory() ? '' : status.mtimeMs,
        content,
      ].join(' '),
    )
    if (status.isDirectory())
      for (const inside of readdirSync(at).sort()) walk(join(at, inside), `${name}/${inside}`)
  }
  walk(path, '')
  return lines.join('\n')
}

/** Runs attacks, each on an image as new; says what each came to. */
export interface AttackRange {
  /** Undefined when the attack was held; else what it got away with. */
  attack(kind: ImageKind, run: (world: AttackWorld) => Promise<void>): Promise<string | undefined>
  remove(): void
}

/** Makes a folder with room for one attack at a time. */
export function attackRange(): AttackRange {
  const top = mkdtempSync(join(tmpdir(), 'pkg6-attack-'))
  const pristine = new Map<ImageKind, string>()
  const path = (...parts: readonly string[]) => join(top, 'field', ...parts)
  let pid = 1000

  const hostOf = (disk: Filesystem): ImageHost =>
    testHost(disk, { loadBackend: () => backend, process: testProcess({ pid: ++pid }) })

  const worldOf = (kind: ImageKind): AttackWorld => ({
    image: path('image'),
    metadata: path('image', metadataOf[kind]),
    repository: path('repo'),
    outside: path('outside'),
    publish(packages) {
      rmSync(path('repo'), { recursive: true, force: true })
      const repository = hostileRepository(path('repo'))
      const file = fileLine(repository.payload)
      repository.publish([...basePackages(file, repository.payload), ...packages(file, repository.payload)])
    },
    async act(step, disk = attackedDisk) {
      const host = hostOf(disk)
      const found = findImage(disk, {
        exactRoot: path('image'),
        startDirectory: '/',
        walkUp: false,
        liveRoot: '/',
      })
      if (!found.ok) return found.error.code
      const opened = await openImage(host, found.value, 'write')
      if (!opened.ok) return opened.error.code
      const done: { readonly ok: boolean; readonly error?: { readonly code: string } } = await step(
        opened.value,
      )
      await opened.value.close()
      return done.ok ? 'ok' : (done.error?.code ?? 'failed')
    },
  })

  async function prepare(kind: ImageKind): Promise<string> {
    const known = pristine.get(kind)
    if (known !== undefined) return known
    rmSync(path(), { recursive: true, force: true })
    mkdirSync(path('outside', 'lib'), { recursive: true })
    mkdirSync(path('outside', 'empty'))
    for (const name of ['precious', 'lib/one', 'lib/two', 'lib/three', 'conf', 'passwd', 'installed.db'])
      writeFileSync(path('outside', name), `precious ${name}\n`)
    symlinkSync('precious', path('outside', 'link'))
    const world = worldOf(kind)
    world.publish(() => [])
    const made = await createImage(
      hostOf(attackedDisk),
      imageOptions(path('image'), { kind, publisher: { uri: `file://${path('repo')}` } }),
    )
    if (!made.ok) throw new Error(JSON.stringify(made.error))
    const installed = await world.act((image) => change(image, 'install', 'tools/base@1.0'))
    if (installed !== 'ok') throw new Error(installed)
    const kept = join(top, `pristine-${kind}`)
    copyTree(path(), kept)
    pristine.set(kind, kept)
    return kept
  }

  return {
    async attack(kind, run) {
      const kept = await prepare(kind)
      restoreTree(kept, path())
      const before = fingerprint(path('outside'))
      const beside = readdirSync(path()).sort().join(' ')
      let thrown: string | undefined
      try {
        await run(worldOf(kind))
      } catch (error) {
        if (!(error instanceof FilesystemError)) throw error
        thrown = `threw ${error.message}`
      }
      if (fingerprint(path('outside')) !== before)
        return `outside was changed:\n${before}\nis now\n${fingerprint(path('outside'))}`
      const now = readdirSync(path()).sort().join(' ')
      if (now !== beside) return `beside the image lie ${now}, before ${beside}`
      return thrown
    },
    remove: () => rmSync(top, { recursive: true, force: true }),
  }
}

/** Plans and changes, with licences accepted. */
export function change(
  image: Image,
  operation: 'install' | 'update' | 'uninstall' | 'change-facet',
  ...patterns: readonly string[]
) {
  return image.install(
    { operation, patterns, reject: [], ignoreMissing: false },
    {
      refresh: operation === 'install' || operation === 'update',
      dryRun: false,
      acceptLicenses: true,
      decide: () => ({ ok: true, value: 'apply' }),
      ...(operation === 'change-facet' ? { settings: { facets: new Map([['facet.doc', false]]) } } : {}),
    },
  )
}

/** Things that are neither files nor directories nor links. */
export type NodeKind = 'fifo' | 'socket' | 'device' | 'endless device'

const listen = "require('node:net').createServer().listen(process.argv[1], () => process.exit(0))"

/** Makes one, devices as root only; false where that is not allowed. */
export function plantNode(path: string, kind: NodeKind): boolean {
  const programs: Readonly<Record<NodeKind, readonly [string, ...string[]]>> = {
    fifo: ['mkfifo', path],
    socket: [process.execPath, '-e', listen, path],
    device: ['mknod', path, 'c', '1', '3'],
    'endless device': ['mknod', path, 'c', '1', '5'],
  }
  const [program, ...words] = programs[kind]
  return spawnSync(program, words).status === 0 && lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
