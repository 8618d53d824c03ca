import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runPkg6Depot } from '../../../cli/pkg6depot/pkg6depot.ts'
import { runPkg6Repo } from '../../../cli/pkg6repo/pkg6repo.ts'
import { parseToolWords, toolArguments, toolCommands } from '../../../cli/pkg6repo/pkg6repo-words.ts'
import { sharedData } from '../../support/shared-data.ts'
import type { TemporaryFolder } from '../../support/small-repository.ts'
import { temporaryFolder } from '../../support/small-repository.ts'

let folder: TemporaryFolder

beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

interface Outcome {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

async function run(words: string, input = '', env: Record<string, string> = {}): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  const exit = await runPkg6Repo(words === '' ? [] : words.split(' '), {
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    overwrite: () => {},
    stdoutIsTty: false,
    env,
    cwd: folder.path,
    stdin: Readable.from([Buffer.from(input)]),
  })
  return { exit, stdout, stderr }
}

const manifest = (name: string, more = '') =>
  `set name=pkg.fmri value=pkg:/${name}:20260101T000000Z\nset name=pkg.summary value="About ${name}"\n` +
  `file data/greeting path=usr/share/greeting owner=root group=bin mode=0444\n${more}`

/** A repository with three versions of two packages. */
async function filled(): Promise<void> {
  mkdirSync(join(folder.path, 'proto', 'data'), { recursive: true })
  writeFileSync(join(folder.path, 'proto', 'data', 'greeting'), 'hello\n')
  await run('create repo')
  await run('add-publisher -s repo small.example')
  for (const name of ['greet@1.0', 'greet@2.0', 'tools/other@1.0-1']) {
    const published = await run('publish -s repo -d proto', manifest(name))
    expect(published).toMatchObject({ exit: 0, stderr: '' })
  }
}

/** A file of holes, larger than any manifest may be. */
function makeHuge(path: string): void {
  writeFileSync(path, '')
  truncateSync(path, 2 ** 32)
}

describe('pkg6repo usage', () => {
  it.each([
    ['', 'pkg6repo: no subcommand specified'],
    ['bake', "pkg6repo: unknown subcommand 'bake'"],
    ['--bogus list', 'pkg6repo: illegal option -- bogus'],
    ['list -x', 'pkg6repo list: illegal option -- x'],
    ['list', 'pkg6repo list: a repository must be given with -s'],
    ['create', 'pkg6repo create: an operand is missing'],
    ['create a b', 'pkg6repo create: too many operands'],
    [
      'create --version 3 x',
      "pkg6repo create: Argument '3' for option '--version' is invalid.\nSupported: 4",
    ],
    ['-s repo version', 'pkg6repo version: takes no repository with -s'],
    ['contents -s repo -t nonsense', 'pkg6repo contents: there are no actions of type nonsense'],
    ['add-publisher -s http://127.0.0.1:1/ x.example', 'cannot be changed over the network'],
    ['create http://127.0.0.1:1/', 'create: http://127.0.0.1:1/ cannot be changed over the network'],
    ['help bake', "pkg6repo: unknown subcommand 'bake'"],
    ['list -s', 'pkg6repo list: Not enough arguments following: s'],
    ['list -s a --store b', "pkg6repo list: Option '-s/--store' may not be repeated."],
    ['list -Hx -s repo', 'pkg6repo list: illegal option -- Hx'],
    ['contents -m -t file -s repo', "pkg6repo contents: The '-m' and '-t' options may not be combined."],
    ['create -s repo', 'pkg6repo create: '],
  ])('%j is wrong', async (words, text) => {
    const outcome = await run(words)
    expect(outcome.exit).toBe(2)
    expect(outcome.stdout).toBe('')
    expect(outcome.stderr).toContain(text)
    expect(readdirSync(folder.path)).toEqual([])
  })

  it('explains itself on stderr', async () => {
    const all = await run('--help')
    expect(all).toMatchObject({ exit: 0, stdout: '' })
    for (const command of toolCommands) {
      expect(all.stderr).toContain(`pkg6repo ${command.name}`)
      const one = await run(`${command.name} --help`)
      expect(one).toMatchObject({ exit: 0, stdout: '' })
      expect(one.stderr).toContain(`pkg6repo ${command.name}`)
      expect((await run(`help ${command.name}`)).stderr).toBe(one.stderr)
    }
    expect((await run('version')).stdout).toMatch(/^\S+\n$/)
  })
})

