import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createImage, findImage, type Image, type ImageHost, type OpenMode, openImage } from '#image'
import { type Filesystem, formatFmri } from '#model'
import { loadBackend } from '#solver'
import { createNodeFilesystem } from '../../cli/platform/node-filesystem.ts'
import { type TestHost, testHost, testProcess } from '../support/image-host.ts'
import {
  failingFilesystem,
  type InterceptedCall,
  interceptFilesystem,
  unflushedFilesystem,
} from '../support/intercepted-filesystem.ts'
import { publishSmall } from '../support/small-publication.ts'
import { type TemporaryFolder, temporaryFolder } from '../support/small-repository.ts'
import { startStaticDepot } from '../support/static-depot.ts'
import { copyTree, wholeTree } from '../support/whole-tree.ts'

const metadata = '.org.opensolaris,pkg'
const disk = unflushedFilesystem(createNodeFilesystem())
/** Kept over all runs of a test file: loading an engine is not what is tested. */
const backend = loadBackend('cadical')

let folder: TemporaryFolder
let root: string
let repository: string
beforeEach(() => {
  folder = temporaryFolder()
  root = join(folder.path, 'image')
  repository = join(folder.path, 'repository')
  publishSmall(repository)
})
afterEach(() => folder.remove())

function newHost(changes: Partial<ImageHost> = {}): TestHost {
  return testHost(disk, { loadBackend: () => backend, ...changes })
}

async function newImage(
  host: ImageHost = newHost(),
  properties: ReadonlyMap<string, string> = new Map(),
  uri = `file://${repository}`,
): Promise<Image> {
  const made = await createImage(host, {
    root,
    kind: 'user',
    zone: false,
    force: false,
    variants: new Map(),
    facets: new Map(),
    properties,
    publisher: { uri },
    refresh: true,
  })
  if (!made.ok) throw new Error(JSON.stringify(made.error))
  return made.value.image
}

async function reopen(host: ImageHost, mode: OpenMode = 'write') {
  const found = findImage(disk, {
    exactRoot: root,
    startDirectory: '/',
    walkUp: true,
    liveRoot: '/',
  })
  if (!found.ok) throw new Error(found.error.code)
  return openImage(host, found.value, mode)
}

async function opened(host: ImageHost): Promise<Image> {
  const image = await reopen(host)
  if (!image.ok) throw new Error(JSON.stringify(image.error))
  return image.value
}

type Operation = 'install' | 'update' | 'uninstall'

function run(image: Image, operation: Operation, ...patterns: string[]) {
  return image.install(
    { operation, patterns, reject: [], ignoreMissing: false },
    {
      refresh: operation !== 'uninstall',
      dryRun: false,
      acceptLicenses: false,
      decide: () => ({ ok: true, value: 'apply' }),
    },
  )
}

async function succeed(image: Image, operation: Operation, ...patterns: string[]) {
  const done = await run(image, operation, ...patterns)
  if (!done.ok) throw new Error(JSON.stringify(done.error))
  expect(done.value.applied).toBeDefined()
  return done.value
}

async function installedNames(image: Image): Promise<string[]> {
  const installed = await image.installed()
  if (!installed.ok) throw new Error(installed.error.code)
  return installed.value.map(
    ({ fmri, manual }) => `${formatFmri(fmri, 'short').slice(6)}${manual ? ' manual' : ''}`,
  )
}

/**
 * All that a failed command must not change: the tree, the database, the configuration and the installed manifests. Not among it: caches,
 * history, and what the next writer sweeps up.
 */
function essence(): readonly string[] {
  const passing =
    /^\.org\.opensolaris,pkg\/(cache|history|modified|lock|journal\.new|publisher\/[^/]+\/(file|origins|last_refreshed))/
  return wholeTree(root, (path) => passing.test(path))
}

/** The tree outside the metadata directory, without owners. */
function tree(): string[] {
  return wholeTree(root, (path) => path === metadata).map((line) => {
    const [mode, , , type, path, ...rest] = line.split(' ')
    return type === 'file'
      ? `${mode} ${path} ${JSON.stringify(readFileSync(join(root, path ?? ''), 'utf8'))}`
      : `${mode} ${path} ${rest.join(' ')}`.trim()
  })
}

