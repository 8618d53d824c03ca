import { createHash } from 'node:crypto'
import {
  err,
  type Filesystem,
  type ImageGeneration,
  mostBytesOfText,
  ok,
  type Result,
  replaceFile,
} from '#model'
import type { InstallerProblem } from '../problems.ts'
import { type JournalRules, journalFault } from './journal-check.ts'
import type { DisplacingStep, PlacingStep } from './steps.ts'

/** Format of the file: a line of JSON, a line with its SHA-256, then marks. */
export const journalFormat = 3
/** The format before there were stages outside the metadata folder. */
const formatOfOneStage = 2

/** All steps of a run; written and flushed before its first visible change. */
export interface Journal {
  readonly format: typeof journalFormat
  /** Names the run and its stages. */
  readonly operation: string
  /** Image paths of the stages outside the metadata folder. */
  readonly stages: readonly string[]
  readonly base: ImageGeneration
  readonly displacing: readonly DisplacingStep[]
  readonly placing: readonly PlacingStep[]
}

/** Progress of a run; each mark is appended and flushed. */
export type Mark = 'placing' | 'unplaced'

/** Path of the journal. */
export function journalPath(metadata: string): string {
  return `${metadata}/journal`
}

function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Pieces of a list in JSON; the list itself is never held as one text. */
function* listText<T>(items: Iterable<T>, textOf: (item: T) => Iterable<string>): Generator<string> {
  let before = '['
  for (const item of items) {
    yield before
    yield* textOf(item)
    before = ','
  }
  yield before === '[' ? '[]' : ']'
}

function* stepText(step: DisplacingStep | PlacingStep): Generator<string> {
  if (!('content' in step)) {
    yield JSON.stringify(step)
    return
  }
  const { content, ...rest } = step
  yield `${JSON.stringify(rest).slice(0, -1)},"content":`
  yield* listText(content, (inside) => [JSON.stringify(inside)])
  yield '}'
}

/** Characters that are collected before they are written. */
const PIECE = 1 << 16

function* journalText({ displacing, placing, ...head }: Journal): Generator<Uint8Array> {
  const hash = createHash('sha256')
  function* pieces(): Generator<string> {
    yield JSON.stringify(head).slice(0, -1)
    yield ',"displacing":'
    yield* listText(displacing, stepText)
    yield ',"placing":'
    yield* listText(placing, stepText)
    yield '}'
  }
  let waiting: string[] = []
  let size = 0
  const take = (): Uint8Array => {
    const bytes = Buffer.from(waiting.join(''))
    waiting = []
    size = 0
    return bytes
  }
  for (const piece of pieces()) {
    waiting.push(piece)
    size += piece.length
    if (size < PIECE) continue
    const bytes = take()
    hash.update(bytes)
    yield bytes
  }
  const last = take()
  yield last
  yield Buffer.from(`\n${hash.update(last).digest('hex')}\n`)
}

/** Writes the journal in one rename: it exists whole or not at all. */
export function writeJournal(filesystem: Filesystem, metadata: string, journal: Journal): void {
  replaceFile(filesystem, journalPath(metadata), journalText(journal), { mode: 0o600 })
}

/** Appends a mark and flushes it. It begins with a line end, so that an incomplete mark before it stays apart. */
export function markJournal(filesystem: Filesystem, metadata: string, mark: Mark): void {
  filesystem.appendFile(journalPath(metadata), Buffer.from(`\n${mark}\n`), { fsync: true })
}

/** Removes the journal; after that the stage has only temporary files. */
export function removeJournal(filesystem: Filesystem, metadata: string): void {
  filesystem.unlink(journalPath(metadata))
  filesystem.sync(metadata)
}

/** The complete lines of a journal; a last line without line end is an incomplete mark. */
function linesOf(filesystem: Filesystem, path: string): readonly string[] {
  return Buffer.from(filesystem.readFile(path, mostBytesOfText)).toString('utf8').split('\n').slice(0, -1)
}

/** Progress of the interrupted run; undefined: there is no journal. */
export function readMarks(filesystem: Filesystem, metadata: string): ReadonlySet<string> | undefined {
  const path = journalPath(metadata)
  return filesystem.lstat(path) === undefined ? undefined : new Set(linesOf(filesystem, path).slice(2))
}

/**
 * Reads and checks the journal and its marks; undefined: there is no journal.
 * Problem: `bad_journal`.
 */
export function readJournal(
  filesystem: Filesystem,
  metadata: string,
  rules: JournalRules,
): Result<{ readonly journal: Journal; readonly marks: ReadonlySet<string> } | undefined, InstallerProblem> {
  const path = journalPath(metadata)
  const bad = (reason: string) => err({ code: 'ips::installer_error::bad_journal', path, reason } as const)
  const status = filesystem.lstat(path)
  if (status === undefined) return ok(undefined)
  if (status.type !== 'file') return bad('it is not a regular file')
  const [text = '', checksum, ...marks] = linesOf(filesystem, path)
  const journal = parse(text)
  const format = (journal as { format?: unknown } | null | undefined)?.format
  if (Number.isInteger(format) && format !== journalFormat && format !== formatOfOneStage)
    return bad(`it has format ${String(format)}`)
  if (checksum !== checksumOf(text)) return bad('it is damaged')
  const fault = journalFault(journal, rules)
  // What passed the check has this shape.
  return fault === undefined
    ? ok({
        journal: { ...(journal as Journal), stages: (journal as Partial<Journal>).stages ?? [] },
        marks: new Set(marks),
      })
    : bad(`it has ${fault}`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
