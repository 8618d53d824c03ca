import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { type Ran, told } from '../support/command-line.ts'
import { hostilePublisher } from '../support/hostile-repository.ts'
import {
  at,
  damages,
  expectDecent,
  inImage,
  install,
  output,
  type Row,
  rows,
  state,
  useHostileWorld,
} from '../support/hostile-world.ts'
import { sampled } from '../support/sampling.ts'
import { projectIsReadableByAll } from '../support/shared-data.ts'
import { copyTree } from '../support/whole-tree.ts'

useHostileWorld()

const someoneElse = (pid: number, mark: string): string =>
  `${pid}\npkg6\n${hostname()}\n20260101T000000Z\n${mark}\n`

function startMark(pid: number): string {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

rows('images', [
  { name: 'none', words: ['-R', 'elsewhere', 'install', 'tools/base'], exit: 1, says: ['FOLDER/elsewhere'] },
  ...['{', 'null', '[]', '{"format":1}', '{"__proto__":{}}', '<html>', '\u0000'].map(
    (text): Row => ({
      name: `a configuration of ${JSON.stringify(text)}`,
      prepare: () => writeFileSync(inImage('pkg6.image.json'), text),
      words: install('tools/base@2.0'),
      exit: 1,
      says: ['pkg6.image.json'],
    }),
  ),
  {
    name: 'a configuration from the future',
    prepare: () => {
      const config = JSON.parse(readFileSync(inImage('pkg6.image.json'), 'utf8')) as object
      writeFileSync(inImage('pkg6.image.json'), JSON.stringify({ ...config, format: 99 }))
    },
    words: install('tools/base@2.0'),
    exit: 1,
    says: ['99', 'pkg6.image.json'],
  },
  ...(
    [
      ['cut off', (path) => truncateSync(path, 3000)],
      ['empty', (path) => truncateSync(path, 0)],
      ['of text', (path) => writeFileSync(path, 'no database\n')],
      ['gone', (path) => rmSync(path)],
      ['of zeros', (path) => writeFileSync(path, Buffer.alloc(8192))],
    ] satisfies [string, (path: string) => void][]
  ).flatMap(([how, damage]) =>
    [
      install('tools/base@2.0'),
      ['-R', 'image', 'uninstall', 'tools/base'],
      ['-R', 'image', 'list'],
      ['-R', 'image', 'verify'],
    ].map(
      (words): Row => ({
        name: `a database ${how}: ${words[2]}`,
        prepare: () => damage(inImage('installed.db')),
        words,
        exit: 1,
        says: ['installed.db', /[Rr]estore/],
      }),
    ),
  ),
  {
    name: 'locked by a live process',
    prepare: () => writeFileSync(inImage('lock'), someoneElse(process.ppid, startMark(process.ppid))),
    words: install('tools/base@2.0'),
    exit: 7,
    says: [String(process.ppid), 'pkg6', hostname()],
  },
  {
    name: 'a lock that is a link',
    prepare: () => symlinkSync(at.path('elsewhere', 'new'), inImage('lock')),
    words: install('tools/base@2.0'),
    exit: 1,
    says: ['lock'],
  },
])

const dead = 4_000_000
describe('locks', () => {
  it('of a dead owner are broken', async () => {
    writeFileSync(inImage('lock'), someoneElse(dead, '1'))
    const ran = await at.pkg6(...install('tools/base@2.0'))
    expect(ran.exit, told(ran)).toBe(0)
    expect(existsSync(inImage('lock'))).toBe(false)
    expect(readFileSync(at.path('image', 'usr', 'one'), 'utf8')).toBe('one 2.0\n')
  })

  it('of a process whose number somebody else has now are broken', async () => {
    writeFileSync(inImage('lock'), someoneElse(process.ppid, '1'))
    const ran = await at.pkg6(...install('tools/base@2.0'))
    expect(ran.exit, told(ran)).toBe(0)
  })

  it('do not keep readers out', async () => {
    writeFileSync(inImage('lock'), someoneElse(process.ppid, startMark(process.ppid)))
    for (const words of [
      ['list'],
      ['verify'],
      ['info', 'tools/base'],
      ['install', '-n', '--no-refresh', 'tools/base@2.0'],
    ]) {
      const ran = await at.pkg6('-R', 'image', ...words)
      expect(ran.exit, told(ran)).toBe(0)
    }
    for (const words of [
      ['uninstall', 'tools/base'],
      ['update'],
      ['refresh'],
      ['set-publisher', '--disable', hostilePublisher],
    ]) {
      const before = state()
      const ran = await at.pkg6('-R', 'image', ...words)
      expect(ran.exit, told(ran)).toBe(7)
      expect(state()).toEqual(before)
    }
  })
})

describe('what the image keeps of repositories', () => {
  const files = ['catalog.attrs', 'catalog.base.C', 'catalog.dependency.C', 'catalog.summary.C']
  const some = damages.filter(([how]) => /cut|HTML|byte|gone/.test(how))

  /** The stored catalog of the one origin. */
  function stored(file: string): string {
    const origins = inImage('publisher', hostilePublisher, 'origins')
    return join(origins, readdirSync(origins)[0] ?? '', file)
  }

  it.each(files.flatMap((file) => some.map(([how, damage]) => [`${file} ${how}`, file, damage] as const)))(
    'is fetched anew: %s',
    async (_, file, damage) => {
      damage(stored(file))
      rmSync(inImage('cache'), { recursive: true })
      const ran = await at.pkg6(...install('tools/base@2.0'))
      expectDecent(ran)
      if (ran.exit !== 0) {
        expect(ran.exit, told(ran)).toBe(1)
        expect(output(ran)).toContain(`pkg6 refresh --full ${hostilePublisher}`)
        const refreshed = await at.pkg6('-R', 'image', 'refresh', '--full', hostilePublisher)
        expect(refreshed.exit, told(refreshed)).toBe(0)
        const again = await at.pkg6(...install('tools/base@2.0'))
        expect(again.exit, told(again)).toBe(0)
      }
      const verified = await at.pkg6('-R', 'image', 'verify')
      expect(verified.exit, told(verified)).toBe(0)
    },
  )

  it('is made anew where it is disposable', async () => {
    for (const file of ['cache/catalog.index', 'installed.snapshot']) writeFileSync(inImage(file), 'garbage')
    const ran = await at.pkg6(...install('tools/base@2.0'))
    expect(ran.exit, told(ran)).toBe(0)
    const listed = await at.pkg6('-R', 'image', 'list', '-Hv')
    expect(listed.stdout).toContain('tools/base@2.0')
  })

  it('is not believed where payloads were changed', async () => {
    const first = await at.pkg6(...install('-n', 'tools/base@2.0'))
    expect(first.exit).toBe(0)
    const folder = inImage('publisher', hostilePublisher, 'file')
    const sha1 = createHash('sha1').update('one 2.0\n').digest('hex')
    mkdirSync(join(folder, sha1.slice(0, 2)), { recursive: true })
    writeFileSync(join(folder, sha1.slice(0, 2), sha1), gzipSync('poison\n'))
    const ran = await at.pkg6(...install('tools/base@2.0'))
    expectDecent(ran)
    if (ran.exit !== 0) {
      const again = await at.pkg6(...install('tools/base@2.0'))
      expect(again.exit, told(again)).toBe(0)
    }
    expect(readFileSync(at.path('image', 'usr', 'one'), 'utf8')).toBe('one 2.0\n')
  })
})

const isRoot = process.geteuid?.() === 0
const nobody = 65534

/** Runs a command as a user who owns nothing; only the effective ids of this process are changed. */
async function asNobody(...words: readonly string[]): Promise<Ran> {
  chmodSync(at.folder, 0o755)
  process.setgroups?.([nobody])
  process.setegid?.(nobody)
  process.seteuid?.(nobody)
  try {
    return await at.pkg6(...words)
  } finally {
    process.seteuid?.(0)
    process.setegid?.(0)
    process.setgroups?.([0])
  }
}

describe.skipIf(!isRoot || !projectIsReadableByAll())('an image of somebody else', () => {
  it.each([
    ['install', 'tools/base@2.0'],
    ['update'],
    ['uninstall', 'tools/base'],
    ['refresh'],
    ['set-publisher', '--disable', hostilePublisher],
    ['unset-publisher', hostilePublisher],
    ['purge-history'],
  ])('is not changed by %s', async (...words) => {
    const before = state()
    const ran = await asNobody('-R', 'image', ...words)
    expect(ran.exit, told(ran)).toBe(1)
    expect(ran.stderr).toMatch(/[Ii]nsufficient (access|permissions)[\s\S]*privileged user/)
    expectDecent(ran)
    expect(state()).toEqual(before)
  })

  it.each([
    ['list'],
    ['info', 'tools/base'],
    ['contents', 'tools/base'],
    ['verify'],
    ['publisher'],
    ['history'],
    ['install', '-n', 'tools/base@2.0'],
    ['update', '-nv'],
  ])('is read by %s', async (...words) => {
    const before = state()
    const ran = await asNobody('-R', 'image', ...words)
    expect(ran.exit, told(ran)).toBe(0)
    expect(state()).toEqual(before)
  })

  it('is not made where one may not write', async () => {
    const before = state()
    const ran = await asNobody('image-create', 'mine')
    expect(ran.exit, told(ran)).toBe(1)
    expect(ran.stderr).toMatch(/insufficient permissions/)
    expect(state()).toEqual(before)
  })

  it('in part is as it was after a failure half way', async () => {
    // All is nobody's but one directory that a package wants to write to.
    const give = (path: string): void => {
      lchownSync(path, nobody, nobody)
      if (!lstatSync(path).isDirectory()) return
      for (const name of readdirSync(path)) give(join(path, name))
    }
    give(at.path('image'))
    lchownSync(at.path('image', 'usr'), 0, 0)
    chmodSync(at.path('image', 'usr'), 0o755)
    const before = state()
    for (const words of [
      ['install', 'tools/base@2.0'],
      ['uninstall', 'tools/base'],
    ]) {
      const ran = await asNobody('-R', 'image', ...words)
      expect(ran.exit, told(ran)).toBe(1)
      expect(ran.stderr).toMatch(/EACCES|EPERM/)
      expect(ran.stderr).toContain('the image is unchanged')
      expect(ran.stderr).toMatch(/Run the command again as a user that may write to the image/)
      expectDecent(ran)
      expect(state()).toEqual(before)
    }
  })
})

/** Puts the image on a small file system of its own; undefined where mounting is not allowed, which is said in a line. */
function mountImage(size: string): string | undefined {
  const root = at.path('image')
  rmSync(root, { recursive: true })
  mkdirSync(root)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0755`, 'tmpfs', root], {
    encoding: 'utf8',
  })
  if (mounted.status === 0) {
    for (const name of readdirSync(at.path('pristine', 'image')))
      copyTree(at.path('pristine', 'image', name), join(root, name))
    return root
  }
  process.stderr.write(`skipped: no small file system can be mounted here: ${mounted.stderr}`)
  copyTree(at.path('pristine', 'image'), at.path('unused'))
  return undefined
}

/** Leaves so many bytes free. */
function fill(root: string, free: number): void {
  const { bavail, bsize } = statfsSync(root)
  const filler = join(root, 'filler')
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - free)))
}

describe('a full disk', () => {
  afterEach(() => {
    spawnSync('umount', [at.path('image')])
  })

  it.each([['install', 'tools/base@2.0'], ['update'], ['install', 'tools/wide'], ['refresh', '--full']])(
    'stops %s before or half way, and nothing is lost',
    async (...words) => {
      const root = mountImage('2m')
      if (root === undefined) return
      const outcomes = new Set<number>()
      const page = 4096
      for (let pages = 0; pages < 120; pages += pages < 24 ? sampled(6, 1) : sampled(16, 8)) {
        fill(root, pages * page)
        const before = state()
        const ran = await at.pkg6('-R', 'image', ...words)
        outcomes.add(ran.exit)
        expectDecent(ran)
        if (ran.exit === 0) break
        expect(ran.exit, `${pages} pages: ${told(ran)}`).toBe(1)
        expect(output(ran), `${pages} pages`).toMatch(/ENOSPC|bytes are needed/)
        expect(output(ran), `${pages} pages`).toMatch(/Free some space on the file system/)
        expect(state(), `${pages} pages: ${told(ran)}`).toEqual(before)
        rmSync(join(root, 'filler'))
        const verified = await at.pkg6('-R', 'image', 'verify')
        expect(verified.exit, told(verified)).toBe(0)
        for (const name of ['cache', 'history']) rmSync(inImage(name), { recursive: true, force: true })
        rmSync(inImage('publisher', hostilePublisher, 'file'), { recursive: true, force: true })
      }
      expect([...outcomes].sort()).toEqual([0, 1])
      rmSync(join(root, 'filler'), { force: true })
      const verified = await at.pkg6('-R', 'image', 'verify')
      expect(verified.exit, told(verified)).toBe(0)
    },
  )

  it('lets uninstall make room from the reserve', async () => {
    const root = mountImage('2m')
    if (root === undefined) return
    const before = await at.pkg6('-R', 'image', 'install', 'tools/base@2.0')
    expect(before.exit, told(before)).toBe(0)
    fill(root, 0)
    const ran = await at.pkg6('-R', 'image', 'uninstall', 'tools/base')
    expect(ran.exit, told(ran)).toBe(0)
    rmSync(join(root, 'filler'))
    const verified = await at.pkg6('-R', 'image', 'verify')
    expect(verified.exit, told(verified)).toBe(0)
  })

  it('that may only be read is not written to', async () => {
    const root = mountImage('2m')
    if (root === undefined) return
    expect(spawnSync('mount', ['-o', 'remount,ro', root]).status).toBe(0)
    const before = state()
    for (const words of [
      install('tools/base@2.0'),
      ['-R', 'image', 'uninstall', 'tools/base'],
      ['-R', 'image', 'refresh'],
    ]) {
      const ran = await at.pkg6(...words)
      expect(ran.exit, told(ran)).toBe(1)
      expect(ran.stderr).toMatch(/read-only/)
      expectDecent(ran)
      expect(state()).toEqual(before)
    }
    const planned = await at.pkg6(...install('-n', 'tools/base@2.0'))
    expect(planned.exit, told(planned)).toBe(0)
  })
})
