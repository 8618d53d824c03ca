import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Digest, Filesystem } from '#model'
import { PayloadRefused, type StoredPayload, unpack } from '../../../executor/files/unpack.ts'
import { createMemoryFilesystem } from '../../support/memory-filesystem.ts'

function digestOf(subject: Digest['subject'], bytes: Uint8Array): Digest {
  return { subject, algorithm: 'sha256', hex: createHash('sha256').update(bytes).digest('hex') }
}

/** What packs badly, what packs well, and more than one piece of both. */
const content = Buffer.concat([
  ...Array.from({ length: 4000 }, (_, index) => createHash('sha512').update(String(index)).digest()),
  Buffer.alloc(3 << 20, 'text '),
])
const packed = gzipSync(content)
const whole: StoredPayload = {
  path: '/payload',
  packedSize: packed.length,
  packedDigest: digestOf('gzip', packed),
  size: content.length,
  digest: digestOf('file', content),
}
/** Without a stated size content is never unpacked in one piece. */
const stream: StoredPayload = { ...whole, size: undefined }

function run(payload: StoredPayload, stored: Uint8Array = packed): { pieces: number[]; result: unknown } {
  const fs = createMemoryFilesystem()
  fs.plant('/payload', stored)
  const pieces: Uint8Array[] = []
  try {
    for (const piece of unpack(fs, payload)) pieces.push(piece.slice())
    return { pieces: pieces.map(({ length }) => length), result: Buffer.concat(pieces).equals(content) }
  } catch (error) {
    if (!(error instanceof PayloadRefused)) throw error
    return { pieces: pieces.map(({ length }) => length), result: error.fault }
  }
}

describe('unpacking a payload', () => {
  it('gives small content in one piece and other content in many', () => {
    expect(run(whole)).toEqual({ pieces: [content.length], result: true })
    const { pieces, result } = run(stream)
    expect(result).toBe(true)
    expect(pieces.length).toBeGreaterThan(10)
  })
  const bomb = gzipSync(Buffer.alloc(32 << 20))
  const otherDigest = { subject: 'file', algorithm: 'sha256', hex: '0'.repeat(64) } as const
  const unchecked = { packedSize: undefined, packedDigest: undefined }
  const bad = (expected: string, found: unknown) => ({ kind: 'bad', expected, found })
  it.each<[string, StoredPayload, Uint8Array, unknown]>([
    ['missing', { ...whole, path: '/none' }, packed, { kind: 'missing' }],
    ['a folder', { ...whole, path: '/' }, packed, { kind: 'missing' }],
    [
      'of another stored size',
      { ...whole, packedSize: 1 },
      packed,
      bad('1 bytes stored', `${packed.length} bytes`),
    ],
    [
      'of another stored form',
      { ...stream, packedDigest: otherDigest },
      packed,
      bad(`file:sha256:${otherDigest.hex}`, whole.packedDigest?.hex),
    ],
    [
      'of other content',
      { ...stream, digest: otherDigest },
      packed,
      bad(`file:sha256:${otherDigest.hex}`, whole.digest?.hex),
    ],
    [
      'without a digest',
      { ...whole, digest: undefined },
      packed,
      bad('a digest of the content', 'no known digest'),
    ],
    [
      'no gzip file',
      { ...stream, ...unchecked },
      Buffer.from('plain text'),
      bad('a gzip stream', expect.any(String)),
    ],
    [
      'cut off',
      { ...stream, ...unchecked },
      packed.subarray(0, -20),
      bad(expect.any(String) as string, expect.any(String)),
    ],
    [
      'empty',
      { ...stream, ...unchecked },
      Buffer.alloc(0),
      bad(expect.any(String) as string, expect.any(String)),
    ],
    [
      'larger than stated',
      { ...whole, ...unchecked, size: 1 << 25 },
      gzipSync(Buffer.alloc((1 << 25) + 1)),
      bad(`${1 << 25} bytes`, `${(1 << 25) + 1} bytes`),
    ],
  ])('refuses one that is %s', (_title, payload, stored, fault) => {
    expect(run(payload, stored).result).toEqual(fault)
  })
  it.each([
    ['in one piece', whole],
    ['in many', stream],
  ])('reads no more than there was when it looked, %s', (_how, payload) => {
    const fs = createMemoryFilesystem()
    const swapped = Buffer.concat([packed, Buffer.alloc(64 << 20)])
    fs.plant('/payload', swapped)
    let read = 0
    const watched: Filesystem = {
      ...fs,
      lstat: (path) => ({ ...fs.lstat(path)!, size: packed.length }),
      readFile(path, limit) {
        const bytes = fs.readFile(path, limit)
        read += bytes.length
        return bytes
      },
      *readChunks(path) {
        for (const chunk of fs.readChunks(path)) {
          read += chunk.length
          yield chunk
        }
      },
    }
    let fault: unknown
    try {
      for (const _piece of unpack(watched, payload));
    } catch (error) {
      fault = error instanceof PayloadRefused ? error.fault : error
    }
    expect(fault).toEqual(bad(`${packed.length} bytes stored`, 'more'))
    expect(read).toBeLessThan(packed.length + (2 << 20))
  })
  it('holds a bomb only in pieces of 17 MB', () => {
    const { pieces, result } = run({ ...stream, ...unchecked }, bomb)
    expect(result).toMatchObject({ kind: 'bad' })
    expect(Math.max(...pieces)).toBeLessThan(17e6)
    const stated = run({ ...whole, ...unchecked, size: 20 << 20 }, bomb)
    expect(stated.result).toMatchObject({ kind: 'bad', expected: `${20 << 20} bytes` })
    expect(stated.pieces.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(20 << 20)
  })
})
