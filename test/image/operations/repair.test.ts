import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createImage, findImage, type Image, type OperationOptions, openImage } from '#image'
import { type Event, formatFmri } from '#model'
import { loadBackend } from '#solver'
import { createNodeFilesystem } from '../../../cli/platform/node-filesystem.ts'
import { type TestHost, testHost, testProcess } from '../../support/image-host.ts'
import { imageOptions } from '../../support/image-options.ts'
import { interceptFilesystem, unflushedFilesystem } from '../../support/intercepted-filesystem.ts'
import type { LocalServer } from '../../support/local-server.ts'
import { publishRepository } from '../../support/published-repository.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/small-repository.ts'
import { startStaticDepot } from '../../support/static-depot.ts'
import { copyTree, restoreTree, wholeTree } from '../../support/whole-tree.ts'

const backend = loadBackend('cadical')
const metadata = '.org.opensolaris,pkg'
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

let folder: TemporaryFolder
let root: string
let repository: string
beforeEach(() => {
  folder = temporaryFolder()
  root = join(folder.path, 'image')
  repository = join(folder.path, 'repository')
  publishRepository(repository, manifests, contents)
})
let depot: LocalServer | undefined
afterEach(async () => {
  await depot?.close()
  depot = undefined
  folder.remove()
})

const disk = unflushedFilesystem(createNodeFilesystem())
const newHost = (changes: Parameters<typeof testHost>[1] = {}): TestHost =>
  testHost(disk, { loadBackend: () => backend, ...changes })

const imageWith = (...patterns: string[]) => imageFrom(`file://${repository}`, ...patterns)

async function imageFrom(uri: string, ...patterns: string[]): Promise<{ image: Image; host: TestHost }> {
  const host = newHost()
  const made = await createImage(host, imageOptions(root, { publisher: { uri } }))
  if (!made.ok) throw new Error(JSON.stringify(made.error))
  const done = await made.value.image.install(
    { operation: 'install', patterns, reject: [], ignoreMissing: false },
    { refresh: false, dryRun: false, acceptLicenses: true, decide: () => ({ ok: true, value: 'apply' }) },
  )
  if (!done.ok) throw new Error(JSON.stringify(done.error))
  return { image: made.value.image, host }
}

async function reopened(host: TestHost): Promise<Image> {
  const found = findImage(disk, { exactRoot: root, startDirectory: '/', walkUp: true, liveRoot: '/' })
  if (!found.ok) throw new Error(found.error.code)
  const image = await openImage(host, found.value, 'write')
  if (!image.ok) throw new Error(JSON.stringify(image.error))
  return image.value
}

const path = (relative: string) => join(root, relative)
const text = (relative: string) => readFileSync(path(relative), 'utf8')
const write = (relative: string, content: string) => writeFileSync(path(relative), content)
const mode = (relative: string) => disk.lstat(path(relative))?.mode
/** All but what may differ after a command that changed nothing. */
const everything = (): readonly string[] =>
  wholeTree(root, (one) => new RegExp(`^${metadata}/(cache|history|lock|modified)`).test(one))
/** As `everything`, without what a failed operation may have fetched. */
const essence = (): readonly string[] =>
  everything().filter((line) => !new RegExp(` ${metadata}/publisher/[^/]+/file`).test(line))
const apply: OperationOptions = { dryRun: false, acceptLicenses: false }
const fix = (image: Image, patterns: readonly string[] = [], options: Partial<OperationOptions> = {}) =>
  image.fix({ ...apply, ...options, patterns })
const revert = (
  image: Image,
  wanted: { paths?: readonly string[]; tags?: readonly string[] },
  dryRun = false,
) => image.revert({ ...apply, dryRun, paths: wanted.paths ?? [], tags: wanted.tags ?? [] })
const setMediator = (image: Image, version: string, options: Partial<OperationOptions> = {}) =>
  image.setMediators({ mediators: ['tool'], version, implementation: undefined }, { ...apply, ...options })

