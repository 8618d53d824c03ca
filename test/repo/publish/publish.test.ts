import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Action } from '#model'
import { attribute, attributes, formatAction, formatFmri, parseManifest } from '#model'
import type { Repository } from '#repo'
import {
  addPublisher,
  createRepository,
  createSource,
  folderUri,
  openRepository,
  publishPackage,
  publishPackages,
  rebuildRepositoryCatalog,
  refreshRepositoryCatalog,
  removePublisher,
  setProperty,
} from '#repo'
import { openRepositoryCatalog } from '../../../repo/publish/catalog-publish.ts'
import { sharedData } from '../../support/shared-data.ts'
import type { TemporaryFolder } from '../../support/small-repository.ts'
import { fmriOf, publisherOf, temporaryFolder } from '../../support/small-repository.ts'

const now = Date.UTC(2026, 0, 2, 3, 4, 5)
const example = publisherOf('example.org')
let folder: TemporaryFolder
let root: string

beforeEach(() => {
  folder = temporaryFolder()
  root = join(folder.path, 'repo')
})
afterEach(() => folder.remove())

const read = (...path: readonly string[]) => readFileSync(join(root, ...path), 'utf8')

async function created(): Promise<Repository> {
  const repository = await createRepository(root)
  if (!repository.ok) throw new Error(JSON.stringify(repository.error))
  const added = await addPublisher(repository.value, example, now)
  if (!added.ok) throw new Error(JSON.stringify(added.error))
  return added.value
}

/** Finds payload words below a folder, as `-d` does. */
const below = (proto: string) => (action: Action) => {
  const path = join(proto, action.payload ?? '')
  return existsSync(path) ? path : undefined
}

describe('createRepository', () => {
  it('makes a configuration and nothing else, as pkg5 writes it', async () => {
    expect((await createRepository(root)).ok).toBe(true)
    expect(readdirSync(root)).toEqual(['pkg5.repository'])
    expect(read('pkg5.repository')).toBe(
      '[publisher]\nprefix = \n\n[repository]\nversion = 4\ntrust-anchor-directory = /etc/ssl/pkg/\n' +
        'signature-required-names = []\ncheck-certificate-revocation = False\n\n[CONFIGURATION]\nversion = 4\n\n',
    )
  })

  it('refuses a folder that is not empty', async () => {
    mkdirSync(root)
    writeFileSync(join(root, 'x'), '')
    expect(await createRepository(root)).toEqual({
      ok: false,
      error: { code: 'ips::repository_error::repository_exists', path: root },
    })
    expect(readdirSync(root)).toEqual(['x'])
  })

  it('reports a folder that cannot be made', async () => {
    writeFileSync(root, '')
    expect(await createRepository(join(root, 'below'))).toMatchObject({
      error: { code: 'ips::repository_error::storage', errno: 'ENOTDIR' },
    })
  })
})

describe('publishers and properties', () => {
  it('makes the first publisher the default, refuses a second of the same name, and forgets a removed one', async () => {
    const first = await created()
    expect(first.defaultPublisher).toBe('example.org')
    expect(readdirSync(join(root, 'publisher', 'example.org')).sort()).toEqual(['catalog', 'pub.p5i', 'tmp'])
    const other = await addPublisher(first, publisherOf('other.example'), now)
    expect(other).toMatchObject({ ok: true, value: { defaultPublisher: 'example.org' } })
    expect(await addPublisher(first, example, now)).toMatchObject({
      error: { code: 'ips::repository_error::publisher_exists' },
    })
    expect(await removePublisher(first, example)).toMatchObject({ value: { defaultPublisher: undefined } })
    expect(readdirSync(join(root, 'publisher'))).toEqual(['other.example'])
    expect(await removePublisher(first, example)).toMatchObject({
      error: { code: 'ips::repository_error::unknown_publisher' },
    })
  })

  it.each([
    ['publisher/prefix', 'bad name'],
    ['repository/version', '3'],
    ['repository/check-certificate-revocation', 'maybe'],
    ['__proto__/x', '1'],
    ['nothing', '1'],
  ])('refuses %s=%s', async (property, value) => {
    const before = await created()
    expect(await setProperty(before, property, value)).toMatchObject({
      error: { code: 'ips::repository_error::bad_property', property },
    })
    expect((await openRepository(root)).ok).toBe(true)
  })
})

