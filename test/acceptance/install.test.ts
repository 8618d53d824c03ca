import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { runPkg6Depot } from '../../cli/pkg6depot/pkg6depot.ts'
import { type CommandLine, commandLine, type Ran, told } from '../support/command-line.ts'
import { startServer } from '../support/local-server.ts'
import { compareWithManifests, type Exception } from '../support/manifest-tree.ts'
import { isWhole, sampled } from '../support/sampling.ts'
import { sharedData } from '../support/shared-data.ts'
import { staticDepot } from '../support/static-depot.ts'
import { wholeTree } from '../support/whole-tree.ts'

const basic = sharedData('data', 'repos', 'basic')
const cases = sharedData('data', 'repos', 'cases')
const isRoot = process.geteuid?.() === 0

type Kind = 'full' | 'partial' | 'user'
const metadata: Readonly<Record<Kind, string>> = {
  full: 'var/pkg',
  partial: '.pkg',
  user: '.org.opensolaris,pkg',
}
const variants = {
  'variant.arch': 'i386',
  'variant.opensolaris.imagetype': 'full',
  'variant.opensolaris.zone': 'global',
}

let at: CommandLine
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  at.remove()
  for (const close of closing.splice(0)) await close()
})

async function succeeds(...words: readonly string[]): Promise<Ran> {
  const ran = await at.pkg6(...words)
  expect(ran.exit, told(ran)).toBe(0)
  return ran
}

/** Full FMRIs of what the image says is installed. */
async function installed(image: string): Promise<readonly string[]> {
  const ran = await at.pkg6('-R', image, 'list', '-Hv')
  return ran.stdout
    .split('\n')
    .filter((line) => line.startsWith('pkg://'))
    .map((line) => line.split(/\s/)[0] ?? '')
}

interface Judged {
  readonly kind?: Kind
  readonly facets?: Readonly<Record<string, boolean>>
  readonly except?: Readonly<Record<string, Exception>>
}

/** The image verifies, and its tree is that of the manifests. */
async function expectRight(image: string, repository: string, judged: Judged = {}): Promise<void> {
  expect(await differencesOf(image, repository, judged)).toEqual([])
}

async function differencesOf(
  image: string,
  repository: string,
  judged: Judged = {},
): Promise<readonly string[]> {
  const kind = judged.kind ?? 'full'
  const packages = await installed(image)
  const verified = packages.length === 0 ? undefined : await at.pkg6('-R', image, 'verify')
  const differences = compareWithManifests({
    root: at.path(image),
    metadata: metadata[kind],
    packages: packages.map((fmri) => ({ fmri, repository })),
    variants,
    facets: judged.facets ?? {},
    owners: isRoot,
    except: new Map(Object.entries(judged.except ?? {})),
  })
  return verified === undefined || verified.exit === 0 ? differences : [...differences, told(verified)]
}

/** The account files, once a package brought an account. */
const accounts: Readonly<Record<string, Exception>> = {
  'etc/passwd': 'content',
  'etc/shadow': 'content',
  'etc/group': 'content',
  'etc/ftpd/ftpusers': 'content',
}

/** Each way to offer a repository folder to a client. All other images of this file use its path. */
const origins: readonly (readonly [string, (folder: string) => Promise<string>])[] = [
  ...sampled<[string, (folder: string) => Promise<string>][]>([], [['its path', async (folder) => folder]]),
  ['file://', async (folder) => `file://${folder}`],
  [
    'http:// from a web server that knows nothing of packages',
    async (folder) => {
      const server = await startServer(staticDepot(folder, { prefixed: true, publisher: 'example.org' }))
      closing.push(() => server.close())
      return server.uri
    },
  ],
  ['http:// from pkg6depot', serveWithDepot],
]

/** Runs pkg6depot as a user does, until the test is over; its first line of output is the address. */
async function serveWithDepot(folder: string): Promise<string> {
  let stop = (): void => {}
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  let done: Promise<number> | undefined
  const address = new Promise<string>((resolve, reject) => {
    done = runPkg6Depot(['-d', folder, '-p', '0'], {
      stdout: (text) => resolve(text.trim()),
      stderr: (text) => reject(new Error(text)),
      overwrite: () => {},
      stdoutIsTty: false,
      env: {},
      cwd: at.folder,
      untilStopped: () => stopped,
    })
  })
  closing.push(() => {
    stop()
    return done ?? Promise.resolve()
  })
  return await address
}

