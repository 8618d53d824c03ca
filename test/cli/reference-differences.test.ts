import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, type Ran } from '../support/command-line.ts'
import { publishRepository } from '../support/published-repository.ts'

// Behaviour of the reference client in the cases of docs/differences.md.

const owned = 'owner=root group=root'
const fmri = (name: string): string => `set name=pkg.fmri value=pkg://test/${name},5.11-0:20260101T000000Z\n`
const java = (version: string, more = ''): string =>
  `${fmri(`java-${version}@${version}`)}link path=usr/bin/java target=java-${version} mediator=java mediator-version=${version}
file x path=usr/bin/java-${version} mode=0755 ${owned}
${more}`
const manifests = [
  `${fmri('app@1.0')}set name=pkg.summary value=App
set name=pkg.human-version value=1.0
set name=info.classification value=org.example:Tools/Small
depend type=require fmri=lib@1.0
`,
  `${fmri('lib@1.0')}file x path=usr/lib/x mode=0644 ${owned} restart_fmri=svc:/lib:default
set name=pkg.legacy value=true
`,
  `${fmri('named@1.0')}set name=pkg.renamed value=true
set name=pkg.legacy value=true
depend type=require fmri=lib@1.0
depend type=require fmri=other@1.0 variant.arch=sparc
`,
  `${fmri('tags@1.0')}dir path=srv/tagged mode=0755 ${owned} revert-tag=site=*
dir path=srv/deep mode=0700 ${owned} revert-tag=deep=*
file x path=srv/deep/file mode=0644 ${owned} revert-tag=deep
`,
  java('8', 'link path=usr/bin/jar target=java-8 mediator=java mediator-version=8\n'),
  java('11'),
  java('17', 'link path=usr/bin/jar target=java-17 mediator=java mediator-version=17\n'),
]

let at: CommandLine

beforeEach(async () => {
  at = commandLine()
  publishRepository(at.path('repo'), manifests, new Map([['x', 'content\n']]))
  await at.runs(0, 'image-create', '--variant', 'arch=i386', '-p', 'repo', 'image')
})
afterEach(() => at.remove())

const pkg = (exit: number, ...words: readonly string[]): Promise<Ran> =>
  at.runs(exit, '-R', 'image', ...words)

const nowhere = 'http://127.0.0.1:1/'

it('D4: a tagged directory that is not there is nothing to revert, unless a file below it is', async () => {
  await pkg(0, 'install', 'tags')
  rmSync(at.path('image', 'srv'), { recursive: true })
  await pkg(4, 'revert', '--tagged', 'site')
  await pkg(0, 'revert', '--tagged', 'deep')
  expect(readFileSync(at.path('image', 'srv', 'deep', 'file'), 'utf8')).toBe('content\n')
  await pkg(0, 'verify', '-q', '-p', 'srv/deep', 'tags')
})

it('D12: the last package of a fixed mediator goes without a warning', async () => {
  await pkg(0, 'install', 'java-8', 'java-11')
  await pkg(0, 'set-mediator', '-V', '8', 'java')
  const left = await pkg(3, 'uninstall', 'java-8')
  expect(left.stderr).toContain(
    `MEDIATOR                 REMOVED PATH(S)\n  java                     usr/bin/java-8\n`,
  )
  await pkg(0, 'set-mediator', '-V', '11', 'java')
  expect((await pkg(0, 'uninstall', 'java-11')).stderr).toBe('')
})

describe('D13', () => {
  it('disables the only enabled publisher', async () => {
    await pkg(0, 'set-publisher', '-d', 'test')
    expect((await pkg(0, 'publisher', '-n', '-H')).stdout).toBe('')
  })

  it('adds an origin that is disabled, and disables one, without reaching it', async () => {
    await pkg(0, 'set-publisher', '-g', nowhere, '--disable', 'test')
    expect((await pkg(0, 'publisher', '-H', '-F', 'tsv', 'test')).exit).toBe(0)
    await pkg(1, 'set-publisher', '-g', nowhere, '--enable', 'test')
    await pkg(0, 'set-publisher', '-G', nowhere, 'test')
    publishRepository(at.path('others'), [fmri('x@1').replace('//test/', '//another/')], new Map())
    await pkg(1, 'set-publisher', '-g', 'others', '--disable', 'test')
  })

  it('adds the publishers of a repository whose catalogs can be had, and says which cannot', async () => {
    const packages = ['good', 'bad'].map((name) => fmri('x@1').replace('//test/', `//${name}/`))
    publishRepository(at.path('two'), packages, new Map())
    rmSync(at.path('two', 'publisher', 'bad', 'catalog', 'catalog.base.C'))
    const { stdout, stderr } = await pkg(3, 'set-publisher', '-p', 'two')
    expect(stdout).toContain('Added publisher(s): good\n')
    expect(stderr).toContain('could not be retrieved: bad\n')
  })

  it('tells of a refresh that is due and fails, and lists nothing', async () => {
    await pkg(0, 'list', '-a')
    rmSync(at.path('repo'), { recursive: true })
    await pkg(0, 'set-publisher', '--no-refresh', '-O', nowhere, 'test')
    const failed = await pkg(1, 'list', '-a')
    expect(failed.stdout).toBe('')
    expect(failed.stderr).toContain('0/1 catalogs successfully updated')
    expect(failed.stderr).toContain('127.0.0.1:1')
    await pkg(1, 'list', '-u')
    expect((await pkg(1, 'list', '-a', '--no-refresh')).stderr).not.toContain('catalogs')
  })

  it('goes on when one of two origins fails', async () => {
    await pkg(0, 'set-publisher', '--no-refresh', '-g', nowhere, 'test')
    const listed = await pkg(0, 'list', '-aH', 'app')
    expect(listed.stdout).toContain('app')
    expect(listed.stderr).toContain('1/1 catalogs successfully updated (1 partial)')
  })

  it('list -i prints nothing and exits with 0 where every match is installed', async () => {
    await pkg(0, 'install', 'lib')
    expect(await pkg(0, 'list', '-i', 'lib')).toMatchObject({ stdout: '', stderr: '' })
    await pkg(1, 'list', '-i', 'absent')
  })
})