describe('words of pkg6repo', () => {
  it.each<[string, object]>([
    ['list -s repo a b', { store: 'repo', operands: ['a', 'b'] }],
    ['-s repo list a', { store: 'repo', operands: ['a'] }],
    ['list a -s repo', { store: 'repo', operands: ['a'] }],
    [
      'list -srepo -Hpx.example -Ftsv',
      { store: 'repo', noHeader: true, publishers: ['x.example'], format: 'tsv' },
    ],
    [
      'list --pub a --publisher=b -p c d',
      { publishers: ['a', 'b', 'c'], operands: ['d'], format: 'default' },
    ],
    ['list --stor=a=b 007 1e3', { store: 'a=b', operands: ['007', '1e3'] }],
    ['list - -- -a --help', { operands: ['-', '-a', '--help'] }],
    ['remove -n x help', { dryRun: true, operands: ['x', 'help'] }],
    ['publish -d a -d b m', { folders: ['a', 'b'], operands: ['m'] }],
    ['contents -t file,dir -t link', { types: ['file,dir', 'link'], raw: false }],
  ])('%j', async (line, expected) => {
    const words = await parseToolWords('pkg6repo', line.split(' '))
    expect(words).toMatchObject({ mistake: undefined, helpWanted: false })
    expect(toolArguments(words)).toMatchObject(expected)
  })

  it('are completed by the shell', async () => {
    const script = await run('completion')
    expect(script).toMatchObject({ exit: 0, stderr: '' })
    expect(script.stdout).toContain('pkg6repo --get-yargs-completions')
    const completed = async (words: string) =>
      (await run(`--get-yargs-completions pkg6repo ${words}`)).stdout.split('\n')
    expect(await completed('')).toEqual([...toolCommands.map(({ name }) => name), 'completion', ''])
    expect(await completed('list -')).toEqual(expect.arrayContaining(['--store', '--publisher', '-H']))
    expect(await completed('list -')).not.toContain('--version')
  })
})