function downloads(events: readonly Event[]): number {
  return events
    .filter((event) => event.kind === 'progress' && event.name === 'download')
    .reduce((sum, event) => Math.max(sum, event.kind === 'progress' ? event.total : 0), 0)
}

async function errors(image: Image): Promise<string[]> {
  const report = await image.verify({ patterns: [], paths: [] })
  if (!report.ok) throw new Error(JSON.stringify(report.error))
  return report.value.packages.flatMap(({ findings }) =>
    findings.filter(({ level }) => level === 'error').map(({ item, text: detail }) => `${item}: ${detail}`),
  )
}

const operations = (image: Image) =>
  image.history().map(({ operation, outcome }) => `${operation} ${outcome}`)
const generation = (image: Image) =>
  image.snapshot().then((snapshot) => (snapshot.ok ? snapshot.value.generation : -1))

describe('fix', () => {
  it('mends everything, fetches only what is wrong, and is one operation in the history', async () => {
    depot = await startStaticDepot(repository, { prefixed: true, publisher: 'small.example' })
    const { image, host } = await imageFrom(depot.uri, 'app')
    write('usr/bin/hello', 'damaged')
    write('etc/app/app.conf', 'loud = yes\n')
    chmodSync(path('etc/app/app.conf'), 0o600)
    chmodSync(path('usr/lib/words'), 0o600)
    rmSync(path('usr/bin/hi'))
    const before = await generation(image)
    host.collected.length = 0
    const done = await fix(image)
    expect(done).toMatchObject({
      ok: true,
      value: {
        prepared: { nothingToDo: false },
        verified: { beyondRepair: [] },
        applied: { generation: before + 1 },
      },
    })
    if (!done.ok) return
    expect(done.value.prepared.verified?.repaired.map(({ stem }) => stem)).toEqual(['app', 'lib'])
    expect(done.value.prepared.affected.map((one) => formatFmri(one, 'short'))).toEqual([
      'pkg://small.example/app@1.0-1',
      'pkg://small.example/lib@1.0-1',
    ])
    expect(downloads(host.collected)).toBe(1)
    expect(await errors(image)).toEqual([])
    expect([text('usr/bin/hello'), text('etc/app/app.conf')]).toEqual(['hello\n', 'loud = yes\n'])
    expect(disk.lstat(path('usr/bin/hey'))?.inode).toBe(disk.lstat(path('usr/bin/hello'))?.inode)
    expect(operations(image).at(-1)).toBe('fix Succeeded')
    expect(await fix(image)).toMatchObject({ ok: true, value: { prepared: { nothingToDo: true } } })
    expect(operations(image).filter((one) => one.startsWith('fix'))).toHaveLength(1)
  })

  it('mends content where mode and content are wrong', async () => {
    const { image } = await imageWith('app')
    write('usr/bin/hello', 'damaged')
    chmodSync(path('usr/bin/hello'), 0o600)
    expect(await fix(image)).toMatchObject({ ok: true })
    expect([text('usr/bin/hello'), mode('usr/bin/hello')]).toEqual(['hello\n', 0o755])
  })

  it('keeps to the packages that were asked for', async () => {
    const { image } = await imageWith('app')
    write('usr/bin/hello', 'damaged')
    chmodSync(path('usr/lib/words'), 0o600)
    expect(await fix(image, ['lib'])).toMatchObject({ ok: true })
    expect(await errors(image)).toEqual([expect.stringContaining('file: usr/bin/hello: Hash')])
    expect(await fix(image, ['absent'])).toMatchObject({
      ok: false,
      error: { code: 'ips::solver_error::no_candidates' },
    })
  })

  it('changes nothing in a dry run', async () => {
    const { image } = await imageWith('app')
    write('usr/bin/hello', 'damaged')
    const before = everything()
    const done = await fix(image, [], { dryRun: true })
    expect(done).toMatchObject({ ok: true, value: { prepared: { nothingToDo: false }, applied: undefined } })
    expect(done.ok && done.value.prepared.operations).toContain('replace usr/bin/hello')
    expect(everything()).toEqual(before)
  })

  it.each<[string, (image: Image) => unknown, RegExp]>([
    [
      'the repository lost it',
      () => rmSync(join(repository, 'publisher/small.example/file'), { recursive: true }),
      /repository_error/,
    ],
    ['the repository is gone', () => rmSync(repository, { recursive: true }), /repository_error/],
    ['its publisher is gone', (image) => image.removePublishers(['small.example']), /no_origin/],
  ])('changes nothing where content is offered no more: %s', async (_, lose, code) => {
    const { image } = await imageWith('app')
    rmSync(path('usr/bin/hello'))
    chmodSync(path('usr/lib/words'), 0o600)
    await lose(image)
    const before = essence()
    const done = await fix(image)
    expect(done.ok ? '' : done.error.code).toMatch(code)
    expect(essence()).toEqual(before)
    // Mode and owner need nobody.
    expect(await fix(image, ['lib'])).toMatchObject({ ok: true, value: { verified: { beyondRepair: [] } } })
    expect(mode('usr/lib/words')).toBe(0o644)
  })

  it('asks for licences that come back', async () => {
    const { image } = await imageWith('agree')
    rmSync(path(`${metadata}/license`), { recursive: true })
    const before = essence()
    expect(await fix(image)).toMatchObject({ ok: false, error: { code: 'ips::installer_error::licenses' } })
    expect(essence()).toEqual(before)
    expect(await fix(image, [], { acceptLicenses: true })).toMatchObject({ ok: true })
    expect(await errors(image)).toEqual([])
  })

  it('leaves a file that lies under another package to that package', async () => {
    const { image } = await imageWith('lower', 'upper')
    rmSync(path('etc/over'))
    const under = await fix(image, ['lower'])
    expect(under).toMatchObject({ ok: true, value: { prepared: { nothingToDo: true } } })
    expect(under.ok && under.value.prepared.verified?.beyondRepair.map(({ stem }) => stem)).toEqual(['lower'])
    const both = await fix(image)
    expect(both.ok && both.value.prepared.verified?.repaired.map(({ stem }) => stem)).toEqual([
      'lower',
      'upper',
    ])
    expect(text('etc/over')).toBe('over\n')
  })

  it('can be stopped before anything changes', async () => {
    const { image } = await imageWith('app')
    write('usr/bin/hello', 'damaged')
    const before = everything()
    expect(await fix(image, [], { decide: () => ({ ok: true, value: 'stop' }) })).toMatchObject({
      ok: true,
      value: { applied: undefined },
    })
    expect(everything()).toEqual(before)
  })
})

