import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Filesystem, FilesystemError } from '#model'
import { createNodeFilesystem } from '../../../cli/platform/node-filesystem.ts'
import { createMemoryFilesystem } from '../../support/memory-filesystem.ts'
import { copyTree, restoreTree, wholeTree } from '../../support/whole-tree.ts'

const scratch = mkdtempSync(join(tmpdir(), 'pkg6-filesystem-'))
afterAll(() => rmSync(scratch, { recursive: true }))

function errno(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof FilesystemError) return error.problem.errno
    throw error
  }
  return 'none'
}

const fillings: [string, () => { filesystem: Filesystem; top: string }][] = [
  ['memory', () => ({ filesystem: createMemoryFilesystem(), top: '' })],
  ['node', () => ({ filesystem: createNodeFilesystem(), top: mkdtempSync(join(scratch, 'case-')) })],
]

describe.each(fillings)('the %s file system', (_name, open) => {
  const { filesystem: fs, top } = open()
  const at = (path: string) => `${top}/${path}`
  const make = (path: string, text: string) =>
    fs.createFile(at(path), [Buffer.from(text)], { mode: 0o640, fsync: true })
  const text = (path: string) => Buffer.from(fs.readFile(at(path))).toString()

  it('creates files that were not there, with their mode', () => {
    make('a', 'one')
    expect(text('a')).toBe('one')
    expect(fs.lstat(at('a'))).toMatchObject({ type: 'file', mode: 0o640, size: 3, links: 1 })
    expect(errno(() => make('a', 'two'))).toBe('EEXIST')
    fs.appendFile(at('a'), Buffer.from('!'), { fsync: true })
    expect(text('a')).toBe('one!')
  })
  it('reads whole files up to a limit', () => {
    make('limited', '12345')
    expect(Buffer.from(fs.readFile(at('limited'), 5)).toString()).toBe('12345')
    expect(errno(() => fs.readFile(at('limited'), 4))).toBe('EFBIG')
    make('nothing', '')
    expect(fs.readFile(at('nothing'), 0)).toHaveLength(0)
  })
  it('leaves nothing of a file that could not be written', () => {
    const failure = new FilesystemError({
      code: 'ips::filesystem_error::call_failed',
      call: 'readChunks',
      path: 'elsewhere',
      errno: 'EIO',
    })
    function* pieces(): Generator<Uint8Array> {
      yield Buffer.from('half')
      throw failure
    }
    expect(errno(() => fs.createFile(at('half'), pieces(), { mode: 0o600, fsync: true }))).not.toBe('none')
    expect(fs.lstat(at('half'))).toBeUndefined()
  })
  it('renames over files but not over directories', () => {
    make('b', 'new')
    fs.rename(at('b'), at('a'))
    expect(text('a')).toBe('new')
    fs.makeDirectory(at('d'), 0o1777)
    expect(fs.lstat(at('d'))).toMatchObject({ type: 'directory', mode: 0o1777 })
    expect(errno(() => fs.rename(at('a'), at('d')))).toBe('EISDIR')
    expect(errno(() => fs.rename(at('d'), at('a')))).toBe('ENOTDIR')
    expect(errno(() => fs.rename(at('d'), at('d/e')))).toBe('EINVAL')
  })
  it('removes only empty directories', () => {
    make('d/x', 'x')
    expect(errno(() => fs.removeDirectory(at('d')))).toBe('ENOTEMPTY')
    fs.unlink(at('d/x'))
    fs.removeDirectory(at('d'))
    expect(fs.lstat(at('d'))).toBeUndefined()
    expect(errno(() => fs.unlink(at('d')))).toBe('ENOENT')
  })
  it('follows links in parents and never in the last component', () => {
    fs.makeDirectory(at('real'), 0o755)
    fs.symbolicLink('real', at('alias'))
    make('alias/inside', 'in')
    expect(text('real/inside')).toBe('in')
    expect(fs.lstat(at('alias'))?.type).toBe('link')
    expect(fs.readLink(at('alias'))).toBe('real')
    expect(fs.realPath(at('alias/inside')).endsWith('/real/inside')).toBe(true)
    fs.symbolicLink('inside', at('real/soft'))
    expect(errno(() => fs.readFile(at('real/soft')))).toBe('ELOOP')
    expect(errno(() => fs.setMode(at('real/soft'), 0o600))).toBe('ELOOP')
    expect(errno(() => fs.createFile(at('real/soft'), [], { mode: 0o600, fsync: false }))).toBe('EEXIST')
    expect(fs.readDirectory(at('real'))).toEqual(['inside', 'soft'])
    expect(fs.lstat(at('a/below-a-file'))).toBeUndefined()
  })
  it('counts hard links and sets modes and times', () => {
    fs.hardLink(at('real/inside'), at('second'))
    expect(fs.lstat(at('second'))).toMatchObject({ links: 2, inode: fs.lstat(at('real/inside'))?.inode })
    fs.setMode(at('second'), 0o4755)
    fs.setTimes(at('second'), 5000, 5000)
    expect(fs.lstat(at('real/inside'))).toMatchObject({ mode: 0o4755, mtime: 5000 })
    fs.sync(at('real'))
    fs.sync(at('second'))
    expect(fs.freeSpace(at('real'))).toBeGreaterThan(0)
  })
  it('reads in chunks and lets a throw of the reader pass', () => {
    fs.createFile(at('large'), [new Uint8Array(1 << 20), new Uint8Array(7)], { mode: 0o600, fsync: false })
    expect(Array.from(fs.readChunks(at('large')), (chunk) => chunk.length)).toEqual([1 << 20, 7])
    const reader = () => {
      for (const _ of fs.readChunks(at('large'))) throw new RangeError('enough')
    }
    expect(reader).toThrow(RangeError)
    expect(errno(() => [...fs.readChunks(at('none'))])).toBe('ENOENT')
  })
  it('makes a file with owner and time in one call', () => {
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, required: true }
    const options = { mode: 0o4755, fsync: false, owner, mtime: 7000 }
    fs.createFile(at('whole'), [Buffer.from('w')], options)
    expect(fs.lstat(at('whole'))).toMatchObject({ mode: 0o4755, uid: owner.uid, gid: owner.gid, mtime: 7000 })
  })
})

