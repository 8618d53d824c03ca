import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { list } from 'tar'
import { afterAll, describe, expect, it } from 'vitest'
import type { TreeEntry } from '#executor'
import { createTarWriter } from '../../../cli/platform/tar-writer.ts'

const folder = mkdtempSync(join(tmpdir(), 'pkg6-tar-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const attributes = { mode: 0o644, uid: 0, gid: 0, mtime: 1_780_304_520_999 }
const deep = `${'directory/'.repeat(30)}file`

function archive(entries: readonly TreeEntry[]): Buffer {
  const pieces: Uint8Array[] = []
  const writer = createTarWriter((bytes) => pieces.push(Uint8Array.from(bytes)))
  for (const entry of entries) writer.add(entry)
  writer.end()
  return Buffer.concat(pieces)
}

const entries: readonly TreeEntry[] = [
  { ...attributes, type: 'directory', path: 'usr', mode: 0o1777, uid: 3_000_000, gid: 2 },
  { ...attributes, type: 'file', path: 'usr/empty', content: () => new Uint8Array(0) },
  {
    ...attributes,
    type: 'file',
    path: 'usr/block',
    mode: 0o4755,
    content: () => new Uint8Array(512).fill(65),
  },
  { ...attributes, type: 'file', path: 'usr/Grüße-日本', content: () => Buffer.from('x') },
  { ...attributes, type: 'file', path: deep, content: () => Buffer.from('deep') },
  { ...attributes, type: 'link', path: 'usr/link', target: `../${deep}` },
  { ...attributes, type: 'hardlink', path: 'usr/again', to: deep },
  { ...attributes, type: 'file', path: 'usr/new\nline =\\', content: () => Buffer.from('odd') },
]

describe('createTarWriter', () => {
  it('writes what tar reads back, long and foreign names and large numbers too', async () => {
    const file = join(folder, 'all.tar')
    writeFileSync(file, archive(entries))
    const found: unknown[] = []
    await list({
      file,
      strict: true,
      onReadEntry: ({ path, type, mode, uid, size, linkpath, mtime }) => {
        found.push([path, type, mode, uid, size, linkpath ?? '', mtime?.getTime()])
      },
    })
    const time = 1_780_304_520_000
    expect(found).toEqual([
      ['usr/', 'Directory', 0o1777, 3_000_000, 0, '', time],
      ['usr/empty', 'File', 0o644, 0, 0, '', time],
      ['usr/block', 'File', 0o4755, 0, 512, '', time],
      ['usr/Grüße-日本', 'File', 0o644, 0, 1, '', time],
      [deep, 'File', 0o644, 0, 4, '', time],
      ['usr/link', 'SymbolicLink', 0o644, 0, 0, `../${deep}`, time],
      ['usr/again', 'Link', 0o644, 0, 0, deep, time],
      ['usr/new\nline =\\', 'File', 0o644, 0, 3, '', time],
    ])
  })

  it('is read by the tar command of the system', () => {
    const file = join(folder, 'system.tar')
    writeFileSync(file, archive(entries))
    const ran = spawnSync('tar', ['-tf', file, '--quoting-style=literal'], { encoding: 'utf8' })
    expect([ran.status, ran.stderr]).toEqual([0, ''])
    for (const { path } of entries) expect(ran.stdout).toContain(path)
  })

  it('gives the same bytes for the same entries', () => {
    expect(archive(entries).equals(archive(entries))).toBe(true)
  })
})