describe('unpackaged content', () => {
  it('is listed by directory, not below directories that are unpackaged themselves, and not through links', async () => {
    const { image } = await imageWith('app')
    write('etc/zeta', 'mine')
    mkdirSync(path('etc/own/deep'), { recursive: true })
    write('etc/app/alpha', 'mine')
    symlinkSync('..', path('etc/link'))
    const content = await image.unpackaged([])
    expect(content).toEqual({
      ok: true,
      value: {
        found: [
          { kind: 'dir', path: path(metadata) },
          { kind: 'dir', path: path('etc/own') },
          { kind: 'file', path: path('etc/link') },
          { kind: 'file', path: path('etc/zeta') },
          { kind: 'file', path: path('etc/app/alpha') },
        ],
        unreadable: [],
      },
    })
    const ofOne = await image.unpackaged(['lib'])
    expect(ofOne.ok && ofOne.value.found.map((one) => one.path)).toContain(path('etc'))
    expect(await image.unpackaged(['absent'])).toMatchObject({ ok: false })
  })
})

describe('revert', () => {
  it('by path makes edited files what was delivered, and other files stay edited', async () => {
    const { image } = await imageWith('app')
    write('etc/app/app.conf', 'edited')
    write('etc/app/new.conf', 'edited')
    chmodSync(path('etc/app/new.conf'), 0o600)
    expect(await revert(image, { paths: ['/etc/app/new.conf'] })).toMatchObject({ ok: true })
    expect([text('etc/app/app.conf'), text('etc/app/new.conf')]).toEqual(['edited', 'loud = no\n'])
    expect(mode('etc/app/new.conf')).toBe(0o644)
    expect(existsSync(path('etc/app/new.conf.new'))).toBe(false)
    expect(await revert(image, { paths: ['etc/app/new.conf'] })).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
    expect(operations(image).filter((one) => one === 'revert Succeeded')).toHaveLength(1)
  })

  it('of paths that are no packaged file names them all and changes nothing', async () => {
    const { image } = await imageWith('app')
    write('etc/app/app.conf', 'edited')
    const before = everything()
    expect(await revert(image, { paths: ['etc/absent', 'usr/bin/hi', 'etc/app/app.conf', 'etc'] })).toEqual({
      ok: false,
      error: { code: 'ips::image_error::not_packaged', paths: ['etc/absent', 'usr/bin/hi', 'etc'] },
    })
    expect(everything()).toEqual(before)
  })

  it('by tag takes files and what nobody packaged below tagged directories', async () => {
    const { image } = await imageWith('app')
    write('etc/app/app.conf', 'edited')
    write('etc/app/new.conf', 'edited')
    write('etc/app/gone.conf', 'edited')
    write('etc/app/a.local', 'mine')
    write('etc/app/.hidden.local', 'mine')
    write('etc/app/b.keep', 'mine')
    mkdirSync(path('etc/app/c.local/deep'), { recursive: true })
    write('etc/app/c.local/deep/file', 'mine')
    symlinkSync(folder.path, path('etc/app/d.local'))
    expect(await revert(image, { tags: ['site'] })).toMatchObject({ ok: true })
    expect(disk.readDirectory(path('etc/app'))).toEqual([
      '.hidden.local',
      'app.conf',
      'b.keep',
      'gone.conf',
      'mode',
      'new.conf',
    ])
    expect([text('etc/app/app.conf'), text('etc/app/new.conf'), text('etc/app/gone.conf')]).toEqual([
      'loud = no\n',
      'edited',
      'edited',
    ])
    expect(existsSync(join(folder.path, 'repository'))).toBe(true)
    expect(await revert(image, { tags: ['site'] })).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
  })

  it('with a pattern for everything keeps what is packaged', async () => {
    const { image } = await imageWith('app')
    write('etc/app/mine', 'mine')
    mkdirSync(path('etc/app/own'))
    expect(await revert(image, { tags: ['all'] })).toMatchObject({ ok: true })
    expect(disk.readDirectory(path('etc/app'))).toEqual(['app.conf', 'mode', 'new.conf'])
    expect(await errors(image)).toEqual([])
  })

  it('never takes what is in the metadata folder', async () => {
    const { image } = await imageWith('meta')
    const before = everything()
    expect(await revert(image, { tags: ['meta'] })).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
    expect(everything()).toEqual(before)
  })

  it('by a tag of a directory alone sets its mode; unknown tags are nothing to do', async () => {
    const { image } = await imageWith('app')
    chmodSync(path('etc/app/mode'), 0o777)
    expect(await revert(image, { tags: ['absent'] })).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
    expect(await revert(image, { tags: ['modes'] })).toMatchObject({ ok: true })
    expect(mode('etc/app/mode')).toBe(0o750)
  })

  it('changes nothing in a dry run', async () => {
    const { image } = await imageWith('app')
    write('etc/app/app.conf', 'edited')
    write('etc/app/a.local', 'mine')
    const before = everything()
    const done = await revert(image, { tags: ['site'] }, true)
    expect(done.ok && done.value.prepared.actionPlan.discards).toEqual(['etc/app/a.local'])
    expect(everything()).toEqual(before)
  })

  it('by tag takes the whole value for the tag of a file', async () => {
    const { image } = await imageWith('app')
    write('etc/app/new.conf', 'edited')
    expect(await revert(image, { tags: ['site'] })).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
    expect(await revert(image, { tags: ['site=later'] })).toMatchObject({ ok: true })
    expect(text('etc/app/new.conf')).toBe('loud = no\n')
  })

  it('of a file that lies over another gives the upper one, whatever the packages are called', async () => {
    const { image } = await imageWith('alpha', 'lower')
    write('etc/over', 'edited')
    chmodSync(path('etc/over'), 0o600)
    expect(await revert(image, { paths: ['etc/over'] })).toMatchObject({ ok: true })
    expect([text('etc/over'), mode('etc/over')]).toEqual(['over\n', 0o640])
  })

  it('of mode and owner alone needs no repository', async () => {
    const { image } = await imageWith('app')
    rmSync(repository, { recursive: true })
    chmodSync(path('usr/bin/hello'), 0o700)
    expect(await revert(image, { paths: ['usr/bin/hello'] })).toMatchObject({ ok: true })
    expect(mode('usr/bin/hello')).toBe(0o755)
  })

  it('of a file that lies over another gives the upper one', async () => {
    const { image } = await imageWith('lower', 'upper')
    write('etc/over', 'edited')
    chmodSync(path('etc/over'), 0o600)
    expect(await revert(image, { tags: ['site'] })).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
    expect(await revert(image, { paths: ['etc/over'] })).toMatchObject({ ok: true })
    expect(text('etc/over')).toBe('over\n')
  })
})

