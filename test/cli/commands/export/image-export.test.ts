import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { extract, list } from 'tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeSampleRepository } from '../../../../scripts/sample-repository.ts'
import { type CommandLine, commandLine, type Ran } from '../../../support/command-line.ts'
import { sharedData } from '../../../support/shared-data.ts'
import { wholeTree } from '../../../support/whole-tree.ts'

const isRoot = process.geteuid?.() === 0
const basic = sharedData('data', 'repos', 'basic')
const isMetadata = (path: string): boolean => path === 'var/pkg'

let at: CommandLine
beforeAll(async () => {
  at = commandLine()
  await writeSampleRepository(at.path('repo'))
})
afterAll(() => at.remove())

/** Unpacks an archive into a new folder, with owners where the tests may give files away. */
async function unpack(archive: string, folder: string): Promise<string> {
  mkdirSync(at.path(folder))
  await extract({
    file: at.path(archive),
    cwd: at.path(folder),
    preserveOwner: isRoot,
    preservePaths: true,
    umask: 0,
  })
  return at.path(folder)
}

/** Names of headers of an archive with what tar says of them. */
async function entries(
  archive: string,
): Promise<
  ReadonlyMap<
    string,
    { uid?: number; gid?: number; mode?: number; type: string; mtime?: Date; linkpath?: string }
  >
> {
  const found = new Map()
  await list({
    file: at.path(archive),
    onReadEntry: ({ path, uid, gid, mode, type, mtime, linkpath }) => {
      found.set(path, { uid, gid, mode, type, mtime, linkpath })
    },
  })
  return found
}

const arch = ['--variant', 'variant.arch=i386']

describe('a tar archive', () => {
  it('unpacks to the tree of an installation, which can be managed', async () => {
    await at.runs(
      0,
      'image-export',
      '--format',
      'tar',
      '-o',
      'app.tar',
      '-p',
      'repo',
      ...arch,
      'text/wordfreq',
    )
    const unpacked = await unpack('app.tar', 'unpacked')
    await at.runs(0, 'image-create', '-F', ...arch, '-p', 'repo', 'installed')
    await at.runs(0, '-R', 'installed', 'install', '-q', 'text/wordfreq')
    const tree = wholeTree(at.path('installed'), (path) => path === 'var/pkg')
    expect(tree.length).toBeGreaterThan(8)
    expect(wholeTree(unpacked, (path) => path === 'var/pkg')).toEqual(tree)
    expect(wholeTree(join(unpacked, 'var/pkg/license'))).toEqual(
      wholeTree(at.path('installed', 'var/pkg/license')),
    )
    const listed = await at.runs(0, '-R', 'unpacked', 'list', '-Hv')
    expect(listed.stdout).toBe((await at.runs(0, '-R', 'installed', 'list', '-Hv')).stdout)
    await at.runs(0, '-R', 'unpacked', 'verify')
    await at.runs(0, '-R', 'unpacked', 'uninstall', '-q', 'text/wordfreq')
  })

  it('holds owners, modes and the time of the newest package, whoever makes it', async () => {
    await at.runs(0, 'image-export', '-q', '--format', 'tar', '-o', 'o.tar', '-p', 'repo', 'text/wordfreq')
    const found = await entries('o.tar')
    expect(found.get('usr/bin/wordfreq')).toMatchObject({
      uid: 0,
      gid: 2,
      mode: 0o555,
      mtime: new Date('2026-06-01T09:02:00Z'),
    })
    expect(found.get('usr/bin/word-frequency')).toMatchObject({ type: 'SymbolicLink', linkpath: 'wordfreq' })
    const paths = [...found.keys()]
    for (const path of paths) {
      const parent = path.replace(/\/$/, '').split('/').slice(0, -1).join('/')
      if (parent !== '') expect(paths.indexOf(`${parent}/`)).toBeLessThan(paths.indexOf(path))
      if (parent !== '') expect(paths).toContain(`${parent}/`)
    }
  })

  it('has nothing of the image with --no-metadata but the licences', async () => {
    await at.runs(
      0,
      'image-export',
      '-q',
      '--no-metadata',
      '--format',
      'tar',
      '-o',
      'n.tar',
      '-p',
      'repo',
      'text/wordfreq',
    )
    const paths = [...(await entries('n.tar')).keys()]
    expect(paths).toContain('usr/bin/wordfreq')
    expect(paths.filter((path) => /^var\/pkg\/(?!license\/)./.test(path))).toEqual([])
  })
})

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

/** The blob of a descriptor, after comparing its size and digest. */
function blobOf(layout: string, { digest, size }: Descriptor): Buffer {
  const bytes = readFileSync(at.path(layout, 'blobs', ...digest.split(':')))
  expect([bytes.length, `sha256:${sha256(bytes)}`]).toEqual([size, digest])
  return bytes
}

