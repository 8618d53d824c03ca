import type { Event, EventSink } from '#model'
import { formatSize, sizeUnit } from '#model'
import type { CommandIo } from '../command.ts'

/** none: for `-q` and `--parsable`; line: for a pipe or file; fancy: a single line that is rewritten. Source: transport §10. */
export type ProgressMode = 'none' | 'line' | 'fancy'

/** How a command shows its progress. */
export interface ProgressOptions {
  readonly mode: ProgressMode
  /** False for commands without a plan (refresh, image-create), which show no phases. */
  readonly phases: boolean
  /** True: each step shows its duration. */
  readonly verbose?: boolean
  /** Monotonic milliseconds, for durations and the interval between lines. */
  readonly now?: () => number
}

/** An event sink that writes progress. */
export interface Progress extends EventSink {
  /** Ends an open line, so that other output begins on a line of its own. */
  end(): void
  /** The warnings so far, in order, each once. */
  readonly warnings: readonly string[]
}

type Phase = Extract<Event, { kind: 'phase' }>['phase']

const labels: Readonly<Record<Phase, string>> = {
  startup: ' Startup: ',
  planning: 'Planning: ',
  download: 'Download: ',
  actions: ' Actions: ',
  finalize: 'Finalize: ',
}

/** Texts of named steps; other names are shown unchanged. */
const stepTexts: ReadonlyMap<string, string> = new Map([
  ['solve', 'Running solver'],
  ['manifests', 'Fetching manifests'],
  ['plan', 'Finalizing action plan'],
  ['stage', 'Staging new content'],
])

function stepText(name: string): string {
  const refreshed = /^refresh (.+)$/.exec(name)?.[1]
  return refreshed === undefined ? (stepTexts.get(name) ?? name) : `Refreshing catalog '${refreshed}'`
}

/** The mode for a command: fancy needs a terminal that can return to the start of a line. */
export function progressMode(io: Pick<CommandIo, 'stdoutIsTty' | 'env'>, quiet: boolean): ProgressMode {
  if (quiet) return 'none'
  return io.stdoutIsTty && (io.env.TERM ?? 'dumb') !== 'dumb' ? 'fancy' : 'line'
}

/** `0.5/3.2MB`: both numbers in the unit of the total; whole bytes below 1 kB. */
function byteShare(done: number, total: number): string {
  const unit = sizeUnit(total)
  const number = (bytes: number): string =>
    unit.bytes === 1 ? String(bytes) : (bytes / unit.bytes).toFixed(1)
  return `${number(done)}/${number(total)}${unit.name}`
}

/** Text of a progress event: counts, and sizes where bytes are transferred. */
function progressText(event: Extract<Event, { kind: 'progress' }>): string {
  const share = event.total === 0 ? 100 : Math.floor((100 * event.done) / event.total)
  const count = `${String(event.done).padStart(String(event.total).length)}/${event.total}`
  if (event.bytesTotal !== undefined) {
    return `${count} items  ${byteShare(event.bytesDone ?? 0, event.bytesTotal)}  ${share}% complete`
  }
  if (event.name === 'actions') return `${count} actions`
  return `${stepText(event.name)}: ${count}  ${share}% complete`
}

/** The progress display of one command. */
export function createProgress(
  io: Pick<CommandIo, 'stdout' | 'stderr' | 'overwrite' | 'columns' | 'programName'>,
  options: ProgressOptions,
): Progress {
  const now = options.now ?? (() => performance.now())
  const warnings: string[] = []
  const open: { name: string; since: number }[] = []
  let phase: Phase | undefined
  let phaseSince = now()
  let partial = false
  let lastLine = Number.NEGATIVE_INFINITY
  let lastName = ''
  let width = 0
  // Failed items count as done, so this line is written only when the next phase begins.
  let completion = ''

  const label = (): string => (options.phases && phase !== undefined ? labels[phase] : '')
  const write = (text: string): void => io.stdout(text)
  const rewrite = (text: string): void => {
    const line = `${label()}${text}`.slice(0, Math.max(1, (io.columns || 80) - 1))
    io.overwrite(line.padEnd(width))
    width = line.length
    partial = true
  }
  const clear = (): void => {
    if (options.mode === 'fancy' && partial) {
      io.overwrite(''.padEnd(width))
      io.overwrite('')
    } else if (partial) write('\n')
    partial = false
    width = 0
  }
  const seconds = (since: number): string => ((now() - since) / 1000).toFixed(3)

  const step = (raw: Extract<Event, { kind: 'step' }>): void => {
    const event = { ...raw, name: stepText(raw.name) }
    if (event.state === 'start') {
      open.push({ name: event.name, since: now() })
      if (options.mode === 'fancy') {
        rewrite(`${event.name} ...`)
        return
      }
      if (partial) write('\n')
      write(`${label()}${event.name} ...`)
      partial = true
      return
    }
    const at = open.findLastIndex((one) => one.name === event.name)
    const since = at < 0 ? now() : (open.splice(at, 1)[0]?.since ?? now())
    const done = options.verbose === true ? `Done (${seconds(since)}s)` : 'Done'
    if (options.mode === 'fancy') {
      rewrite(`${event.name} ... ${done}`)
      return
    }
    write(partial ? ` ${done}\n` : `${label()}${event.name} ... ${done}\n`)
    partial = false
  }
  const progress = (event: Extract<Event, { kind: 'progress' }>): void => {
    const time = now()
    const last = event.done >= event.total
    // The step of a catalog has its own line; a line for each origin would only repeat it.
    if (options.mode === 'line' && open.some((one) => one.name === stepText(event.name))) return
    if (options.mode === 'fancy') {
      if (!last && time - lastLine < 100) return
      lastLine = time
      rewrite(progressText(event))
      return
    }
    // Staging gets a line after five seconds; before that, the count of actions is enough.
    if (event.name === 'stage' && time - phaseSince < 5000) return
    if (!last && event.name === lastName && time - lastLine < 5000) return
    lastLine = time
    lastName = event.name
    clear()
    const elapsed = (time - phaseSince) / 1000
    // One line for a completed phase replaces its last count.
    if (last && event.bytesTotal !== undefined)
      completion = `${label()}Completed ${formatSize(event.bytesTotal)} in ${elapsed.toFixed(2)} seconds (${formatSize(event.bytesTotal / Math.max(elapsed, 0.001))}/s)\n`
    else if (last && event.name === 'actions')
      completion = `${label()}Completed ${event.total} actions in ${elapsed.toFixed(2)} seconds.\n`
    else write(`${label()}${progressText(event)}\n`)
  }

  return {
    warnings,
    end: clear,
    emit(event) {
      if (event.kind === 'warning') {
        if (!warnings.includes(event.text)) warnings.push(event.text)
        return
      }
      if (event.kind === 'recovered') {
        if (options.mode !== 'none') clear()
        io.stderr(
          `${io.programName}: an interrupted ${event.operation} was ${event.side === 'undone' ? 'undone' : 'finished'} first\n`,
        )
        return
      }
      if (options.mode === 'none') return
      if (event.kind === 'phase') {
        if (completion !== '') write(completion)
        completion = ''
        phase = event.phase
        phaseSince = now()
        lastName = ''
      } else if (event.kind === 'step') step(event)
      else progress(event)
    },
  }
}
