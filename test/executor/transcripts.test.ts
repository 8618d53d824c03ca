import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type RecordedCommand, readRepositories, startReplay } from '../support/replay.ts'
import { sharedData } from '../support/shared-data.ts'

const transcripts = sharedData('data', 'transcripts')
const repositories = sharedData('data', 'repos')
const scratch = mkdtempSync(join(tmpdir(), 'pkg6-replay-'))
afterAll(() => rmSync(scratch, { recursive: true }))
// Owners are part of the recorded trees, and only root sets them.
const asRoot = process.getuid?.() === 0

/** Left out on either side: a lock file of the reference, and directories it puts into lost+found for its own folder. */
function comparable(lines: readonly string[]): string[] {
  return lines
    .filter((line) => !line.includes('etc/.pwd.lock'))
    .map((line) => line.replace(/ var\/pkg\/lost\+found\//, ' '))
    .filter((line) => !/ dir var\/pkg$/.test(line))
}

/** The parent of those directories too; everything in it is compared. */
function comparableSalvage(lines: readonly string[]): string[] {
  return comparable(lines).filter((line) => !/ dir var$/.test(line))
}

const scenarios: {
  readonly name: string
  readonly repos: readonly string[]
  readonly trees: number
  readonly refuses?: true
}[] = [
  { name: '24-preserve', repos: ['basic', 'cases'], trees: 21 },
  { name: '27-conflicts-overlay', repos: ['cases'], refuses: true, trees: 15 },
  { name: '29-salvage', repos: ['cases'], refuses: true, trees: 14 },
  { name: '22-mediators', repos: ['basic', 'cases'], trees: 7 },
]

describe.skipIf(transcripts === undefined || repositories === undefined || !asRoot)('recorded trees', () => {
  it.each(scenarios)('$name', ({ name, repos, trees, refuses }) => {
    const repository = readRepositories(repos.map((repo) => join(repositories!, repo)))
    const replay = startReplay(repository, mkdtempSync(join(scratch, name)))
    const lines = readFileSync(join(transcripts!, `${name}.jsonl`), 'utf8')
      .trimEnd()
      .split('\n')
    let compared = 0
    for (const line of lines.slice(1)) {
      const command = JSON.parse(line) as RecordedCommand
      const words = command.cmd.join(' ')
      const dry = /^pkg \S+ (-\S*n|.* -n)/.test(words)
      // 3: done, but a mediator has nothing to choose from. What only the solver refuses is not tried.
      const done = command.exit === 0 || command.exit === 3
      if (!dry && (done || (refuses && command.cmd[1] === 'install'))) {
        expect(replay.run(command), words).toBe(done)
      }
      if (command.tree === undefined) continue
      compared++
      expect.soft(comparable(replay.tree()), words).toEqual(comparable(command.tree))
      expect
        .soft(comparableSalvage(replay.salvaged()), words)
        .toEqual(comparableSalvage(command.salvaged ?? []))
    }
    expect(compared).toBe(trees)
  })
})