async function verifiesClean(image: Image): Promise<void> {
  const report = await image.verify({ patterns: [], paths: [] })
  if (!report.ok) throw new Error(JSON.stringify(report.error))
  for (const { fmri, findings } of report.value.packages) expect(findings, formatFmri(fmri)).toEqual([])
}

const greetOne = [
  '0755 etc',
  '0644 etc/greet.conf "loud = no\\n"',
  '0755 usr',
  '0755 usr/bin',
  '0755 usr/bin/gr "#!/bin/sh\\necho hello\\n"',
  '0755 usr/bin/greet "#!/bin/sh\\necho hello\\n"',
  '0777 usr/bin/hello -> greet',
  '0755 usr/lib',
  '0644 usr/lib/words "hello again\\n"',
  '0755 usr/share',
  '0755 usr/share/man',
  '0444 usr/share/man/greet.1 ".TH GREET 1\\n"',
]

describe('the life of an image', () => {
  it('goes through install, update and uninstall', async () => {
    const host = newHost()
    const image = await newImage(host)
    const empty = essence()
    host.time += 1000
    const installed = await succeed(image, 'install', 'greet@1.0')
    expect(installed.applied?.generation).toBe(1)
    expect(tree()).toEqual(greetOne)
    expect(await installedNames(image)).toEqual([
      'small.example/library/words@2.0-1',
      'small.example/tools/greet@1.0-1 manual',
    ])
    expect(installed.prepared.spaceAvailable).toBeGreaterThan(installed.prepared.spaceRequired)
    await verifiesClean(image)
    expect(readdirSync(join(root, metadata, 'publisher/small.example'))).not.toContain('file')

    host.time += 1000
    writeFileSync(join(root, 'etc/greet.conf'), 'loud = yes\n')
    await succeed(image, 'update')
    expect(await installedNames(image)).toEqual([
      'small.example/library/words@2.0-1',
      'small.example/tools/greet@2.0-1 manual',
    ])
    expect(tree()).toContain('0755 usr/bin/gr "#!/bin/sh\\necho hello again\\n"')
    expect(tree()).toContain('0644 etc/greet.conf "loud = yes\\n"')
    const records = await image.installed()
    expect(
      records.ok && records.value.map(({ installTime, updateTime }) => [installTime, updateTime]),
    ).toEqual([
      [Date.UTC(2026, 10, 22, 10, 0, 1), undefined],
      [Date.UTC(2026, 10, 22, 10, 0, 1), Date.UTC(2026, 10, 22, 10, 0, 2)],
    ])
    const nothing = await run(image, 'update')
    expect(nothing).toMatchObject({
      ok: true,
      value: { prepared: { nothingToDo: true }, applied: undefined },
    })

    await succeed(image, 'uninstall', 'tools/greet')
    expect(await installedNames(image)).toEqual(['small.example/library/words@2.0-1'])
    await succeed(image, 'uninstall', 'words')
    expect(await installedNames(image)).toEqual([])
    expect(tree()).toEqual([])
    const left = essence().filter((line) => !/installed\.(db|snapshot)|license|lost\+found/.test(line))
    expect(left).toEqual(empty.filter((line) => !/installed\.(db|snapshot)/.test(line)))
    expect(image.history().map(({ operation, outcome, reason }) => [operation, outcome, reason])).toEqual([
      ['image-create', 'Succeeded', 'None'],
      ['install', 'Succeeded', 'None'],
      ['update', 'Succeeded', 'None'],
      ['uninstall', 'Succeeded', 'None'],
      ['uninstall', 'Succeeded', 'None'],
    ])
    expect(image.history()[2]).toMatchObject({
      startState: expect.stringContaining('tools/greet@1.0'),
      endState: expect.stringContaining('tools/greet@2.0'),
    })
    expect(image.history()[1]?.commandLine).toEqual(['pkg6', 'test'])
  })

  it('needs no SQL to be read', async () => {
    await succeed(await newImage(), 'install', 'greet')
    const host = newHost()
    const image = await opened(host)
    expect(await installedNames(image)).toHaveLength(2)
    const listed = await image.listPackages({ patterns: [], scope: 'all', refresh: true })
    expect(listed.ok && listed.value.packages).toHaveLength(9)
    const plan = await image.planInstall(
      { operation: 'install', patterns: ['extra'], reject: [], ignoreMissing: false },
      { refresh: true, dryRun: true },
    )
    expect(plan.ok && plan.value.nothingToDo).toBe(false)
    expect(host.sqlLoads).toBe(0)
  })

  it('is not changed by a dry run', async () => {
    const image = await newImage()
    const before = essence()
    const plan = await image.planInstall(
      { operation: 'install', patterns: ['greet'], reject: [], ignoreMissing: false },
      { refresh: true, dryRun: true },
    )
    if (!plan.ok) throw new Error(JSON.stringify(plan.error))
    expect(plan.value.installPlan.add.map(({ fmri }) => fmri.stem)).toEqual(['library/words', 'tools/greet'])
    expect(plan.value.manifests.size).toBe(2)
    expect(plan.value.actionPlan.payloads.length).toBeGreaterThan(3)
    expect(essence()).toEqual(before)
    const applied = await image.applyPlan(plan.value, { acceptLicenses: false })
    expect(applied.ok).toBe(true)
    const stale = await image.applyPlan(plan.value, { acceptLicenses: false })
    expect(stale).toMatchObject({
      error: { code: 'ips::installer_error::stale_plan', planned: 0, actual: 1 },
    })
    await verifiesClean(image)
  })

  it('is the same over http, and works on without its depot as far as that goes', async () => {
    const depot = await startStaticDepot(repository, { prefixed: true, publisher: 'small.example' })
    const image = await newImage(newHost(), new Map(), depot.uri)
    await succeed(image, 'install', 'greet@1.0')
    expect(tree()).toEqual(greetOne)
    await depot.close()
    const before = essence()
    const gone = await run(image, 'update')
    expect(gone).toMatchObject({
      error: {
        code: 'ips::repository_error::all_origins_failed',
        causes: [{ code: 'ips::repository_error::unreachable' }],
      },
    })
    expect(essence()).toEqual(before)
    const idle = await run(image, 'update', 'words')
    expect(idle).toMatchObject({
      value: {
        prepared: {
          nothingToDo: true,
          refreshed: { publishers: [{ outcome: 'failed' }, { outcome: 'failed' }] },
        },
      },
    })
    await verifiesClean(image)
    await succeed(image, 'uninstall', 'greet', 'words')
    await image.close()
  })

  it('keeps payloads when it is told to, and does not trust them', async () => {
    const image = await newImage(newHost(), new Map([['flush-content-cache-on-success', 'False']]))
    await succeed(image, 'install', 'greet@1.0')
    const cache = join(root, metadata, 'publisher/small.example/file')
    const cached = readdirSync(cache).flatMap((two) =>
      readdirSync(join(cache, two)).map((name) => join(cache, two, name)),
    )
    expect(cached).toHaveLength(5)
    await succeed(image, 'uninstall', 'greet', 'words')
    const before = essence()
    for (const path of cached) writeFileSync(path, 'damaged')
    expect(await run(image, 'install', 'greet@1.0')).toMatchObject({
      error: { code: 'ips::installer_error::bad_payload' },
    })
    expect(essence()).toEqual(before)
    await succeed(image, 'install', 'greet@1.0')
    await verifiesClean(image)
    expect(tree()).toEqual(greetOne)
  })

  it('is planned for by a user who may not write', async () => {
    await newImage()
    const filesystem = failingFilesystem(disk, 'EACCES', ({ writes }) => writes)
    const image = await reopen(newHost({ filesystem }), 'read')
    if (!image.ok) throw new Error(image.error.code)
    const request = { operation: 'install', patterns: ['greet'], reject: [], ignoreMissing: false } as const
    expect(await image.value.planInstall(request, { refresh: true, dryRun: true })).toMatchObject({
      ok: true,
    })
    expect(await run(image.value, 'install', 'greet')).toMatchObject({
      error: { code: 'ips::image_error::no_permission' },
    })
  })

  it('keeps what no publisher offers any more', async () => {
    const image = await newImage()
    await succeed(image, 'install', 'greet@1.0')
    const removed = await image.removePublishers(['small.example', 'absent.example'])
    expect(removed).toMatchObject({
      ok: true,
      value: [
        { name: 'small.example', problem: undefined },
        { name: 'absent.example', problem: { code: 'ips::image_error::unknown_publisher' } },
      ],
    })
    await succeed(image, 'install', 'extra')
    expect(await installedNames(image)).toEqual([
      'small.example/library/words@2.0-1',
      'other.example/tools/extra@1.0-1 manual',
      'small.example/tools/greet@1.0-1 manual',
    ])
    await verifiesClean(image)
    const snapshot = await image.snapshot()
    expect(snapshot.ok && snapshot.value.publishers).toEqual([
      { name: 'other.example', sticky: true, enabled: true },
      { name: 'small.example', sticky: false, enabled: false },
    ])
    const blocked = await run(image, 'uninstall', 'words')
    expect(blocked).toMatchObject({ error: { code: 'ips::solver_error::has_dependents' } })
    await succeed(image, 'uninstall', 'greet', 'words')
  })
})

