import { createHash } from 'node:crypto'
import { compareCodePoints } from '#model'
import { type CatalogJson, canonicalJson, type SignedFile, signatureMember } from './catalog-canonical.ts'

/** Entries of a catalog file by stem, for one publisher. A list is replaced, never changed, once it has been written. */
type Stems = ReadonlyMap<string, readonly CatalogJson[]>

/** One member `"stem":[entry,entry]` of a text. */
interface Member {
  readonly name: string
  readonly list: readonly CatalogJson[]
  /** Bytes of each entry. */
  readonly sizes: readonly number[]
  /** Bytes of the member and the comma after it, which the last member lacks. */
  readonly length: number
}

/** The members of a text, ascending by name in code points. */
interface StemsText {
  readonly members: Member[]
  readonly byName: Map<string, Member>
  bytes: Buffer
}

/**
 * The last text of each list of stems. After a small change all other bytes are copied from it, because serialising a catalog takes a
 * hundred times as long as copying it, and each publication writes one.
 */
const written = new WeakMap<Stems, StemsText>()

/** Memory of the last file and of the file before it. The key is the content of the file, by publisher. */
interface FileMemory {
  last: Buffer
  before: Buffer
}

const memories = new WeakMap<ReadonlyMap<string, Stems>, FileMemory>()

/**
 * Joins pieces into one file. A piece may lie in the memory of the last file, so the result goes into the memory of the file before it. That
 * memory is reused because allocating memory for a large file costs more than copying the file.
 */
function joinPieces(publishers: ReadonlyMap<string, Stems>, pieces: readonly Buffer[]): Buffer {
  const memory = memories.get(publishers) ?? { last: Buffer.alloc(0), before: Buffer.alloc(0) }
  memories.set(publishers, memory)
  const length = sizeOf(pieces)
  const room =
    memory.before.length < length ? Buffer.allocUnsafeSlow(Math.ceil(length * 1.125)) : memory.before
  memory.before = memory.last
  memory.last = room
  let offset = 0
  for (const piece of pieces) offset += piece.copy(room, offset)
  return room.subarray(0, length)
}

/**
 * Signs a catalog file, given its metadata and its entries by publisher and stem. The second next call for the same publishers overwrites
 * the bytes. Source: catalog-v1 §3.
 */
export function signStems(
  metadata: ReadonlyMap<string, CatalogJson>,
  publishers: ReadonlyMap<string, Stems>,
): SignedFile {
  const pieces: Buffer[] = [textBytes('{')]
  const places: { readonly stems: Stems; readonly first: number; readonly end: number }[] = []
  for (const name of [...metadata.keys(), ...publishers.keys()].sort(compareCodePoints)) {
    pieces.push(textBytes(`${pieces.length === 1 ? '' : ','}${canonicalJson(name)}:`))
    const stems = publishers.get(name)
    if (stems === undefined) {
      pieces.push(textBytes(canonicalJson(metadata.get(name)!)))
      continue
    }
    const members = memberPieces(stems)
    places.push({ stems, first: pieces.length + 1, end: pieces.length + 1 + members.length })
    pieces.push(textBytes('{'))
    for (const member of members) pieces.push(member)
    pieces.push(textBytes('}'))
  }
  const separator = pieces.length === 1 ? '' : ','
  const hash = createHash('sha1')
  for (const piece of pieces) hash.update(piece)
  const sha1 = hash.update('}\n').digest('hex')
  const ending = textBytes(`${separator}${signatureMember(sha1)}}\n`)
  const bytes = joinPieces(publishers, [...pieces, ending])
  for (const { stems, first, end } of places) {
    const start = sizeOf(pieces.slice(0, first))
    written.get(stems)!.bytes = bytes.subarray(start, start + sizeOf(pieces.slice(first, end)))
  }
  return { bytes, sha1 }
}

function textBytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

const comma = textBytes(',')
const closing = textBytes(']')

function sizeOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}

/** Pieces of a list from the pieces of its items. */
function joined(runs: readonly (readonly Buffer[])[]): readonly Buffer[] {
  return runs.flatMap((run, index) => (index === 0 ? run : [comma, ...run]))
}

/** The text of stems in pieces, some of them from their last text, whose members are brought up to date. */
function memberPieces(stems: Stems): readonly Buffer[] {
  const text = written.get(stems) ?? { members: [], byName: new Map(), bytes: Buffer.alloc(0) }
  written.set(stems, text)
  const { members, byName, bytes } = text
  const runs: (readonly Buffer[])[] = []
  let place = 0
  let offset = 0
  let copied = 0
  const copyTo = (end: number): void => {
    if (end > copied) runs.push([bytes.subarray(copied, end)])
  }
  for (const name of changedNames(text, stems).sort(compareCodePoints)) {
    for (; place < members.length && compareCodePoints(members[place]!.name, name) < 0; place++)
      offset += members[place]!.length
    copyTo(offset - 1)
    const before = byName.get(name)
    const old = bytes.subarray(offset, offset + (before?.length ?? 1) - 1)
    offset += before?.length ?? 0
    copied = offset
    const list = stems.get(name)
    if (list !== undefined) runs.push(writeMember(name, list, byName, old))
    else byName.delete(name)
    const after = byName.get(name)
    if (before !== undefined) members.splice(place, 1)
    if (after !== undefined) members.splice(place++, 0, after)
  }
  copyTo(bytes.length)
  return joined(runs)
}

function changedNames({ byName }: StemsText, stems: Stems): string[] {
  const changed: string[] = []
  for (const [name, list] of stems) if (byName.get(name)?.list !== list) changed.push(name)
  if (byName.size + changed.length > stems.size)
    for (const name of byName.keys()) if (!stems.has(name)) changed.push(name)
  return changed
}

/** The pieces of a member, which is put into `byName`. Entries that its old bytes begin or end with are copied from there. */
function writeMember(
  name: string,
  list: readonly CatalogJson[],
  byName: Map<string, Member>,
  bytes: Buffer,
): readonly Buffer[] {
  const { list: old, sizes } = byName.get(name) ?? { list: [], sizes: [] }
  const shared = Math.min(old.length, list.length)
  let first = 0
  while (first < shared && old[first] === list[first]) first++
  let last = 0
  while (last < shared - first && old[old.length - 1 - last] === list[list.length - 1 - last]) last++
  const head = textBytes(`${canonicalJson(name)}:[`)
  const middle = list.slice(first, list.length - last).map((entry) => textBytes(canonicalJson(entry)))
  const before = sizes.slice(0, first)
  const after = sizes.slice(old.length - last)
  const end = bytes.length - closing.length
  const runs = [
    ...(first === 0 ? [] : [[bytes.subarray(head.length, head.length + joinedSize(before))]]),
    ...middle.map((text) => [text]),
    ...(last === 0 ? [] : [[bytes.subarray(end - joinedSize(after), end)]]),
  ]
  const pieces = [head, ...joined(runs), closing]
  const all = [...before, ...middle.map(({ length }) => length), ...after]
  byName.set(name, { name, list, sizes: all, length: sizeOf(pieces) + comma.length })
  return pieces
}

/** Bytes of entries with a comma between any two. */
function joinedSize(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size + 1, -1)
}