describe('publishPackage', () => {
  const manifest =
    'set name=pkg.fmri value=pkg:/tools/greeter@1.0,5.11-1\n' +
    'set name=pkg.summary value="Grüße"\n' +
    'file bin/greet path=usr/bin/greet owner=root group=bin mode=0555\n' +
    'file bin/greet path=usr/bin/hello owner=root group=bin mode=0555\n' +
    'depend type=require fmri=tools/base@1\n'

  const proto = () => {
    mkdirSync(join(folder.path, 'proto', 'bin'), { recursive: true })
    writeFileSync(join(folder.path, 'proto', 'bin', 'greet'), 'greetings\n'.repeat(100))
    return join(folder.path, 'proto')
  }
  const publish = (repository: Repository, text: string, at = now) =>
    publishPackage({ repository, manifest: text, findPayload: below(proto()), now: at })

  it('publishes what a client can refresh, read and fetch', async () => {
    const repository = await created()
    const published = await publish(repository, manifest)
    const full = 'pkg://example.org/tools/greeter@1.0,5.11-1:20260102T030405Z'
    expect(published.ok && formatFmri(published.value.fmri)).toBe(full)

    const source = createSource(`file://${root}`)
    if (!source.ok) throw new Error('uri')
    const stated = await openRepositoryCatalog((name) =>
      existsSync(join(root, 'publisher', 'example.org', 'catalog', name))
        ? readFileSync(join(root, 'publisher', 'example.org', 'catalog', name))
        : undefined,
    )
    if (stated === undefined || typeof stated === 'string') throw new Error(String(stated))
    const base = stated.parts.get('catalog.base.C')?.publishers.get('example.org')?.get('tools/greeter')?.[0]
    expect(
      stated.parts.get('catalog.dependency.C')?.publishers.get('example.org')?.get('tools/greeter'),
    ).toEqual([
      { actions: ['depend fmri=tools/base@1 type=require'], version: '1.0,5.11-1:20260102T030405Z' },
    ])
    const log = await stated.readLog('update.20260102T03Z.C')
    if (typeof log === 'string') throw new Error(log)
    expect(log.publishers.get('example.org')?.get('tools/greeter')).toHaveLength(1)

    const text = await source.value.fetchManifest(example, fmriOf(full), base?.['signature-sha-1'])
    if (!text.ok) throw new Error(JSON.stringify(text.error))
    const actions = parseManifest(text.value)
    if (!actions.ok) throw new Error('manifest')
    expect(formatAction(actions.value.actions[0] as Action)).toBe(`set name=pkg.fmri value=${full}`)
    const files = actions.value.actions.filter((action) => action.type === 'file')
    expect(files).toHaveLength(2)
    for (const action of files) {
      const destination = join(folder.path, 'fetched')
      expect(await source.value.fetchPayload(example, action, destination)).toEqual({
        ok: true,
        value: undefined,
      })
      expect(gunzipSync(readFileSync(destination)).toString()).toBe('greetings\n'.repeat(100))
      expect(readFileSync(destination).subarray(0, 10).toString('hex')).toBe('1f8b08000000000002ff')
      expect(attributes(action, 'pkg.content-hash')).toHaveLength(2)
      expect(attribute(action, 'pkg.size')).toBe('1000')
    }
    const place = join(root, 'publisher', 'example.org')
    expect(readdirSync(place).sort()).toEqual(['catalog', 'file', 'pkg', 'pub.p5i', 'tmp', 'trans'])
    expect(readdirSync(join(place, 'trans'))).toEqual([])
    expect(readdirSync(join(place, 'tmp'))).toEqual([])
    expect(statSync(join(place, 'file', readdirSync(join(place, 'file'))[0] ?? '')).mode & 0o777).toBe(0o755)
  })

  it('gives each publication of a second its own timestamp and each change of the catalog its own time', async () => {
    const repository = await created()
    const times = new Set<string>()
    for (const second of ['05', '06', '07']) {
      const published = await publish(repository, manifest)
      expect(published.ok && published.value.fmri.version?.timestamp).toBe(`20260102T0304${second}Z`)
      times.add(JSON.parse(read('publisher', 'example.org', 'catalog', 'catalog.attrs'))['last-modified'])
    }
    expect(times).toEqual(
      new Set(['20260102T030405.000001Z', '20260102T030405.000002Z', '20260102T030405.000003Z']),
    )
  })

  it('lets several publications at one time follow each other', async () => {
    const repository = await created()
    const names = ['a', 'b', 'c', 'd']
    const published = await Promise.all(
      names.map((name) => publish(repository, manifest.replace('greeter', name))),
    )
    expect(published.map((one) => one.ok)).toEqual([true, true, true, true])
    expect(JSON.parse(read('publisher', 'example.org', 'catalog', 'catalog.attrs'))['package-count']).toBe(4)
  })

  it('works in a folder with an odd name', async () => {
    root = join(folder.path, 'a %41 #b ?')
    const repository = await created()
    expect(await publish(repository, manifest)).toMatchObject({ ok: true })
    const source = createSource(folderUri(root))
    expect(source.ok && (await source.value.fetchPublishers())).toMatchObject({
      value: [{ name: 'example.org' }],
    })
  })

  it('refuses a version that is there, and leaves its manifest alone', async () => {
    const repository = await created()
    const stamped = manifest.replace('-1\n', '-1:20260101T000000Z\n')
    expect((await publish(repository, stamped)).ok).toBe(true)
    const path = ['publisher', 'example.org', 'pkg', 'tools%2Fgreeter', '1.0%2C5.11-1%3A20260101T000000Z']
    const before = read(...path)
    expect(await publish(repository, stamped.replace('Grüße', 'Other'))).toMatchObject({
      error: { code: 'ips::repository_error::duplicate_package' },
    })
    expect(read(...path)).toBe(before)
  })

  it.each<[string, string, string]>([
    ['no name', 'set name=pkg.summary value=x\n', 'invalid_package'],
    ['two names', `${manifest}set name=pkg.fmri value=pkg:/b@1\n`, 'invalid_package'],
    ['no version', 'set name=pkg.fmri value=pkg:/b\n', 'invalid_package'],
    ['a bad line', `${manifest}nonsense x=y\n`, 'invalid_package'],
    ['a file without mode', `${manifest}file bin/greet path=x owner=root group=bin\n`, 'invalid_package'],
    ['a file that is not there', manifest.replaceAll('bin/greet', 'bin/absent'), 'payload_unavailable'],
    ['a value that cannot be written', `${manifest}set name=x value="a b\\\\"\n`, 'invalid_package'],
  ])('publishes nothing of a package with %s', async (_name, text, name) => {
    const repository = await created()
    const before = read('publisher', 'example.org', 'catalog', 'catalog.attrs')
    expect(await publish(repository, text)).toMatchObject({
      error: { code: `ips::repository_error::${name}` },
    })
    expect(read('publisher', 'example.org', 'catalog', 'catalog.attrs')).toBe(before)
    const place = join(root, 'publisher', 'example.org')
    expect(existsSync(join(place, 'pkg')) || existsSync(join(place, 'file'))).toBe(false)
  })

  it('needs a publisher from somewhere', async () => {
    const repository = await createRepository(root)
    if (!repository.ok) throw new Error('create')
    expect(await publish(repository.value, manifest)).toMatchObject({
      error: { code: 'ips::repository_error::no_default_publisher' },
    })
    expect((await publish(repository.value, manifest.replace('pkg:/', 'pkg://new.example/'))).ok).toBe(true)
    expect(readdirSync(join(root, 'publisher'))).toEqual(['new.example'])
  })

  it('rebuilds and refreshes from the manifests, passing over bad ones', async () => {
    const repository = await created()
    await publish(repository, manifest)
    const before = read('publisher', 'example.org', 'catalog', 'catalog.base.C')
    const packages = join(root, 'publisher', 'example.org', 'pkg')
    mkdirSync(join(packages, 'misplaced'))
    writeFileSync(
      join(packages, 'misplaced', '1'),
      'set name=pkg.fmri value=pkg://example.org/other@1:20260101T000000Z\n',
    )
    const rebuilt = await rebuildRepositoryCatalog(repository, example, now + 1000)
    expect(rebuilt).toMatchObject({
      value: { listed: 1, skipped: [{ path: join(packages, 'misplaced', '1') }] },
    })
    expect(read('publisher', 'example.org', 'catalog', 'catalog.base.C')).toBe(before)
    expect(JSON.parse(read('publisher', 'example.org', 'catalog', 'catalog.attrs'))).toMatchObject({
      created: '20260102T030406Z',
      updates: {},
    })
    writeFileSync(
      join(packages, 'tools%2Fgreeter', '2.0%2C5.11%3A20260101T000000Z'),
      'set name=pkg.fmri value=pkg://example.org/tools/greeter@2.0,5.11:20260101T000000Z\n',
    )
    expect(await refreshRepositoryCatalog(repository, example, now + 2000)).toMatchObject({
      value: { listed: 1 },
    })
    expect(await refreshRepositoryCatalog(repository, example, now + 3000)).toMatchObject({
      value: { listed: 0 },
    })
    expect(JSON.parse(read('publisher', 'example.org', 'catalog', 'catalog.attrs'))).toMatchObject({
      created: '20260102T030406Z',
      'last-modified': '20260102T030407Z',
      'package-version-count': 2,
    })
  })
})

