import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
// No front door: the digest is asked for by verify alone.
import { digestOfElf } from '../../../executor/files/elf-digest.ts'
import { type SmallSection, smallElf } from '../../support/small-elf.ts'

const sha1 = (...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha1')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
const sections: readonly SmallSection[] = [
  { name: '.text', content: 'code' },
  { name: '.comment', content: 'made on Monday' },
  { name: '.bss', type: 8, content: 'x'.repeat(300) },
  { name: '.note.gnu.build-id', content: 'note' },
  { name: '.data', content: 'data' },
]
const names = '\0.text\0.comment\0.bss\0.note.gnu.build-id\0.data\0.shstrtab\0'
const size = Buffer.from([0, 0, 0, 0, 0, 0, 1, 44])

describe('ELF content', () => {
  it.each([
    [32, true],
    [32, false],
    [64, true],
    [64, false],
  ] as const)('of %d bits, little-endian %s, is its sections in order', (bits, littleEndian) => {
    const bytes = smallElf({ bits, littleEndian, sections })
    expect(digestOfElf(bytes, 'sha1')).toBe(sha1('code', size, 'note', 'data', names))
  })

  it.each([
    '.SUNW_signature',
    '.comment',
    '.SUNW_dof',
    '.debug',
    '.plt',
    '.rela.bss',
    '.rela.plt',
    '.line',
    '.note',
    '.compcom',
  ])('does not count %s', (name) => {
    const elf = (content: string) =>
      digestOfElf(smallElf({ bits: 64, littleEndian: true, sections: [{ name, content }] }), 'sha256')
    expect(elf('one')).toBe(elf('another'))
    const counted = (content: string) =>
      digestOfElf(
        smallElf({ bits: 64, littleEndian: true, sections: [{ name: `${name}x`, content }] }),
        'sha256',
      )
    expect(counted('one')).not.toBe(counted('another'))
  })

  it('is none of what is no whole ELF file', () => {
    const whole = smallElf({ bits: 64, littleEndian: true, sections })
    for (let length = 0; length < whole.length; length++)
      expect(digestOfElf(whole.subarray(0, length), 'sha1'), `${length} bytes`).toBeUndefined()
    for (const [at, value] of [
      [0, 0],
      [4, 3],
      [5, 0],
      [58, 1],
    ] as const) {
      const bytes = Buffer.from(whole)
      bytes[at] = value
      expect(digestOfElf(bytes, 'sha1'), `byte ${at}`).toBeUndefined()
    }
  })

  it('is hashed once, however many sections say they are everything', () => {
    const whole = smallElf({
      bits: 32,
      littleEndian: true,
      sections: [{ name: '.a', content: 'a'.repeat(500) }],
    })
    const table = whole.readUInt32LE(32)
    const twice = Buffer.from(whole)
    twice.writeUInt32LE(0, table + 40 + 16)
    twice.writeUInt32LE(whole.length, table + 40 + 20)
    expect(digestOfElf(twice, 'sha1')).toBeUndefined()
  })

  it.skipIf(!existsSync('/proc/self/exe'))('is found in a real program', () => {
    const bytes = readFileSync('/proc/self/exe')
    const found = digestOfElf(bytes, 'sha1')
    expect(found).toMatch(/^[0-9a-f]{40}$/)
    expect(found).not.toBe(sha1(bytes))
  })
})
