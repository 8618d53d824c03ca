import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadBackend } from '#solver'
import { smallFmri, writeCatalogFolder } from '../../../support/catalog-folder.ts'
import { type CommandLine, commandLine, type Ran, told } from '../../../support/command-line.ts'

const fmri = (name: string) => smallFmri('example.org', name)
const packages = {
  'app@1': ['depend type=require fmri=lib@1'],
  'app@2': ['depend type=require fmri=lib@2', 'depend type=require-any fmri=3d-tool@1 fmri=tool_b@1'],
  'inc@1': ['depend type=incorporate fmri=lib@1', 'set name=pkg.depend.install-hold value=core'],
  'inc@2': ['depend type=incorporate fmri=lib@2', 'set name=pkg.depend.install-hold value=core'],
  'lib@1': [],
  'lib@2': ['depend type=conditional predicate=app@1 fmri=doc@1'],
  'doc@1': [],
  'old@1': ['depend type=exclude fmri=lib@2'],
  'old@2': ['set name=pkg.obsolete value=true'],
  '3d-tool@1': [],
  'tool_b@1': [],
  'broken@1': ['depend type=require fmri=nothing@1'],
}
const image = {
  publishers: ['example.org'],
  variants: { 'variant.arch': 'i386' },
  facets: {},
  avoided: [],
  frozen: [],
  requested: ['app'],
  installed: ['app@1', 'inc@1', 'lib@1', 'old@1'].map(fmri),
}

const rank = (outcome: string) => ['undecided', 'best-found', 'optimal'].indexOf(outcome)

let line: CommandLine
const words = (...more: string[]) => ['plan', '--catalog', 'catalog', '--request', 'request.json', ...more]

function ask(operation: string, patterns: readonly string[], rest: object = {}): void {
  const request = { image: 'state/image.json', operation, patterns, reject: [], ...rest }
  writeFileSync(line.path('request.json'), JSON.stringify(request))
}

interface Answer {
  readonly outcome: string
  readonly proof: string | null
  readonly plan: { add: string[]; remove: string[]; update: string[][] } | null
  readonly objectives: readonly { id: string; value: number }[]
  readonly reasons: readonly { package: string; change: string; chain: { kind: string }[] }[]
  readonly explanation: {
    code: string
    facts: { kind: string }[]
    sentences: string[]
    fixes: { command: string }[]
  } | null
  readonly stats: { clauses: number; peakMemory: number; milliseconds: Record<string, number> }
}

function read(ran: Ran): Answer {
  expect(ran.stdout.split('\n'), told(ran)).toHaveLength(2)
  return JSON.parse(ran.stdout) as Answer
}

beforeEach(() => {
  line = commandLine()
  writeCatalogFolder(line.path('catalog'), 'example.org', packages)
  mkdirSync(line.path('state'))
  writeFileSync(line.path('state/image.json'), JSON.stringify(image))
  ask('install', ['pkg:/inc@2', 'pkg:/app'])
})
afterEach(() => line.remove())

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
    expect(answer.objectives.map(({ id }) => id)).toEqual(['O1', 'O2', 'O3', 'O4', 'O5', 'O6', 'O7', 'O8'])
    expect(answer.objectives.filter(({ value }) => value > 0)).toEqual([
      { id: 'O3', value: 1 },
      { id: 'O5', value: 2 },
      { id: 'O8', value: 2 },
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

  it('reads gzipped parts and several folders, and packages that no folder offers', async () => {
    writeCatalogFolder(
      line.path('zipped'),
      'other.org',
      { 'extra@1': ['depend type=require fmri=lib@1'] },
      true,
    )
    const state = { ...image, publishers: ['example.org', 'other.org'] }
    const local = smallFmri('gone.org', 'local@3')
    writeFileSync(
      line.path('state/image.json'),
      JSON.stringify({ ...state, installed: [...image.installed, local] }),
    )
    ask('install', ['pkg:/extra'])
    const answer = read(await line.pkg6(...words('--catalog', 'zipped', '--json')))
    expect(answer.plan).toEqual({ add: [smallFmri('other.org', 'extra@1')], remove: [], update: [] })
  })

  it('keeps an index where it is told to, and makes it anew when the catalog changes', async () => {
    const before = readdirSync(line.folder)
    await line.pkg6(...words())
    expect(readdirSync(line.folder)).toEqual(before)
    const first = await line.pkg6(...words('--index', 'kept'))
    const bytes = readFileSync(line.path('kept'))
    const second = await line.pkg6(...words('--index', 'kept'))
    expect(second.stdout).toBe(first.stdout)
    expect(readFileSync(line.path('kept')).equals(bytes)).toBe(true)
    const { 'app@2': _, ...fewer } = packages
    writeCatalogFolder(line.path('catalog'), 'example.org', fewer)
    utimesSync(line.path('catalog/catalog.base.C'), 1, 1)
    const third = await line.pkg6(...words('--index', 'kept'))
    expect(third.stdout).not.toContain('  app\n')
    writeFileSync(line.path('kept'), 'somebody else wrote this')
    const fourth = await line.pkg6(...words('--index', 'kept'))
    expect(fourth).toMatchObject({ exit: 1, stdout: '' })
    expect(fourth.stderr).toContain('is damaged or not a catalog index')
    expect(readFileSync(line.path('kept'), 'utf8')).toBe('somebody else wrote this')
  })

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
      /^[ou]\d(-\d+)?: [1-9]\d*$/,
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
            expect(values?.get(id.toLowerCase()) ?? 0, `${tool} ${operation} ${id}`).toBe(value)
      }
    }
  })
})

