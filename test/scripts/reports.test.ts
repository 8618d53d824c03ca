import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sampled } from '../support/sampling.ts'
import { projectRoot } from '../support/shared-data.ts'

const script = join(projectRoot, 'scripts', 'reports.sh')
const cases = execFileSync('bash', [script, '--list'], { encoding: 'utf8' }).trim().split('\n')

describe('reports of users of other package managers', () => {
  it('are listed in the documentation, each with its address', () => {
    const rows = readFileSync(join(projectRoot, 'docs', 'reports.md'), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const found = /^\| `([a-z_]+)` \| <(https:\/\/\S+)> \| .+ \| .+ \|$/.exec(line)
        return found === null ? [] : [{ name: found[1]!, address: found[2]! }]
      })
    expect(rows.map(({ name }) => name)).toEqual(cases)
    expect(cases.length).toBeGreaterThanOrEqual(30)
    expect(new Set(rows.map(({ address }) => address)).size).toBe(rows.length)
  })

  it.each(sampled(['remains_of_an_older_crash'], cases))('%s', (name) => {
    const { status, stdout } = spawnSync('bash', [script, name], { encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/, 0 wrong, /) })
  })

  it('say which case is wrong', () => {
    const { status, stdout } = spawnSync('bash', [script, 'no_such_case'], { encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stdout).toContain('wrong   no_such_case')
  })
})
