import { join } from 'node:path'
import {
  type Filesystem,
  FilesystemError,
  formatTimestamp,
  makeDirectories,
  mostBytesOfText,
  replaceFile,
} from '#model'
import type { ProcessInfo } from '../host.ts'
import { isObject, parseJson } from '../json.ts'
import type { ImageLayout } from '../layout.ts'
import type { OperationProblem } from '../problems.ts'
import { attempt, attemptQuietly, readText } from '../storage.ts'

/** One operation on an image. Field names and values as in pkg5's records (image §7). */
export interface HistoryEntry {
  /** Name of its file without extension: start time in UTC and a number, `20261122T101112Z-01`. */
  readonly id: string
  /** `install`, `update`, `refresh-publishers`, ... */
  readonly operation: string
  readonly clientName: string
  readonly clientVersion: string
  readonly commandLine: readonly string[]
  readonly userName: string
  readonly userId: number
  /** Milliseconds since 1970-01-01 UTC. */
  readonly startTime: number
  readonly endTime: number
  readonly outcome: HistoryOutcome
  readonly reason: HistoryReason
  /** Plan text before and after; one package a line. */
  readonly startState: string | undefined
  readonly endState: string | undefined
  /** Name of the file in the folder of notes; undefined: there were none. */
  readonly releaseNotes: string | undefined
  readonly errors: readonly string[]
}

/** First half of pkg5's `result` attribute. */
export type HistoryOutcome = 'Succeeded' | 'Ignored' | 'Canceled' | 'Failed'

/** Second half of pkg5's `result` attribute. */
export type HistoryReason =
  | 'None'
  | 'Nothing to do'
  | 'Bad Request'
  | 'Configuration'
  | 'Constrained'
  | 'Locked'
  | 'Search'
  | 'Storage'
  | 'Transport'
  | 'Actuator'
  | 'Out of Memory'
  | 'Insufficient Disk Space'
  | 'Conflicting Actions'
  | 'Unknown'

/** What is known when an operation ends. */
export interface FinishedOperation {
  readonly operation: string
  readonly startTime: number
  readonly endTime: number
  /** Undefined: succeeded. */
  readonly problem: OperationProblem | undefined
  readonly startState?: string | undefined
  readonly endState?: string | undefined
  /** Lines; stored beside the record. */
  readonly releaseNotes?: readonly string[] | undefined
}

const encoder = new TextEncoder()
const fileName = /^\d{8}T\d{6}Z-\d{2}\.json$/
const notesFile = /^release-notes-\d{8}T\d{6}Z-\d{2}\.txt$/

/**
 * Writes one record; its name is claimed by exclusive creation. Failures are ignored: an operation that succeeded is not
 * failed by its record (image §7).
 */
export function recordOperation(
  filesystem: Filesystem,
  layout: Pick<ImageLayout, 'history' | 'notes'>,
  process: ProcessInfo,
  finished: FinishedOperation,
): void {
  attemptQuietly(() => {
    makeDirectories(filesystem, layout.history)
    for (let number = 1; number <= 99; number++) {
      const id = `${formatTimestamp(finished.startTime)}-${String(number).padStart(2, '0')}`
      const bytes = encoder.encode(`${JSON.stringify(makeEntry(id, process, finished), undefined, 1)}\n`)
      if (!createUnlessThere(filesystem, join(layout.history, `${id}.json`), bytes)) continue
      writeNotes(filesystem, layout.notes, id, finished.releaseNotes ?? [])
      return
    }
  })
}

/** Name of the file with the notes of a record. Source: image-plan §10. */
function notesName(id: string): string {
  return `release-notes-${id}.txt`
}

function writeNotes(filesystem: Filesystem, directory: string, id: string, lines: readonly string[]): void {
  if (lines.length === 0) return
  makeDirectories(filesystem, directory)
  replaceFile(filesystem, join(directory, notesName(id)), `${lines.join('\n')}\n`)
}

/** Lines of the release notes of a record; undefined when it has none, or they are gone. */
export function readNotes(
  filesystem: Filesystem,
  directory: string,
  entry: HistoryEntry,
): readonly string[] | undefined {
  if (entry.releaseNotes === undefined) return undefined
  const text = attempt(() => readText(filesystem, join(directory, notesName(entry.id))))
  return text.ok ? text.value?.replace(/\n$/, '').split('\n') : undefined
}

/** All records, oldest first. Files that are no records are skipped; no directory means no records. */
export function readHistory(filesystem: Filesystem, directory: string): readonly HistoryEntry[] {
  const entries: HistoryEntry[] = []
  attemptQuietly(() => {
    if (filesystem.lstat(directory)?.type !== 'directory') return
    for (const name of filesystem.readDirectory(directory)) {
      if (!fileName.test(name)) continue
      attemptQuietly(() => {
        const text = new TextDecoder().decode(filesystem.readFile(join(directory, name), mostBytesOfText))
        const entry = parseEntry(text, name.slice(0, -'.json'.length))
        if (entry !== undefined) entries.push(entry)
      })
    }
  })
  return entries
}

