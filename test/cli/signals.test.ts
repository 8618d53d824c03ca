import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { publishBulkRepository } from '../../scripts/bulk-repository.ts'
import { type LocalServer, startServer } from '../support/local-server.ts'
import { isWhole, sampled } from '../support/sampling.ts'
import { projectRoot } from '../support/shared-data.ts'
import { staticDepot } from '../support/static-depot.ts'
import { copyTree, wholeTree } from '../support/whole-tree.ts'

const program = join(projectRoot, 'dist', 'bin', 'pkg6.cjs')
if (!existsSync(program)) process.stderr.write('skipped: the program has not been built\n')
const metadata = '.org.opensolaris,pkg'

let folder = ''
let depot: RequestListener
let server: LocalServer
/** Told of every request; true: it gets no answer. */
let stall: (url: string) => boolean = () => false

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

function start(...words: readonly string[]): { process: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text) => (stdout += String(text)))
  child.stderr.on('data', (text) => (stderr += String(text)))
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return { process: child, ended }
}

const run = (...words: readonly string[]): Promise<Ended> => start(...words).ended

beforeAll(async () => {
  if (!existsSync(program)) return
  folder = mkdtempSync(join(tmpdir(), 'pkg6-signals-'))
  await publishBulkRepository(join(folder, 'repo'), { parts: 2, filesPerPart: 40 })
  depot = staticDepot(join(folder, 'repo'), { prefixed: true, publisher: 'bulk' })
  server = await startServer((request, response) => {
    if (!stall(request.url ?? '')) depot(request, response)
  })
  const made = await run('image-create', '-p', server.uri, 'pristine')
  expect(made, made.stderr).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await server?.close()
  if (folder !== '') rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  if (folder !== '') copyTree(join(folder, 'pristine'), join(folder, 'image'))
})
afterEach(() => {
  stall = () => false
  if (folder !== '') rmSync(join(folder, 'image'), { recursive: true, force: true })
})

/** Everything but history and caches that are complete files: of the payload cache only what is half there counts. */
function state(): readonly string[] {
  return wholeTree(
    join(folder, 'image'),
    (path) =>
      new RegExp(
        `^${metadata}/(history|cache|modified|reserve|publisher/[^/]+/(origins|last_refreshed))`,
      ).test(path) || /\/file(\/[0-9a-f]{2}(\/[0-9a-f]{40})?)?$/.test(path),
  )
}

async function lastRecord(): Promise<string> {
  const history = await run('-R', 'image', 'history', '-H', '-o', 'operation,outcome')
  expect(history.code, history.stderr).toBe(0)
  return history.stdout.trim().split('\n').at(-1)!.replace(/\s+/g, ' ')
}

describe.skipIf(!existsSync(program))('a signal', () => {
  it.each(sampled<NodeJS.Signals[]>(['SIGINT', 'SIGHUP'], ['SIGINT', 'SIGTERM', 'SIGHUP']))(
    '%s during the download ends the command, and leaves nothing half done',
    async (signal) => {
      const before = state()
      let asked = 0
      const running = start('-R', 'image', 'install', 'bulk/all@1')
      stall = (url) => {
        if (!url.includes('/file/')) return false
        asked += 1
        // Some are there by then, some are under way.
        if (asked === 20) running.process.kill(signal)
        return asked > 10
      }
      const ended = await running.ended
      expect(ended).toMatchObject({ code: 1, signal: null })
      expect(ended.stderr).toMatch(/\nCanceled\.\n$/)
      stall = () => false
      expect(state()).toEqual(before)
      expect(readdirSync(join(folder, 'image', metadata)).filter((name) => name.startsWith('lock'))).toEqual(
        [],
      )
      expect(await lastRecord()).toBe('install Canceled')
      // In a sample the image is used again after one of them.
      if (!isWhole && signal !== 'SIGINT') return
      const again = await run('-R', 'image', 'install', 'bulk/all@1')
      expect(again, again.stderr).toMatchObject({ code: 0 })
    },
  )

  it('while files are staged or placed undoes all, or comes too late for that', async () => {
    const before = state()
    const running = start('-R', 'image', 'install', 'bulk/all@1')
    const metadataFolder = join(folder, 'image', metadata)
    const timer = setInterval(() => {
      if (readdirSync(metadataFolder).some((name) => /^(stage|journal)/.test(name)))
        running.process.kill('SIGINT')
    }, 1)
    const ended = await running.ended
    clearInterval(timer)
    const names = readdirSync(metadataFolder)
    expect(names.filter((name) => /^(stage|journal|lock)/.test(name))).toEqual([])
    if (ended.code === 0) expect(await lastRecord()).toBe('install Succeeded')
    else {
      expect(ended).toMatchObject({ code: 1, signal: null })
      expect(ended.stderr).toMatch(/cancel/i)
      expect(state()).toEqual(before)
      expect(await lastRecord()).toBe('install Canceled')
    }
    const verified = await run('-R', 'image', 'verify')
    expect(verified.code, verified.stdout).toBe(0)
  })

  it.each(
    sampled(['its reader goes away later'], ['its reader goes away at once', 'its reader goes away later']),
  )('output is lost like by a signal: %s', async (when) => {
    const before = state()
    const running = start('-R', 'image', 'install', 'bulk/all@1')
    const wanted = when.endsWith('later') ? 'Actions' : ''
    running.process.stdout?.on('data', (text) => {
      if (String(text).includes(wanted)) running.process.stdout?.destroy()
    })
    const ended = await running.ended
    expect([0, 1]).toContain(ended.code)
    const names = readdirSync(join(folder, 'image', metadata))
    expect(names.filter((name) => /^(stage|journal|lock)/.test(name))).toEqual([])
    if (ended.code === 1) expect(state()).toEqual(before)
    expect((await run('-R', 'image', 'verify')).code).toBe(0)
  })

  it('leaves neither half an image nor half an export', async () => {
    for (const words of [
      ['image-create', '-p', server.uri, 'deep/new'],
      ['image-export', '--format', 'tar', '-o', 'out.tar', '-p', server.uri, 'bulk/all@1'],
    ]) {
      const before = readdirSync(folder).sort()
      const running = start(...words)
      const isExport = words[0] === 'image-export'
      stall = (url) => {
        const last = url.includes(isExport ? '/file/' : '/catalog/')
        if (last) running.process.kill('SIGTERM')
        return last
      }
      expect(await running.ended).toMatchObject({ code: 1, signal: null })
      stall = () => false
      expect(readdirSync(folder).sort()).toEqual(before)
    }
  })
})
