import { createHash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BulkFiles, createFilesystemExecutor, type ExecutorTarget, type NewFile } from '#executor'
import { type Filesystem, FilesystemError } from '#model'
import { createBulkPool } from '../../../cli/platform/bulk-pool.ts'
import { flushFilesystems, foldersToFlush } from '../../../cli/platform/flush-filesystem.ts'
import { createNodeFilesystem } from '../../../cli/platform/node-filesystem.ts'
import { buildBulkWorker } from '../../support/bulk-worker.ts'
import { interceptFilesystem } from '../../support/intercepted-filesystem.ts'
import { change, createSmallImage, goodPlan, packageOf } from '../../support/small-image.ts'

const top = mkdtempSync(join(tmpdir(), 'pkg6-pool-'))
let worker: Awaited<ReturnType<typeof buildBulkWorker>>
/** Calls made by the thread that asks. */
const calls: string[] = []
let filesystem: Filesystem
let pool: BulkFiles

beforeAll(async () => {
  worker = await buildBulkWorker()
  filesystem = interceptFilesystem(createNodeFilesystem(), ({ name }) => void calls.push(name))
  pool = createBulkPool(worker.path, filesystem, { workers: 3, flushAll: () => false })
})
afterAll(() => {
  worker.remove()
  rmSync(top, { recursive: true, force: true })
})

function contentOf(index: number): Buffer {
  return Buffer.from(`file ${index}\n`.repeat((index % 50) + 1))
}

function fileOf(folder: string, index: number): NewFile {
  const content = contentOf(index)
  const packed = gzipSync(content)
  const path = join(folder, `p${index}`)
  writeFileSync(path, packed)
  const digest = (subject: 'file' | 'gzip', bytes: Uint8Array) =>
    ({ subject, algorithm: 'sha256', hex: createHash('sha256').update(bytes).digest('hex') }) as const
  return {
    path: join(folder, 'new', `f${index}`),
    content: {
      kind: 'payload',
      payload: {
        path,
        packedSize: packed.length,
        packedDigest: digest('gzip', packed),
        size: content.length,
        digest: digest('file', content),
      },
    },
    mode: index % 2 === 0 ? 0o4755 : 0o444,
    fsync: false,
    owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, required: true },
    mtime: 1_000_000 * index,
  }
}

function prepare(name: string, count: number): { folder: string; files: NewFile[] } {
  const folder = join(top, name)
  mkdirSync(join(folder, 'new'), { recursive: true })
  return { folder, files: Array.from({ length: count }, (_, index) => fileOf(folder, index)) }
}

/** Code of a worker that ends when it opens a file with this in its name. */
function mortalWorker(name: string, death: string): string {
  const path = join(top, `worker-${name}.mjs`)
  writeFileSync(
    path,
    `import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
const open = fs.openSync
fs.openSync = (path, ...rest) => {
  if (String(path).includes('deadly')) { ${death} }
  return open(path, ...rest)
}
syncBuiltinESMExports()
await import(${JSON.stringify(worker.path)})
`,
  )
  return path
}

