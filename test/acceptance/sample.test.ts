import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeSampleRepository } from '../../scripts/sample-repository.ts'
import { type CommandLine, commandLine, type Ran, told } from '../support/command-line.ts'
import { compareWithManifests } from '../support/manifest-tree.ts'
import { wholeTree } from '../support/whole-tree.ts'

let at: CommandLine
beforeAll(async () => {
  at = commandLine()
  await writeSampleRepository(at.path('repo'))
})
afterAll(() => at.remove())

async function expectExit(exit: number, ...words: readonly string[]): Promise<Ran> {
  const ran = await at.pkg6('-R', 'tools', ...words)
  expect(ran.exit, told(ran)).toBe(exit)
  return ran
}

/** Runs an installed program and gives what it prints. */
function program(name: string, words: readonly string[] = [], input = ''): string {
  const ran = spawnSync(at.path('tools', 'usr', 'bin', name), words, {
    input,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '' },
  })
  expect(ran.status, ran.stderr).toBe(0)
  return ran.stdout
}

async function installed(): Promise<readonly string[]> {
  const listed = await at.pkg6('-R', 'tools', 'list', '-Hv')
  return listed.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(/\s/)[0] ?? '')
}

async function expectRight(edited: readonly string[] = []): Promise<void> {
  await expectExit(0, 'verify')
  const differences = compareWithManifests({
    root: at.path('tools'),
    metadata: '.org.opensolaris,pkg',
    packages: (await installed()).map((fmri) => ({ fmri, repository: at.path('repo') })),
    variants: {},
    owners: process.geteuid?.() === 0,
    except: new Map(edited.map((path) => [path, 'content'])),
  })
  expect(differences).toEqual([])
}

