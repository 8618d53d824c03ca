import { err, type Filesystem, type ImageGeneration, ok, type Result } from '#model'
import { pathFault } from './image-path.ts'
import type { InstallerProblem } from './problems.ts'
import type { DisplacingStep, PlacingStep } from './steps.ts'

/** What a run is going to do, written and flushed before its first visible change. */
export interface Journal {
  readonly format: 1
  /** Names the run and its stage. */
  readonly operation: string
  readonly base: ImageGeneration
  readonly displacing: readonly DisplacingStep[]
  readonly placing: readonly PlacingStep[]
}

/** How far a run got: marks are appended and flushed as it goes. */
export type Mark = 'placing' | 'unplaced'

/** Path of the journal. */
export function journalPath(metadata: string): string {
  return `${metadata}/journal`
}

/** Directory of everything staged and retired, one subdirectory a run. */
export function stagePath(metadata: string): string {
  return `${metadata}/stage`
}

function* journalText(journal: Journal): Generator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify(journal)}\n`)
}

/** Makes the intent durable in one step: a journal is there whole or not at all. */
export function writeJournal(filesystem: Filesystem, metadata: string, journal: Journal): void {
  const path = journalPath(metadata)
  if (filesystem.lstat(`${path}.new`) !== undefined) filesystem.unlink(`${path}.new`)
  filesystem.createFile(`${path}.new`, journalText(journal), { mode: 0o600, fsync: true })
  filesystem.rename(`${path}.new`, path)
  filesystem.sync(metadata)
}

/** Appends a mark and flushes it. It begins a line of its own: what a crash cut off before it must not become part of it. */
export function markJournal(filesystem: Filesystem, metadata: string, mark: Mark): void {
  filesystem.appendFile(journalPath(metadata), Buffer.from(`\n${mark}\n`), { fsync: true })
}

/** Forgets the run; from here on its stage is rubbish. */
export function removeJournal(filesystem: Filesystem, metadata: string): void {
  filesystem.unlink(journalPath(metadata))
  filesystem.sync(metadata)
}

function record(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}

const stageName = /^(old|new)\/[0-9]{1,9}$/
const stageNames: Readonly<Record<string, readonly string[]>> = {
  displace: ['to'],
  'displace-tree': ['to'],
  place: ['from'],
  'place-tree': ['from'],
  rehome: ['from'],
}

function isOwnership(value: ReadonlyMap<string, unknown>): boolean {
  return ['mode', 'uid', 'gid'].every((name) => Number.isSafeInteger(value.get(name)))
}

function isContent(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (inside) =>
        typeof inside === 'string' &&
        pathFault(inside.endsWith('/') ? inside.slice(0, -1) : inside) === undefined,
    )
  )
}

/** A journal that was damaged must not send recovery outside the image. */
function isStep(value: unknown, kinds: readonly string[]): boolean {
  const step = record(value)
  const kind = step.get('do')
  const path = step.get('path')
  if (typeof kind !== 'string' || !kinds.includes(kind) || typeof path !== 'string') return false
  if (pathFault(path) !== undefined && !(path === '' && kind === 'attributes')) return false
  for (const name of stageNames[kind] ?? []) {
    const text = step.get(name)
    if (typeof text !== 'string' || !stageName.test(text)) return false
  }
  if (kind.endsWith('-tree') && !isContent(step.get('content'))) return false
  const backup = step.get('backup')
  if (backup !== undefined && (typeof backup !== 'string' || !stageName.test(backup))) return false
  if (kind === 'attributes')
    return isOwnership(record(step.get('before'))) && isOwnership(record(step.get('after')))
  return kind.endsWith('directory') ? isOwnership(step) : true
}

const displacingKinds = ['displace', 'remove-directory', 'displace-tree']
const placingKinds = ['make-directory', 'place', 'place-tree', 'rehome', 'attributes']

function isJournal(value: unknown): value is Journal {
  const journal = record(value)
  const displacing = journal.get('displacing')
  const placing = journal.get('placing')
  const operation = journal.get('operation')
  return (
    journal.get('format') === 1 &&
    typeof operation === 'string' &&
    /^[0-9A-Za-z-]+$/.test(operation) &&
    Number.isSafeInteger(journal.get('base')) &&
    Array.isArray(displacing) &&
    displacing.every((step) => isStep(step, displacingKinds)) &&
    Array.isArray(placing) &&
    placing.every((step) => isStep(step, placingKinds))
  )
}

/** Reads the journal and its marks; undefined when there is none. Problem: `bad_journal`. */
export function readJournal(
  filesystem: Filesystem,
  metadata: string,
): Result<{ readonly journal: Journal; readonly marks: ReadonlySet<string> } | undefined, InstallerProblem> {
  const path = journalPath(metadata)
  if (filesystem.lstat(path) === undefined) return ok(undefined)
  const lines = Buffer.from(filesystem.readFile(path)).toString('utf8').split('\n')
  // The last piece has no line end: nothing, or a mark that was cut off while it was written.
  const whole = lines.slice(0, -1)
  try {
    const journal: unknown = JSON.parse(whole[0] ?? '')
    if (isJournal(journal)) return ok({ journal, marks: new Set(whole.slice(1)) })
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return err({ code: 'ips::installer_error::bad_journal', path })
}
