import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Event, type Fmri, type PublisherName, parseFmri, parseManifest } from '#model'
import { distributeActions, loadCatalog, loadSummaries, type OriginRefresh, refreshPublisher } from '#repo'
import {
  catalogTimestamp,
  emptyAttributes,
  openAttributes,
  serialiseAttributes,
} from '../../../repo/catalog/catalog-attrs.ts'
import { signFile } from '../../../repo/catalog/catalog-canonical.ts'
import type { CatalogOperation } from '../../../repo/publish/catalog-publish.ts'
import {
  newRepositoryCatalog,
  openRepositoryCatalog,
  rebuildCatalog,
  updateCatalog,
} from '../../../repo/publish/catalog-publish.ts'
import { decideRefresh } from '../../../repo/refresh/refresh-decision.ts'
import { createMemoryFilesystem, type MemoryFilesystem } from '../../support/memory-filesystem.ts'
import { createMemorySource, type MemorySource } from '../../support/memory-source.ts'

const publisher = 'example.com' as PublisherName
const uri = 'http://one.example/'
const directory = '/image/catalog/example.com'
const sha1 = '0'.repeat(39)

function fmri(text: string): Fmri {
  const parsed = parseFmri(`pkg://example.com/${text}`)
  if (!parsed.ok) throw new Error(text)
  return parsed.value
}
function add(text: string, digest = '1', lines = `set name=pkg.summary value="About ${text}"\n`) {
  const manifest = parseManifest(lines)
  if (!manifest.ok) throw new Error(lines)
  const operation = {
    type: 'add',
    fmri: fmri(text),
    manifestSha1: sha1 + digest,
    actions: distributeActions(manifest.value),
  }
  return operation as Extract<CatalogOperation, { type: 'add' }>
}
const remove = (text: string): CatalogOperation => ({ type: 'remove', fmri: fmri(text) })

let filesystem: MemoryFilesystem
let source: MemorySource
let events: Event[]
beforeEach(() => {
  filesystem = createMemoryFilesystem()
  source = createMemorySource(uri, [publisher])
  events = []
})
const files = (from: MemorySource = source) => from.publishers.get(publisher)!.catalog

async function publish(time: string, operations: readonly CatalogOperation[], to = files()): Promise<void> {
  const catalog =
    to.size === 0 ? newRepositoryCatalog(time) : await openRepositoryCatalog((name) => to.get(name))
  if (typeof catalog !== 'object') throw new Error(String(catalog))
  const updated = await updateCatalog(catalog, operations, time)
  if (!updated.ok) throw new Error(JSON.stringify(updated.error))
  for (const [name, bytes] of updated.value.files) to.set(name, bytes)
}
async function refresh(full = false, sources: readonly MemorySource[] = [source]) {
  for (const one of sources) one.requests.length = 0
  const result = await refreshPublisher({
    publisher,
    sources,
    directory,
    filesystem,
    full,
    onEvent: (event) => events.push(event),
  })
  return result.origins.map((origin: OriginRefresh) =>
    origin.outcome === 'failed' ? origin.problem.code.split('::')[2] : origin.outcome,
  )
}
function load(origins: readonly string[] = [uri]) {
  const loaded = loadCatalog({
    publishers: [{ name: publisher, directory, origins }],
    filesystem,
    indexPath: '/image/cache/catalog.index',
  })
  if (!loaded.ok) return loaded.error.code.split('::')[2]
  const { catalog, rebuilt } = loaded.value
  const packages = Array.from({ length: catalog.packageCount }, (_, id) => {
    return `${catalog.stemName(catalog.packageStem[id]!)}@${catalog.packageVersion(id)} ${catalog.manifestSha1(id)?.at(-1)}`
  })
  return { packages, rebuilt }
}
const stored = () =>
  filesystem
    .listing(directory)
    .filter((line) => / file /.test(line))
    .map((line) => line.split('/').at(-1)?.split(' ')[0])

