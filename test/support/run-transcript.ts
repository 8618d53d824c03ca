import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { runPkg6 } from '../../cli/main.ts'
import { findCommand } from '../../cli/registry.ts'
import { collectingIo } from './collecting-io.ts'
import {
  compare,
  compareTree,
  fill,
  type Recorded,
  readTranscript,
  snapshotTree,
  type TranscriptCommand,
} from './transcript.ts'

/** Outcome of one recorded command. */
export interface CommandOutcome {
  readonly number: number
  readonly words: string
  /** preparation: a shell line; out: a subcommand that is not built. */
  readonly scope: 'in' | 'out' | 'preparation'
  readonly differences: readonly string[]
}

export interface TranscriptOutcome {
  readonly title: string
  readonly outcomes: readonly CommandOutcome[]
}

/** How the client is started. */
export interface RunOptions {
  /** Folder with the recorded transcripts and, beside it, the repositories. */
  readonly data: string
  /** Path of a folder that holds a link `pkg` to the client; undefined: commands run inside this process. */
  readonly binFolder: string | undefined
}

const nobody = 65534

/** Runs a transcript in a new empty folder, which is removed afterwards. Must run as root, because trees have owners. */
export async function runTranscript(path: string, options: RunOptions): Promise<TranscriptOutcome> {
  const { setup, commands } = readTranscript(path)
  const work = mkdtempSync(join(tmpdir(), 'pkg6-transcript-'))
  // Others must get through to their image.
  chmodSync(work, 0o755)
  const values = new Map([
    ['WORK', work],
    ['IMAGE', join(work, 'image')],
  ])
  for (const [placeholder, name] of Object.entries(setup.repositories))
    values.set(
      placeholder,
      join(options.data, 'repos', name === 'trust' || placeholder === 'TRUST' ? 'signed-trust' : name),
    )
  const outcomes: CommandOutcome[] = []
  try {
    for (const command of commands) {
      const env: Record<string, string> = { PATH: process.env.PATH ?? '' }
      for (const [name, text] of Object.entries({ ...setup.env, ...command.env }))
        if (text !== null) env[name] = fill(text, values)
      outcomes.push(await runOne(command, { env, values, work, options }))
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return { title: setup.title, outcomes }
}

interface Surroundings {
  readonly env: Record<string, string>
  readonly values: ReadonlyMap<string, string>
  readonly work: string
  readonly options: RunOptions
}

async function runOne(command: TranscriptCommand, around: Surroundings): Promise<CommandOutcome> {
  const words = command.cmd.map((word) => fill(word, around.values))
  const cwd = command.cwd === undefined ? around.work : fill(command.cwd, around.values)
  const base = { number: command.number, words: command.cmd.join(' ') }
  // What was recorded in another second is compared without its time.
  if (/^sh -c sleep \d+$/.test(base.words)) return { ...base, scope: 'preparation', differences: [] }
  if (command.cmd[0] !== 'pkg') {
    const actual = spawn(words, command, cwd, around)
    const differences = compare(command, actual, around.values)
    return { ...base, scope: 'preparation', differences: [...differences] }
  }
  if (!isBuilt(command.cmd.slice(1))) return { ...base, scope: 'out', differences: [] }
  mkdirSync(cwd, { recursive: true })
  const actual =
    around.options.binFolder === undefined
      ? await runInside(words.slice(1), command, cwd, around)
      : spawn([join(around.options.binFolder, 'pkg'), ...words.slice(1)], command, cwd, around)
  const differences = [...compare(command, actual, around.values)]
  if (!command.partial) differences.push(...treeDifferences(command, around))
  return { ...base, scope: 'in', differences }
}

/** False when the first word that is no option names a command this client does not have. */
function isBuilt(words: readonly string[]): boolean {
  let index = 0
  while (words[index]?.startsWith('-') === true)
    index += ['-R', '-D', '--runid'].includes(words[index] ?? '') ? 2 : 1
  const name = words[index]
  const notBuilt = (other: string | undefined): boolean =>
    other !== undefined && plannedCommands.includes(other)
  if (name === 'help') return !words.slice(index + 1).some(notBuilt)
  return !notBuilt(name) || findCommand(name ?? '') !== undefined
}

/** Commands of the reference client that this one does not have yet. */
const plannedCommands = [
  'apply-hot-fix',
  'attach-linked',
  'audit-linked',
  'copy-publishers-from',
  'detach-linked',
  'list-linked',
  'list-uuids',
  'property-linked',
  'pubcheck-linked',
  'remote',
  'search',
  'set-property-linked',
  'sync-linked',
]

function spawn(
  words: readonly string[],
  command: TranscriptCommand,
  cwd: string,
  around: Surroundings,
): Recorded {
  const path = around.options.binFolder === undefined ? '' : `${around.options.binFolder}:`
  const done = spawnSync(words[0] ?? '', words.slice(1), {
    cwd,
    env: { ...around.env, PATH: `${path}${around.env.PATH}` },
    input: '',
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...(command.user === 'nobody' ? { uid: nobody, gid: nobody } : {}),
  })
  return { exit: done.status ?? 128, stdout: done.stdout ?? '', stderr: done.stderr ?? String(done.error) }
}

/** Runs the client inside this process; for another user only the effective ids are changed. */
async function runInside(
  words: readonly string[],
  command: TranscriptCommand,
  cwd: string,
  around: Surroundings,
): Promise<Recorded> {
  const { io, output } = collectingIo({
    env: around.env,
    cwd,
    programName: 'pkg',
    commandLine: ['pkg', ...words],
  })
  const zone = process.env.TZ
  const mask = process.umask(0o022)
  process.env.TZ = around.env.TZ ?? 'UTC'
  if (command.user === 'nobody') {
    process.setgroups?.([nobody])
    process.setegid?.(nobody)
    process.seteuid?.(nobody)
  }
  try {
    const exit = await runPkg6(words, io)
    return { exit, ...output }
  } finally {
    if (command.user === 'nobody') {
      process.seteuid?.(0)
      process.setegid?.(0)
      process.setgroups?.([0])
    }
    process.umask(mask)
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  }
}

function treeDifferences(command: TranscriptCommand, around: Surroundings): readonly string[] {
  if (command.tree === undefined) return []
  const named = command.cmd.indexOf('-R')
  const root = resolve(
    around.work,
    named > 0 ? fill(command.cmd[named + 1] ?? '', around.values) : (around.env.PKG_IMAGE ?? 'image'),
  )
  if (!existsSync(root)) return [`tree: ${root} is not there`]
  const tree = snapshotTree(root, ['var/pkg', '.org.opensolaris,pkg', '.pkg', '.pkg6'])
  const differences = [...compareTree(command.tree, tree)]
  if (command.salvaged !== undefined) {
    const place = join(root, 'var/pkg/lost+found')
    // Folders of lost+found come and go with implementations; what was saved must be there.
    const isContent = (line: string): boolean => !/^\d{4} \d+ \d+ dir /.test(line)
    const found = existsSync(place)
      ? snapshotTree(place, []).map((line) =>
          line
            .replace(/^(\d{4} \d+ \d+ \S+ )/, '$1var/pkg/lost+found/')
            // Two within a second have a number; the recording has a second for each.
            .replace(/-\d{8}T\d{6}Z(-\d+)?/g, '-{TIME}'),
        )
      : []
    differences.push(...compareTree(command.salvaged.filter(isContent), found.filter(isContent)))
  }
  return differences
}
