import { createHash } from 'node:crypto'
import { compareCodePoints } from '#model'
import { type CatalogJson, canonicalJson, signatureMember } from './catalog-canonical.ts'
import { type CatalogPart, emptyPart, type PartEntry } from './catalog-part.ts'
import { createPartScanner, type PartScanner } from './catalog-scan.ts'

/** Names of stems by publisher. */
export type NamedStems = ReadonlyMap<string, ReadonlySet<string>>

/** A scanner that keeps the named stems of a part, and nothing else of it; `part` is complete after `finish`. */
export function scanStems(
  base: boolean,
  wanted: NamedStems,
  batch?: number,
): { readonly scanner: PartScanner; readonly part: CatalogPart } {
  const part = emptyPart()
  let publisher = ''
  let entries: PartEntry[] | undefined
  const scanner = createPartScanner(
    base,
    {
      member(name) {
        publisher = name
      },
      stem(name) {
        entries = wanted.get(publisher)?.has(name) ? [] : undefined
        if (entries === undefined) return
        const stems = part.publishers.get(publisher) ?? new Map<string, PartEntry[]>()
        part.publishers.set(publisher, stems.set(name, entries))
      },
      entry(bytes, { start, end }) {
        entries?.push(JSON.parse(bytes.toString('latin1', start, end)) as PartEntry)
      },
    },
    batch,
  )
  return { scanner, part }
}

/**
 * A scanner that writes a part anew, with the named stems as `edited` has them (a stem that it has not is left out) and the
 * bytes of all others as they are. `finish` writes the end and gives the signature and the publishers; undefined when the
 * scanner refuses the part.
 */
export function rewritePart(
  base: boolean,
  named: NamedStems,
  edited: CatalogPart,
  write: (piece: Uint8Array) => void,
  batch?: number,
): {
  readonly scanner: PartScanner
  finish(): { readonly sha1: string; readonly publishers: readonly string[] } | undefined
} {
  const output = createOutput(write)
  const publishers: string[] = []
  const newPublishers = [...edited.publishers.keys()].sort(compareCodePoints)
  let members = 0
  let stemCount = 0
  /** The open publisher, whether its name was written, and which of its edited stems were not yet. */
  let publisher: string | undefined
  let isOpen = false
  let waiting: string[] = []
  let copying = false
  let entryCount = 0

  const openMember = (name: string): void => {
    output.text(`${members++ === 0 ? '' : ','}${canonicalJson(name)}:`)
  }
  const openPublisher = (): void => {
    if (isOpen || publisher === undefined) return
    openMember(publisher)
    output.text('{')
    publishers.push(publisher)
    isOpen = true
    stemCount = 0
  }
  const openStem = (name: string): void => {
    openPublisher()
    output.text(`${stemCount++ === 0 ? '' : ','}${canonicalJson(name)}:`)
  }
  const writeWaiting = (below: string | undefined): void => {
    while (waiting.length > 0 && (below === undefined || compareCodePoints(waiting[0]!, below) <= 0)) {
      const name = waiting.shift()!
      const entries: unknown = edited.publishers.get(publisher!)!.get(name)
      openStem(name)
      output.text(canonicalJson(entries as readonly CatalogJson[]))
    }
  }
  const closeStem = (): void => {
    if (copying) output.text(']')
    copying = false
  }
  const beginPublisher = (name: string): void => {
    publisher = name
    isOpen = false
    waiting = [...(edited.publishers.get(name)?.keys() ?? [])].sort(compareCodePoints)
    if (!named.has(name)) openPublisher()
  }
  const closePublisher = (): void => {
    closeStem()
    if (publisher === undefined) return
    writeWaiting(undefined)
    if (isOpen) output.text('}')
    publisher = undefined
  }
  const writeNewPublishers = (below: string | undefined): void => {
    while (
      newPublishers.length > 0 &&
      (below === undefined || compareCodePoints(newPublishers[0]!, below) <= 0)
    ) {
      const name = newPublishers.shift()!
      if (name === below) return
      beginPublisher(name)
      closePublisher()
    }
  }

  output.text('{')
  const scanner = createPartScanner(
    base,
    {
      member(name, metadata) {
        closePublisher()
        writeNewPublishers(name)
        if (metadata === undefined) return beginPublisher(name)
        openMember(name)
        output.text(metadata)
      },
      stem(name) {
        closeStem()
        writeWaiting(name)
        copying = named.get(publisher!)?.has(name) !== true
        if (!copying) return
        openStem(name)
        output.text('[')
        entryCount = 0
      },
      entry(bytes, { start, end }) {
        if (!copying) return
        if (entryCount++ > 0) output.text(',')
        output.bytes(bytes, start, end)
      },
    },
    batch,
  )
  return {
    scanner,
    finish() {
      if (scanner.finish() === undefined) return undefined
      closePublisher()
      writeNewPublishers(undefined)
      return { sha1: output.sign(members > 0), publishers }
    },
  }
}

const outputLength = 1 << 18

/** Buffers the output and signs it at the end. Texts are ASCII. */
function createOutput(write: (piece: Uint8Array) => void) {
  const hash = createHash('sha1')
  const room = Buffer.allocUnsafeSlow(outputLength)
  let length = 0
  const flush = (): void => {
    const piece = room.subarray(0, length)
    hash.update(piece)
    write(piece)
    length = 0
  }
  const bytes = (from: Buffer, start: number, end: number): void => {
    for (let at = start; at < end; ) {
      if (length === room.length) flush()
      const copied = from.copy(room, length, at, end)
      length += copied
      at += copied
    }
  }
  return {
    bytes,
    text(text: string): void {
      if (text.length <= room.length - length) length += room.write(text, length, 'latin1')
      else {
        const whole = Buffer.from(text, 'latin1')
        bytes(whole, 0, whole.length)
      }
    },
    sign(hasMembers: boolean): string {
      flush()
      const sha1 = hash.update('}\n').digest('hex')
      write(Buffer.from(`${hasMembers ? ',' : ''}${signatureMember(sha1)}}\n`, 'latin1'))
      return sha1
    },
  }
}