const hour3 = '20240102T030000Z'
const later3 = '20240102T033000.000001Z'
const hour5 = '20240102T050000Z'

describe('a refresh', () => {
  beforeEach(() => publish(hour3, [add('a@1'), add('b@1')]))

  test('without local catalog fetches all parts and no logs', async () => {
    expect(await refresh()).toEqual(['changed'])
    expect(source.requests).toEqual(['catalog.attrs', 'catalog.base.C', 'catalog.summary.C'])
    expect(stored()).toEqual(['catalog.attrs', 'catalog.base.C', 'catalog.summary.C'])
    expect(load()).toEqual({ packages: ['a@1,5.11 1', 'b@1,5.11 1'], rebuilt: true })
    expect(load()).toEqual({ packages: ['a@1,5.11 1', 'b@1,5.11 1'], rebuilt: false })
  })

  test('of an unchanged catalog fetches the attributes only', async () => {
    await refresh()
    expect(await refresh()).toEqual(['unchanged'])
    expect(source.requests).toEqual(['catalog.attrs'])
  })

  test('after additions and removals applies the logs', async () => {
    await refresh()
    await publish(later3, [add('a@2'), remove('b@1')])
    await publish(hour5, [add('c@1'), add('b@1', '2')])
    expect(await refresh()).toEqual(['changed'])
    expect(source.requests).toEqual(['catalog.attrs', 'update.20240102T03Z.C', 'update.20240102T05Z.C'])
    const packages = ['a@1,5.11 1', 'a@2,5.11 1', 'b@1,5.11 2', 'c@1,5.11 1']
    expect(load()).toEqual({ packages, rebuilt: true })
    for (const name of ['catalog.base.C', 'catalog.summary.C', 'catalog.attrs']) {
      expect(Buffer.from(filesystem.readFile(findStored(name))).equals(files().get(name)!)).toBe(true)
    }
    expect(await refresh()).toEqual(['unchanged'])
  })

  test('on request fetches everything anew', async () => {
    await refresh()
    expect(await refresh(true)).toEqual(['changed'])
    expect(source.requests).toEqual(['catalog.attrs!', 'catalog.base.C!', 'catalog.summary.C!'])
  })

  test('of a rebuilt catalog is full', async () => {
    await refresh()
    for (const [name, bytes] of rebuildCatalog([add('z@1')], hour5)) files().set(name, bytes)
    expect(await refresh()).toEqual(['changed'])
    expect(source.requests).toEqual([
      'catalog.attrs',
      'catalog.attrs!',
      'catalog.base.C!',
      'catalog.summary.C!',
    ])
    expect(load()).toEqual({ packages: ['z@1,5.11 1'], rebuilt: true })
  })

  test('with a new part fetches the changed parts whole', async () => {
    await refresh()
    await publish(hour5, [add('c@1', '1', 'depend fmri=a type=require\n')])
    expect(await refresh()).toEqual(['changed'])
    expect(source.requests).toEqual(['catalog.attrs', 'catalog.base.C', 'catalog.dependency.C'])
    expect(load()).toEqual({ packages: ['a@1,5.11 1', 'b@1,5.11 1', 'c@1,5.11 1'], rebuilt: true })
  })

  test('without the log of the old hour fetches the changed parts whole', async () => {
    await refresh()
    await publish(hour5, [add('c@1')])
    const attributes = await openAttributes(files().get('catalog.attrs')!)
    if (typeof attributes === 'string') throw new Error(attributes)
    const updates = new Map([...attributes.updates].filter(([name]) => !name.includes('T03Z')))
    files().set('catalog.attrs', serialiseAttributes({ ...attributes, updates }).bytes)
    expect(await refresh()).toEqual(['changed'])
    expect(source.requests).toEqual(['catalog.attrs', 'catalog.base.C', 'catalog.summary.C'])
  })

  test.each([
    ['a log that cannot be had', (log: string) => files().delete(log)],
    ['a log cut short', (log: string) => files().set(log, files().get(log)!.slice(0, 100))],
    [
      'a log that says something else',
      (log: string) =>
        files().set(
          log,
          resign(log, (text) => text.replaceAll('c', 'd')),
        ),
    ],
    [
      'a log with an unknown operation',
      (log: string) =>
        files().set(
          log,
          resign(log, (text) => text.replaceAll('"add"', '"addd"')),
        ),
    ],
    [
      'a log that adds what is there',
      (log: string) =>
        files().set(
          log,
          resign(log, (text) => text.replaceAll('"c"', '"a"')),
        ),
    ],
    [
      'a log that removes what is not there',
      (log: string) =>
        files().set(
          log,
          resign(log, (text) => text.replaceAll('"add"', '"remove"')),
        ),
    ],
    [
      'a log of wrong types',
      (log: string) => files().set(log, signFile(new Map([['example.com', { c: 1 }]])).bytes),
    ],
  ])('with %s is full', async (_, spoil) => {
    await refresh()
    await publish(hour5, [add('c@1')])
    spoil('update.20240102T05Z.C')
    expect(await refresh()).toEqual(['changed'])
    expect(source.requests.slice(-3)).toEqual(['catalog.attrs!', 'catalog.base.C!', 'catalog.summary.C!'])
    expect(load()).toEqual({ packages: ['a@1,5.11 1', 'b@1,5.11 1', 'c@1,5.11 1'], rebuilt: true })
  })

  test('is full when the stored part is not the one it should be', async () => {
    await refresh()
    await publish(hour5, [add('c@1')])
    const path = findStored('catalog.base.C')
    filesystem.plant(path, filesystem.text(path).replace('a', 'q'))
    expect(await refresh()).toEqual(['changed'])
    expect(load()).toMatchObject({ packages: ['a@1,5.11 1', 'b@1,5.11 1', 'c@1,5.11 1'] })
  })

  test.each([
    [
      'has a wrong signature',
      (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString().replace('"1,5.11"', '"9,5.11"')),
    ],
    ['is cut short', (bytes: Uint8Array) => bytes.slice(0, -20)],
    ['has no signature', () => Buffer.from('{}\n')],
    ['is another part than the attributes state', () => signFile(new Map([['example.com', {}]])).bytes],
    ['has wrong types', () => signFile(new Map([['example.com', { a: 'x' }]])).bytes],
    ['is no JSON', () => Buffer.from('<html>')],
  ])('fails and keeps the old state when a part %s', async (_, spoil) => {
    await refresh()
    await publish(hour5, [add('c@1')])
    const before = filesystem.listing('/')
    source.intercept = (name, bytes) => (name === 'catalog.base.C' && bytes ? spoil(bytes) : undefined)
    files().delete('update.20240102T05Z.C')
    expect(await refresh()).toEqual(['bad_catalog'])
    expect(filesystem.listing('/')).toEqual(before)
    expect(load()).toEqual({ packages: ['a@1,5.11 1', 'b@1,5.11 1'], rebuilt: true })
  })

  test('asks once more past caches for what does not verify', async () => {
    let spoiled = 1
    source.intercept = (name, bytes) =>
      name === 'catalog.base.C' && bytes && spoiled-- > 0 ? bytes.slice(0, 10) : undefined
    expect(await refresh()).toEqual(['changed'])
    expect(source.requests.filter((name) => name.startsWith('catalog.base.C'))).toEqual([
      'catalog.base.C',
      'catalog.base.C!',
    ])
  })

  test('reports an origin that does not answer and goes on with the next', async () => {
    const other = createMemorySource('http://two.example/', [publisher])
    await publish(hour3, [add('a@1', '9'), add('z@1', '9')], files(other))
    source.intercept = () => ({
      code: 'ips::repository_error::unreachable',
      uri,
      reason: 'gone',
      status: undefined,
    })
    expect(await refresh(false, [source, other])).toEqual(['unreachable', 'changed'])
    source.intercept = () => undefined
    expect(await refresh(false, [source, other])).toEqual(['changed', 'unchanged'])
    expect(load([uri, other.uri])).toMatchObject({ packages: ['a@1,5.11 1', 'b@1,5.11 1', 'z@1,5.11 9'] })
    expect(load([other.uri, uri])).toMatchObject({ packages: ['a@1,5.11 9', 'b@1,5.11 1', 'z@1,5.11 9'] })
    expect(load([other.uri])).toMatchObject({ packages: ['a@1,5.11 9', 'z@1,5.11 9'] })
  })

  test('warns of a catalog without the publisher, whose packages do not count', async () => {
    for (const name of ['example.net', 'toString']) {
      const base = signFile(
        new Map([[name, JSON.parse('{"__proto__":[{"version":"1"}],"a":[{"version":"1"}]}')]]),
      )
      files().set('catalog.base.C', base.bytes)
      const parts = new Map([['catalog.base.C', { lastModified: hour5, sha1: base.sha1 }]])
      files().set(
        'catalog.attrs',
        serialiseAttributes({ ...emptyAttributes(name === 'toString' ? hour3 : hour5), parts }).bytes,
      )
      expect(await refresh()).toEqual(['changed'])
    }
    const warnings = events.filter(({ kind }) => kind === 'warning').map((event) => JSON.stringify(event))
    expect(warnings.filter((text) => text.includes('other_publisher'))).toHaveLength(2)
    expect(load()).toMatchObject({ packages: [] })
    expect(stored()).toEqual(['catalog.attrs', 'catalog.base.C'])
  })

  test.each([false, true])('warns of a catalog that is older than the known one (full: %s)', async (full) => {
    const before = new Map(files())
    await publish(later3, [add('c@1')])
    expect(await refresh()).toEqual(['changed'])
    for (const [name, bytes] of before) files().set(name, bytes)
    expect(await refresh(full)).toEqual(['changed'])
    const warnings = events.filter((event) => event.kind === 'warning')
    expect(warnings).toMatchObject([{ code: 'ips::repository_warning::older_catalog' }])
    expect(JSON.stringify(warnings)).toContain('20240102T030000Z instead of 20240102T033000.000001Z')
    expect(await refresh()).toEqual(['unchanged'])
    expect(events.filter((event) => event.kind === 'warning')).toHaveLength(1)
  })

  test('of an empty repository stores the attributes', async () => {
    files().clear()
    files().set('catalog.attrs', serialiseAttributes(emptyAttributes(hour3)).bytes)
    expect(await refresh()).toEqual(['changed'])
    expect(load()).toMatchObject({ packages: [] })
  })

  test('that fills the disk fails and keeps a usable catalog', async () => {
    await refresh()
    await publish(hour5, [add('c@1')])
    const before = filesystem.listing('/')
    for (const room of [0, 100, 400, 900]) {
      filesystem.limit(room)
      expect(await refresh()).toEqual(['storage'])
      expect(filesystem.listing('/')).toEqual(before)
    }
    filesystem.limit(1_000_000)
    expect(await refresh()).toEqual(['changed'])
    expect(load()).toMatchObject({ packages: ['a@1,5.11 1', 'b@1,5.11 1', 'c@1,5.11 1'] })
  })
})