/** Objective values of the answer of another solver; undefined where it finds none. */
function optimum(tool: string, problem: string, path: string): ReadonlyMap<string, number> | undefined {
  const costs = new Map<string, Map<string, number>>()
  for (const stanza of problem.split('\n\n')) {
    const at = /^package: (.*)\nversion: (.*)$/m.exec(stanza)
    const pairs = [...stanza.matchAll(/^([ou]\d): (\d+)$/gm)].map(
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

describe('bad input of pkg6 plan', () => {
  const state = (change: object) => ({ 'state/image.json': { ...image, ...change } })
  const request = { image: 'state/image.json', operation: 'install', patterns: ['pkg:/app'] }
  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['no JSON', { 'request.json': '{' }, 'request.json is not JSON.'],
    ['a list', { 'request.json': [] }, 'request.json is not an object.'],
    [
      'no image',
      { 'request.json': { ...request, image: undefined } },
      "request.json is not an object with 'image'.",
    ],
    [
      'missing image',
      { 'request.json': { ...request, image: 'none' } },
      'none cannot be read: it does not exist (ENOENT)',
    ],
    [
      'a folder',
      { 'request.json': { ...request, image: '.' } },
      'cannot be read: it is a directory (EISDIR)',
    ],
    [
      'operation',
      { 'request.json': { ...request, operation: 'explode' } },
      '/operation is not one of install, update',
    ],
    ['inherited', { 'request.json': { ...request, operation: '__proto__' } }, '/operation is not one of'],
    ['patterns', { 'request.json': { ...request, patterns: 'app' } }, '/patterns is not a list of texts.'],
    ['a pattern', { 'request.json': { ...request, patterns: ['a', 1] } }, '/patterns/1 is not a text.'],
    [
      'no patterns',
      { 'request.json': { ...request, patterns: [] } },
      '/patterns is not one pattern or more.',
    ],
    ['reject', { 'request.json': { ...request, reject: {} } }, '/reject is not a list of texts.'],
    ['FMRI', state({ installed: ['pkg:/lib@1'] }), '/installed/0 is not a full FMRI'],
    ['broken FMRI', state({ installed: ['pkg://a/b c@1'] }), '/installed/0 is not a full FMRI'],
    [
      'installed twice',
      state({ installed: [fmri('lib@1'), fmri('lib@2')] }),
      '/installed/1 is not one version of lib only',
    ],
    ['publisher', state({ publishers: ['a/b'] }), '/publishers/0 is not a publisher name.'],
    [
      'a publisher named twice',
      state({ publishers: ['a', 'b', 'a'] }),
      '/publishers/2 is not another publisher than a, which is named already.',
    ],
    ['variants', state({ variants: { a: 1 } }), '/variants/a is not a text.'],
    ['facets', state({ facets: { doc: 'no' } }), '/facets/doc is not true or false.'],
    [
      'a facet set twice',
      state({ facets: { 'facet.doc': true, doc: false } }),
      '/facets/doc is not the only value of facet.doc.',
    ],
    ['frozen', state({ frozen: ['lib'] }), '/frozen/0 is not a package name with @VERSION.'],
    ['avoided', state({ avoided: ['a b'] }), '/avoided/0 is not a package name.'],
    [
      'prototype only',
      { 'state/image.json': '{"__proto__": {"publishers": [], "installed": []}}' },
      "'publishers'",
    ],
    ['catalog part', { 'catalog/catalog.base.C': '{}' }, 'catalog.base.C'],
  ])('%s', async (_, files, message) => {
    for (const [name, content] of Object.entries(files))
      writeFileSync(line.path(name), typeof content === 'string' ? content : JSON.stringify(content))
    const ran = await line.pkg6(
      ...words('--json', '--index', 'kept', '--write-cnf', 'a', '--write-cudf', 'b'),
    )
    expect(ran.stderr).toContain(message)
    expect(ran).toMatchObject({ exit: 1, stdout: '' })
    for (const name of ['kept', 'a', 'b']) expect(existsSync(line.path(name)) && name !== 'kept').toBe(false)
  })

  it('takes hostile names for names', async () => {
    const hostile = { '__proto__@1': ['depend type=require fmri=constructor@1'], 'constructor@1': [] }
    writeCatalogFolder(line.path('hostile'), 'example.org', { 'lib@3': [], ...hostile })
    writeFileSync(
      line.path('state/image.json'),
      `{"publishers": ["example.org"], "installed": [], "variants": {"__proto__": "x"}, "facets": {"__proto__": true}}`,
    )
    ask('install', ['pkg:/constructor'])
    const answer = read(await line.pkg6(...words('--catalog', 'hostile', '--json')))
    expect(answer.plan?.add).toEqual([fmri('constructor@1')])
    expect(answer.reasons[0]?.chain).toEqual([{ kind: 'asked-for', pattern: 'pkg:/constructor' }])
  })

  it('refuses folders without a catalog, and files that cannot be written', async () => {
    mkdirSync(line.path('empty'))
    expect((await line.pkg6('plan', '--catalog', 'empty', '--request', 'request.json')).stderr).toContain(
      'has no catalog.base.C',
    )
    const ran = await line.pkg6(...words('--write-cnf', 'no/such/folder/x'))
    expect(ran).toMatchObject({ exit: 1, stdout: '' })
    expect(ran.stderr).toContain('cannot be written: it does not exist (ENOENT)')
  })

  it('refuses what is no folder', async () => {
    symlinkSync('loop', line.path('loop'))
    for (const name of ['request.json', 'loop', 'n'.repeat(300)]) {
      const ran = await line.pkg6('plan', '--catalog', name, '--request', 'request.json')
      expect(ran, name).toMatchObject({ exit: 1, stdout: '' })
      expect(ran.stderr, name).toContain('catalog.base.C')
    }
  })

  it('waits for no pipe in the place of a part, a request or an index', async () => {
    mkdirSync(line.path('piped'))
    for (const name of ['piped/catalog.base.C', 'pipe']) spawnSync('mkfifo', [line.path(name)])
    const part = await line.pkg6('plan', '--catalog', 'piped', '--request', 'request.json')
    expect(part).toMatchObject({ exit: 1, stdout: '' })
    expect(part.stderr).toContain('is invalid: it is not a regular file')
    const request = await line.pkg6('plan', '--catalog', 'catalog', '--request', 'pipe')
    expect(request).toMatchObject({ exit: 1, stdout: '' })
    expect(request.stderr).toContain('pipe cannot be read: no process writes into this pipe (EPIPE)')
    const index = await line.pkg6(...words('--index', 'pipe'))
    expect(index).toMatchObject({ exit: 1, stdout: '' })
    expect(index.stderr).toContain('is damaged or not a catalog index')
  })

  it('does not advise to remove a folder in the place of an index', async () => {
    const ran = await line.pkg6(...words('--index', 'state'))
    expect(ran).toMatchObject({ exit: 1, stdout: '' })
    expect(ran.stderr).toContain('state cannot be read: it is a directory (EISDIR)')
    expect(ran.stderr).not.toContain('Remove')
  })

  it.each<[readonly string[], string]>([
    [['plan'], 'at least one --catalog is required'],
    [['plan', '--catalog', 'catalog'], '--request is required'],
    [['plan', '--catalog', 'c', '--request', 'r', 'x'], "does not take operands ('x')"],
    [['plan', '--catalog', 'c', '--request', 'r', '--deadline', '0'], "value '0' invalid: --deadline"],
    [['plan', '--catalog', 'c', '--request', 'r', '--deadline', '1e9'], "value '1e9' invalid: --deadline"],
    [['plan', '--sat-backend', 'zchaff'], "Argument 'zchaff' for option '--sat-backend' is invalid."],
    [['-R', '/', 'plan'], '-R not allowed for plan subcommand'],
  ])('%s', async (argv, message) => {
    const ran = await line.pkg6(...argv)
    expect(ran).toMatchObject({ exit: 2, stdout: '' })
    expect(ran.stderr).toContain(message)
  })
})