describe('set-mediator', () => {
  const target = () =>
    existsSync(path('usr/bin')) && disk.lstat(path('usr/bin/tool')) ? disk.readLink(path('usr/bin/tool')) : ''
  const configured = () => JSON.parse(text(`${metadata}/pkg6.image.json`)).mediators as unknown

  it('moves links and configuration together, and back', async () => {
    const { image } = await imageWith('tool-1', 'tool-2')
    expect(target()).toBe('../lib/tool2')
    const before = await generation(image)
    expect(await setMediator(image, '1')).toMatchObject({
      ok: true,
      value: { applied: { generation: before + 1 } },
    })
    expect([target(), configured()]).toEqual(['../lib/tool1', [{ name: 'tool', version: '1' }]])
    expect(image.config().mediators).toHaveLength(1)
    expect(await setMediator(image, '1')).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
    expect(await errors(image)).toEqual([])
    const unset = { mediators: ['tool'], version: '', implementation: '' }
    expect(await image.setMediators(unset, apply)).toMatchObject({ ok: true })
    expect([target(), configured()]).toEqual(['../lib/tool2', []])
    expect(await image.setMediators(unset, apply)).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true } },
    })
    expect(operations(image).slice(-2)).toEqual(['set-mediator Succeeded', 'unset-mediator Succeeded'])
  })

  it('to what nobody offers takes the links away, and verify agrees', async () => {
    const { image } = await imageWith('tool-1', 'tool-2')
    const done = await setMediator(image, '9')
    expect(done.ok && done.value.prepared.affected.map(({ stem }) => stem)).toEqual(['tool-1', 'tool-2'])
    expect(target()).toBe('')
    expect(await errors(image)).toEqual([])
  })

  it('writes the configuration alone where the choice stays, or nothing is there to choose', async () => {
    const { image } = await imageWith('tool-1', 'tool-2')
    const done = await setMediator(image, '2')
    expect(done).toMatchObject({ ok: true, value: { prepared: { affected: [] } } })
    expect([target(), configured()]).toEqual(['../lib/tool2', [{ name: 'tool', version: '2' }]])
  })

  it('tells of the link that an uninstall leaves without its target', async () => {
    const { image } = await imageWith('tool-1', 'tool-2')
    await setMediator(image, '1')
    const done = await image.install(
      { operation: 'uninstall', patterns: ['tool-1'], reject: [], ignoreMissing: false },
      { refresh: false, dryRun: false, acceptLicenses: false, decide: () => ({ ok: true, value: 'apply' }) },
    )
    expect(done.ok && done.value.prepared.actionPlan.lostTargets).toEqual([
      { mediator: 'tool', path: 'usr/lib/tool1' },
    ])
    expect([target(), configured()]).toEqual(['', [{ name: 'tool', version: '1' }]])
  })

  it('refuses what is no mediator before it looks at the image', async () => {
    const { image } = await imageWith('tool-1')
    const before = everything()
    const bad = { mediators: ['tool', 'a_b', ''], version: 'x.y', implementation: 'im@x' }
    const done = await image.setMediators(bad, apply)
    expect(done).toMatchObject({ ok: false, error: { code: 'ips::image_error::bad_mediator' } })
    const parts = !done.ok && 'faults' in done.error ? done.error.faults : []
    expect(parts.map((fault) => ('part' in fault ? `${fault.part} ${fault.value}` : ''))).toEqual([
      'mediator a_b',
      'mediator ',
      'mediator-version x.y',
      'mediator-implementation im@x',
    ])
    expect(everything()).toEqual(before)
  })

  it('changes nothing in a dry run', async () => {
    const { image } = await imageWith('tool-1', 'tool-2')
    const before = everything()
    const done = await setMediator(image, '1', { dryRun: true })
    expect(done.ok && done.value.prepared.operations).toContain(`replace ${metadata}/pkg6.image.json`)
    expect(everything()).toEqual(before)
  })
})

