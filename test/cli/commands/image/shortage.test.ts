import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statfsSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, told } from '../../../support/command-line.ts'
import { publishRepository } from '../../../support/published-repository.ts'

const manifests = ['small', 'large', 'many'].map((name) =>
  [
    `set name=pkg.fmri value=pkg://test/${name}@1.0,5.11-1:20260101T000000Z`,
    ...Array.from(
      { length: name === 'many' ? 30 : 1 },
      (_, index) => `file ${name} path=opt/${name}/f${index} owner=root group=root mode=0644`,
    ),
  ].join('\n'),
)
const contents = new Map(Object.entries({ small: 's', large: 'l'.repeat(100_000), many: 'm' }))

let at: CommandLine
const metadata = (): string[] => readdirSync(at.path('disk/image/var/pkg'))
const inImage = (exit: number, ...words: readonly string[]) => at.runs(exit, '-R', 'disk/image', ...words)

/** A small file system in memory; undefined: this user may not make one. */
function mounted(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Writes files until the file system has no free byte. */
function fill(): void {
  for (let piece = 1 << 20; piece >= 1; piece = piece > 4096 ? piece / 2 : 0)
    for (let isFull = false; !isFull; )
      try {
        writeFileSync(at.path(`disk/fill-${readdirSync(at.path('disk')).length}`), Buffer.alloc(piece, 1))
      } catch {
        isFull = true
      }
  expect(statfsSync(at.path('disk')).bavail).toBe(0)
}

let isMounted = false
beforeEach(async () => {
  at = commandLine()
  mkdirSync(at.path('disk'))
  publishRepository(at.path('repo'), manifests, contents)
  isMounted = mounted(at.path('disk'))
  await at.runs(0, 'image-create', '-F', '-p', 'repo', 'disk/image')
})
afterEach(() => {
  if (isMounted) execFileSync('umount', ['-l', at.path('disk')])
  at.remove()
})

describe('on a disk without a free byte', () => {
  it('clean, purge-history and uninstall make room, one after the other', async (context) => {
    if (!isMounted) context.skip('only root may mount a small file system')
    await inImage(0, 'install', 'small', 'large', 'many')
    for (const words of [
      ['purge-history'],
      ['clean'],
      ['uninstall', 'small'],
      ['uninstall', 'large', 'many'],
    ]) {
      fill()
      await inImage(0, ...words)
      expect(metadata().filter((name) => /^(lock|journal|stage)/.test(name))).toEqual([])
    }
    await inImage(1, 'list')
    expect(existsSync(at.path('disk/image/opt'))).toBe(false)
  })

  it('an operation that needs more space is refused, and does not use the reserve', async (context) => {
    if (!isMounted) context.skip('only root may mount a small file system')
    await inImage(0, 'install', 'small')
    fill()
    for (const _ of [1, 2]) {
      const ran = await at.pkg6('-R', 'disk/image', 'install', 'large')
      expect(ran.exit, told(ran)).toBe(1)
      expect(ran.stderr).toMatch(/bytes are needed|no space is left/)
      expect(metadata().filter((name) => /^(lock|journal|stage)/.test(name))).toEqual([])
    }
    await inImage(0, 'uninstall', 'small')
    await inImage(0, 'verify')
  })
})

describe('a process that may open few files', () => {
  it.each([20, 23])('says so, and leaves neither lock nor stage: %d', async (limit) => {
    const program = resolve('dist/bin/pkg6.cjs')
    const command = `ulimit -n ${limit}; exec "${process.execPath}" "${program}" -R disk/image install many`
    const ran = spawnSync('bash', ['-c', command], { cwd: at.folder, encoding: 'utf8' })
    if (ran.status !== 0) {
      expect(ran.status, ran.stderr).toBe(1)
      expect(ran.stderr).toMatch(/too many files open \(EMFILE\)|EMFILE: too many open files/)
    }
    expect(metadata().filter((name) => /^(lock|journal|stage)/.test(name))).toEqual([])
    await inImage(0, 'verify')
  })
})