/** Removes all records with their notes. Throws `FilesystemError`. */
export function removeHistory(filesystem: Filesystem, layout: Pick<ImageLayout, 'history' | 'notes'>): void {
  const remove = (directory: string, names: RegExp): void => {
    if (filesystem.lstat(directory)?.type !== 'directory') return
    for (const name of filesystem.readDirectory(directory))
      if (names.test(name)) filesystem.unlink(join(directory, name))
  }
  remove(layout.history, fileName)
  remove(layout.notes, notesFile)
}

/** Why an operation failed, in the words of image §7. */
export function reasonOf(problem: OperationProblem): HistoryReason {
  const code = problem.code
  switch (code) {
    case 'ips::solver_error::no_candidates':
    case 'ips::solver_error::bad_patterns':
    case 'ips::image_error::not_packaged':
    case 'ips::image_error::bad_setting':
      return 'Bad Request'
    case 'ips::image_error::locked':
      return 'Locked'
    case 'ips::installer_error::no_space':
      return 'Insufficient Disk Space'
    case 'ips::installer_error::action_conflict':
      return 'Conflicting Actions'
    case 'ips::image_error::refresh_failed':
      return 'Transport'
    case 'ips::image_error::storage':
    case 'ips::installer_error::step_failed':
    case 'ips::installer_error::recovery_failed':
      return problem.cause.errno === 'ENOSPC' ? 'Insufficient Disk Space' : 'Storage'
    case 'ips::image_error::no_permission':
    case 'ips::image_error::read_only':
    case 'ips::image_error::unmovable_metadata':
    case 'ips::image_error::corrupt_db':
    case 'ips::image_error::missing_manifest':
    case 'ips::installer_error::rollback_failed':
    case 'ips::installer_error::unchangeable':
      return 'Storage'
    case 'ips::installer_error::commit_failed':
      return problem.cause?.errno === 'ENOSPC' ? 'Insufficient Disk Space' : 'Storage'
    case 'ips::image_error::corrupt_config':
    case 'ips::image_error::unknown_publisher':
    case 'ips::image_error::publisher_disabled':
    case 'ips::image_error::bad_property':
    case 'ips::image_error::unsupported_property':
    case 'ips::image_error::unknown_property':
    case 'ips::image_error::unknown_property_value':
    case 'ips::image_error::single_property':
    case 'ips::image_error::signature_names':
    case 'ips::image_error::bad_mediator':
      return 'Configuration'
    default:
      if (code.startsWith('ips::solver_error::')) return 'Constrained'
      if (code.startsWith('ips::repository_error::')) return 'Transport'
      return code.startsWith('ips::validation_error::') ? 'Bad Request' : 'Unknown'
  }
}

function isCanceled({ code }: OperationProblem): boolean {
  return code === 'ips::installer_error::canceled'
}

function makeEntry(id: string, process: ProcessInfo, finished: FinishedOperation): HistoryEntry {
  const { problem } = finished
  return {
    id,
    operation: finished.operation,
    clientName: process.clientName,
    clientVersion: process.clientVersion,
    commandLine: process.commandLine,
    userName: process.userName,
    userId: process.userId,
    startTime: finished.startTime,
    endTime: finished.endTime,
    outcome: problem === undefined ? 'Succeeded' : isCanceled(problem) ? 'Canceled' : 'Failed',
    reason: problem === undefined || isCanceled(problem) ? 'None' : reasonOf(problem),
    startState: finished.startState,
    endState: finished.endState,
    releaseNotes: (finished.releaseNotes ?? []).length === 0 ? undefined : notesName(id),
    errors: problem === undefined || isCanceled(problem) ? [] : [JSON.stringify(problem)],
  }
}

function createUnlessThere(filesystem: Filesystem, path: string, bytes: Uint8Array): boolean {
  try {
    filesystem.createFile(path, [bytes], { mode: 0o644, fsync: false })
    return true
  } catch (error) {
    if (error instanceof FilesystemError && error.problem.errno === 'EEXIST') return false
    throw error
  }
}

function parseEntry(text: string, id: string): HistoryEntry | undefined {
  const value = parseJson(text)
  if (!isObject(value)) return undefined
  const texts = ['operation', 'clientName', 'clientVersion', 'userName', 'outcome', 'reason']
  const numbers = ['userId', 'startTime', 'endTime']
  if (texts.some((name) => typeof value[name] !== 'string')) return undefined
  if (numbers.some((name) => typeof value[name] !== 'number')) return undefined
  const lists = [value.commandLine, value.errors]
  if (!lists.every((list) => Array.isArray(list) && list.every((item) => typeof item === 'string')))
    return undefined
  const read = value as unknown as HistoryEntry
  return {
    id,
    operation: read.operation,
    clientName: read.clientName,
    clientVersion: read.clientVersion,
    commandLine: read.commandLine,
    userName: read.userName,
    userId: read.userId,
    startTime: read.startTime,
    endTime: read.endTime,
    outcome: read.outcome,
    reason: read.reason,
    startState: typeof read.startState === 'string' ? read.startState : undefined,
    endState: typeof read.endState === 'string' ? read.endState : undefined,
    releaseNotes: read.releaseNotes === notesName(id) ? read.releaseNotes : undefined,
    errors: read.errors,
  }
}