describe('pkg6repo', () => {
  it('makes a repository with publishers', async () => {
    expect(await run('create repo')).toEqual({ exit: 0, stdout: '', stderr: '' })
    expect(await run('create repo')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('is not empty'),
    })
    expect(await run('add-publisher -s repo b.example a.example')).toMatchObject({ exit: 0 })
    expect(await run('add-publisher -s repo a.example c.example')).toMatchObject({ exit: 3 })
    expect(await run('add-publisher -s repo a.example')).toMatchObject({ exit: 1 })
    expect(await run('add-publisher -s repo bad/name')).toMatchObject({ exit: 1 })
    expect((await run('get -H -s repo publisher/prefix')).stdout).toBe('publisher prefix   b.example\n')
    expect(await run('remove-publisher -n -s repo b.example nobody.example')).toMatchObject({ exit: 3 })
    expect(await run('remove-publisher -s repo b.example')).toMatchObject({ exit: 0 })
    expect(
      (await run('info -H -F tsv -s repo')).stdout.split('\n').map((line) => line.split('\t')[0]),
    ).toEqual(['a.example', 'c.example', ''])
    expect(await run('set -s repo publisher/prefix=c.example')).toMatchObject({ exit: 0 })
    expect((await run('get -s repo -p c.example publisher/alias publisher/none')).exit).toBe(3)
    expect(await run('set -s repo publisher/nothing=c.example')).toMatchObject({ exit: 1 })
    expect(await run('set -s repo publisher/prefix')).toMatchObject({ exit: 2 })
  })

  it('publishes from files or standard input and shows what it has', async () => {
    await filled()
    expect((await run('list -s repo')).stdout).toBe(
      [
        `PUBLISHER     ${'NAME'.padEnd(45)} O VERSION`,
        `small.example ${'greet'.padEnd(45)}   2.0,5.11:20260101T000000Z`,
        `small.example ${'greet'.padEnd(45)}   1.0,5.11:20260101T000000Z`,
        `small.example ${'tools/other'.padEnd(45)}   1.0,5.11-1:20260101T000000Z`,
        '',
      ].join('\n'),
    )
    expect((await run('-s repo list -H -F tsv greet@latest')).stdout).toBe(
      'small.example\tgreet\t\t2.0,5.11:20260101T000000Z\tAbout greet@2.0\n',
    )
    const json = JSON.parse((await run('list -F json other', '', { PKG_REPO: 'repo' })).stdout)
    expect(json).toMatchObject([
      { 'pkg.fmri': 'pkg://small.example/tools/other@1.0,5.11-1:20260101T000000Z' },
    ])
    expect(await run('list -s repo greet@1.0 nothing')).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('no package that matches nothing'),
    })
    expect(await run('list -s repo nothing')).toMatchObject({ exit: 1, stdout: '' })
    const info = await run('info -H -s repo')
    expect(info.stdout).toMatch(/^small\.example 2 {8}online {11}\d{4}-\d\d-\d\dT[\d:.]+Z\n$/)
    const raw = await run('contents -m -s repo greet@1.0')
    const stored = ['publisher', 'small.example', 'pkg', 'greet', '1.0%2C5.11%3A20260101T000000Z']
    expect(raw.stdout).toBe(readFileSync(join(folder.path, 'repo', ...stored), 'utf8'))
    const files = await run('contents -t file,dir -s repo greet@1.0')
    expect(files.stdout).toMatch(/^file f572d396fae9206628714fb2ce00f72e94f2258f .*pkg\.size=6\n$/)
  })

  it('puts manifest files together and names the file that is missing', async () => {
    await filled()
    writeFileSync(join(folder.path, 'a.p5m'), manifest('greet@3.0').trimEnd())
    writeFileSync(join(folder.path, 'b.p5m'), 'depend type=require fmri=tools/other\n')
    expect((await run('publish -s repo -d proto a.p5m b.p5m')).stdout).toBe(
      'pkg://small.example/greet@3.0,5.11:20260101T000000Z\nPUBLISHED\n',
    )
    expect(await run('publish -s repo -d proto a.p5m')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('is published already'),
    })
    const missing = await run(
      'publish -s repo -d proto',
      manifest('greet@4.0').replace('data/greeting', 'data/absent'),
    )
    expect(missing.exit).toBe(1)
    expect(missing.stderr).toContain('data/absent was not found')
    expect(missing.stderr).toContain('Name the folder of the file with -d.')
    expect(await run('publish -s repo no-such-file')).toMatchObject({ exit: 1 })
    const bad = await run('publish -s repo -d proto', `${manifest('greet@5.0')}dir path=x\nbogus a=b\n`)
    expect(bad.exit).toBe(1)
    expect(bad.stderr).not.toMatch(/\bat .*\.ts:\d+/)
  })

  it('publishes several packages when each manifest names one', async () => {
    await filled()
    for (const name of ['m@1', 'n@1', 'o@1'])
      writeFileSync(join(folder.path, `${name}.p5m`), manifest(`${name},5.11`).trimEnd())
    expect(await run('publish -s repo -d proto m@1.p5m n@1.p5m o@1.p5m')).toMatchObject({
      exit: 0,
      stdout: ['m', 'n', 'o']
        .map((name) => `pkg://small.example/${name}@1,5.11:20260101T000000Z\nPUBLISHED\n`)
        .join(''),
    })
    writeFileSync(join(folder.path, 'more.p5m'), 'dir path=x owner=root group=bin mode=0755\n')
    expect(await run('publish -s repo -d proto m@1.p5m n@1.p5m more.p5m')).toMatchObject({
      exit: 1,
      stdout: '',
      stderr: expect.stringContaining('n@1.p5m, line 1: it has more than one pkg.fmri'),
    })
  })

  it('warns of doubtful manifests by file and line, and with --strict publishes none of them', async () => {
    await filled()
    mkdirSync(join(folder.path, 'proto', 'other'))
    writeFileSync(join(folder.path, 'proto', 'other', 'text'), 'another text\n')
    writeFileSync(join(folder.path, 'a.p5m'), manifest('a@1'))
    const doubts = [
      'depend type=require fmri=__TBD',
      'set name=info.upstream value=$(UPSTREAM)',
      'link path=usr/share/greeting target=x',
      'license data/greeting license=MIT',
      'license other/text license=MIT',
      'depend type=require fmri=elsewhere@1',
    ]
    writeFileSync(join(folder.path, 'b.p5m'), manifest('b@1', `# doubts\n${doubts.join('\n')}\n`))
    const warnings = [
      'b.p5m, line 5: the dependency __TBD was not resolved',
      'b.p5m, line 6: the macro $(UPSTREAM) was not replaced',
      'b.p5m, line 7: link usr/share/greeting is delivered twice: one is a file, the other a link (see b.p5m, line 3)',
      'b.p5m, line 9: the license MIT is delivered with two different texts (see b.p5m, line 8)',
    ]
    const strict = await run('publish --strict -s repo -d proto a.p5m b.p5m')
    expect(strict).toMatchObject({ exit: 1, stdout: '' })
    for (const warning of warnings.slice(0, 3)) expect(strict.stderr).toContain(`  ${warning}\n`)
    writeFileSync(join(folder.path, 'c.p5m'), manifest('c@1', `${doubts.slice(3).join('\n')}\n`))
    expect((await run('publish --strict -s repo -d proto a.p5m c.p5m')).stderr).toContain(
      'c.p5m, line 5: the license',
    )
    expect((await run('list -H -s repo a b c')).exit).toBe(1)
    const published = await run('publish -s repo -d proto a.p5m b.p5m')
    expect(published.exit).toBe(0)
    const unmet =
      'b.p5m, line 10: no package of the repository meets the require dependency pkg:/elsewhere@1,5.11'
    expect(published.stderr).toBe(
      [...warnings, unmet].map((line) => `pkg6repo publish: warning: ${line}\n`).join(''),
    )
    writeFileSync(join(folder.path, 'd.p5m'), manifest('d@1', `${doubts.at(-1)}\n`))
    expect(await run('publish --strict -s repo -d proto d.p5m')).toMatchObject({
      exit: 0,
      stderr: expect.stringContaining('d.p5m, line 4: no package'),
    })
  })

  it('names the lines of the files in which a joined manifest is wrong', async () => {
    await filled()
    writeFileSync(join(folder.path, 'a.p5m'), manifest('a@1'))
    writeFileSync(join(folder.path, 'b.p5m'), '# parts\n\ndir path=x\n')
    expect((await run('publish -s repo -d proto a.p5m b.p5m')).stderr).toContain(
      'b.p5m, line 3: owner is required',
    )
    writeFileSync(join(folder.path, 'b.p5m'), 'dir path=x owner=root group=bin mode=0755\nbogus x=y\n')
    expect((await run('publish -s repo -d proto a.p5m b.p5m')).stderr).toContain('b.p5m, line 2: ')
  })

  it('takes NOHASH and a missing payload word as the path', async () => {
    await filled()
    mkdirSync(join(folder.path, 'proto', 'usr', 'share'), { recursive: true })
    writeFileSync(join(folder.path, 'proto', 'usr', 'share', 'greeting'), 'by path\n')
    const text = manifest('greet@6.0').replace('file data/greeting', 'file NOHASH')
    expect(await run('publish -s repo -d proto', text)).toMatchObject({ exit: 0 })
    expect((await run('contents -s repo -t file greet@6.0')).stdout).toContain('pkg.size=8')
  })

  it('removes packages with the payloads nobody else needs', async () => {
    await filled()
    writeFileSync(join(folder.path, 'proto', 'data', 'greeting'), 'only in 3.0\n')
    await run('publish -s repo -d proto', manifest('greet@3.0'))
    const files = () =>
      readdirSync(join(folder.path, 'repo', 'publisher', 'small.example', 'file'), { recursive: true })
    const before = files().length
    expect(await run('remove -s repo greet@3.0 nothing')).toMatchObject({ exit: 1, stdout: '' })
    expect((await run('remove -n -s repo greet@3.0')).stdout).toContain('would be removed')
    expect(files()).toHaveLength(before)
    expect(await run('remove -s repo greet@3.0 greet@1.0')).toMatchObject({ exit: 0 })
    expect(files().filter((name) => String(name).includes('/'))).toHaveLength(1)
    expect((await run('list -H -s repo greet')).stdout.split('\n')).toHaveLength(2)
    expect(await run('verify -s repo')).toEqual({ exit: 0, stdout: '', stderr: '' })
    const attrs = JSON.parse(
      readFileSync(
        join(folder.path, 'repo', 'publisher', 'small.example', 'catalog', 'catalog.attrs'),
        'utf8',
      ),
    )
    expect(attrs).toMatchObject({ 'package-count': 2, 'package-version-count': 2 })
  })

  it('finds damage, rebuilds and refreshes', async () => {
    await filled()
    const place = join(folder.path, 'repo', 'publisher', 'small.example')
    rmSync(join(place, 'catalog'), { recursive: true })
    expect(await run('verify -s repo')).toMatchObject({
      exit: 1,
      stdout: expect.stringContaining('it is missing'),
    })
    expect(await run('refresh -s repo')).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining(': 3 packages'),
    })
    expect(await run('rebuild -s repo -p small.example')).toMatchObject({ exit: 0 })
    expect(await run('rebuild -s repo -p other.example')).toMatchObject({ exit: 1 })
    const payload = join(place, 'file', 'f5', 'f572d396fae9206628714fb2ce00f72e94f2258f')
    expect(existsSync(payload)).toBe(true)
    writeFileSync(payload, 'damaged')
    expect(await run('verify -s repo')).toMatchObject({
      exit: 1,
      stdout: expect.stringMatching(/^ERROR: .*payload f572d/),
    })
    rmSync(payload)
    expect(await run('verify -s repo')).toMatchObject({
      exit: 1,
      stdout: expect.stringContaining('has no payload'),
    })
    writeFileSync(join(place, 'pkg', 'greet', '1.0%2C5.11%3A20260101T000000Z'), 'nonsense\n')
    expect(await run('rebuild -s repo')).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('passed over'),
    })
  })

  it('shows the progress of a verification on a terminal', async () => {
    await filled()
    let shown = ''
    const show = (text: string) => {
      shown += text
    }
    const exit = await runPkg6Repo(['verify', '-s', 'repo'], {
      stdout: show,
      stderr: () => {},
      overwrite: (line) => show(`\r${line}`),
      stdoutIsTty: true,
      columns: 70,
      env: { TERM: 'xterm' },
      cwd: folder.path,
    })
    expect(exit).toBe(0)
    expect(shown).toContain('\rVerifying files of small.example: 3/3  100% complete')
    expect(shown).not.toContain('ERROR')
    expect(shown).toMatch(/\r *\r$/)
  })

  it.each<[string, string, (path: string) => void]>([
    ['.DS_Store', 'ENOTDIR', (path) => writeFileSync(path, '')],
    ['greet/folder', 'EFTYPE', (path) => mkdirSync(path)],
    ['greet/huge', 'EFBIG', makeHuge],
    ['greet/link', 'ENOENT', (path) => symlinkSync('nowhere', path)],
    ['greet/pipe', 'EFTYPE', (path) => execFileSync('mkfifo', [path])],
  ])('finds what cannot be read and goes on (%s)', async (name, errno, make) => {
    await filled()
    const place = join(folder.path, 'repo', 'publisher', 'small.example')
    const last = join(place, 'pkg', 'tools%2Fother')
    writeFileSync(join(last, readdirSync(last)[0]!), 'nonsense')
    const path = join(place, 'pkg', name)
    make(path)
    const verified = await run('verify -s repo')
    expect(verified).toMatchObject({ exit: 1, stderr: '' })
    expect(verified.stdout.split('\n')).toEqual([
      expect.stringMatching(`ERROR: .*${path}: it cannot be read: .*${errno}`),
      expect.stringContaining('it is not a valid manifest'),
      '',
    ])
    expect(await run('rebuild -s repo')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining(`${path} could not be read or written: ${errno}`),
    })
  })

  it('finds a catalog that cannot be read', async () => {
    await filled()
    const path = join(folder.path, 'repo', 'publisher', 'small.example', 'catalog', 'catalog.attrs')
    rmSync(path)
    mkdirSync(path)
    expect(await run('verify -s repo')).toMatchObject({
      exit: 1,
      stdout: expect.stringContaining(`${path}: it cannot be read: it is not a regular file (EFTYPE)`),
    })
  })

  it('says what is no repository', async () => {
    for (const words of [
      'list -s nowhere',
      'info -s file:///no/such/folder',
      'verify -s .',
      'get -s nowhere',
    ]) {
      expect(await run(words)).toMatchObject({
        exit: 1,
        stdout: '',
        stderr: expect.stringContaining('does not contain a valid package repository'),
      })
    }
    expect(await run('list -s ftp://x/')).toMatchObject({ exit: 1 })
  })
})

