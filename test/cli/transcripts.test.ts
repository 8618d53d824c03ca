import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runTranscript } from '../support/run-transcript.ts'
import { sampled } from '../support/sampling.ts'
import { projectRoot, sharedData } from '../support/shared-data.ts'

/** Commands whose output is known to differ, with the aspects that do and the reason. */
interface Deviation {
  readonly transcript: string
  readonly commands: readonly number[]
  readonly differs: readonly string[]
  readonly why: string
}

const deviations = JSON.parse(
  readFileSync(join(projectRoot, 'test', 'fixtures', 'transcript-deviations.json'), 'utf8'),
) as readonly Deviation[]
const data = sharedData('data')
const isRoot = process.geteuid?.() === 0
if (!isRoot) process.stderr.write('skipped: transcripts compare owners, which takes root\n')

const covered = [
  '01',
  '02',
  '03',
  '04',
  '05',
  '06',
  '07',
  '08',
  '09',
  '10',
  '11',
  '12',
  '13',
  '15',
  '16',
  '17',
  '18',
  '19',
  '20',
  '21',
  '22',
  '23',
  '24',
  '25',
  '26',
  '27',
  '28',
  '29',
  '30',
  '31',
]

describe.skipIf(data === undefined || !isRoot)('recorded transcripts', () => {
  // The recordings overlap: a third of them shows the kinds.
  it.each(covered.filter((_, index) => index % sampled(3, 1) === 0))('%s', async (number) => {
    const folder = join(data ?? '', 'transcripts')
    const name = readdirSync(folder).find((one) => one.startsWith(`${number}-`)) ?? ''
    const { outcomes } = await runTranscript(join(folder, name), { data: data ?? '', binFolder: undefined })
    const expected = new Map(
      deviations
        .filter((one) => one.transcript === number)
        .flatMap((one) => one.commands.map((command) => [command, one.differs] as const)),
    )
    const found = outcomes
      .filter((one) => one.scope === 'in')
      .map(({ number: command, words, differences }) => ({
        command,
        words,
        differs: [...new Set(differences.map((text) => /^[a-z]+/.exec(text)?.[0] ?? ''))].sort(),
        differences,
      }))
    const news = found.filter(
      ({ command, differs }) => differs.join() !== [...(expected.get(command) ?? [])].sort().join(),
    )
    const text = news.map(
      ({ command, words, differs, differences }) =>
        `${number}:${command} $ ${words}\ndiffers in [${differs.join()}], listed as [${expected.get(command)?.join() ?? ''}]\n${differences.join('\n')}`,
    )
    expect(text.join('\n\n')).toBe('')
    expect(found.length).toBeGreaterThan(20)
  })

  it('has a reason for each listed deviation', () => {
    for (const { why, differs, commands } of deviations) {
      expect(why.length).toBeGreaterThan(10)
      expect(differs.length).toBeGreaterThan(0)
      expect(commands.length).toBeGreaterThan(0)
    }
  })
})
