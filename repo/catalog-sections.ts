import { crc32 } from 'node:zlib'

/**
 * The container of the index file: named columns of 32-bit numbers and named byte blobs behind one header with a
 * checksum. A column is stored with as few bytes a number as its range needs (0 to 4); columns that only grow are
 * stored as differences. Little-endian.
 */
export interface Sections {
  /** By position in the writer's list. */
  readonly columns: readonly Int32Array[]
  readonly blobs: readonly Uint8Array[]
}

/** What the writer puts in: `growing` columns are non-decreasing and never negative. */
export interface SectionsInput {
  readonly stamp: string
  readonly columns: readonly { readonly values: Int32Array; readonly growing: boolean }[]
  readonly blobs: readonly Uint8Array[]
}

const magic = [0x36474b50, 0x58444943] as const
/** Grows when the meaning of a section changes; files of another version count as stale. */
export const indexFormatVersion = 1
const headerWords = 8
const tableWords = 5
const growingBit = 0x100

/** Bytes of one number by width code; code 3 is a plane of low halves followed by a plane of third bytes. */
function packedLength(width: number, count: number): number {
  if (width === 3) return align(count * 2) + count
  return width * count
}

function align(bytes: number): number {
  return (bytes + 3) & ~3
}

interface Packed {
  readonly bytes: Uint8Array
  readonly count: number
  readonly width: number
  readonly base: number
  readonly growing: boolean
}

function pack(values: Int32Array, growing: boolean): Packed {
  const count = values.length
  const numbers = growing ? differences(values) : values
  let low = count === 0 ? 0 : numbers[0]!
  let high = low
  for (let i = 1; i < count; i++) {
    const value = numbers[i]!
    if (value < low) low = value
    else if (value > high) high = value
  }
  const range = high - low
  const width = range === 0 ? 0 : range < 0x100 ? 1 : range < 0x10000 ? 2 : range < 0x1000000 ? 3 : 4
  const base = width === 4 ? 0 : low
  const bytes = new Uint8Array(packedLength(width, count))
  if (width === 1) for (let i = 0; i < count; i++) bytes[i] = numbers[i]! - base
  else if (width === 2) {
    const halves = new Uint16Array(bytes.buffer)
    for (let i = 0; i < count; i++) halves[i] = numbers[i]! - base
  } else if (width === 3) {
    const halves = new Uint16Array(bytes.buffer, 0, count)
    const third = align(count * 2)
    for (let i = 0; i < count; i++) {
      const value = numbers[i]! - base
      halves[i] = value & 0xffff
      bytes[third + i] = value >>> 16
    }
  } else if (width === 4) new Int32Array(bytes.buffer).set(numbers)
  return { bytes, count, width, base, growing }
}

function differences(values: Int32Array): Int32Array {
  const result = new Int32Array(values.length)
  let last = 0
  for (let i = 0; i < values.length; i++) {
    result[i] = values[i]! - last
    last = values[i]!
  }
  return result
}

/** The bytes of an index file. */
export function encodeSections(input: SectionsInput): Uint8Array {
  const stamp = Buffer.from(input.stamp, 'utf8')
  const packed = [
    ...input.columns.map((column) => pack(column.values, column.growing)),
    ...input.blobs.map((bytes) => ({ bytes, count: bytes.length, width: 1, base: 0, growing: false })),
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
    words[row + 1] = section.bytes.length
    words[row + 2] = section.count
    words[row + 3] = section.width | (section.growing ? growingBit : 0)
    words[row + 4] = section.base
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
  const columns: Int32Array[] = []
  const blobs: Uint8Array[] = []
  for (let index = 0; index < sectionCount; index++) {
    const row = headerWords + index * tableWords
    const section = {
      offset: words[row]!,
      length: words[row + 1]!,
      count: words[row + 2]!,
      width: words[row + 3]! & 0xff,
      growing: (words[row + 3]! & growingBit) !== 0,
      base: words[row + 4]!,
    }
    if (!fits(section, file.length)) return 'damaged'
    if (index >= columnCount) blobs.push(file.subarray(section.offset, section.offset + section.length))
    else {
      const values = unpack(file, section)
      if (section.growing && !accumulate(values)) return 'damaged'
      columns.push(values)
    }
  }
  return { columns, blobs }
}

interface SectionRow {
  readonly offset: number
  readonly length: number
  readonly count: number
  readonly width: number
  readonly growing: boolean
  readonly base: number
}

/** Widest table that a catalog may have; a constant column takes no bytes, so its count needs a bound of its own. */
const maximumCount = 1 << 27

function fits(section: SectionRow, fileLength: number): boolean {
  const { offset, length, count, width } = section
  if (offset < 0 || offset % 4 !== 0 || length < 0 || count < 0 || count > maximumCount || width > 4)
    return false
  return length === packedLength(width, count) && offset + length <= fileLength
}

function unpack(file: Uint8Array, section: SectionRow): Int32Array {
  const { count, width, base, growing } = section
  const offset = file.byteOffset + section.offset
  if (width === 4) {
    const view = new Int32Array(file.buffer, offset, count)
    return growing ? view.slice() : view
  }
  const values = new Int32Array(count)
  if (width === 1) values.set(new Uint8Array(file.buffer, offset, count))
  else if (width === 2) values.set(new Uint16Array(file.buffer, offset, count))
  else if (width === 3) {
    const third = new Uint8Array(file.buffer, offset + align(count * 2), count)
    joinPlanes(values, new Uint16Array(file.buffer, offset, count), third)
  }
  if (base !== 0) raise(values, base)
  return values
}

// One loop with one kind of array a function: they run once in a process, and so are compiled while they run.
function joinPlanes(values: Int32Array, halves: Uint16Array, third: Uint8Array): void {
  for (let i = 0; i < values.length; i++) values[i] = halves[i]! | (third[i]! << 16)
}

function raise(values: Int32Array, base: number): void {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! + base
}

/** Turns differences into sums in place; false when they fall or run over. */
function accumulate(values: Int32Array): boolean {
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    const step = values[i]!
    sum += step
    if (step < 0 || sum > 0x7fffffff) return false
    values[i] = sum
  }
  return true
}
