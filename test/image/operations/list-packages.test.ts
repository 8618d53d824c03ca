import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createImage, type Image, type ListQuery } from '#image'
import { formatVersion } from '#model'
import { loadBackend } from '#solver'
import { createNodeFilesystem } from '../../../cli/platform/node-filesystem.ts'
import { testHost } from '../../support/image-host.ts'
import { unflushedFilesystem } from '../../support/intercepted-filesystem.ts'
import { sharedData } from '../../support/shared-data.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/small-repository.ts'

const basic = sharedData('data', 'repos', 'basic')
const cases = sharedData('data', 'repos', 'cases')
const transcript = sharedData('data', 'transcripts', '11-list.jsonl')

interface Recorded {
  readonly cmd?: readonly string[]
  readonly exit: number
  readonly stdout: string
}

/** Rows `name (publisher)|version|flags` of a recorded table. The freeze of the recording is none of this test's. */
function recordedRows(args: readonly string[]): string[] | undefined {
  const lines = readFileSync(transcript ?? '', 'utf8')
    .trim()
    .split('\n')
  const found = lines
    .map((line) => JSON.parse(line) as Recorded)
    .findLast(({ cmd }) => cmd !== undefined && cmd.slice(1).join(' ') === args.join(' '))
  if (found === undefined) throw new Error(`not recorded: ${args.join(' ')}`)
  if (found.exit !== 0) return undefined
  const rows = found.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('NAME '))
  return rows.map((row) => {
    const match = /^(\S+(?: \(\S+\))?)\s+(\S+)\s+(\S+)$/.exec(row)
    if (match === null) throw new Error(row)
    return `${match[1]}|${match[2]}|${match[3]?.replace('if-', 'im-')}`
  })
}