function damagePayload(change: (path: string) => void): () => void {
  return () => {
    const directory = join(repository, 'publisher/small.example/file')
    for (const two of readdirSync(directory))
      for (const name of readdirSync(join(directory, two))) change(join(directory, two, name))
  }
}

function manifestPath(stem: string, version: string): string {
  return join(
    repository,
    'publisher/small.example/pkg',
    encodeURIComponent(stem),
    encodeURIComponent(version),
  )
}

describe('a command that fails changes nothing', () => {
  const catalogs = () => join(repository, 'publisher/small.example/catalog')
  it.each<[string, () => void, Operation, string, string]>([
    ['an unknown package', () => {}, 'install', 'nothing/such', 'solver_error::no_candidates'],
    ['a pattern that is none', () => {}, 'install', 'a b', 'solver_error::bad_patterns'],
    ['a dependency that is not there', () => {}, 'install', 'broken', 'solver_error::unsatisfiable'],
    ['a package that is needed', () => {}, 'uninstall', 'words', 'solver_error::has_dependents'],
    ['a package that is not installed', () => {}, 'uninstall', 'extra', 'solver_error::no_candidates'],
    ['a path of another package', () => {}, 'install', 'clash', 'installer_error::action_conflict'],
    ['a path outside the image', () => {}, 'install', 'escape', 'installer_error::forbidden_actions'],
    ['a licence not accepted', () => {}, 'install', 'agree', 'installer_error::licenses'],
    [
      'a payload cut off',
      damagePayload((path) => truncateSync(path, 10)),
      'update',
      '*',
      'repository_error::all_origins_failed',
    ],
    [
      'another payload',
      damagePayload((path) => writeFileSync(path, 'something else')),
      'update',
      '*',
      'repository_error::all_origins_failed',
    ],
    [
      'a missing payload',
      damagePayload((path) => rmSync(path)),
      'update',
      '*',
      'repository_error::all_origins_failed',
    ],
    [
      'a wrong manifest',
      () => writeFileSync(manifestPath('tools/greet', '2.0,5.11-1:20260102T000000Z'), 'set name=a value=b\n'),
      'update',
      '*',
      'repository_error::all_origins_failed',
    ],
    [
      'a missing manifest',
      () => rmSync(manifestPath('tools/greet', '2.0,5.11-1:20260102T000000Z')),
      'update',
      '*',
      'repository_error::all_origins_failed',
    ],
    [
      'a catalog cut off',
      () => truncateSync(join(catalogs(), 'catalog.attrs'), 20),
      'update',
      '*',
      'image_error::refresh_failed',
    ],
    [
      'an edited manifest of what is installed',
      () =>
        writeFileSync(
          join(root, metadata, 'publisher/small.example/pkg/tools%2Fgreet/1.0%2C5.11-1%3A20260101T000000Z'),
          '',
        ),
      'update',
      '*',
      'image_error::missing_manifest',
    ],
  ])('%s', async (_, damage, operation, pattern, code) => {
    const image = await newImage()
    await succeed(image, 'install', 'greet@1.0')
    damage()
    const before = essence()
    const done = await run(image, operation, ...(pattern === '*' ? [] : [pattern]))
    expect(done.ok ? 'ok' : done.error.code.slice(5)).toBe(code)
    expect(essence()).toEqual(before)
    expect(image.history().at(-1)).toMatchObject({ operation, outcome: 'Failed' })
    expect(existsSync(join(root, metadata, 'lock'))).toBe(false)
  })

  it('a damaged database', async () => {
    const image = await newImage()
    await succeed(image, 'install', 'greet@1.0')
    truncateSync(join(root, metadata, 'installed.db'), 5000)
    const before = essence()
    for (const outcome of [
      await run(image, 'update'),
      await image.installed(),
      await image.verify({ patterns: [], paths: [] }),
    ])
      expect(outcome).toMatchObject({ ok: false, error: { code: 'ips::image_error::corrupt_db' } })
    expect(essence()).toEqual(before)
  })

  it('a full disk that shows before anything is fetched', async () => {
    const filesystem = { ...disk, freeSpace: () => 10 }
    const image = await newImage(newHost({ filesystem }))
    const before = essence()
    expect(await run(image, 'install', 'greet')).toMatchObject({
      error: { code: 'ips::installer_error::no_space', available: 10 },
    })
    expect(essence()).toEqual(before)
    expect(existsSync(join(root, metadata, 'publisher/small.example/file'))).toBe(false)
    expect(image.history().at(-1)).toMatchObject({ reason: 'Insufficient Disk Space' })
  })

  it('a second writer', async () => {
    const host = newHost()
    const image = await newImage(host)
    let inner: Promise<unknown> | undefined
    const done = await image.install(
      { operation: 'install', patterns: ['greet'], reject: [], ignoreMissing: false },
      {
        refresh: false,
        dryRun: false,
        acceptLicenses: false,
        decide: async () => {
          inner = run(
            await opened(
              newHost({ process: testProcess({ pid: 200, alive: new Map([[100, 'start-100']]) }) }),
            ),
            'install',
            'extra',
          )
          expect(await inner).toEqual({
            ok: false,
            error: { code: 'ips::image_error::locked', name: 'pkg6', hostname: 'host.example', pid: 100 },
          })
          return { ok: true, value: 'stop' }
        },
      },
    )
    expect(done).toMatchObject({ ok: true, value: { applied: undefined } })
    expect(inner).toBeDefined()
    expect(await installedNames(image)).toEqual([])
  })
})