describe('D15', () => {
  it('quotes an illegal FMRI for verify and fix', async () => {
    for (const command of ['verify', 'fix'])
      expect((await pkg(1, command, 'foo@bad')).stderr).toContain("'foo@bad' is an illegal fmri")
  })
})

describe('D19', () => {
  it('shows a package as the reference client does', async () => {
    const { stdout } = await pkg(0, 'info', '-r', 'app', 'lib', 'named')
    expect(stdout).toContain('Category: Tools/Small\n')
    expect(stdout).toContain('Version: 1.0\n')
    expect(stdout).toContain('State: Not installed (Legacy)\n')
    expect(stdout).toContain('State: Not installed (Renamed)\n')
    expect(stdout).toMatch(/Renamed to: lib@1\.0\n *Publisher/)
  })

  it('shows the time of the catalog, and a client UUID that is kept until it is reset', async () => {
    const uuid = async (): Promise<string> =>
      /Client UUID: (\S+)/.exec((await pkg(0, 'publisher', 'test')).stdout)?.[1] ?? ''
    const first = await uuid()
    expect(first).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/)
    await pkg(0, 'set-publisher', '--non-sticky', 'test')
    await pkg(0, 'set-property', 'send-uuid', 'False')
    expect(await uuid()).toBe(first)
    await pkg(0, 'set-publisher', '--reset-uuid', 'test')
    expect(await uuid()).not.toBe(first)
    const { stdout } = await pkg(0, 'publisher', 'test')
    expect(stdout).toMatch(/Catalog Updated: \S+ Jan +1 \d\d:00:0\d 2026\n/)
  })
})

describe('D20', () => {
  it('records each publisher that is not removed, and a refresh that fails', async () => {
    await pkg(3, 'unset-publisher', 'absent', 'test')
    const { stdout } = await pkg(0, 'history', '-H', '-o', 'operation,outcome')
    expect(
      stdout
        .split('\n')
        .slice(-3, -1)
        .map((line) => line.split(/\s+/)),
    ).toEqual([
      ['remove-publisher', 'Failed'],
      ['remove-publisher', 'Succeeded'],
    ])
    await pkg(0, 'set-publisher', '--no-refresh', '-g', nowhere, 'test')
    await pkg(1, 'refresh')
    const last = (await pkg(0, 'history', '-H', '-n', '1', '-o', 'operation,outcome')).stdout
    expect(last.split(/\s+/).slice(0, 2)).toEqual(['refresh-publishers', 'Failed'])
  })

  it('sorts the names that match nothing', async () => {
    await pkg(0, 'install', 'lib')
    const named = (text: string): readonly string[] =>
      [...text.matchAll(/^ +(no-\w)$/gm)].map(([, name]) => name!)
    for (const command of ['list', 'contents', 'info'])
      expect(named((await pkg(1, command, 'no-b', 'no-c', 'no-a')).stderr), command).toEqual([
        'no-a',
        'no-b',
        'no-c',
      ])
  })
})

describe('D21', () => {
  it('counts whole bytes, and names the services of a repair', async () => {
    const plan = JSON.parse((await pkg(0, 'install', '-n', '--parsable=0', 'app')).stdout)
    expect(Number.isInteger(plan['space-required'])).toBe(true)
    await pkg(0, 'install', 'lib')
    writeFileSync(at.path('image', 'usr', 'lib', 'x'), 'wrong')
    const verified = JSON.parse((await pkg(1, 'verify', '--parsable=0')).stdout)
    expect(verified['affect-services']).toEqual([['restart_fmri', 'svc:/lib:default']])
  })
})

describe('D22', () => {
  it('counts each package with a link where none is left', async () => {
    await pkg(0, 'install', 'java-8', 'java-11', 'java-17')
    const changes = async (version: string): Promise<string> =>
      /Packages to change: +(\d)/.exec(
        (await pkg(0, 'set-mediator', '-n', '-V', version, 'java')).stdout,
      )?.[1] ?? ''
    // Uninstalls jar, which both other packages require.
    expect(await changes('11')).toBe('3')
    expect(await changes('8')).toBe('1')
  })

  it('suggests the commands that pkg suggests', async () => {
    expect((await at.pkg6('isntall')).stderr).toContain('Did you mean:\n    install, uninstall\n')
  })
})

it('D24: packages that conflict are grouped by what they deliver, without hashes', async () => {
  mkdirSync(join(at.folder, 'clash'))
  const file = (name: string): string => `${fmri(name)}file x path=etc/both mode=0644 ${owned}\n`
  publishRepository(at.path('clash'), [file('a@1'), file('b@1')], new Map([['x', 'content\n']]))
  await at.runs(0, 'image-create', '-p', 'clash', 'other')
  const { stderr } = await at.runs(1, '-R', 'other', 'install', 'a', 'b')
  expect(stderr).toBe(`
pkg6 install: The following packages all deliver file actions to etc/both:

  pkg://test/a@1,5.11-0:20260101T000000Z
  pkg://test/b@1,5.11-0:20260101T000000Z

These packages cannot be installed together. Any non-conflicting subset
of the above packages can be installed.
`)
})
