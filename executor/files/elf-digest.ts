import type { DigestAlgorithm } from '#model'
import { startDigest } from './content-digest.ts'

/** Sections that builds change without changing the program. Source: manifest-and-actions §4. */
const leftOut: ReadonlySet<string> = new Set([
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
])
const NOBITS = 8
const MAGIC = 0x7f454c46
const IN_FIRST_SECTION = 0xffff
/** One more than the longest name that is left out, with its end. */
const LONGEST_NAME = 17

/** Where the fields are: in the file header, and in a section header. */
const narrow = {
  header: 52,
  sectionTable: 32,
  sectionSize: 46,
  sectionCount: 48,
  nameSection: 50,
  offset: 16,
  size: 20,
  link: 24,
  sectionLength: 40,
  wide: false,
}
const wide: typeof narrow = {
  header: 64,
  sectionTable: 40,
  sectionSize: 58,
  sectionCount: 60,
  nameSection: 62,
  offset: 24,
  size: 32,
  link: 40,
  sectionLength: 64,
  wide: true,
}

/** Throws `RangeError` where the file is shorter than its headers state. */
function hashSections(bytes: Uint8Array, algorithm: DigestAlgorithm): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const form = [narrow, wide][bytes[4]! - 1]
  const order = bytes[5]
  if (view.getUint32(0) !== MAGIC || form === undefined || (order !== 1 && order !== 2)) return undefined
  const little = order === 1
  const half = (at: number): number => view.getUint16(at, little)
  const word = (at: number): number => view.getUint32(at, little)
  const long = (at: number): number => (form.wide ? Number(view.getBigUint64(at, little)) : word(at))
  const table = long(form.sectionTable)
  const step = half(form.sectionSize)
  if (table < form.header || step < form.sectionLength) return undefined
  // More sections than the header has room for are counted in the first, empty one.
  const count = half(form.sectionCount) || long(table + form.size)
  const named = half(form.nameSection)
  const names = table + (named === IN_FIRST_SECTION ? word(table + form.link) : named) * step
  const [nameStart, nameEnd] = [
    long(names + form.offset),
    long(names + form.offset) + long(names + form.size),
  ]
  if (nameEnd > bytes.length || table + count * step > bytes.length) return undefined
  const hash = startDigest(algorithm)
  let left = bytes.length
  for (let index = 1; index < count; index++) {
    const section = table + index * step
    const nameAt = nameStart + word(section)
    if (nameAt >= nameEnd) return undefined
    const name = Buffer.from(bytes.subarray(nameAt, Math.min(nameEnd, nameAt + LONGEST_NAME)))
    if (leftOut.has(name.toString('latin1').replace(/\0.*$/s, ''))) continue
    const size = long(section + form.size)
    if (word(section + 4) === NOBITS) {
      const text = new DataView(new ArrayBuffer(8))
      text.setBigUint64(0, BigInt(size))
      hash.update(new Uint8Array(text.buffer))
      continue
    }
    const offset = long(section + form.offset)
    left -= size
    // Sections that overlap are nobody's program, and hashing them would take for ever.
    if (offset + size > bytes.length || left < 0) return undefined
    hash.update(bytes.subarray(offset, offset + size))
  }
  return hash.digest('hex')
}

/**
 * Hex digest over what an ELF file is made of, without what builds change each time; undefined for anything that is no whole ELF
 * file. Looks only where the file says its sections are. Source: manifest-and-actions §4.
 */
export function digestOfElf(bytes: Uint8Array, algorithm: DigestAlgorithm): string | undefined {
  try {
    return hashSections(bytes, algorithm)
  } catch (failure) {
    if (failure instanceof RangeError) return undefined
    throw failure
  }
}