test('after any history the local catalog is the remote one', async () => {
  const packages = fc.constantFrom('a@1', 'a@2', 'a@10', 'b@1', 'c@1-2')
  const steps = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.tuple(fc.constantFrom('toggle'), packages, fc.nat(100)) },
      { weight: 4, arbitrary: fc.tuple(fc.constantFrom('refresh'), fc.constant(''), fc.nat(1)) },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom('rebuild'), fc.constant(''), fc.nat(100)) },
    ),
    { maxLength: 16 },
  )
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      filesystem = createMemoryFilesystem()
      source = createMemorySource(uri, [publisher])
      const listed = new Set<string>()
      let minutes = Date.UTC(2024, 0, 1) / 60_000
      const time = () => catalogTimestamp(minutes * 60_000)
      await publish(time(), [add('z@1')])
      const check = async () => {
        expect(['changed', 'unchanged']).toContain((await refresh())[0])
        for (const name of ['catalog.base.C', 'catalog.summary.C', 'catalog.attrs']) {
          expect(filesystem.text(findStored(name))).toBe(Buffer.from(files().get(name)!).toString())
        }
        const names = [...listed, 'z@1'].map((one) => `${one.replace(/@(\d+)/, '@$1,5.11')} 1`)
        expect(load()).toMatchObject({
          packages: expect.toSatisfy((all: string[]) => `${all.sort()}` === `${names.sort()}`),
        })
      }
      for (const [kind, name, wait] of history) {
        minutes += wait + 1
        if (kind === 'refresh') await check()
        else if (kind === 'rebuild') {
          const content = [...listed, 'z@1'].map((one) => add(one))
          files().clear()
          for (const [file, bytes] of rebuildCatalog(content, time())) files().set(file, bytes)
        } else {
          await publish(time(), [listed.has(name) ? remove(name) : add(name)])
          if (!listed.delete(name)) listed.add(name)
        }
      }
      await check()
    }),
    { numRuns: 60 },
  )
})

