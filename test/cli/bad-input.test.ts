import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runPkg6 } from '../../cli/main.ts'
import { collectingIo } from '../support/collecting-io.ts'
import { neverCanceled } from '../support/never-canceled.ts'
import { sharedData } from '../support/shared-data.ts'
import { snapshotTree } from '../support/transcript.ts'

const basic = sharedData('data', 'repos', 'basic')
let work = ''
let repository = ''
let image = ''

async function pkg(...argv: string[]) {
  const { io, output } = collectingIo({
    env: { PKG_IMAGE: image },
    cwd: work,
    commandLine: ['pkg6', ...argv],
  })
  const exit = await runPkg6(argv, io)
  const hide = (text: string): string => text.replaceAll(work, '{WORK}')
  return { exit, stdout: hide(output.stdout), stderr: hide(output.stderr) }
}

/** Every regular file below a folder. */
function files(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
}

/** A port of this machine on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const content = (): readonly string[] => snapshotTree(image, ['.org.opensolaris,pkg'])

describe.skipIf(basic === undefined)('bad input', () => {
  beforeEach(async () => {
    work = mkdtempSync(join(tmpdir(), 'pkg6-bad-'))
    repository = join(work, 'repo')
    image = join(work, 'image')
    spawnSync('cp', ['-r', basic ?? '', repository])
    spawnSync('chmod', ['-R', 'u+w', repository])
    expect(await pkg('image-create', '-p', `example.org=${repository}`, image)).toMatchObject({ exit: 0 })
    expect(await pkg('install', '-q', 'alt/a@1.0')).toMatchObject({ exit: 0, stdout: '', stderr: '' })
  })
  afterEach(() => rmSync(work, { recursive: true, force: true }))

  it.each<[string, readonly string[], number, string]>([
    [
      'unknown package',
      ['install', '-q', 'absent'],
      1,
      '\npkg6 install: The following pattern(s) did not match any allowable packages.  Try\nusing a different matching pattern, or refreshing publisher information:\n\n\tabsent\n',
    ],
    [
      'several bad FMRIs',
      ['install', 'a b', 'c@1.x', 'alt/a'],
      1,
      "pkg6 install: Illegal FMRI 'a b': Invalid Package Name: a b\nIllegal FMRI 'c@1.x': Bad Version: 1.x\n",
    ],
    [
      'bad --reject',
      ['update', '--reject', 'x//y'],
      1,
      "pkg6 update: Illegal FMRI 'x//y': Invalid Package Name: x//y\n",
    ],
    [
      'nothing installed matches',
      ['uninstall', '-q', 'absent', 'gone'],
      1,
      "\npkg6 uninstall: 'absent' matches no installed packages\n'gone' matches no installed packages\n",
    ],
    ['nothing left with --ignore-missing', ['uninstall', '-q', '--ignore-missing', 'absent'], 4, ''],
    [
      'boot environment name',
      ['install', '--be-name', 'x', 'alt/a'],
      1,
      "pkg6 install: The option '--be-name' cannot be honoured: this image has no boot environments.\nRun the command without --be-name.\n",
    ],
    [
      'temporary source',
      ['install', '-g', '/x', 'alt/a'],
      1,
      "pkg6 install: The option '-g' cannot be honoured: temporary package sources are not supported.\nAdd the source with 'set-publisher -g URI PUBLISHER' for as long as you need it.\n",
    ],
    [
      'child image',
      ['install', '-r', '-z', 'zone1', 'alt/a'],
      1,
      "pkg6 install: This image has no linked child image named 'zone1'.\nRun the command without -z, -Z and -i.\n",
    ],
    [
      'unknown publisher',
      ['unset-publisher', 'absent.example'],
      1,
      "\npkg6 unset-publisher: Removal failed for 'absent.example': Unknown publisher 'absent.example'.\n\n",
    ],
    [
      'no solution',
      ['install', '-q', 'app/broken'],
      1,
      '\npkg6 install: No matching version of app/broken can be installed:\n  You asked for app/broken.\n  app/broken@1.0-1 needs no/such/package 9.9 or newer.\n  No publisher offers no/such/package.\n',
    ],
    ['unknown path of verify', ['verify', '-p', 'usr/bin/absent'], 0, ''],
  ])('%s', async (_, argv, exit, stderr) => {
    const before = content()
    const result = await pkg(...argv)
    expect(result.stderr).toBe(stderr)
    expect(result.exit).toBe(exit)
    expect(content()).toEqual(before)
  })

  it('unreachable origin: nothing is made, and the reason is named', async () => {
    const port = await closedPort()
    const result = await pkg('image-create', '-p', `example.org=http://127.0.0.1:${port}/`, 'other')
    expect(result.exit).toBe(1)
    expect(result.stderr).toContain(
      'pkg6 image-create: Framework error: code: E_COULDNT_CONNECT (7) reason: ',
    )
    expect(result.stderr).toContain(`URL: 'http://127.0.0.1:${port}'`)
    expect(existsSync(join(work, 'other'))).toBe(false)
  })

  it('damaged payload: refused before anything changes', async () => {
    for (const path of files(join(repository, 'publisher', 'example.org', 'file'))) writeFileSync(path, 'xx')
    const before = content()
    const result = await pkg('install', '-q', 'alt/b')
    expect(result.exit).toBe(1)
    expect(result.stderr).toMatch(
      /^\nErrors were encountered while attempting to retrieve package or file data for\nthe requested operation.\nDetails follow:\n\n.*payload [0-9a-f]{40} .*2 bytes instead/,
    )
    expect(content()).toEqual(before)
    expect((await pkg('list', '-H')).stdout).not.toContain('alt/b')
  })

  it('damaged manifest: refused by the checksum of the catalog', async () => {
    for (const path of files(join(repository, 'publisher', 'example.org', 'pkg')))
      writeFileSync(path, 'set name=\n')
    const result = await pkg('install', '-q', 'alt/b')
    expect(result.exit).toBe(1)
    expect(result.stderr).toContain('alt/b@2.0')
    expect((await pkg('verify')).exit).toBe(0)
  })

  it('damaged catalog: the old one stays in use', async () => {
    const part = join(repository, 'publisher', 'example.org', 'catalog', 'catalog.base.C')
    writeFileSync(part, readFileSync(part, 'utf8').slice(0, 200))
    const result = await pkg('refresh', '--full')
    expect(result.exit).toBe(1)
    expect(result.stderr).toContain('pkg6: 0/1 catalogs successfully updated:\n')
    expect(result.stderr).toContain('catalog.base.C')
    expect(result.stderr).not.toContain('Unable to contact')
    expect((await pkg('list', '-a', 'alt/b')).exit).toBe(0)
  })

  it('damaged configuration: named, with its path', async () => {
    writeFileSync(join(image, '.org.opensolaris,pkg', 'pkg6.image.json'), '{')
    const result = await pkg('list')
    expect(result.exit).toBe(1)
    expect(result.stderr).toContain(
      "pkg6 list: The image configuration '{WORK}/image/.org.opensolaris,pkg/pkg6.image.json' is invalid",
    )
  })

  it('an unexpected failure is called what it is', async () => {
    const output = { stderr: '' }
    const broken = new Proxy(
      {},
      {
        get: () => {
          if (output.stderr === '') throw new TypeError('boom\nsecond line')
        },
      },
    )
    const exit = await runPkg6(['list'], {
      stdout: () => undefined,
      overwrite: () => undefined,
      stderr: (text) => {
        output.stderr += text
      },
      cancellation: neverCanceled,
      stdoutIsTty: false,
      stderrIsTty: false,
      columns: undefined,
      env: broken,
      cwd: work,
      programName: 'pkg6',
      commandLine: ['pkg6'],
    })
    expect(exit).toBe(99)
    expect(output.stderr).toMatch(/^\npkg6: internal error: boom\nThis is a defect/)
    expect(output.stderr).not.toContain('second line')
    expect(output.stderr).not.toContain('at ')
  })

  it.each([
    [
      'RangeError',
      new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance'),
    ],
    ['of an array', new RangeError('Array buffer allocation failed')],
    ['of a thread', Object.assign(new Error('Worker terminated'), { code: 'ERR_WORKER_OUT_OF_MEMORY' })],
  ])('lack of memory is a problem with a code, not a defect: %s', async (_, error) => {
    const { io, output } = collectingIo()
    const env = new Proxy(
      {},
      {
        get: () => {
          throw error
        },
      },
    )
    expect(await runPkg6(['list'], { ...io, env })).toBe(1)
    expect(output.stderr).toMatch(/^pkg6: There is not enough memory: .+\n.*ulimit -v/)
  })
})