describe('the node file system alone', () => {
  it.runIf(existsSync('/dev/zero'))('reads and appends to nothing that never ends', () => {
    const fs = createNodeFilesystem()
    for (const path of ['/dev/zero', '/dev/null'])
      expect([
        errno(() => fs.readFile(path)),
        errno(() => [...fs.readChunks(path)]),
        errno(() => fs.appendFile(path, Buffer.from('x'), { fsync: false })),
      ]).toEqual(['EFTYPE', 'EFTYPE', 'EFTYPE'])
  })
})

describe.runIf(existsSync('/proc/self/mountinfo'))('the node file system on Linux', () => {
  const fs = createNodeFilesystem()
  it('goes on where a directory cannot be flushed, and not where a file cannot', () => {
    expect(errno(() => fs.sync('/proc/self/task'))).toBe('none')
    expect(errno(() => fs.sync('/dev/null'))).toBe('EINVAL')
  })
  it('lists the mount points', () => {
    expect(fs.mountPoints()).toEqual(expect.arrayContaining(['/', '/proc']))
    expect(fs.mountPoints().filter((point) => !point.startsWith('/'))).toEqual([])
  })
})

describe('the memory file system alone', () => {
  it('runs out of space where it is told to', () => {
    const fs = createMemoryFilesystem()
    fs.limit(4)
    expect(errno(() => fs.createFile('/a', [Buffer.from('12345')], { mode: 0o600, fsync: false }))).toBe(
      'ENOSPC',
    )
  })
  it('lists hard links by their first name and clones without sharing', () => {
    const fs = createMemoryFilesystem()
    fs.plant('/x/b', 'text')
    fs.hardLink('/x/b', '/x/a')
    const copy = fs.clone()
    copy.unlink('/x/b')
    expect(fs.listing('/')).toEqual([
      '0755 0 0 dir x',
      '0644 0 0 file x/a "text"',
      '0644 0 0 hardlink x/b -> x/a "text"',
    ])
    expect(copy.listing('/x')).toEqual(['0644 0 0 file a "text"'])
  })
})

describe('a tree that is put right', () => {
  const top = mkdtempSync(join(scratch, 'restored-'))
  const [from, to] = [join(top, 'from'), join(top, 'to')]
  mkdirSync(join(from, 'dir', 'empty'), { recursive: true })
  for (const name of ['same', 'text', 'mode', 'dir/gone', 'dir/one'])
    writeFileSync(join(from, name), `content of ${name}`)
  linkSync(join(from, 'dir', 'one'), join(from, 'dir', 'other'))
  symlinkSync('same', join(from, 'link'))
  copyTree(from, to)
  const wanted = wholeTree(from)
  const inode = (name: string) => lstatSync(join(to, name)).ino
  const untouched = inode('same')

  it.each<[string, () => void]>([
    ['other content of the same length', () => writeFileSync(join(to, 'text'), 'CONTENT of text')],
    ['another mode', () => chmodSync(join(to, 'mode'), 0o600)],
    ['another mode of a directory', () => chmodSync(join(to, 'dir'), 0o700)],
    ['a file that is gone', () => rmSync(join(to, 'dir/gone'))],
    ['something more', () => mkdirSync(join(to, 'dir/more/below'), { recursive: true })],
    ['another name of a file', () => linkSync(join(to, 'text'), join(to, 'more'))],
    [
      'a hard link that is a copy',
      () => {
        rmSync(join(to, 'dir/other'))
        writeFileSync(join(to, 'dir/other'), 'content of dir/one')
      },
    ],
    [
      'another target',
      () => {
        rmSync(join(to, 'link'))
        symlinkSync('text', join(to, 'link'))
      },
    ],
    [
      'a link where a directory was',
      () => {
        rmSync(join(to, 'dir'), { recursive: true })
        symlinkSync(join(from, 'dir'), join(to, 'dir'))
      },
    ],
    [
      'a directory where a file was',
      () => {
        rmSync(join(to, 'text'))
        mkdirSync(join(to, 'text/below'), { recursive: true })
      },
    ],
  ])('%s is as it was, and what was right is not touched', (_, change) => {
    change()
    restoreTree(from, to)
    expect(wholeTree(to)).toEqual(wanted)
    expect(wholeTree(from)).toEqual(wanted)
    expect([inode('dir/one'), lstatSync(join(to, 'text')).nlink]).toEqual([inode('dir/other'), 1])
    expect(inode('same')).toBe(untouched)
  })
})

describe('a file that no memory holds', () => {
  const fs = createNodeFilesystem()
  it('is too large, and takes none', () => {
    const path = join(scratch, 'huge')
    writeFileSync(path, '')
    truncateSync(path, 2 ** 42)
    expect(errno(() => fs.readFile(path))).toBe('EFBIG')
  })
  it.skipIf(process.platform !== 'linux')('is read as far as the limit where it tells no size', () => {
    expect(fs.lstat('/proc/self/maps')?.size).toBe(0)
    expect(fs.readFile('/proc/self/maps').length).toBeGreaterThan(4096)
    expect(errno(() => fs.readFile('/proc/self/maps', 4096))).toBe('EFBIG')
  })
})