const container = [
  '--tag',
  'v1',
  '--entrypoint',
  '/usr/bin/wordfreq',
  '--cmd',
  '-n',
  '--cmd',
  '3',
  '--env',
  'LANG=C',
  '--label',
  'org.example.a=b=c',
  '--workdir',
  '/usr',
  '--user',
  'nobody',
]

describe('an OCI layout', () => {
  it('has digests, sizes and settings that agree', async () => {
    const made = await at.runs(
      0,
      'image-export',
      '--format',
      'oci',
      '-o',
      'oci',
      '-p',
      'repo',
      ...arch,
      ...container,
      'text/wordfreq',
    )
    expect(JSON.parse(readFileSync(at.path('oci', 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    })
    const index = JSON.parse(readFileSync(at.path('oci', 'index.json'), 'utf8'))
    const [described] = index.manifests
    expect(described.annotations).toEqual({ 'org.opencontainers.image.ref.name': 'v1' })
    expect(described.platform).toEqual({ architecture: 'amd64', os: 'illumos' })
    expect(made.stdout).toContain(described.digest)
    const manifest = JSON.parse(blobOf('oci', described).toString())
    expect([index.schemaVersion, index.mediaType]).toEqual([2, 'application/vnd.oci.image.index.v1+json'])
    expect([manifest.schemaVersion, manifest.mediaType, described.mediaType]).toEqual([
      2,
      'application/vnd.oci.image.manifest.v1+json',
      'application/vnd.oci.image.manifest.v1+json',
    ])
    expect(manifest.config.mediaType).toBe('application/vnd.oci.image.config.v1+json')
    const config = JSON.parse(blobOf('oci', manifest.config).toString())
    expect(config).toMatchObject({
      created: '2026-06-01T09:02:00Z',
      architecture: 'amd64',
      os: 'illumos',
      config: {
        Entrypoint: ['/usr/bin/wordfreq'],
        Cmd: ['-n', '3'],
        Env: ['LANG=C'],
        Labels: { 'org.example.a': 'b=c' },
        WorkingDir: '/usr',
        User: 'nobody',
      },
    })
    const [layer] = manifest.layers
    expect(layer.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+gzip')
    const archive = gunzipSync(blobOf('oci', layer))
    expect(config.rootfs.diff_ids).toEqual([`sha256:${sha256(archive)}`])
    expect(readdirSync(at.path('oci', 'blobs', 'sha256'))).toHaveLength(3)
    await at.runs(
      0,
      'image-export',
      '-q',
      '--format',
      'tar',
      '-o',
      'layer.tar',
      '-p',
      'repo',
      ...arch,
      'text/wordfreq',
    )
    expect(archive.equals(readFileSync(at.path('layer.tar')))).toBe(true)
  })

  it('is the same bytes each time, compressed or not', async () => {
    for (const compression of ['gzip', 'none']) {
      const make = (output: string): Promise<Ran> =>
        at.runs(
          0,
          'image-export',
          '-q',
          '--format',
          'oci',
          '--compression',
          compression,
          '-o',
          output,
          '-p',
          'repo',
          ...container,
          'shell/greet',
        )
      await make(`${compression}1`)
      await make(`${compression}2`)
      expect(wholeTree(at.path(`${compression}1`))).toEqual(wholeTree(at.path(`${compression}2`)))
    }
  })

  const skopeo = spawnSync('skopeo', ['--version']).status === 0
  if (!skopeo) process.stderr.write('skipped: skopeo, which would judge the layout, is not installed\n')
  it.skipIf(!skopeo)('is accepted and copied by skopeo', async () => {
    await at.runs(
      0,
      'image-export',
      '-q',
      '--format',
      'oci',
      '-o',
      'judged',
      '-p',
      'repo',
      ...arch,
      ...container,
      'text/wordfreq',
    )
    const inspected = spawnSync('skopeo', ['inspect', `oci:${at.path('judged')}:v1`], { encoding: 'utf8' })
    expect(inspected.stderr).toBe('')
    expect(JSON.parse(inspected.stdout)).toMatchObject({
      Architecture: 'amd64',
      Os: 'illumos',
      Env: ['LANG=C'],
    })
    const copied = spawnSync(
      'skopeo',
      ['copy', '--insecure-policy', `oci:${at.path('judged')}:v1`, `dir:${at.path('copied')}`],
      { encoding: 'utf8' },
    )
    expect(copied.status, copied.stderr).toBe(0)
  })
})

describe('bad input', () => {
  const tar = ['--format', 'tar', '-o', 'bad.tar']
  const oci = ['--format', 'oci', '-o', 'bad.oci']
  it.each<readonly [exit: number, text: string, words: readonly string[]]>([
    [2, '--format oci or --format tar is required', ['-o', 'x', '-p', 'repo', 'greet']],
    [
      2,
      "Argument 'zip' for option '--format' is invalid",
      ['--format', 'zip', '-o', 'x', '-p', 'repo', 'greet'],
    ],
    [2, '--output is required', ['--format', 'tar', '-p', 'repo', 'greet']],
    [2, '--output is required', ['--format', 'tar', '-o', '', '-p', 'repo', 'greet']],
    [2, 'at least one package name required', [...tar, '-p', 'repo']],
    [2, 'at least one --publisher is required', [...tar, 'greet']],
    [2, "'--tag' may only be used with", [...tar, '--tag', 'x', '-p', 'repo', 'greet']],
    [2, "'--compression' may only be used with", [...tar, '--compression', 'none', '-p', 'repo', 'greet']],
    [2, "value 'a b' invalid: --tag", [...oci, '--tag', 'a b', '-p', 'repo', 'greet']],
    [2, "value 'usr' invalid: --workdir", [...oci, '--workdir', 'usr', '-p', 'repo', 'greet']],
    [2, "value '' invalid: --os", [...oci, '--os', '', '-p', 'repo', 'greet']],
    [2, 'variables must be of the form', [...oci, '--env', 'LANG', '-p', 'repo', 'greet']],
    [2, 'a variable may only be set once', [...oci, '--env', 'A=1', '--env', 'A=2', '-p', 'repo', 'greet']],
    [2, 'labels must be of the form', [...oci, '--label', '=x', '-p', 'repo', 'greet']],
    [2, 'Facet arguments must be', [...oci, '--facet', 'doc', '-p', 'repo', 'greet']],
    [2, 'variant arguments must be', [...oci, '--variant', 'arch', '-p', 'repo', 'greet']],
    [1, 'did not match any allowable packages', [...tar, '-p', 'repo', 'nothing']],
    [1, 'does not contain a valid package repository', [...tar, '-p', 'nowhere', 'greet']],
    [1, 'uses the unsupported scheme', [...tar, '-p', 'gopher://x/', 'greet']],
    [
      1,
      'cannot be written: it does not exist (ENOENT)',
      ['--format', 'tar', '-o', 'no/such/folder', '-p', 'repo', 'greet'],
    ],
    [1, 'exists already', ['--format', 'tar', '-o', 'repo', '-p', 'repo', 'greet']],
  ])('exit %i, %s', async (exit, text, words) => {
    const before = readdirSync(at.folder)
    const ran = await at.runs(exit, 'image-export', ...words)
    expect(ran.stderr).toContain(text)
    expect(readdirSync(at.folder)).toEqual(before)
  })

  it('a payload that is not what its manifest says stops it', async () => {
    await writeSampleRepository(at.path('damaged'))
    const files = at.path('damaged', 'publisher', 'sample', 'file')
    for (const prefix of readdirSync(files))
      for (const name of readdirSync(join(files, prefix))) writeFileSync(join(files, prefix, name), 'no gzip')
    const before = readdirSync(at.folder)
    await at.runs(1, 'image-export', ...tar, '-p', 'damaged', 'text/wordfreq')
    expect(readdirSync(at.folder)).toEqual(before)
  })
})

describe.skipIf(basic === undefined)('packages of the reference client', () => {
  it.each([
    ['app/hello@1.0'],
    ['app/editor@1.0', 'runtime/python-27', 'runtime/python-39', 'editor/vim', 'editor/nvi'],
    ['service/daemon@1.0', 'driver/exdrv@1.0'],
  ])('%s and more, exported, are what an installation makes', async (...names) => {
    const id = names[0]!.replace(/\W/g, '-')
    await at.runs(
      0,
      'image-export',
      '-q',
      '--accept',
      '--format',
      'tar',
      '-o',
      `${id}.tar`,
      '-p',
      basic!,
      ...arch,
      ...names,
    )
    const unpacked = await unpack(`${id}.tar`, `${id}-unpacked`)
    await at.runs(0, 'image-create', '-F', ...arch, '-p', basic!, `${id}-image`)
    await at.runs(0, '-R', `${id}-image`, 'install', '-q', '--accept', ...names)
    // Two records of the moment of installation: legacy packages, and the day an account was made.
    const skip = (path: string): boolean =>
      isMetadata(path) || path.startsWith('var/sadm/pkg/') || path === 'etc/shadow'
    const accounts = (root: string): string =>
      readFileSync(join(root, 'etc/shadow'), 'utf8').replace(/^(\w+:[^:]*):\d+:/gm, '$1:DAY:')
    if (existsSync(join(unpacked, 'etc/shadow')))
      expect(accounts(unpacked)).toBe(accounts(at.path(`${id}-image`)))
    expect(wholeTree(unpacked, skip)).toEqual(wholeTree(at.path(`${id}-image`), skip))
  })
})
