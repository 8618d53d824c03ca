import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNodeFilesystem } from '../../../cli/platform/node-filesystem.ts'
import { bestHold, type Hold } from '../../../cli/platform/pin-directory.ts'

let folder = ''
const start = process.cwd()
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pkg6-pin-')))
  for (const name of ['inside', 'outside', 'stage']) mkdirSync(join(folder, name))
})
afterEach(() => {
  if (isMainThread) process.chdir(start)
  rmSync(folder, { recursive: true, force: true })
})

const at = (...path: readonly string[]): string => join(folder, ...path)
const holds: readonly Hold[] = [
  ...(existsSync('/proc/self/fd') ? (['descriptor'] as const) : []),
  ...(isMainThread ? (['working directory'] as const) : []),
]
if (holds.length < 2) process.stderr.write(`skipped: here directories are held only ${holds.join()}\n`)

/** Puts a link to the outside where the directory was. */
function swap(): void {
  renameSync(at('inside'), at('away'))
  symlinkSync(at('outside'), at('inside'))
}

describe.each(holds)('a directory held by %s', (hold) => {
  it('is changed, whatever its name leads to meanwhile', () => {
    const filesystem = createNodeFilesystem(hold)
    filesystem.createFile(at('stage', 'new'), [], { mode: 0o644, fsync: false })
    filesystem.createFile(at('inside', 'old'), [], { mode: 0o644, fsync: false })
    const held = filesystem.pinDirectory(at('inside'))
    expect(held.realPath).toBe(at('inside'))
    swap()
    filesystem.rename(at('stage', 'new'), `${held.path}/placed`)
    filesystem.rename(`${held.path}/old`, at('stage', 'old'))
    filesystem.makeDirectory(`${held.path}/made`, 0o700)
    filesystem.setMode(`${held.path}/placed`, 0o600)
    expect(() => filesystem.removeDirectory(`${held.path}/none`)).toThrow(`${at('inside')}/none: ENOENT`)
    held.release()
    held.release()
    expect(readdirSync(at('away')).sort()).toEqual(['made', 'placed'])
    expect(readdirSync(at('outside'))).toEqual([])
    expect(readdirSync(at('stage'))).toEqual(['old'])
    expect(process.cwd()).toBe(start)
  })

  it('tells where it really is when its name is a link', () => {
    swap()
    const held = createNodeFilesystem(hold).pinDirectory(at('inside'))
    expect(held.realPath).toBe(at('outside'))
    held.release()
    expect(() => createNodeFilesystem(hold).pinDirectory(at('none'))).toThrow('ENOENT')
    expect(process.cwd()).toBe(start)
  })
})

describe.runIf(isMainThread)('the process that stands in a directory', () => {
  const filesystem = createNodeFilesystem('working directory')
  it('goes to the root where the place it came from is gone', () => {
    mkdirSync(at('gone'))
    process.chdir(at('gone'))
    const held = filesystem.pinDirectory(at('inside'))
    rmSync(at('gone'), { recursive: true })
    held.release()
    expect(process.cwd()).toBe('/')
  })
  it('holds one directory at a time', () => {
    const first = filesystem.pinDirectory(at('inside'))
    const second = filesystem.pinDirectory(at('outside'))
    expect([first.path, second.path]).toEqual(['.', at('outside')])
    second.release()
    expect(process.cwd()).toBe(at('inside'))
    first.release()
    expect(process.cwd()).toBe(start)
  })
})

it('is what a system that is not Linux does, but for its other threads', () => {
  expect(bestHold('linux', true)).toBe('descriptor')
  expect(bestHold('sunos', true)).toBe('working directory')
  expect(bestHold('darwin', true)).toBe('working directory')
  expect(bestHold('sunos', false)).toBe('name')
  expect(bestHold('win32', true)).toBe('name')
})
