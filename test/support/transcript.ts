import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** First line of a transcript. */
export interface TranscriptSetup {
  readonly title: string
  readonly repositories: Readonly<Record<string, string>>
  readonly image: string
  readonly env: Readonly<Record<string, string>>
}

/** One recorded command. */
export interface TranscriptCommand {
  /** Number in the file, from 1. */
  readonly number: number
  readonly cmd: readonly string[]
  readonly env: Readonly<Record<string, string | null>>
  readonly cwd: string | undefined
  readonly user: 'root' | 'nobody'
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
  readonly tree: readonly string[] | undefined
  readonly salvaged: readonly string[] | undefined
  readonly unordered: readonly ('stdout' | 'stderr')[]
  readonly also: readonly Partial<Recorded>[]
  readonly partial: boolean
}

/** What a command printed and returned. */
export interface Recorded {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface Transcript {
  readonly setup: TranscriptSetup
  readonly commands: readonly TranscriptCommand[]
}

/** Reads a transcript file. Format: the README beside the transcripts. */
export function readTranscript(path: string): Transcript {
  const [first, ...rest] = readFileSync(path, 'utf8').trim().split('\n')
  const { setup } = JSON.parse(first ?? '{}') as { setup: TranscriptSetup }
  const commands = rest.map((line, index) => {
    const raw = JSON.parse(line) as Partial<TranscriptCommand> & Pick<TranscriptCommand, 'cmd' | 'exit'>
    return {
      number: index + 1,
      cmd: raw.cmd,
      env: raw.env ?? {},
      cwd: raw.cwd,
      user: raw.user ?? 'root',
      exit: raw.exit,
      stdout: raw.stdout ?? '',
      stderr: raw.stderr ?? '',
      tree: raw.tree,
      salvaged: raw.salvaged,
      unordered: raw.unordered ?? [],
      also: raw.also ?? [],
      partial: raw.partial ?? false,
    }
  })
  return { setup, commands }
}

/** Fills the placeholders whose values are known. */
export function fill(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\{([A-Z]+)\}/g, (whole, name: string) => values.get(name) ?? whole)
}

/** Placeholders that only match. */
const patterns: ReadonlyMap<string, string> = new Map([
  ['TIME', '[^\\t\\n"]*?'],
  ['DURATION', '[0-9:.]+s?'],
  ['SPEED', '[^\\n]*?'],
  ['SIZE', '[-0-9.]+(?: [A-Za-z]+)?|null'],
  ['UUID', '[-0-9a-fA-F]+|None'],
  ['VERSION', '[^\\n]*?'],
  ['N', '[0-9]+'],
  ['PKG', '[^\\n ]*?'],
  ['TRACEBACK', '[\\s\\S]*?'],
])

/** Blanks and tabs in runs become one, those at the ends of lines none. */
export function squeeze(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(/[ \t]+/g, ' ').trim())
    .join('\n')
}

const progressLine =
  /^(?: Startup|Planning|Download| Actions|Finalize):|\.\.\. Done(?: \([^)]*\))?$|^(?:Refreshing|Retrieving|Caching) .*\.\.\.$/

/** Leaves out lines of progress; how they come and go depends on the implementation. */
export function withoutProgress(text: string): string {
  return text
    .split('\n')
    .filter((line) => !progressLine.test(line) && line.trim() !== 'Done')
    .join('\n')
    .replace(/^\n+$/, '')
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}

/** True when an actual text is the expected one, known placeholders filled, others matching. Exact where `exact`, else after squeezing. */
export function textMatches(
  expected: string,
  actual: string,
  options: { readonly exact: boolean; readonly sorted: boolean },
): boolean {
  const normal = (text: string): string => {
    const kept = options.exact ? text : squeeze(withoutProgress(text)).trimEnd()
    return options.sorted ? kept.split('\n').sort().join('\n') : kept
  }
  const wanted = normal(expected)
  const got = normal(actual)
  if (wanted === got) return true
  if (!/\{[A-Z]+\}/.test(wanted)) return false
  if (wanted.includes('{TRACEBACK}')) return patternMatches(wanted, got, options.exact)
  // Line by line: a pattern over everything would go back and forth for ever.
  const lines = wanted.split('\n')
  const found = got.split('\n')
  return (
    lines.length === found.length &&
    lines.every(
      (line, index) => line === found[index] || patternMatches(line, found[index] ?? '', options.exact),
    )
  )
}

function patternMatches(wanted: string, got: string, exact: boolean): boolean {
  const source = wanted
    .split(/(\{[A-Z]+\})/)
    .map((part) => {
      const pattern = patterns.get(part.slice(1, -1))
      return /^\{[A-Z]+\}$/.test(part) && pattern !== undefined ? `(?:${pattern})` : escapeRegExp(part)
    })
    .join('')
    // After squeezing, the padding behind a placeholder may be one blank or none.
    .replaceAll(') ', exact ? ') ' : ') ?')
  return new RegExp(`^${source}$`).test(got)
}

/** How the output of a command is compared: tables for programs and JSON exactly, text for people after squeezing. */
export function isExact(command: TranscriptCommand): boolean {
  const format = command.cmd.findIndex((word) => /^-[A-Za-z]*F$/.test(word))
  const value = command.cmd[format + 1] ?? ''
  return format >= 0 && (value === 'tsv' || value.startsWith('json')) && command.exit === 0
}