/** Every operation of this file dies at each call that writes into the tree or the image's own state. */
describe.each<[string, readonly string[], () => void, (image: Image) => Promise<{ readonly ok: boolean }>]>([
  [
    'fix',
    ['app'],
    () => {
      write('usr/bin/hello', 'damaged')
      rmSync(path('usr/bin/hi'))
    },
    (image) => fix(image),
  ],
  [
    'revert',
    ['app'],
    () => {
      write('etc/app/app.conf', 'edited')
      write('etc/app/a.local', 'mine')
    },
    (image) => revert(image, { tags: ['site'] }),
  ],
  ['set-mediator', ['tool-1', 'tool-2'], () => {}, (image) => setMediator(image, '1')],
])('%s that dies at its n-th call', (_, patterns, damage, operation) => {
  it('leaves the old or the new image, for every fifth n', async () => {
    class Killed extends Error {}
    const { image } = await imageWith(...patterns)
    await image.close()
    damage()
    const kept = join(folder.path, 'kept')
    const restore = () => restoreTree(kept, root)
    copyTree(root, kept)
    const wanted = essence()
    const sides = new Map<string, number>()
    let after: readonly string[] | undefined
    for (let cut = 0; ; cut += 5) {
      let number = 0
      let killed = false
      const filesystem = interceptFilesystem(disk, ({ writes, path: at }) => {
        if (cut > 0 && writes && !/\/(cache|history|modified|file|lock)/.test(at.slice(root.length))) number++
        killed ||= cut > 0 && number >= cut
        if (killed) throw new Killed()
      })
      const opened = await reopened(testHost(filesystem, { loadBackend: () => backend }))
      const ended = await operation(opened).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error
        return undefined
      })
      if (cut === 0) {
        expect(ended).toMatchObject({ ok: true })
        after = essence()
        expect(after).not.toEqual(wanted)
        restore()
        continue
      }
      if (!killed) break
      const survivor = await reopened(newHost({ process: testProcess({ pid: 4711 }) }))
      // The next writer puts it right; asking for nothing is enough.
      await survivor.setMediators({ mediators: ['absent'], version: '', implementation: '' }, apply)
      const found = essence()
      const side = JSON.stringify(found) === JSON.stringify(wanted) ? 'old' : 'new'
      if (side === 'new') expect(found, `cut at ${cut}`).toEqual(after)
      sides.set(side, (sides.get(side) ?? 0) + 1)
      await survivor.close()
      restore()
    }
    expect([...sides.keys()].sort()).toEqual(['new', 'old'])
  })
})