describe('publishPackages', () => {
  const manifestOf = (name: string, more = '') =>
    `set name=pkg.fmri value=pkg:/${name}\nset name=pkg.summary value="about ${name}"\n${more}`
  const publishAll = (repository: Repository, texts: readonly string[], strict = false) =>
    publishPackages({
      repository,
      packages: texts.map((manifest) => ({ manifest, findPayload: below(folder.path) })),
      now,
      strict,
    })
  const attributes = (publisher = 'example.org') =>
    JSON.parse(read('publisher', publisher, 'catalog', 'catalog.attrs'))

  it('changes the catalog of each publisher once', async () => {
    const repository = await created()
    const other = manifestOf('c@1').replace('pkg:/', 'pkg://other.example/')
    const published = await publishAll(repository, [
      manifestOf('b@1'),
      other,
      manifestOf('a@1'),
      manifestOf('b@1'),
    ])
    expect(published.ok && published.value.map(({ fmri }) => formatFmri(fmri))).toEqual([
      'pkg://example.org/b@1,5.11:20260102T030405Z',
      'pkg://other.example/c@1,5.11:20260102T030405Z',
      'pkg://example.org/a@1,5.11:20260102T030405Z',
      'pkg://example.org/b@1,5.11:20260102T030406Z',
    ])
    expect(attributes()).toMatchObject({ 'package-count': 2, 'package-version-count': 3 })
    expect(attributes('other.example')).toMatchObject({ 'package-version-count': 1 })
    const log = JSON.parse(read('publisher', 'example.org', 'catalog', 'update.20260102T03Z.C'))[
      'example.org'
    ]
    const times = [...log.a, ...log.b].map((entry) => entry['op-time'])
    expect(times).toEqual(Array(3).fill(attributes()['last-modified']))
  })

  it('publishes nothing when one package is refused', async () => {
    const repository = await created()
    const before = attributes()
    const absent = 'file absent path=x owner=root group=bin mode=0444\n'
    const texts = [manifestOf('a@1'), manifestOf('b@1').replace('pkg:/', 'pkg://other.example/')]
    for (const bad of [manifestOf('c@1', absent), 'nonsense\n', manifestOf('d@1:20260101T000000Z')]) {
      const twice = bad.includes('d@1') ? [bad, bad] : [bad]
      expect((await publishAll(repository, [...texts, ...twice])).ok).toBe(false)
      expect(attributes()).toEqual(before)
      for (const publisher of ['example.org', 'other.example'])
        expect(existsSync(join(root, 'publisher', publisher, 'pkg'))).toBe(false)
      expect(readdirSync(join(root, 'publisher'))).toEqual(['example.org'])
    }
    expect((await publishAll(repository, texts)).ok).toBe(true)
  })

  it('leaves no new publisher when the lock or the disk refuses another one', async () => {
    const repository = await created()
    const texts = ['other.example', 'third.example'].map((publisher) =>
      manifestOf('a@1').replace('pkg:/', `pkg://${publisher}/`),
    )
    mkdirSync(join(root, 'publisher', 'third.example', 'tmp', 'lock'), { recursive: true })
    expect(await publishAll(repository, texts)).toMatchObject({
      error: { code: 'ips::repository_error::unsafe_lock' },
    })
    expect(readdirSync(join(root, 'publisher'))).toEqual(['example.org', 'third.example'])
    rmSync(join(root, 'publisher', 'third.example'), { recursive: true })
    symlinkSync('nowhere/at/all', join(root, 'publisher', 'third.example'))
    expect(await publishAll(repository, texts)).toMatchObject({
      error: { code: 'ips::repository_error::storage', errno: 'ENOENT' },
    })
    expect(readdirSync(join(root, 'publisher'))).toEqual(['example.org', 'third.example'])
  })

  it('keeps the packages of others for a new publisher whose first publication fails', async () => {
    const repository = await created()
    const text = (name: string, more?: string) =>
      manifestOf(name, more).replace('pkg:/', 'pkg://other.example/')
    const bad = text('bad@1', 'file absent path=x owner=root group=bin mode=0444\n')
    const texts = [bad, text('a@1'), bad, bad, text('b@1')]
    const published = await Promise.all(texts.map((one) => publishAll(repository, [one])))
    expect(published.map((one) => one.ok)).toEqual([false, true, false, false, true])
    expect(attributes('other.example')).toMatchObject({ 'package-version-count': 2 })
    expect(readdirSync(root).sort()).toEqual(['pkg5.repository', 'publisher', 'tmp'])
  })

  it('finds a dependency in all publishers and among the packages themselves', async () => {
    const repository = await created()
    await publishAll(repository, [
      manifestOf('there@2'),
      manifestOf('gone@1', 'set name=pkg.obsolete value=true\n').replace(/^.*pkg.summary.*\n/m, ''),
      manifestOf('foreign@1').replace('pkg:/', 'pkg://other.example/'),
    ])
    const depends = [
      'require fmri=there@1',
      'require fmri=foreign',
      'require fmri=pkg:/b@1',
      'optional fmri=nowhere',
      'exclude fmri=nowhere',
      'require fmri=nowhere ignore-check=external',
      'require-any fmri=nowhere fmri=there',
      'incorporate fmri=there@2',
      'require fmri=there@3',
      'require fmri=gone',
      'require-any fmri=nowhere fmri=there@9',
      'incorporate fmri=there@1',
      'require fmri=pkg://example.org/foreign',
      'conditional predicate=there fmri=nowhere',
    ]
    const lines = depends.map((depend) => `depend type=${depend}\n`).join('')
    const published = await publishAll(repository, [manifestOf('a@1', lines), manifestOf('b@1')], true)
    if (!published.ok) throw new Error(JSON.stringify(published.error))
    expect(published.value[0]?.warnings.map(({ kind, place }) => [kind, place.line])).toEqual(
      [11, 12, 13, 14, 15, 16].map((line) => ['unmet-dependency', line]),
    )
    expect(published.value[1]?.warnings).toEqual([])
  })

  it('reads and writes as little for the hundredth package as for the tenth', async () => {
    const repository = await created()
    const parse = vi.spyOn(JSON, 'parse')
    const stringify = vi.spyOn(JSON, 'stringify')
    try {
      const work: string[] = []
      for (let number = 0; number < 100; number++) {
        parse.mockClear()
        stringify.mockClear()
        const name = `p${(number * 37) % 100}@1`
        expect(await publishAll(repository, [manifestOf(name)])).toMatchObject({ ok: true })
        work.push(`${parse.mock.calls.length} ${stringify.mock.calls.length}`)
      }
      expect(new Set(work.slice(9))).toEqual(new Set([work[9]]))
      expect(work[9]).toMatch(/^0 /)
    } finally {
      parse.mockRestore()
      stringify.mockRestore()
    }
    expect(attributes()).toMatchObject({ 'package-count': 100 })
  })

  it('sees what another process published in between', async () => {
    const repository = await created()
    const opened = await openRepository(root)
    if (!opened.ok) throw new Error('open')
    for (const [by, name] of [
      [repository, 'a@1'],
      [opened.value, 'b@1'],
      [repository, 'c@1'],
      [opened.value, 'd@1'],
    ] as const)
      expect(await publishAll(by, [manifestOf(name)])).toMatchObject({ ok: true })
    expect(attributes()).toMatchObject({ 'package-count': 4 })
    expect(await publishAll(repository, [manifestOf('d@1:20260102T030405Z')])).toMatchObject({
      error: { code: 'ips::repository_error::duplicate_package' },
    })
    expect(await publishAll(repository, [manifestOf('e@1')])).toMatchObject({ ok: true })
    expect(attributes()).toMatchObject({ 'package-count': 5 })
  })
})