async function createImage(kind: Kind, ...words: readonly string[]): Promise<string> {
  await succeeds('image-create', `--${kind}`, '--variant', 'variant.arch=i386', ...words, kind)
  return kind
}

describe.skipIf(basic === undefined).each(origins)('a full image fed by %s', (_, offer) => {
  it('installs, updates and uninstalls what the manifests say', async () => {
    at = commandLine()
    const uri = await offer(basic!)
    const image = await createImage('full')
    const bare = wholeTree(at.path(image), isMetadata('full'))
    await succeeds('-R', image, 'set-publisher', '-g', uri, 'example.org')
    await succeeds('-R', image, 'set-publisher', '-p', uri)
    const listed = await succeeds('-R', image, 'publisher', '-H', '-F', 'tsv')
    expect(listed.stdout).toContain('example.org')
    expect(listed.stdout).toContain('extra.example.net')

    await succeeds('-R', image, 'install', ...firstPackages)
    expect(await installed(image)).toHaveLength(14)
    await expectRight(image, basic!, { except: { ...accounts, ...hello } })

    const again = await at.pkg6('-R', image, 'install', 'app/editor@1.0')
    expect(again.exit, told(again)).toBe(4)

    await succeeds('-R', image, 'update')
    await expectRight(image, basic!, { except: { ...accounts, ...hello, ...afterUpdate } })

    await succeeds('-R', image, 'uninstall', 'app/editor', 'runtime/python-39', 'extra/tool', 'app/hello')
    await expectRight(image, basic!, {
      except: { ...accounts, ...hello, ...afterRemoval, 'etc/hello.abandon': 'extra' },
    })

    await succeeds('-R', image, 'uninstall', '*')
    expect(await installed(image)).toEqual([])
    expect(bare).toEqual(['0755 0 0 dir var'].map(ownedByTests))
    expect(wholeTree(at.path(image), isMetadata('full'))).toEqual(
      ['0755 0 3 dir var', '0755 0 0 dir var/sadm'].map(ownedByTests),
    )
  })
})

const firstPackages = [
  'app/hello@1.0',
  'app/editor@1.0',
  'app/arch@1.0',
  'service/daemon@1.0',
  'driver/exdrv@1.0',
  'runtime/python-27',
  'runtime/python-39',
  'editor/vim',
  'editor/nvi',
  'pkg://extra.example.net/extra/tool@1.0',
  'old/name@1.0',
]
/** What an update of app/hello leaves: install-only files stay as they are, preserve=legacy keeps the old file beside the new one. */
const afterUpdate: Readonly<Record<string, Exception>> = {
  'etc/hello.installonly': 'content',
  'etc/hello.legacy.new.legacy': 'extra',
}
const afterRemoval: Readonly<Record<string, Exception>> = { ...afterUpdate, 'etc/hello.installonly': 'extra' }

/** Somebody who is not root cannot give anything away. */
function ownedByTests(line: string): string {
  return isRoot ? line : line.replace(/^(\d+) \d+ \d+/, `$1 ${process.geteuid?.()} ${process.getegid?.()}`)
}

function isMetadata(kind: Kind): (path: string) => boolean {
  return (path) => path === metadata[kind]
}

describe.skipIf(basic === undefined).each<Kind>(['partial', 'user'])('a %s image', (kind) => {
  it('installs, updates and uninstalls what the manifests say', async () => {
    at = commandLine()
    const image = await createImage(
      kind,
      '-p',
      basic!,
      '--facet',
      'facet.locale.*=false',
      '--facet',
      'facet.locale.de=true',
    )
    const facets = { 'facet.locale.*': false, 'facet.locale.de': true }
    const bare = wholeTree(at.path(image), isMetadata(kind))
    expect(bare).toEqual([])
    await succeeds(
      '-R',
      image,
      'install',
      'app/hello@1.1',
      'app/editor@1.0',
      'library/libfoo@1.2',
      'runtime/python-27',
    )
    const except: Record<string, Exception> = { 'etc/hello.abandon': 'absent' }
    await expectRight(image, basic!, { kind, facets, except })
    await succeeds('-R', image, 'update')
    await expectRight(image, basic!, { kind, facets, except: { ...except, ...afterUpdate } })
    await succeeds('-R', image, 'uninstall', '*')
    expect(await installed(image)).toEqual([])
    expect(wholeTree(at.path(image), isMetadata(kind))).toEqual([])
  })

  it.each([
    ['users and groups', 'service/daemon', /user/],
    ['drivers', 'driver/exdrv', /driver/],
  ])('takes no %s', async (_, name, words) => {
    at = commandLine()
    const image = await createImage(kind, '-p', basic!)
    await succeeds('-R', image, 'install', 'library/libfoo@1.0')
    const before = imageState(image)
    const ran = await at.pkg6('-R', image, 'install', name)
    expect(ran.exit, told(ran)).toBe(1)
    expect(ran.stderr).toMatch(words)
    expect(ran.stderr).toContain(`pkg://example.org/${name}@2.0`)
    expect(ran.stderr).toMatch(/Install the packages into a full image, or leave them out with --reject/)
    expect(imageState(image)).toEqual(before)
  })
})