/** `--parsable` lines are compared as JSON with the same key order. */
function parsableMatches(expected: string, actual: string): boolean {
  const anySize = (text: string): string =>
    text
      .replace(/"(space-available|space-required)":(?:\{SIZE\}|null|[-0-9.e+]+)/g, '"$1":0')
      .replace(/"msg_time":"[^"]*"/g, '"msg_time":""')
  try {
    const wanted = JSON.parse(anySize(expected)) as Record<string, unknown>
    const got = JSON.parse(anySize(actual)) as Record<string, unknown>
    return JSON.stringify(wanted) === JSON.stringify(got)
  } catch {
    return false
  }
}

/** Differences between what was recorded and what came; empty when one of the recordings fits. */
export function compare(
  command: TranscriptCommand,
  actual: Recorded,
  values: ReadonlyMap<string, string>,
): readonly string[] {
  const recordings: readonly Recorded[] = [command, ...command.also.map((also) => ({ ...command, ...also }))]
  let least: string[] | undefined
  for (const recording of recordings) {
    const differences: string[] = []
    if (recording.exit !== actual.exit)
      differences.push(`exit: expected ${recording.exit}, got ${actual.exit}`)
    for (const stream of ['stdout', 'stderr'] as const) {
      const expected = fill(recording[stream], values)
      const parsable = stream === 'stdout' && /^\{"activate-be"/.test(expected)
      const same = parsable
        ? parsableMatches(expected, actual[stream])
        : textMatches(expected, actual[stream], {
            exact: stream === 'stdout' && isExact(command),
            sorted: command.unordered.includes(stream),
          })
      if (!same)
        differences.push(
          `${stream}:\n${indent('- ', show(expected, parsable || isExact(command)))}\n${indent('+ ', show(actual[stream], parsable || isExact(command)))}`,
        )
    }
    if (differences.length === 0) return []
    if (least === undefined || differences.length < least.length) least = differences
  }
  return least ?? []
}

function show(text: string, whole: boolean): string {
  return whole ? text : withoutProgress(text)
}

function indent(mark: string, text: string): string {
  return text
    .split('\n')
    .map((line) => mark + line)
    .join('\n')
}

/** The tree of an image in the form of the transcripts: outside its metadata folder, sorted by path, byte by byte. */
export function snapshotTree(root: string, metadata: readonly string[]): readonly string[] {
  const lines: { readonly path: string; readonly text: string }[] = []
  const first = new Map<string, string>()
  const paths: string[] = []
  const gather = (relative: string): void => {
    for (const name of readdirSync(join(root, relative))) {
      const path = relative === '' ? name : `${relative}/${name}`
      if (metadata.includes(path)) continue
      paths.push(path)
      if (lstatSync(join(root, path)).isDirectory()) gather(path)
    }
  }
  gather('')
  paths.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  for (const path of paths) {
    // The lock of the reference client's user database; this client keeps its own elsewhere.
    if (path.endsWith('/.pwd.lock')) continue
    const full = join(root, path)
    const status = lstatSync(full)
    const mode = (status.mode & 0o7777).toString(8).padStart(4, '0')
    const start = `${mode} ${status.uid} ${status.gid}`
    const digest = (): string => createHash('sha256').update(comparable(full, path)).digest('hex')
    if (status.isSymbolicLink()) lines.push({ path, text: `${start} link ${path} -> ${readlinkSync(full)}` })
    else if (status.isDirectory()) lines.push({ path, text: `${start} dir ${path}` })
    else if (status.isFile()) {
      const inode = `${status.dev}:${status.ino}`
      const other = first.get(inode)
      first.set(inode, other ?? path)
      lines.push({
        path,
        text:
          other === undefined
            ? `${start} file ${path} ${digest()}`
            : `${start} hardlink ${path} -> ${other} ${digest()}`,
      })
    } else
      lines.push({
        path,
        text: `${start} ${status.isFIFO() ? 'fifo' : status.isSocket() ? 'socket' : 'other'} ${path}`,
      })
  }
  return lines.map((line) => line.text)
}

/** Day of the recordings, in days since 1970-01-01 UTC: 2026-11-22. */
const recordedDay = 20_779

/** A new account's password was changed today, whatever day it is. */
function comparable(full: string, path: string): Buffer {
  const content = readFileSync(full)
  if (path !== 'etc/shadow') return content
  const today = Math.floor(Date.now() / 86_400_000)
  return Buffer.from(content.toString('latin1').replaceAll(`:${today}:`, `:${recordedDay}:`), 'latin1')
}

/** Lines of a tree that are not as recorded; a content that holds a time matches any. */
export function compareTree(expected: readonly string[], actual: readonly string[]): readonly string[] {
  const wanted = new Map(
    expected.filter((line) => !line.includes('/.pwd.lock')).map((line) => [keyOf(line), line]),
  )
  const got = new Map(actual.map((line) => [keyOf(line), line]))
  const differences: string[] = []
  for (const [key, line] of wanted) {
    const found = got.get(key)
    if (found === undefined) differences.push(`tree - ${line}`)
    else if (!new RegExp(`^${escapeRegExp(line).replaceAll('\\{TIME\\}', '.*')}$`).test(found))
      differences.push(`tree - ${line}\ntree + ${found}`)
  }
  for (const [key, line] of got) if (!wanted.has(key)) differences.push(`tree + ${line}`)
  return differences
}

function keyOf(line: string): string {
  return (
    /^\d{4} \d+ \d+ \S+ (.*?)(?: -> .*)?(?: (?:[0-9a-f]{64}|\{TIME\}))?$/.exec(line)?.[1] ?? line
  ).trim()
}