describe('a pool whose workers die', () => {
  const deaths = [
    ['by leaving', 'process.exit(3)', /^it ended with code 3$/],
    ['of memory', 'const all = []; for (;;) all.push(new Array(1_000_000).fill(all.length))', /memory/],
  ] as const
  it.each(deaths)('tells at once that one did, %s', (how, death, reason) => {
    const { folder, files } = prepare('mortal', 600)
    const mortal = createBulkPool(mortalWorker(how, death), filesystem, {
      workers: 2,
      flushAll: () => false,
      resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 2 },
    })
    files[333] = { ...files[333]!, path: join(folder, 'new', 'deadly') }
    const failure = mortal.make(files, () => {})
    expect(failure).toMatchObject({ fault: { kind: 'worker', reason: expect.stringMatching(reason) } })
    // The first file of the batch that no worker answered for.
    expect(failure!.index).toBeLessThanOrEqual(333)
    expect(failure!.index).toBeGreaterThan(333 - 64)
    // With new threads it goes on.
    rmSync(join(folder, 'new'), { recursive: true })
    mkdirSync(join(folder, 'new'))
    files.splice(333, 1)
    expect(mortal.make(files, () => {})).toBeUndefined()
    // Flushing and removing may be done twice, so they are.
    writeFileSync(join(folder, 'new', 'deadly'), '')
    const paths = [join(folder, 'new', 'deadly'), ...files.map(({ path }) => path)]
    const flushed: number[] = []
    calls.length = 0
    mortal.flush(paths, (done) => void flushed.push(done))
    expect(flushed.at(-1)).toBe(600)
    expect(calls.filter((name) => name === 'sync')).toHaveLength(600)
    mortal.remove([folder])
    expect(readdirSync(top).includes('mortal')).toBe(false)
  })
  it('tells when none of them could be started', () => {
    const { folder, files } = prepare('unborn', 300)
    const broken = join(top, 'broken.mjs')
    writeFileSync(
      broken,
      `import { workerData } from 'node:worker_threads'
if ('port' in workerData) throw new Error('no such worker')
await import(${JSON.stringify(worker.path)})
`,
    )
    const unborn = createBulkPool(broken, filesystem, { workers: 2, flushAll: () => false })
    expect(unborn.make(files, () => {})).toEqual({
      index: 0,
      fault: { kind: 'worker', reason: 'no such worker' },
    })
    unborn.remove([folder])
    expect(readdirSync(top).includes('unborn')).toBe(false)
  })
  it('tells when not even the thread that starts them comes to life', () => {
    const { folder, files } = prepare('stillborn', 300)
    const broken = join(top, 'stillborn.mjs')
    writeFileSync(broken, `throw new Error('no such supervisor')`)
    const stillborn = createBulkPool(broken, filesystem, {
      workers: 2,
      flushAll: () => false,
      startTimeout: 1,
    })
    expect(stillborn.make(files, () => {})).toEqual({
      index: 0,
      fault: { kind: 'worker', reason: 'no thread could be started' },
    })
    rmSync(folder, { recursive: true })
  })
  it('waits for one that has long to do', () => {
    const { folder, files } = prepare('slow', 300)
    files[280] = { ...files[280]!, path: join(folder, 'new', 'deadly') }
    let failure: ReturnType<BulkFiles['make']>
    // Threads that have not started within the time count as dead, and on a busy machine they may not.
    for (const startTimeout of [400, 2000, 10_000]) {
      const nap = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${1.5 * startTimeout})`
      const slow = createBulkPool(mortalWorker('slow', nap), filesystem, { workers: 1, startTimeout })
      failure = slow.make(files, () => {})
      if (failure?.fault.kind !== 'worker') break
      rmSync(join(folder, 'new'), { recursive: true })
      mkdirSync(join(folder, 'new'))
    }
    expect(failure).toBeUndefined()
    rmSync(folder, { recursive: true })
  })
  it('leaves the image as it was, with a problem that says so', () => {
    const contents = Array.from({ length: 600 }, (_, index) => `file content="${index}" path=usr/f${index}`)
    const many = packageOf('many@1', contents)
    const image = createSmallImage(createNodeFilesystem(), mkdtempSync(join(top, 'image-')))
    const deadly = many.manifest.actions[300]!.payload!
    const target: ExecutorTarget = {
      ...image.target,
      asRoot: false,
      payloadPath: ({ payload }) =>
        join(image.top, 'cache', payload === deadly ? `deadly-${deadly}` : (payload ?? '')),
    }
    renameSync(join(image.top, 'cache', deadly), join(image.top, 'cache', `deadly-${deadly}`))
    const mortal = createBulkPool(mortalWorker('image', 'process.exit(4)'), target.filesystem, {
      workers: 2,
      flushAll: () => false,
    })
    const done = createFilesystemExecutor(target, mortal).execute(goodPlan([change(undefined, many)]), {
      commit: () => {
        throw new Error('never reached')
      },
    })
    expect(done).toEqual({
      ok: false,
      error: { code: 'ips::installer_error::worker_lost', reason: 'it ended with code 4' },
    })
    expect(readdirSync(join(image.top, 'image'))).toEqual(['var'])
    expect(readdirSync(join(image.top, 'image', 'var', 'pkg'))).toEqual([])
    rmSync(image.top, { recursive: true })
  })
})

describe('the pool of workers', () => {
  it('makes many files as stated, flushes and removes them, and leaves the work to others', () => {
    const { folder, files } = prepare('many', 600)
    const progress: number[] = []
    calls.length = 0
    expect(pool.make(files, (done) => void progress.push(done))).toBeUndefined()
    expect(calls).toEqual([])
    expect(progress.at(-1)).toBe(600)
    expect(progress).toEqual([...progress].sort((a, b) => a - b))
    for (const [index, { path, mode, mtime }] of files.entries()) {
      expect(readFileSync(path)).toEqual(contentOf(index))
      const status = statSync(path)
      expect([status.mode & 0o7777, status.mtimeMs]).toEqual([mode, mtime])
    }
    const flushed: number[] = []
    pool.flush([folder, ...files.map(({ path }) => path)], (done) => void flushed.push(done))
    expect(flushed.at(-1)).toBe(601)
    symlinkSync(top, join(folder, 'new', 'link'))
    pool.remove([folder, join(top, 'nothing')])
    expect(readdirSync(top).filter((name) => !name.endsWith('.mjs'))).toEqual([])
    expect(calls.includes('unlink')).toBe(false)
  })
  it('flushes many paths with their file system where that can be done', () => {
    const paths = Array.from({ length: 300 }, (_, index) => join(top, `none${index}`))
    const asked: number[] = []
    const flushAll = (all: Iterable<string>): boolean => {
      asked.push([...all].length)
      return flushFilesystems(all)
    }
    const done: number[] = []
    createBulkPool(worker.path, filesystem, { flushAll }).flush(paths.slice(0, 0), () => {})
    const flush = () =>
      createBulkPool(worker.path, filesystem, { flushAll }).flush(paths, (count) => void done.push(count))
    // The program does not look for the files; where there is none each is flushed and missed.
    if (process.platform === 'linux') flush()
    else expect(flush).toThrow('ENOENT')
    expect(asked).toEqual([300])
    if (process.platform === 'linux') expect(done).toEqual([300])
  })
  it('flushes the file system of a directory that is held, and misses what is not there', () => {
    const held = createNodeFilesystem().pinDirectory(top)
    try {
      expect(flushFilesystems([`${held.path}/some`])).toBe(process.platform === 'linux')
    } finally {
      held.release()
    }
    expect(flushFilesystems([join(top, 'none', 'some')])).toBe(false)
  })
  it.runIf(process.platform === 'linux')(
    'flushes what is mounted at a path, beside what holds the path',
    () => {
      const devices = (paths: readonly string[]) =>
        foldersToFlush(paths)?.map((folder) => statSync(folder).dev)
      expect(devices([join(top, 'some'), join(top, 'other')])).toEqual([statSync(top).dev])
      expect(statSync('/proc').dev).not.toBe(statSync('/').dev)
      expect(devices(['/proc'])?.sort()).toEqual([statSync('/').dev, statSync('/proc').dev].sort())
    },
  )
  it('does little work itself', () => {
    const { files, folder } = prepare('few', 3)
    calls.length = 0
    expect(pool.make(files, () => {})).toBeUndefined()
    pool.flush([folder], () => {})
    expect(calls.filter((name) => name !== 'lstat')).toEqual([
      ...files.flatMap(() => ['createFile', 'readFile']),
      'sync',
    ])
    pool.remove([folder])
    expect(readdirSync(top).filter((name) => !name.endsWith('.mjs'))).toEqual([])
  })
  it('has nothing under way when those who ask for work fail', () => {
    const { files, folder } = prepare('abandoned', 600)
    function* broken(): Generator<NewFile> {
      yield* files.slice(0, 400)
      throw new FilesystemError({
        code: 'ips::filesystem_error::call_failed',
        call: 'lstat',
        path: folder,
        errno: 'EIO',
      })
    }
    expect(() => pool.make(broken(), () => {})).toThrow('EIO')
    // The last whole batch before the failure, and all others.
    const made = () => readdirSync(join(folder, 'new')).length
    const known = made()
    expect(known).toBe(384)
    // The next work is not taken for the former, and nobody adds to it.
    pool.flush(
      files.slice(0, known).map(({ path }) => path),
      () => {},
    )
    expect(made()).toBe(known)
    const told: number[] = []
    const tell = (done: number): void => {
      told.push(done)
      throw new Error('nobody listens')
    }
    expect(() => pool.make(files.slice(known), () => {})).not.toThrow()
    expect(() =>
      pool.flush(
        files.map(({ path }) => path),
        tell,
      ),
    ).toThrow('nobody listens')
    expect(told).toHaveLength(1)
    pool.remove([folder])
    expect(readdirSync(top).includes('abandoned')).toBe(false)
  })
  it('tells as a failed call that a directory cannot be listed', () => {
    const path = join(top, 'listless')
    writeFileSync(path, '')
    const lying = interceptFilesystem(
      {
        ...createNodeFilesystem(),
        lstat: () => ({ ...createNodeFilesystem().lstat(top)!, type: 'directory' }),
      },
      () => {},
    )
    expect(createBulkPool(worker.path, lying).remove([path])).toMatchObject([
      { call: 'readDirectory', path, errno: 'ENOTDIR' },
    ])
    rmSync(path)
  })
  it('names the first failure in order, whoever met it', () => {
    const { files, folder } = prepare('bad', 600)
    const broken = [571, 333, 402]
    for (const index of broken) {
      const { content } = files[index]!
      if (content.kind === 'payload') writeFileSync(content.payload.path, 'rubbish')
    }
    for (let round = 0; round < 2; round++) {
      rmSync(join(folder, 'new'), { recursive: true })
      mkdirSync(join(folder, 'new'))
      expect(pool.make(files, () => {})).toMatchObject({ index: 333, fault: { kind: 'bad' } })
      const left = readdirSync(join(folder, 'new')).length
      expect(left).toBeGreaterThanOrEqual(333)
    }
    expect(pool.make(files, () => {})).toMatchObject({
      index: 0,
      fault: { kind: 'filesystem', problem: { call: 'createFile', errno: 'EEXIST' } },
    })
    const paths = files.map(({ path }) => path)
    paths.splice(300, 0, join(folder, 'none'))
    expect(() => pool.flush(paths, () => {})).toThrow('ENOENT')
    rmSync(folder, { recursive: true })
  })
})