/** The whole image but what is documented as disposable: caches, history, the mark of the last change. */
function imageState(image: string): readonly string[] {
  return wholeTree(at.path(image), (path) => /\/(cache|history|modified|last_refreshed|file)$/.test(path))
}

/** `stem@release` of a full FMRI. */
function nameOf(fmri: string): string {
  return fmri.replace(/^pkg:\/\/|[,:].*$/g, '').replace(/^[^/]*\//, '')
}

/** Full FMRIs of all versions a repository folder holds, from the names of its manifests. */
function versionsIn(repository: string): readonly string[] {
  const below = (...path: readonly string[]): readonly string[] =>
    readdirSync(join(repository, 'publisher', ...path)).sort()
  return below().flatMap((publisher) =>
    below(publisher, 'pkg').flatMap((stem) =>
      below(publisher, 'pkg', stem).map(
        (version) => `pkg://${publisher}/${decodeURIComponent(stem)}@${decodeURIComponent(version)}`,
      ),
    ),
  )
}

/** All; in a sample, every sixth and the special ones. */
function some<T>(all: readonly T[], isSpecial: (one: T) => boolean): readonly T[] {
  return all.filter((one, index) => isWhole || index % 6 === 0 || isSpecial(one))
}

const repositories = [
  { name: 'basic', repository: basic },
  { name: 'cases', repository: cases },
].flatMap(({ name, repository }) => (repository === undefined ? [] : [[name, repository] as const]))

/** Packages that cannot be installed into an empty image by themselves, with the exit code. */
const impossible: ReadonlyMap<string, number> = new Map([
  ['app/broken@1.0', 1],
  ['dep/missing@1.0', 1],
  ['clash/self@1.0', 1],
  ['deep/both@1.0', 9],
  // Obsolete: there is nothing to install.
  ['old/gone@2.0', 4],
  ['gone/lib@2.0', 4],
])

/** preserve=abandon and preserve=legacy put nothing into a new image. */
const hello: Readonly<Record<string, Exception>> = { 'etc/hello.abandon': 'absent' }
const hello2: Readonly<Record<string, Exception>> = { ...hello, 'etc/hello.legacy.new': 'absent' }
/** Packages of which something differs from the manifests on purpose. */
const special: ReadonlyMap<string, Readonly<Record<string, Exception>>> = new Map([
  ['app/hello@1.0', hello],
  ['app/hello@1.1', hello],
  ['app/hello@2.0', hello2],
  ['group/desktop@1.0', hello2],
  ['group/desktop@1.1', hello2],
  ['service/daemon@1.0', accounts],
  ['service/daemon@2.0', accounts],
])

describe.each(repositories)('every package of %s by itself', (_, repository) => {
  it('installs, verifies, is what its manifests say, and goes without a trace', async () => {
    at = commandLine()
    const image = await createImage('full', '-p', repository)
    const bare = wholeTree(at.path(image), isMetadata('full'))
    const differences: string[] = []
    for (const fmri of some(versionsIn(repository), (one) => impossible.has(nameOf(one)))) {
      const name = nameOf(fmri)
      const ran = await at.pkg6('-R', image, 'install', '--no-refresh', '--accept', fmri)
      if (ran.exit !== (impossible.get(name) ?? 0)) differences.push(`${name}: ${told(ran)}`)
      if (ran.exit === 0) {
        const wrong = await differencesOf(image, repository, {
          except: { 'var/sadm': 'extra', ...special.get(name) },
        })
        differences.push(...wrong.map((line) => `${name}: ${line}`))
        const gone = await at.pkg6('-R', image, 'uninstall', '*')
        if (gone.exit !== 0) differences.push(told(gone))
      }
      const left = wholeTree(at.path(image), isMetadata('full')).filter(
        (line) => !bare.includes(line) && !/ dir var(\/sadm)?$/.test(line),
      )
      differences.push(...left.map((line) => `${name} leaves ${line}`))
    }
    expect(differences).toEqual([])
  })
})

/** Pairs of versions of one package, both ways. */
function changesIn(repository: string): readonly (readonly [from: string, to: string])[] {
  const all = versionsIn(repository)
  const stem = (fmri: string): string => fmri.replace(/@.*/, '')
  return all.flatMap((from) =>
    all.filter((to) => to !== from && stem(to) === stem(from)).map((to) => [from, to] as const),
  )
}

/** Changes that the packages themselves forbid, by their words on the command line. */
const impossibleChanges: ReadonlySet<string> = new Set([
  'app/barrier@1.0 to app/barrier@2.0',
  'dep/origin@1.0 to dep/origin@2.0',
  // What they were renamed to or split into stays, with the same files.
  'chain/a@2.0 to chain/a@1.0',
  'chain/b@2.0 to chain/b@1.5',
  'split/one@2.0 to split/one@1.0',
])

/** On the way down an editable file that nobody edited keeps the content of the newer version. */
const helloDown: Readonly<Record<string, Exception>> = {
  'etc/hello.true': 'content',
  'etc/hello.renameold': 'content',
  'etc/hello.renamenew': 'content',
  'etc/hello.legacy': 'content',
}
const confDown: Readonly<Record<string, Exception>> = {
  'etc/pres/c': 'content',
  'etc/pres/e': 'content',
  'etc/pres/f': 'content',
}
const installOnly: Readonly<Record<string, Exception>> = { ...hello, 'etc/hello.installonly': 'content' }
const specialChanges: ReadonlyMap<string, Readonly<Record<string, Exception>>> = new Map([
  ['app/hello@1.0 to app/hello@1.1', installOnly],
  ['app/hello@1.0 to app/hello@2.0', { ...hello, ...afterUpdate }],
  ['app/hello@1.1 to app/hello@2.0', { ...hello, ...afterUpdate }],
  ['app/hello@1.1 to app/hello@1.0', { ...installOnly, ...helloDown }],
  ['app/hello@2.0 to app/hello@1.0', { ...installOnly, ...helloDown }],
  ['app/hello@2.0 to app/hello@1.1', { ...installOnly, ...helloDown }],
  ['group/desktop@1.0 to group/desktop@1.1', hello2],
  ['group/desktop@1.1 to group/desktop@1.0', hello2],
  ['service/daemon@1.0 to service/daemon@2.0', accounts],
  ['service/daemon@2.0 to service/daemon@1.0', accounts],
  ['pres/conf@2.0 to pres/conf@1.0', confDown],
])

describe.each(repositories)('every change of version in %s', (_, repository) => {
  it('up and down leaves what the manifests say', async () => {
    at = commandLine()
    const image = await createImage('full', '-p', repository)
    const differences: string[] = []
    const refused: string[] = []
    const named = changesIn(repository).map(
      ([from, to]) => [`${nameOf(from)} to ${nameOf(to)}`, from, to] as const,
    )
    for (const [name, from, to] of some(named, ([one]) => impossibleChanges.has(one))) {
      const first = await at.pkg6('-R', image, 'install', '--no-refresh', '--accept', from)
      if (first.exit !== 0) continue
      const before = wholeTree(at.path(image), isMetadata('full'))
      const second = await at.pkg6('-R', image, 'install', '--no-refresh', '--accept', to)
      if (second.exit === 0) {
        const except = { 'var/sadm': 'extra', ...specialChanges.get(name) } as const
        const wrong = await differencesOf(image, repository, { except })
        differences.push(...wrong.map((line) => `${name}: ${line}`))
      } else {
        refused.push(name)
        if (!impossibleChanges.has(name)) differences.push(`${name}: ${told(second)}`)
        expect(wholeTree(at.path(image), isMetadata('full')), name).toEqual(before)
      }
      if ((await installed(image)).length === 0) continue
      const gone = await at.pkg6('-R', image, 'uninstall', '*')
      if (gone.exit !== 0) differences.push(`${name}: ${told(gone)}`)
    }
    expect(differences).toEqual([])
    expect(refused).not.toEqual([])
  })
})