describe('pkg6depot', () => {
  async function depot(words: string, whileRunning: (uri: string) => Promise<void>): Promise<Outcome> {
    let stdout = ''
    let stderr = ''
    const exit = await runPkg6Depot(words === '' ? [] : words.split(' '), {
      stdout: (text) => {
        stdout += text
      },
      stderr: (text) => {
        stderr += text
      },
      overwrite: () => {},
      stdoutIsTty: false,
      env: {},
      cwd: folder.path,
      untilStopped: () => whileRunning(stdout.trim()),
    })
    return { exit, stdout, stderr }
  }

  it('serves what pkg6repo made, and pkg6repo reads it back over the network', async () => {
    await filled()
    let listed = ''
    const outcome = await depot('-d repo -p 0', async (uri) => {
      listed = (await run(`list -s ${uri}`)).stdout
      expect(await run(`contents -s ${uri} -t file greet@1.0`)).toMatchObject({ exit: 0 })
      expect(await run(`info -s ${uri}`)).toMatchObject({ exit: 0 })
      expect(await run(`rebuild -s ${uri}`)).toMatchObject({ exit: 2 })
    })
    expect(outcome).toMatchObject({
      exit: 0,
      stderr: '',
      stdout: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/\n$/),
    })
    expect(listed).toBe((await run('list -s repo')).stdout)
  })

  it.each([
    ['', 2, 'a repository must be given with -d'],
    ['-d repo extra', 2, 'takes no operands'],
    ['-d repo -p 70000', 2, '"70000" is not a port'],
    ['-d repo -p x', 2, '"x" is not a port'],
    ['--bogus', 2, 'illegal option -- bogus'],
    ['-d a -d b', 2, "Option '-d' may not be repeated."],
    ['-drepo -p70000', 2, '"70000" is not a port'],
    ['--help', 0, 'Usage:'],
    ['-n -d nowhere', 0, ''],
    ['-d nowhere -p 0', 1, 'does not contain a valid package repository'],
  ])('%j ends with %i', async (words, exit, text) => {
    const outcome = await depot(words, () => Promise.reject(new Error('it must not start')))
    expect(outcome.exit).toBe(exit)
    expect(outcome.stdout).toBe('')
    expect(outcome.stderr).toContain(text)
  })
})

const basic = sharedData('data', 'repos', 'basic')
describe.skipIf(basic === undefined)('pkg6repo on repositories of pkg5', () => {
  it('lists, describes and verifies the sample repository', async () => {
    const list = await run(`list -H -s ${basic}`)
    expect(list.exit).toBe(0)
    expect(list.stdout.split('\n')).toHaveLength(64)
    expect(list.stdout).toMatch(/old\/name +r 2\.0/)
    expect(await run(`verify -s ${basic}`)).toEqual({ exit: 0, stdout: '', stderr: '' })
    expect((await run(`info -H -F tsv -s ${basic}`)).stdout).toMatch(
      /^example\.org\t33\tonline\t2026-11-22T18:42:16\.057530Z\n/,
    )
  })
})
