import type { HistoryEntry } from '#image'
import { ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { isTerse } from '../../render/terse.ts'
import { durationText, isoLocal, parseIsoLocal } from '../../render/time.ts'
import { withImage } from '../shared/with-image.ts'

interface HistoryColumn {
  readonly heading: string
  readonly width: number
  readonly value: (entry: HistoryEntry) => string
}

const columns: ReadonlyMap<string, HistoryColumn> = new Map<string, HistoryColumn>([
  ['be', { heading: 'BE', width: 20, value: () => '(Unknown)' }],
  ['be_uuid', { heading: 'BE UUID', width: 41, value: () => '(Unknown)' }],
  ['client', { heading: 'CLIENT', width: 19, value: (entry) => entry.clientName }],
  ['client_ver', { heading: 'VERSION', width: 15, value: (entry) => entry.clientVersion }],
  ['command', { heading: 'COMMAND', width: 0, value: (entry) => entry.commandLine.join(' ') }],
  ['finish', { heading: 'FINISH', width: 25, value: (entry) => isoLocal(entry.endTime) }],
  ['id', { heading: 'ID', width: 10, value: (entry) => String(entry.userId) }],
  ['new_be', { heading: 'NEW BE', width: 20, value: () => 'None' }],
  ['new_be_uuid', { heading: 'NEW BE UUID', width: 41, value: () => '(None)' }],
  ['operation', { heading: 'OPERATION', width: 25, value: (entry) => entry.operation }],
  ['outcome', { heading: 'OUTCOME', width: 12, value: (entry) => entry.outcome }],
  ['reason', { heading: 'REASON', width: 10, value: (entry) => entry.reason }],
  ['release_notes', { heading: 'RELEASE NOTES', width: 12, value: notesMark }],
  ['release_note', { heading: 'RELEASE NOTES', width: 12, value: notesMark }],
  ['snapshot', { heading: 'SNAPSHOT', width: 20, value: () => '(None)' }],
  ['start', { heading: 'START', width: 25, value: (entry) => isoLocal(entry.startTime) }],
  ['time', { heading: 'TIME', width: 10, value: totalTime }],
  ['user', { heading: 'USER', width: 10, value: (entry) => entry.userName }],
])

function notesMark(entry: HistoryEntry): string {
  return entry.releaseNotes === undefined ? 'No' : 'Yes'
}

function totalTime(entry: HistoryEntry): string {
  return entry.endTime < entry.startTime
    ? '0:00:00 (clock drift detected)'
    : durationText(entry.endTime - entry.startTime)
}

/** `history`. Source: cli §7. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  const wrong = usageMistake(context)
  if (wrong !== undefined) return wrong
  const names = (given.text('columns') ?? 'start,operation,client,outcome').split(',')
  return await withImage(context, 'read', async (image) => {
    const all = image.history()
    if (!given.has('long') && !given.has('notes') && !given.has('noHeader'))
      io.stdout(row(names, (column) => column.heading))
    const selected = select(context, all)
    if (typeof selected === 'string') {
      context.complain(selected)
      return ok(Exit.error)
    }
    for (const entry of selected) {
      if (given.has('long')) io.stdout(longForm(entry, isTerse(io, image.kind)))
      else if (given.has('notes')) io.stdout(notesForm(entry, image.notes(entry)))
      else io.stdout(row(names, (column) => column.value(entry)))
    }
    return ok(Exit.ok)
  })
}

/** Errors of this command come without a name in front, except for options that exclude each other. */
function usageMistake(context: CommandContext): number | undefined {
  const { arguments: given, io } = context
  const plain = (text: string): number => {
    io.stderr(`${text}\n`)
    return Exit.usage
  }
  for (const [a, b, text] of [
    ['noHeader', 'long', '-H and -l'],
    ['columns', 'long', '-o and -l'],
    ['last', 'times', '-n and -t'],
    ['columns', 'notes', '-o and -N'],
    ['long', 'notes', '-l and -N'],
  ] as const)
    if (given.has(a) && given.has(b)) return context.misuse(`${text} may not be combined`)
  const last = given.text('last')
  if (last !== undefined && !/^[+-]?[0-9]+$/.test(last)) return plain('Argument to -n must be numeric')
  if (last !== undefined && Number(last) <= 0) return plain('Argument to -n must be positive')
  const names = given.text('columns')?.split(',') ?? []
  for (const [index, name] of names.entries()) {
    if (!columns.has(name)) return plain(`Unknown output column '${name}'`)
    if (names.indexOf(name) !== index) return plain(`Duplicate column specified: ${name}`)
  }
  for (const name of ['command', 'reason'])
    if (names.includes(name) && names.at(-1) !== name)
      return plain(`The '${name}' column must be the last item in the -o list`)
  return undefined
}

function row(names: readonly string[], text: (column: HistoryColumn) => string): string {
  const cells = names.flatMap((name, index) => {
    const column = columns.get(name)
    if (column === undefined) return []
    return index === names.length - 1 ? text(column) : text(column).padEnd(column.width)
  })
  return `${cells.join('').trimEnd()}\n`
}

/** Entries the options ask for; a text says what is wrong with a time. Doubles collapse. */
function select(context: CommandContext, all: readonly HistoryEntry[]): readonly HistoryEntry[] | string {
  const { arguments: given } = context
  const last = given.text('last')
  if (last !== undefined) return all.slice(-Math.min(Number(last), all.length))
  const ranges = given.list('times').flatMap((list) => list.split(','))
  if (ranges.length === 0) return all
  const chosen = new Set<HistoryEntry>()
  for (const range of ranges) {
    const match = /^(now|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:-(now|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d))?$/.exec(
      range,
    )
    const from = match === null ? undefined : moment(match[1] ?? '')
    const to = match?.[2] === undefined ? from : moment(match[2])
    if (from === undefined || to === undefined)
      return `time data '${range}' does not match format '%Y-%m-%dT%H:%M:%S'`
    if (to < from) return `End date must be after start date: ${range}`
    // Records hold milliseconds, arguments whole seconds.
    const found = all.filter((entry) => {
      const start = Math.floor(entry.startTime / 1000) * 1000
      return start >= from && start <= to
    })
    if (found.length === 0) return `No history entries found for ${range}`
    for (const entry of found) chosen.add(entry)
  }
  return all.filter((entry) => chosen.has(entry))
}

function moment(text: string): number | undefined {
  return text === 'now' ? Date.now() : parseIsoLocal(text)
}

function notesForm(entry: HistoryEntry, lines: readonly string[] | undefined): string {
  const head = `${isoLocal(entry.startTime)}: Release notes:`
  return lines === undefined ? `${head} None\n` : `${head}\n${lines.map((line) => `    ${line}\n`).join('')}`
}

const bootEnvironmentFields: readonly (readonly [string, string])[] = [
  ['Boot Env.', '(Unknown)'],
  ['Boot Env. UUID', '(Unknown)'],
  ['New Boot Env.', 'None'],
  ['New Boot Env. UUID', '(None)'],
  ['Snapshot', '(None)'],
]

/** `terse`: without boot environments, which a user image does not have. */
function longForm(entry: HistoryEntry, terse: boolean): string {
  const fields: readonly (readonly [string, string])[] = [
    ['Operation', entry.operation],
    ['Outcome', entry.outcome],
    ['Reason', entry.reason],
    ['Client', entry.clientName],
    ['Version', entry.clientVersion],
    ['User', `${entry.userName} (${entry.userId})`],
    ...(terse ? [] : bootEnvironmentFields),
    ['Start Time', isoLocal(entry.startTime)],
    ['End Time', isoLocal(entry.endTime)],
    ['Total Time', totalTime(entry)],
    ['Command', entry.commandLine.join(' ')],
    ['Release Notes', notesMark(entry)],
    ['Start State', `\n${entry.startState ?? 'None'}`],
    ['End State', `\n${entry.endState ?? 'None'}`],
    ...(entry.errors.length === 0 ? [] : [['Errors', `\n${entry.errors.join('\n')}`] as const]),
  ]
  return `${fields.map(([label, value]) => `${label.padStart(18)}: ${value}\n`).join('')}\n`
}
