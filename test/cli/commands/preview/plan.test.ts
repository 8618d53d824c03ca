import { describe, expect, it, vi } from 'vitest'
import { told } from '../../../support/command-line.ts'
import { type Answer, ask, fmri, line, planCommand, read, words } from '../../../support/plan-command.ts'

planCommand()

const rank = (outcome: string) => ['undecided', 'best-found', 'optimal'].indexOf(outcome)

describe('pkg6 plan', () => {
  it('shows a plan as text', async () => {
    const ran = await line.pkg6(...words())
    expect(ran.stdout).toBe(` Packages to remove: 1
Packages to install: 2
 Packages to update: 3

Changed packages:
example.org
  old
    1 -> None
  3d-tool
    None -> 1
  doc
    None -> 1
  app
    1 -> 2
  inc
    1 -> 2
  lib
    1 -> 2

Proven minimal: no other plan is better.

`)
    expect(ran).toMatchObject({ exit: 0, stderr: '' })
  })

  it('prints one JSON object with full FMRIs, objectives in order and whole reason chains', async () => {
    const ran = await line.pkg6(...words('--json'))
    const answer = read(ran)
    expect(ran.exit).toBe(0)
    expect(Object.keys(answer)).toEqual([
      'outcome',
      'proof',
      'plan',
      'objectives',
      'reasons',
      'explanation',
      'stats',
    ])
    expect(answer).toMatchObject({
      outcome: 'solution',
      proof: 'optimal',
      plan: {
        add: [fmri('3d-tool@1'), fmri('doc@1')],
        remove: [fmri('old@1')],
        update: ['app', 'inc', 'lib'].map((stem) => [fmri(`${stem}@1`), fmri(`${stem}@2`)]),
      },
      explanation: null,
    })
    expect(answer.objectives.map(({ id }) => id)).toEqual([
      'relaxed-groups',
      'named-distance',
      'to-obsolete',
      'downgraded',
      'changed',
      'changed-distance',
      'new-distance',
      'new-packages',
    ])
    expect(answer.objectives.filter(({ value }) => value > 0)).toEqual([
      { id: 'to-obsolete', value: 1 },
      { id: 'changed', value: 2 },
      { id: 'new-packages', value: 2 },
    ])
    const chainOf = (name: string) => answer.reasons.find((one) => one.package === fmri(name))?.chain
    expect(chainOf('app@2')).toEqual([{ kind: 'asked-for', pattern: 'pkg:/app' }])
    expect(chainOf('3d-tool@1')).toEqual([
      { kind: 'required-by', by: fmri('app@2'), dependency: '3d-tool@1' },
      { kind: 'asked-for', pattern: 'pkg:/app' },
    ])
    expect(chainOf('doc@1')?.[0]).toMatchObject({ kind: 'required-by', by: fmri('lib@2') })
    expect(chainOf('doc@1')?.at(-1)).toEqual({ kind: 'asked-for', pattern: 'pkg:/app' })
    expect(chainOf('old@1')).toEqual([{ kind: 'obsoleted-by', by: fmri('old@2') }])
    expect(answer.stats.clauses).toBeGreaterThan(0)
    expect(answer.stats.peakMemory).toBeGreaterThan(2 ** 20)
    expect(Object.keys(answer.stats.milliseconds)).toEqual([
      'request',
      'catalog',
      'engine',
      'prepare',
      'search',
      'minimise',
      'ties',
      'plan',
      'explain',
      'solve',
    ])
  })

  it('explains why there is no plan, with a way out', async () => {
    ask('install', ['pkg:/lib@2'])
    const ran = await line.pkg6(...words('--json'))
    const { outcome, proof, plan, explanation } = read(ran)
    expect({ outcome, proof, plan }).toEqual({ outcome: 'no-solution', proof: null, plan: null })
    expect(explanation?.code).toBe('ips::solver_error::unsatisfiable')
    expect(explanation?.facts.map(({ kind }) => kind)).toContain('named')
    expect(explanation?.sentences[0]).toBe('You asked for pkg:/lib@2.')
    expect(explanation?.fixes.map(({ command }) => command)).toContain('pkg6 install pkg:/inc pkg:/lib@2')
    const text = await line.pkg6(...words('--stats'))
    expect(text.exit).toBe(ran.exit)
    expect(text.stdout).toBe('')
    expect(text.stderr).toContain('You asked for pkg:/lib@2.')
    expect(text.stderr).toContain('Clauses:')
  })

  it.each<[string, string, readonly string[], object, number, string]>([
    ['nothing to do', 'install', ['pkg:/lib@1'], {}, 4, 'solution'],
    ['unknown package', 'install', ['pkg:/absent'], {}, 1, 'no-solution'],
    ['dependents', 'uninstall', ['pkg:/lib'], {}, 1, 'no-solution'],
    ['bad pattern', 'install', ['a b'], {}, 1, 'no-solution'],
    ['everything', 'update', [], {}, 0, 'solution'],
    ['rejected', 'install', ['pkg:/app'], { reject: ['pkg:/old'] }, 0, 'solution'],
    ['missing dependency', 'install', ['pkg:/broken'], {}, 1, 'no-solution'],
  ])('%s', async (_, operation, patterns, rest, exit, outcome) => {
    ask(operation, patterns, rest)
    const ran = await line.pkg6(...words('--json'))
    expect(read(ran).outcome, told(ran)).toBe(outcome)
    expect(ran.exit, told(ran)).toBe(exit)
  })

  it('says that nothing is to be done', async () => {
    ask('install', ['pkg:/lib@1'])
    const ran = await line.pkg6(...words())
    expect(ran.stdout).toBe('Nothing to do.\n\nProven minimal: no other plan is better.\n\n')
    expect(ran.exit).toBe(4)
  })

  it.each(['minisat-wasm', 'cadical', 'logic-solver'])('gives the same plan with %s', async (name) => {
    const chosen = read(await line.pkg6(...words('--json', '--sat-backend', name)))
    const usual = read(await line.pkg6(...words('--json')))
    expect({ ...chosen, stats: undefined }).toEqual({ ...usual, stats: undefined })
  })

  it('says at each deadline what it knows: nothing, a plan without proof, the proven one', async () => {
    ask('install', ['app@2', 'inc'])
    const seen = { undecided: 0, 'best-found': 0, optimal: 0 }
    const order: string[] = []
    const levels: Answer['objectives'][] = []
    // Each look at the clock takes a millisecond, so a deadline is a number of looks.
    let clock = 0
    const spy = vi.spyOn(performance, 'now').mockImplementation(() => {
      clock += 1
      return clock
    })
    try {
      for (let looks = 2; seen.optimal < 3 && looks < 400; looks += 3) {
        const deadline = String(looks / 1000)
        clock = 0
        const json = await line.pkg6(...words('--json', '--deadline', deadline))
        clock = 0
        const text = await line.pkg6(...words('--deadline', deadline))
        const answer = read(json)
        expect(text.exit, told(text)).toBe(json.exit)
        if (answer.outcome === 'undecided') {
          seen.undecided += 1
          order.push('undecided')
          expect(json.exit).toBe(1)
          expect(answer).toMatchObject({ proof: null, plan: null, objectives: [], reasons: [] })
          expect(answer.explanation?.code).toBe('ips::solver_error::budget_exhausted')
          expect(text.stderr).toMatch(/No solution was found within/)
          expect(text.stdout).toBe('')
          continue
        }
        const proof = answer.proof as 'best-found' | 'optimal'
        seen[proof] += 1
        order.push(proof)
        expect(json.exit).toBe(0)
        expect(answer.explanation).toBeNull()
        expect(answer.plan?.update.map(([, to]) => to)).toContain(fmri('app@2'))
        expect(text.stdout.includes('Best plan found in the time given; not proven minimal.')).toBe(
          proof === 'best-found',
        )
        expect(text.stdout.includes('Proven minimal')).toBe(proof === 'optimal')
        levels.push(answer.objectives)
      }
    } finally {
      spy.mockRestore()
    }
    expect(Math.min(seen.undecided, seen['best-found'], seen.optimal)).toBeGreaterThan(0)
    // What is stated without proof of the whole is proven as far as it goes.
    for (const some of levels) expect(some).toEqual(levels.at(-1)!.slice(0, some.length))
    expect(order).toEqual([...order].sort((a, b) => rank(a) - rank(b)))
  })

  it('obeys a deadline', async () => {
    const ran = await line.pkg6(...words('--json', '--deadline', '0.0000001'))
    expect(read(ran)).toMatchObject({
      outcome: 'undecided',
      explanation: { code: 'ips::solver_error::budget_exhausted' },
    })
    expect(ran.exit).toBe(1)
    expect((await line.pkg6(...words('--deadline', '60'))).exit).toBe(0)
  })
})