describe('an operation that is cut off', () => {
  class Killed extends Error {}
  async function cutOff(): Promise<void> {
    await (await newImage()).close()
    let dead = false
    const filesystem = interceptFilesystem(disk, ({ name, path, writes }) => {
      dead ||= writes && name === 'rename' && path.startsWith(join(root, metadata, 'stage'))
      if (dead) throw new Killed()
    })
    await expect(run(await opened(newHost({ filesystem })), 'install', 'greet')).rejects.toThrow(Killed)
  }

  it('is reported to readers, but not while its process lives, and not where it does not matter', async () => {
    await cutOff()
    const alive = testProcess({ pid: 101, alive: new Map([[100, 'start-100']]) })
    expect((await reopen(newHost({ process: alive }), 'read')).ok).toBe(true)
    const after = testProcess({ pid: 101 })
    const host = newHost({ process: after })
    expect(await reopen(host, 'read')).toEqual({
      ok: false,
      error: { code: 'ips::image_error::interrupted', root },
    })
    expect((await reopen(host, 'settings')).ok).toBe(true)
    expect(host.collected).toEqual([])
    expect(await reopen(newHost({ process: alive }), 'write')).toMatchObject({ ok: true })
  })

  it('is recovered by the first writer', async () => {
    await cutOff()
    const host = newHost({ process: testProcess({ pid: 101 }) })
    const image = await opened(host)
    expect(host.collected).toMatchObject([{ kind: 'recovered', side: 'undone' }])
    expect(tree()).toEqual([])
    await succeed(image, 'install', 'greet@1.0')
    expect(tree()).toEqual(greetOne)
    await verifiesClean(image)
  })
})