test.each([
  ['logs are applied', 'set name=pkg.summary value=c\n'],
  ['a part is new', 'depend fmri=a type=require\n'],
])('interrupted at any disk call while %s it leaves what a refresh can mend', async (_, lines) => {
  await publish(hour3, [add('a@1')])
  await refresh()
  await publish(hour5, [add('b@1'), add('c@1', '1', lines)])
  const before = filesystem
  const old = ['a@1,5.11 1']
  const fresh = ['a@1,5.11 1', 'b@1,5.11 1', 'c@1,5.11 1']
  const states = new Set<string>()
  for (let calls = 0; ; calls++) {
    const disk = before.clone()
    filesystem = crashingAfter(disk, calls)
    const finished = await refresh().then(
      () => true,
      (error: Error) => error.message !== 'crash',
    )
    filesystem = disk
    const loaded = load()
    const state = typeof loaded === 'object' ? loaded.packages.join() : String(loaded)
    states.add(state)
    expect([old.join(), fresh.join(), 'damaged_cache']).toContain(state)
    expect(await refresh()).toEqual([state === fresh.join() ? 'unchanged' : 'changed'])
    expect(load()).toMatchObject({ packages: fresh })
    if (finished) break
  }
  expect(states.size).toBe(3)
})

/** Stops before the given number of changing calls more than can be made, as a killed process does: without cleaning up. */
function crashingAfter(disk: MemoryFilesystem, calls: number): MemoryFilesystem {
  let left = calls
  const changing = ['createFile', 'makeDirectory', 'rename', 'unlink', 'sync']
  return new Proxy(disk, {
    get(target, name: keyof MemoryFilesystem) {
      const call = target[name]
      if (!changing.includes(name)) return call
      return (...args: never[]) => {
        if (left-- <= 0) throw new Error('crash')
        return (call as (...args: never[]) => unknown).apply(target, args)
      }
    },
  })
}

