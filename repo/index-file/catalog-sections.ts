import { crc32 } from 'node:zlib'
import type { Column } from '#model'

/**
 * The container of the index file: columns of numbers and byte blobs behind one header with a checksum. A column lies in the
 * file as it is used, in the narrowest array that holds its numbers, so opening neither copies nor touches it. Little-endian.
 */
export interface Sections {
  /** By position in the writer's list. */
  readonly columns: readonly Column[]
  readonly blobs: readonly Uint8Array[]
}

/** Input of `encodeSections`. */
export interface SectionsInput {
  readonly stamp: string
  readonly columns: readonly Column[]
  readonly blobs: readonly Uint8Array[]
}

const magic = [0x36474b50, 0x58444943] as const
/** Grows when the meaning of a section changes; files of another version count as stale. */
export const indexFormatVersion = 2
const headerWords = 8
const tableWords = 4

interface ColumnKind {
  readonly BYTES_PER_ELEMENT: number
  new (length: number): Column
  new (buffer: ArrayBufferLike, offset: number, length: number): Column
  from(values: Column): Column
}

/** Arrays a column may be, by the code of the section table. */
const kinds: readonly ColumnKind[] = [Uint8Array, Int8Array, Uint16Array, Int16Array, Int32Array]
const lowest = [0, -0x80, 0, -0x8000, -0x80000000] as const
const highest = [0xff, 0x7f, 0xffff, 0x7fff, 0x7fffffff] as const
/** Added to the code where all numbers are the same: only that number is stored. */
const constantBit = 0x100

/** Sections start at addresses that suit every kind of array. */
function align(bytes: number): number {
  return (bytes + 3) & ~3
}

interface Packed {
  readonly bytes: Uint8Array
  readonly count: number
  readonly code: number
  /** The number of a constant column. */
  readonly value: number
}

function pack(values: Column): Packed {
  const count = values.length
  let low = count === 0 ? 0 : values[0]!
  let high = low
  for (let i = 1; i < count; i++) {
    const value = values[i]!
    if (value < low) low = value
    else if (value > high) high = value
  }
  const code = kinds.findIndex((_, index) => low >= lowest[index]! && high <= highest[index]!)
  if (low === high) return { bytes: new Uint8Array(), count, code: code | constantBit, value: low }
  const { buffer } = kinds[code]!.from(values)
  return { bytes: new Uint8Array(buffer), count, code, value: 0 }
}

/** The bytes of an index file. */
export function encodeSections(input: SectionsInput): Uint8Array {
  const stamp = Buffer.from(input.stamp, 'utf8')
  const packed = [
    ...input.columns.map(pack),
    ...input.blobs.map((bytes) => ({ bytes, count: bytes.length, code: 0, value: 0 })),
  ]
  const tableStart = headerWords * 4
  const stampStart = tableStart + packed.length * tableWords * 4
  const contentStart = stampStart + align(stamp.length)
  const total = packed.reduce((sum, section) => sum + align(section.bytes.length), contentStart)
  const file = new Uint8Array(total)
  const words = new Int32Array(file.buffer)
  words[0] = magic[0]
  words[1] = magic[1]
  words[2] = indexFormatVersion
  words[4] = total
  words[5] = stamp.length
  words[6] = input.columns.length
  words[7] = input.blobs.length
  file.set(stamp, stampStart)
  let offset = contentStart
  packed.forEach((section, index) => {
    const row = headerWords + index * tableWords
    words[row] = offset
    words[row + 1] = section.count
    words[row + 2] = section.code
    words[row + 3] = section.value
    file.set(section.bytes, offset)
    offset += align(section.bytes.length)
  })
  words[3] = crc32(file.subarray(16))
  return file
}

/**
 * Opens an index file of exactly the given numbers of columns and blobs. `stale`: another stamp or format version;
 * `damaged`: not such a file, cut off, or the checksum does not fit. Never throws.
 */
export function openSections(
  bytes: Uint8Array,
  expectedStamp: string,
  columnCount: number,
  blobCount: number,
): Sections | 'stale' | 'damaged' {
  const file = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  if (file.length < headerWords * 4 || file.length % 4 !== 0) return 'damaged'
  const words = new Int32Array(file.buffer, file.byteOffset, file.length >> 2)
  if (words[0] !== magic[0] || words[1] !== magic[1]) return 'damaged'
  if (words[2] !== indexFormatVersion) return 'stale'
  const sectionCount = columnCount + blobCount
  const stampStart = (headerWords + sectionCount * tableWords) * 4
  const stampLength = words[5]!
  if (words[4] !== file.length || words[6] !== columnCount || words[7] !== blobCount) return 'damaged'
  if (stampLength < 0 || stampStart + stampLength > file.length) return 'damaged'
  const stamp = Buffer.from(file.buffer, file.byteOffset + stampStart, stampLength).toString('utf8')
  if (stamp !== expectedStamp) return 'stale'
  if (words[3] !== (crc32(file.subarray(16)) | 0)) return 'damaged'
  const columns: Column[] = []
  const blobs: Uint8Array[] = []
  for (let index = 0; index < sectionCount; index++) {
    const row = headerWords + index * tableWords
    const values = view(file, words.subarray(row, row + tableWords))
    if (values === undefined) return 'damaged'
    if (index < columnCount) columns.push(values)
    else if (values instanceof Uint8Array) blobs.push(values)
    else return 'damaged'
  }
  return { columns, blobs }
}

/** Longest column that a catalog may have; a constant one takes no bytes, so its count needs a bound of its own. */
const maximumCount = 1 << 27

/** The array that a row of the section table tells of; undefined where it cannot be. */
function view(file: Uint8Array, row: Int32Array): Column | undefined {
  const [offset = 0, count = 0, code = 0, value = 0] = row
  const kind = kinds[code & ~constantBit]
  if (kind === undefined || count < 0 || count > maximumCount) return undefined
  if ((code & constantBit) !== 0) {
    const values = new kind(count)
    // New arrays are all zero, and cost nothing until they are read.
    return value === 0 ? values : values.fill(value)
  }
  if (offset < 0 || offset % 4 !== 0 || offset + count * kind.BYTES_PER_ELEMENT > file.length)
    return undefined
  return new kind(file.buffer, file.byteOffset + offset, count)
}
