import { existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testProcess } from '../../support/image-host.ts'
import { failingFilesystem } from '../../support/intercepted-filesystem.ts'
import {
  disk,
  essence,
  greetOne,
  installedNames,
  metadata,
  newHost,
  newImage,
  type Operation,
  opened,
  reopen,
  repository,
  root,
  run,
  serveRepository,
  succeed,
  tree,
  usePublishedImages,
  verifiesClean,
} from '../../support/published-image.ts'

usePublishedImages()

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
    expect(listed.ok && listed.value.packages).toHaveLength(10)
    const plan = await image.planInstall(
      { operation: 'install', patterns: ['extra'], reject: [], ignoreMissing: false },
      { refresh: true },
    )
    expect(plan.ok && plan.value.nothingToDo).toBe(false)
    expect(host.sqlLoads).toBe(0)
  })

  it('is not changed by a dry run', async () => {
    const image = await newImage()
    const before = essence()
    const plan = await image.planInstall(
      { operation: 'install', patterns: ['greet'], reject: [], ignoreMissing: false },
      { refresh: true },
    )
    if (!plan.ok) throw new Error(JSON.stringify(plan.error))
    expect(plan.value.installPlan.add.map(({ fmri }) => fmri.stem)).toEqual(['library/words', 'tools/greet'])
    const { installPlan, manifestOf } = plan.value
    expect(
      installPlan.add.map(({ fmri }) => manifestOf(fmri)?.actions.length ?? 0).every((count) => count > 1),
    ).toBe(true)
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
    const depot = await serveRepository()
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
    const depot = await serveRepository()
    const kept = new Map([['flush-content-cache-on-success', 'False']])
    const image = await newImage(newHost(), kept, depot.uri)
    await succeed(image, 'install', 'greet@1.0')
    const cache = join(root, metadata, 'publisher/small.example/file')
    const cached = readdirSync(cache).flatMap((two) =>
      readdirSync(join(cache, two)).map((name) => join(cache, two, name)),
    )
    expect(cached).toHaveLength(5)
    await succeed(image, 'uninstall', 'greet', 'words')
    for (const path of cached) writeFileSync(path, 'damaged')
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
    expect(await image.value.planInstall(request, { refresh: true })).toMatchObject({
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
      'an edited manifest of what is installed, which no repository has any more',
      () => {
        writeFileSync(
          join(root, metadata, 'publisher/small.example/pkg/tools%2Fgreet/1.0%2C5.11-1%3A20260101T000000Z'),
          '',
        )
        rmSync(manifestPath('tools/greet', '1.0,5.11-1:20260101T000000Z'))
      },
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