function resign(log: string, change: (text: string) => string): Uint8Array {
  const { _SIGNATURE: _, ...rest } = JSON.parse(change(Buffer.from(files().get(log)!).toString()))
  return signFile(new Map(Object.entries(rest) as never)).bytes
}
function findStored(name: string): string {
  const origins = `${directory}/origins`
  return `${origins}/${filesystem.readDirectory(origins)[0]}/${name}`
}

describe('the decision', () => {
  const base = 'catalog.base.C'
  const french = 'catalog.summary.fr'
  const attributes = (
    lastModified: string,
    parts: Record<string, string>,
    updates: Record<string, string> = {},
  ) => ({
    ...emptyAttributes('20240101T000000Z'),
    lastModified,
    parts: new Map(
      Object.entries(parts).map(([name, time]) => [name, { lastModified: time, sha1: undefined }]),
    ),
    updates: new Map(
      Object.entries(updates).map(([name, time]) => [name, { lastModified: time, sha1: undefined }]),
    ),
  })
  const local = attributes(hour3, { [base]: hour3 })
  const log3 = 'update.20240102T03Z.C'
  const log5 = 'update.20240102T05Z.C'
  test.each([
    ['another creation', { ...local, created: hour5 }, { kind: 'full' }],
    ['the same time', local, { kind: 'unchanged' }],
    ['a part gone', attributes(hour5, {}), { kind: 'full' }],
    ['a part older than before', attributes(hour5, { [base]: '20240102T020000Z' }), { kind: 'full' }],
    ['other attributes only', attributes(hour5, { [base]: hour3 }), { kind: 'attributes' }],
    [
      'a part of another locale',
      attributes(hour5, { [base]: hour3, [french]: hour5 }),
      { kind: 'attributes' },
    ],
    [
      'an older catalog with equal parts',
      attributes('20240102T020000Z', { [base]: hour3 }),
      { kind: 'attributes' },
    ],
    [
      'no log of the old hour',
      attributes(hour5, { [base]: hour5 }, { [log5]: hour5 }),
      { kind: 'parts', parts: [base] },
    ],
    [
      'logs of another locale',
      attributes(hour5, { [base]: hour5 }, { 'update.20240102T03Z.fr': hour5 }),
      { kind: 'parts', parts: [base] },
    ],
    [
      'all logs',
      attributes(hour5, { [base]: hour5 }, { [log5]: hour5, [log3]: later3, 'update.20240102T02Z.C': hour3 }),
      { kind: 'incremental', logs: [log3, log5], parts: [base] },
    ],
    [
      'an old log that did not change since',
      attributes(hour5, { [base]: hour5 }, { [log3]: hour3, [log5]: hour5 }),
      { kind: 'incremental', logs: [log5], parts: [base] },
    ],
  ])('with %s', (_, remote, decision) => {
    expect(decideRefresh(local, remote)).toEqual(decision)
  })
})