// One story: each step stands on those before.
describe('the sample repository', () => {
  it('is added to a new user image', async () => {
    const created = await at.pkg6('image-create', '--user', 'tools')
    expect(created.exit, told(created)).toBe(0)
    await expectExit(0, 'set-publisher', '-p', 'repo')
    const publishers = await expectExit(0, 'publisher', '-H')
    expect(publishers.stdout).toContain(`file://${at.folder}/repo/`)
    const listed = await expectExit(0, 'list', '-afH')
    for (const name of ['greet', 'hello', 'oldcount', 'textkit', 'wordfreq', 'sample-incorporation'])
      expect(listed.stdout.match(new RegExp(`${name} .* [12]\\.0-[12] `, 'g')), name).toHaveLength(2)
    expect(listed.stdout).toMatch(/shell\/hello +2\.0-2 +--r/)
    expect(listed.stdout).toMatch(/text\/oldcount +2\.0-2 +--o/)
  })

  const first = ['sample-incorporation@1', 'greet', 'hello', 'oldcount']

  it('shows a plan and changes nothing', async () => {
    const before = wholeTree(at.path('tools'), (path) => /\/(cache|history|last_refreshed)$/.test(path))
    const planned = await expectExit(0, 'install', '-nv', ...first)
    expect(planned.stdout).toMatch(/Packages to install: +5\b/)
    for (const name of [
      'consolidation/sample-incorporation',
      'library/textkit',
      'shell/greet',
      'shell/hello',
      'text/oldcount',
    ])
      expect(planned.stdout).toMatch(new RegExp(`${name}\n +None -> 1\\.0-1`))
    expect(wholeTree(at.path('tools'), (path) => /\/(cache|history|last_refreshed)$/.test(path))).toEqual(
      before,
    )
  })

  it('installs packages with what they need', async () => {
    await expectExit(0, 'install', ...first)
    expect((await installed()).map((fmri) => fmri.replace(/^pkg:\/\/sample\/|-1:.*/g, '')).sort()).toEqual([
      'consolidation/sample-incorporation@1.0',
      'library/textkit@1.0',
      'shell/greet@1.0',
      'shell/hello@1.0',
      'text/oldcount@1.0',
    ])
    await expectRight()
    expect(program('greet')).toContain('Hello, world!')
    expect(existsSync(at.path('tools', 'usr/share/man/man1/greet.1'))).toBe(true)
  })

  it('finds what was broken', async () => {
    const path = at.path('tools', 'usr/lib/textkit/textkit.sh')
    const sound = readFileSync(path)
    const { mode } = lstatSync(path)
    chmodSync(path, 0o644)
    writeFileSync(path, 'exit 1\n')
    chmodSync(path, mode)
    const found = await expectExit(1, 'verify')
    expect(found.stdout).toContain('usr/lib/textkit/textkit.sh')
    expect(found.stdout).toMatch(/library\/textkit +ERROR/)
    chmodSync(path, 0o644)
    writeFileSync(path, sound)
    chmodSync(path, mode)
    await expectExit(0, 'verify')
  })

  it('updates, keeps what was edited, follows what was renamed and drops what is obsolete', async () => {
    writeFileSync(at.path('tools', 'etc', 'greet.conf'), 'GREETING=Welcome\nWHOM=everybody\n')
    const planned = await expectExit(0, 'update', '-nv')
    expect(planned.stdout).toMatch(/shell\/greet\n +1\.0-1 -> 2\.0-2/)
    expect(planned.stdout).toMatch(/text\/oldcount\n +1\.0-1 -> None/)
    expect(program('greet')).not.toContain('2.0')
    await expectExit(0, 'update')
    expect(program('greet', ['-v'])).toContain('greet 2.0, textkit 2.0')
    expect(program('greet')).toContain('Welcome, everybody!')
    const names = (await installed()).join(' ')
    expect(names).not.toMatch(/oldcount|hello/)
    expect(existsSync(at.path('tools', 'usr/bin/oldcount'))).toBe(false)
    expect(existsSync(at.path('tools', 'usr/bin/hello'))).toBe(false)
    await expectRight(['etc/greet.conf'])
  })

  it('installs one more, tells about it and takes it away', async () => {
    await expectExit(0, 'install', 'wordfreq')
    expect(program('wordfreq', ['-n', '2'], 'to be or not to be\n')).toMatch(/2 be\s+2 to/)
    expect(program('word-frequency', ['-n', '1'], 'so so\n')).toMatch(/2 so/)
    expect((await expectExit(0, 'info', 'wordfreq')).stdout).toContain('Counts how often words occur')
    expect((await expectExit(0, 'contents', 'wordfreq')).stdout).toContain('usr/bin/word-frequency')
    await expectRight(['etc/greet.conf'])
    await expectExit(0, 'uninstall', 'wordfreq')
    expect(existsSync(at.path('tools', 'usr/bin/wordfreq'))).toBe(false)
    await expectRight(['etc/greet.conf'])
  })

  it('says what it will not do', async () => {
    await expectExit(4, 'install', 'greet')
    expect((await expectExit(1, 'install', 'no-such-package')).stderr).toContain('no-such-package')
    expect((await expectExit(1, 'uninstall', 'textkit')).stderr).toContain('shell/greet')
    const history = await expectExit(0, 'history', '-H')
    const outcomes = history.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) =>
        line
          .trim()
          .split(/\s{2,}/)
          .slice(1),
      )
    expect(outcomes.map(([operation]) => operation)).toEqual(
      expect.arrayContaining(['install', 'update', 'uninstall']),
    )
    expect(history.stdout.match(/Failed/g)).toHaveLength(2)
    expect(readFileSync(at.path('tools', 'etc', 'greet.conf'), 'utf8')).toMatch(/^GREETING=Welcome/)
  })

  it('leaves only what was edited', async () => {
    const removed = await expectExit(0, 'uninstall', '*')
    expect(await installed()).toEqual([])
    const left = wholeTree(at.path('tools'), (path) => path === '.org.opensolaris,pkg')
    const saved = wholeTree(at.path('tools', '.org.opensolaris,pkg', 'lost+found'))
    expect(left, told(removed)).toEqual([])
    expect(
      saved.some((line) => / file .*greet\.conf/.test(line)),
      saved.join('\n'),
    ).toBe(true)
  })
})