describe.skipIf(basic === undefined || cases === undefined || transcript === undefined)('list', () => {
  let folder: TemporaryFolder
  let image: Image
  beforeAll(async () => {
    folder = temporaryFolder()
    const disk = unflushedFilesystem(createNodeFilesystem())
    const host = testHost(disk, { loadBackend: () => loadBackend('cadical') })
    const made = await createImage(host, {
      root: join(folder.path, 'image'),
      kind: 'full',
      zone: false,
      force: false,
      variants: new Map(),
      facets: new Map(),
      properties: new Map(),
      publisher: { uri: `file://${basic}`, only: 'example.org' },
      refresh: true,
    })
    if (!made.ok) throw new Error(JSON.stringify(made.error))
    image = made.value.image
    const added = await image.setPublisher({
      name: 'extra.example.net',
      addOrigins: [`file://${basic}`],
      refresh: true,
    })
    expect(added).toEqual({ ok: true, value: { added: true } })
    const configured = await image.autoConfigure({ uri: `file://${cases}` })
    expect(configured).toMatchObject({
      ok: true,
      value: { added: ['cases.example.org'], updated: [], failed: [] },
    })
    const patterns =
      'entire@1.0 app/hello app/editor editor/vim dep/app@1.0 old/name@1.0 old/gone@1.0 info/long-name-of-a-package-that-does-not-fit-the-column/at-all info/rich'
    const done = await image.install(
      { operation: 'install', patterns: patterns.split(' '), reject: [], ignoreMissing: false },
      { refresh: true, dryRun: false, acceptLicenses: false, decide: () => ({ ok: true, value: 'apply' }) },
    )
    if (!done.ok) throw new Error(JSON.stringify(done.error))
  })
  afterAll(() => folder.remove())

  async function rows(query: Partial<ListQuery>): Promise<string[] | undefined> {
    const listing = await image.listPackages({ patterns: [], scope: 'installed', refresh: false, ...query })
    if (!listing.ok) throw new Error(JSON.stringify(listing.error))
    if (listing.value.packages.length === 0) return undefined
    return listing.value.packages.map((one) => {
      const { version, stem, publisher } = one.fmri
      const short = version === undefined ? '' : formatVersion(version, 'short')
      const flags = [
        one.installed ? 'i' : '-',
        one.frozen ? 'f' : one.manual ? 'm' : '-',
        one.obsolete ? 'o' : one.renamed ? 'r' : one.legacy ? 'l' : '-',
      ]
      return `${stem}${one.topPublisher ? '' : ` (${publisher})`}|${short}|${flags.join('')}`
    })
  }

  it.each<[string, Partial<ListQuery>]>([
    ['list', {}],
    ['list -u', { upgradable: true }],
    ['list -af', { scope: 'all' }],
    ['list -n', { scope: 'newest' }],
    ['list -i', { scope: 'newest', notInstalled: true }],
    ['list -M', { manual: false }],
    ['list -r', { removable: 'unneeded' }],
    ['list -R', { removable: 'or-optional' }],
    ['list -a', { scope: 'installable' }],
    ['list -a lib*', { scope: 'installable', patterns: ['lib*'] }],
    ['list -a old/*', { scope: 'installable', patterns: ['old/*'] }],
    ['list -a app/hello@2.0', { scope: 'installable', patterns: ['app/hello@2.0'] }],
    ['list -a //cases.example.org/*', { scope: 'installable', patterns: ['//cases.example.org/*'] }],
  ])('%s gives the recorded rows', async (words, query) => {
    expect(await rows(query)).toEqual(recordedRows(words.split(' ')))
  })

  it('names what matched nothing', async () => {
    const listing = await image.listPackages({
      patterns: ['hello', 'absent', 'b*d'],
      scope: 'all',
      refresh: false,
    })
    expect(listing.ok && listing.value.misses).toEqual(['absent', 'b*d'])
    const bad = await image.listPackages({ patterns: ['a b'], scope: 'all', refresh: false })
    expect(bad).toMatchObject({ error: { code: 'ips::validation_error::bad_pattern' } })
  })

  it('knows summaries of installed and other packages', async () => {
    const listing = await image.listPackages({
      patterns: ['app/hello'],
      scope: 'all',
      summaries: true,
      refresh: false,
    })
    expect(listing.ok && listing.value.packages.map(({ summary }) => summary)).toEqual([
      'Hello 2.0',
      'Hello 1.1',
      'Hello 1.0',
      'Hello of another publisher',
    ])
  })

  it('verifies clean, and describes what it has and could have', async () => {
    const verified = await image.verify({ patterns: [], paths: [] })
    if (!verified.ok) throw new Error(JSON.stringify(verified.error))
    expect(verified.value.packages).toHaveLength(13)
    expect(
      verified.value.packages.flatMap(({ findings }) => findings.filter(({ level }) => level === 'error')),
    ).toEqual([])
    const some = await image.verify({ patterns: ['hello', 'absent'], paths: ['/usr/bin/hello', 'no/such'] })
    expect(some).toMatchObject({ value: { misses: ['absent'], unknownPaths: ['no/such'] } })
    const local = await image.describePackages({ patterns: [], scope: 'installed' })
    expect(local.ok && local.value.packages).toHaveLength(13)
    const newest = await image.describePackages({
      patterns: ['app/hello', 'old/*', 'info/rich', 'z'],
      scope: 'newest',
    })
    if (!newest.ok) throw new Error(JSON.stringify(newest.error))
    expect(newest.value.misses).toEqual(['z'])
    expect(
      newest.value.packages.map((one) => [
        one.fmri.stem,
        one.fmri.version?.release,
        one.installed !== undefined,
        one.obsolete,
        one.renamed,
        one.manifest.actions.length > 0,
      ]),
    ).toEqual([
      ['app/hello', '2.0', false, false, false, true],
      ['info/rich', '1.0', true, false, false, true],
      ['old/conflict', '2.0', false, false, false, true],
      ['old/gone', '2.0', false, true, false, true],
      ['old/name', '2.0', false, false, true, true],
    ])
  })
})
