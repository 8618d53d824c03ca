import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadBackend } from '#solver'
import { ask, line, planCommand, read, words } from '../../../support/plan-command.ts'

planCommand()

describe('formulas of pkg6 plan', () => {
  it.each([
    ['install', ['pkg:/inc@2', 'pkg:/app'], 'sat'],
    ['install', ['pkg:/lib@2'], 'unsat'],
    ['update', [], 'sat'],
  ] as const)(
    'writes clauses that are as solvable as the request: %s %s',
    async (operation, patterns, expected) => {
      ask(operation, patterns)
      await line.pkg6(...words('--write-cnf', 'out.cnf'))
      const lines = readFileSync(line.path('out.cnf'), 'utf8').trimEnd().split('\n')
      const head = lines.findIndex((text) => text.startsWith('p cnf '))
      const [, , variables, clauses] = lines[head]!.split(' ').map(Number)
      const body = lines.slice(head + 1).map((text) => text.split(' ').map(Number))
      expect(body).toHaveLength(clauses!)
      for (const clause of body) {
        expect(clause.at(-1)).toBe(0)
        expect(clause.length).toBeGreaterThan(1)
        for (const literal of clause) expect(Math.abs(literal)).toBeLessThanOrEqual(variables!)
      }
      const lib =
        expected === 'sat' ? /^c \d+ pkg:\/\/example\.org\/lib@2,/ : /^c \d+ pkg:\/\/example\.org\/inc@1,/
      expect(lines.some((text) => lib.test(text))).toBe(true)
      const engine = (await loadBackend('cadical'))()
      engine.addClauses(Int32Array.from(body.flat()))
      expect(engine.solve({ assumptions: new Int32Array() })).toBe(expected)
      engine.dispose()
    },
  )

  it('writes CUDF in its grammar, with escaped names', async () => {
    await line.pkg6(...words('--write-cudf', 'out.cudf'))
    const text = readFileSync(line.path('out.cudf'), 'utf8')
    const name = '(?!\\d)[A-Za-z%0-9+./-]+'
    const atom = `${name}(?: (?:=|<=|>=) [1-9]\\d*)?`
    const formula = `${atom}(?: \\| ${atom})*`
    const forms = [
      /^$|^#/,
      /^preamble: $|^request: $/,
      /^property: \w[\w-]*: nat = \[0\](, \w[\w-]*: nat = \[0\])*$/,
      new RegExp(`^package: ${name}$`),
      /^version: [1-9]\d*$/,
      new RegExp(`^depends: ${formula}(, ${formula})*$`),
      new RegExp(`^(conflicts|install|upgrade|remove): ${atom}(, ${atom})*$`),
      /^installed: true$|^keep: package$/,
      /^[a-z]+-?[a-z]+(-\d+)?: [1-9]\d*$/,
    ]
    for (const each of text.split('\n')) {
      const fits = forms.some((form) => form.test(each))
      expect(fits, each).toBe(true)
    }
    expect(text).toContain('package: %33d-tool\n')
    expect(text).toContain('package: tool%5Fb\n')
    expect(text).toMatch(/^install: .*inc/m)
  })

  const solvers = ['mccs', 'aspcud'].filter((tool) => spawnSync(tool, ['-h']).error === undefined)
  if (solvers.length === 0) process.stderr.write('skipped: neither mccs nor aspcud is installed\n')
  it.skipIf(solvers.length === 0)('writes CUDF that other solvers bring to the same optimum', async () => {
    for (const [operation, patterns] of [
      ['install', ['pkg:/inc@2', 'pkg:/app']],
      ['update', []],
      ['uninstall', ['pkg:/old']],
      ['install', ['pkg:/lib@2']],
    ] as const) {
      ask(operation, patterns)
      const answer = read(await line.pkg6(...words('--json', '--write-cudf', 'out.cudf')))
      const problem = readFileSync(line.path('out.cudf'), 'utf8')
      for (const tool of solvers) {
        const values = optimum(tool, problem, line.path('out.cudf'))
        if (answer.outcome !== 'solution') expect(values, tool).toBeUndefined()
        else
          for (const { id, value } of answer.objectives)
            expect(values?.get(id) ?? 0, `${tool} ${operation} ${id}`).toBe(value)
      }
    }
  })
})

/** Objective values of the answer of another solver; undefined where it finds none. */
function optimum(tool: string, problem: string, path: string): ReadonlyMap<string, number> | undefined {
  const costs = new Map<string, Map<string, number>>()
  for (const stanza of problem.split('\n\n')) {
    const at = /^package: (.*)\nversion: (.*)$/m.exec(stanza)
    const pairs = [...stanza.matchAll(/^([a-z]+-[a-z]+|changed|downgraded): (\d+)$/gm)].map(
      (pair) => [pair[1]!, Number(pair[2])] as const,
    )
    if (at !== null) costs.set(`${at[1]} ${at[2]}`, new Map(pairs))
  }
  const criterion = (form: RegExp) => form.exec(problem)?.[1]
  const more =
    tool === 'mccs'
      ? ['-i', path, criterion(/^# mccs (.*)$/m)]
      : ['-c', criterion(/^# aspcud -c '(.*)'$/m) ?? 'none', path]
  const { stdout } = spawnSync(
    tool,
    more.filter((word) => word !== undefined),
    { encoding: 'utf8', timeout: 20_000 },
  )
  if (!stdout.includes('installed: true')) return undefined
  const sums = new Map<string, number>()
  for (const [, name, version] of stdout.matchAll(
    /^package: (.*)\nversion: (\S+)\n(?=(?:.+\n)*installed: true)/gm,
  ))
    for (const [id, cost] of costs.get(`${name} ${version}`) ?? []) sums.set(id, (sums.get(id) ?? 0) + cost)
  return sums
}