describe('loading', () => {
  beforeEach(async () => {
    await publish(hour3, [
      add('a@1'),
      add('b@1', '1', 'set name=description value=old\nset name=pkg.obsolete value=true\n'),
    ])
    await refresh()
  })

  test('builds the index anew when it is damaged or of other origins', () => {
    expect(load()).toMatchObject({ rebuilt: true })
    filesystem.plant('/image/cache/catalog.index', 'rubbish')
    expect(load()).toMatchObject({ rebuilt: true })
    expect(load()).toMatchObject({ rebuilt: false })
    expect(load([])).toEqual({ packages: [], rebuilt: true })
  })

  test('works from memory when the index cannot be written', () => {
    filesystem.limit(0)
    expect(load()).toEqual({ packages: ['a@1,5.11 1', 'b@1,5.11 1'], rebuilt: true })
    expect(load()).toMatchObject({ rebuilt: true })
  })

  test.each(['catalog.base.C', 'catalog.dependency.C'])('notices a changed or missing %s', (name) => {
    const path = findStored(name)
    filesystem.plant(path, filesystem.text(path).replace('5.11', '5.12'))
    expect(load()).toBe('damaged_cache')
    filesystem.unlink(path)
    expect(load()).toBe('damaged_cache')
  })

  test('gives summaries on demand', () => {
    const summaries = loadSummaries({
      publishers: [{ name: publisher, directory, origins: [uri] }],
      filesystem,
    })
    if (!summaries.ok) throw new Error(summaries.error.code)
    expect(summaries.value(publisher, 'a', '1,5.11')).toBe('About a@1')
    expect(summaries.value(publisher, 'b', '1,5.11')).toBe('old')
    expect(summaries.value(publisher, 'a', '2,5.11')).toBeUndefined()
    expect(summaries.value(publisher, '__proto__', '1')).toBeUndefined()
  })
})