/** Runs install of greet@1.0 and then the update with a file system under test control. */
const journeys: readonly (readonly [string, Operation, readonly string[], readonly string[]])[] = [
  ['install', 'install', ['greet@1.0'], []],
  ['update', 'update', [], ['greet@1.0']],
  ['uninstall', 'uninstall', ['greet'], ['greet@1.0']],
]

/** Calls on caches, lock and history are left out: these have tests of their own, and every call costs a whole run. */
function matters({ writes, path }: InterceptedCall): boolean {
  return writes && !/\/(cache|history|modified|file|last_refreshed|lock)/.test(path.slice(root.length))
}

describe.each(journeys)('%s', (_, operation, patterns, first) => {
  async function prepared(): Promise<void> {
    const image = await newImage()
    if (first.length > 0) await succeed(image, 'install', ...first)
    await image.close()
  }

  /** Copies are cheaper than making the image anew for every cut. */
  function keep(): () => void {
    const kept = join(folder.path, 'kept')
    copyTree(root, kept)
    return () => {
      rmSync(root, { recursive: true })
      copyTree(kept, root)
    }
  }

  it('whose n-th call fails changes nothing or succeeds, for every n', async () => {
    await prepared()
    const restore = keep()
    const before = essence()
    let failures = 0
    for (let cut = 1; ; cut++) {
      let number = 0
      let failed = false
      const filesystem: Filesystem = failingFilesystem(disk, 'ENOSPC', (call) => {
        if (matters(call)) number++
        const now = number === cut && !failed
        failed ||= now
        return now
      })
      const done = await run(await opened(newHost({ filesystem })), operation, ...patterns)
      if (!failed) break
      const image = await opened(newHost())
      if (!done.ok) {
        failures++
        expect(essence(), `call ${cut}: ${JSON.stringify(done.error)}`).toEqual(before)
      }
      await verifiesClean(image)
      restore()
    }
    expect(failures).toBeGreaterThan(10)
  })

  it('that dies at the n-th call leaves the old or the new image, for every n', async () => {
    class Killed extends Error {}
    await prepared()
    const restore = keep()
    const before = essence()
    const sides = new Set<string>()
    for (let cut = 1; ; cut++) {
      let number = 0
      let killed = false
      const filesystem: Filesystem = interceptFilesystem(disk, (call) => {
        if (matters(call)) number++
        killed ||= number === cut
        if (killed) throw new Killed()
      })
      try {
        await run(await opened(newHost({ filesystem })), operation, ...patterns)
      } catch (error) {
        if (!(error instanceof Killed)) throw error
      }
      if (!killed) break
      const host = newHost({ process: testProcess({ pid: 101 }) })
      const image = await opened(host)
      await verifiesClean(image)
      const recovered = host.collected.find((event) => event.kind === 'recovered')
      if (recovered?.kind === 'recovered') sides.add(recovered.side)
      const names = await installedNames(image)
      const old =
        names.join() ===
        (first.length === 0 ? '' : 'small.example/library/words@2.0-1,small.example/tools/greet@1.0-1 manual')
      // Taking the lock once sweeps up whatever was staged.
      await image.refresh({ publishers: [], full: false, onlyIfDue: false })
      if (old) expect(essence(), `killed at ${cut}`).toEqual(before)
      restore()
    }
    expect([...sides].sort()).toEqual(['finished', 'undone'])
  })
})