const basic = sharedData('data', 'repos', 'basic')
describe.skipIf(basic === undefined)('the sample repository, published again', () => {
  it('has the manifests, payload names and catalog parts that pkg5 made', async () => {
    const data = basic ?? ''
    const manifests = `${data}-manifests`
    const created = await createRepository(root)
    if (!created.ok) throw new Error('create')
    for (const name of readdirSync(manifests).sort()) {
      const publication = {
        repository: created.value,
        manifest: readFileSync(join(manifests, name), 'utf8'),
        findPayload: below(`${data}-proto`),
        now,
      }
      const published = await publishPackage(publication)
      expect(published, name).toMatchObject({ ok: true })
    }
    for (const publisher of ['example.org', 'extra.example.net']) {
      const ours = join(root, 'publisher', publisher)
      const theirs = join(data, 'publisher', publisher)
      const names = (place: string, part: string) =>
        readdirSync(join(place, part), { recursive: true }).map(String).sort()
      expect(names(ours, 'pkg')).toEqual(names(theirs, 'pkg'))
      expect(names(ours, 'file')).toEqual(names(theirs, 'file'))
      for (const name of names(ours, 'pkg').filter((path) => path.includes('/'))) {
        const mine = withoutPacking(readFileSync(join(ours, 'pkg', name), 'utf8'))
        expect(mine, name).toEqual(withoutPacking(readFileSync(join(theirs, 'pkg', name), 'utf8')))
      }
      for (const part of ['catalog.dependency.C', 'catalog.summary.C']) {
        const stored = (place: string) => readFileSync(join(place, 'catalog', part), 'utf8')
        expect(stored(ours), part).toBe(stored(theirs))
      }
    }
  })

  it('gives the same parts byte for byte when the catalog is built from pkg5 manifests', async () => {
    const repository = await created()
    const { cpSync } = await import('node:fs')
    const theirs = join(basic ?? '', 'publisher', 'example.org')
    cpSync(join(theirs, 'pkg'), join(root, 'publisher', 'example.org', 'pkg'), { recursive: true })
    expect(await rebuildRepositoryCatalog(repository, example, now)).toMatchObject({
      value: { listed: 59, skipped: [] },
    })
    for (const part of ['catalog.base.C', 'catalog.dependency.C', 'catalog.summary.C']) {
      expect(read('publisher', 'example.org', 'catalog', part), part).toBe(
        readFileSync(join(theirs, 'catalog', part), 'utf8'),
      )
    }
  })
})

/** Manifest lines without what depends on the deflate implementation. */
function withoutPacking(text: string): readonly string[] {
  const manifest = parseManifest(text)
  if (!manifest.ok) throw new Error(text)
  return manifest.value.actions.map((action) => {
    const kept = [...action.attributes].filter(([name]) => name !== 'chash' && name !== 'pkg.csize')
    const map = new Map(kept)
    const digests = attributes(action, 'pkg.content-hash').filter((value) => value.startsWith('file:'))
    if (map.has('pkg.content-hash')) map.set('pkg.content-hash', digests)
    return formatAction({ ...action, attributes: map })
  })
}
