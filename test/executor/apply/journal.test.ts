import { describe, expect, it } from 'vitest'
import { createFilesystemExecutor, recoverInterrupted } from '#executor'
import { interceptFilesystem } from '../../support/intercepted-filesystem.ts'
import { createMemoryFilesystem, type MemoryFilesystem } from '../../support/memory-filesystem.ts'
import { sampled, sampledNumbers } from '../../support/sampling.ts'
import { sealedJournal } from '../../support/sealed-journal.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import {
  change,
  createSmallImage,
  goodPlan,
  mustApply,
  packageOf,
  targetOf,
} from '../../support/small-image.ts'

const journalAt = '/image/var/pkg/journal'
const config = 'pkg6.image.json'
const one = packageOf('app@1', [
  'file content="a 1" path=usr/lib/a',
  'file content="b 1" path=usr/lib/b',
  'file content="c 1" path=opt/gone/c',
  'file content="d 1" path=opt/gone/deep/d',
  'dir path=var/spool/old',
  'file content="e" path=var/spool/old/e',
  'dir path=srv mode=0700',
  'license content="terms" license=old',
])
const two = packageOf('app@2', [
  'file content="a 2" path=usr/lib/a',
  'file content="n" path=opt/new/n',
  'file content="m" path=opt/new/deep/m',
  'dir path=usr/made',
  'dir path=srv mode=0755',
  'license content="terms" license=new',
])

/** An update that was killed when all its steps were done and nothing was committed. */
function interrupted(): MemoryFilesystem {
  const fs = createMemoryFilesystem()
  createSmallImage(fs)
  fs.plant('/outside/precious', 'precious')
  fs.plant(`/image/var/pkg/${config}`, 'before')
  fs.plant('/image/var/pkg/installed.db', 'database')
  fs.plant('/image/usr/other', 'of another package')
  mustApply({ target: targetOf(fs) }, [change(undefined, one)])
  fs.plant('/image/var/spool/old/mine', 'not packaged')
  fs.plant('/image/usr/made/mine', 'not packaged')
  const plan = { ...goodPlan([change(one, two)]), metadataFiles: [{ name: config, text: 'after' }] }
  let killed = fs
  const commit = () => {
    killed = fs.clone()
    return undefined
  }
  expect(createFilesystemExecutor(targetOf(fs)).execute(plan, { commit }).ok).toBe(true)
  return killed
}

function recover(fs: MemoryFilesystem): string {
  const done = recoverInterrupted({
    filesystem: fs,
    root: '/image',
    metadata: '/image/var/pkg',
    metadataFiles: [config],
    committedGeneration: 0,
  })
  return done.ok ? done.value.side : done.error.code
}

const bad = 'ips::installer_error::bad_journal'
const failed = 'ips::installer_error::recovery_failed'
const whole = interrupted()

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
interface Steps {
  displacing: { [key: string]: Json }[]
  placing: { [key: string]: Json }[]
}

function journalOf(fs: MemoryFilesystem): Steps {
  return JSON.parse(fs.text(journalAt)!.split('\n')[0]!) as Steps
}

/** Puts a journal in the place of the real one, as somebody does who can count, too. */
function forge(fs: MemoryFilesystem, journal: Json | Steps): void {
  const marks = fs.text(journalAt)!.split('\n').slice(2).join('\n')
  fs.unlink(journalAt)
  fs.plant(journalAt, `${sealedJournal(journal)}${marks}`)
}

function expectRefused(fs: MemoryFilesystem, code = bad): void {
  const before = fs.listing('/')
  expect(recover(fs)).toBe(code)
  expect(fs.listing('/')).toEqual(before)
}

describe('the journal of an interrupted run', () => {
  it('has every kind of step, and is undone', () => {
    const { displacing, placing } = journalOf(whole)
    const kinds = new Set([...displacing, ...placing].map((step) => step.do))
    expect([...kinds].sort()).toEqual([
      'attributes',
      'displace',
      'displace-tree',
      'make-directory',
      'place',
      'place-tree',
      'rehome',
      'remove-directory',
    ])
    const fs = whole.clone()
    expect(recover(fs)).toBe('undone')
    expect(fs.text(`/image/var/pkg/${config}`)).toBe('before')
    expect(fs.text('/image/opt/gone/deep/d')).toBe('d 1')
    expect(fs.text('/image/var/spool/old/mine')).toBe('not packaged')
  })

  it('is refused whatever byte of it is changed, and nothing is', () => {
    const text = Buffer.from(whole.text(journalAt)!)
    const end = text.indexOf('\n', text.indexOf('\n') + 1)
    const random = seededRandom(20261123)
    for (const at of [0, ...sampledNumbers(end - 1, 3), end]) {
      const damaged = Buffer.from(text)
      damaged[at] = damaged[at]! ^ (1 << Math.floor(random() * 8))
      const fs = whole.clone()
      fs.unlink(journalAt)
      fs.plant(journalAt, damaged)
      // The last line end: the marks are then no lines of their own.
      if (at === end) expect(recover(fs)).toBe(bad)
      else expectRefused(fs)
    }
  })

  it.each([
    ['empty', ''],
    ['a line end', '\n'],
    ['null', 'null\n'],
    ['nested without end', `${'['.repeat(100_000)}\n`],
    ['without checksum', `${whole.text(journalAt)!.split('\n')[0]}\nplacing\n`],
    ['of an older client', '{"format":1,"operation":"0-1","base":0,"displacing":[],"placing":[]}\n'],
    ['of a newer client', '{"format":99}\n'],
  ])('is refused when it is %s', (_, text) => {
    const fs = whole.clone()
    fs.unlink(journalAt)
    fs.plant(journalAt, text)
    expectRefused(fs)
  })

  it('is refused when it is no file', () => {
    for (const plant of [
      (fs: MemoryFilesystem) => fs.plantDirectory(journalAt),
      (fs: MemoryFilesystem) => fs.plantLink(journalAt, '/outside/precious'),
      (fs: MemoryFilesystem) => fs.plantOther(journalAt),
    ]) {
      const fs = whole.clone()
      fs.unlink(journalAt)
      plant(fs)
      expectRefused(fs)
    }
  })
})

describe('a forged journal', () => {
  const owned = { mode: 0o755, uid: 0, gid: 0 }
  const reserved = [
    'installed.db',
    'installed.snapshot',
    'lock',
    'journal',
    'stage',
    'stage/0-1',
    'publisher/p/pkg/x',
    'cache',
  ]
  const places = [
    ...reserved.map((name) => `var/pkg/${name}`),
    'var/pkg',
    'var',
    'VAR/pkg/installed.db',
    'var/PKG/history',
    'var/pkg/license/../installed.db',
    'var/pkg/notes',
    'var/pkg/license.new',
    '../outside/precious',
    '/outside/precious',
    'usr/../../outside',
    '',
    'usr//lib',
    'n'.repeat(256),
    'a\0b',
  ]
  const steps = (path: string): readonly (readonly ['displacing' | 'placing', { [key: string]: Json }])[] => [
    ['displacing', { do: 'displace', path, to: 'old/900' }],
    ['displacing', { do: 'remove-directory', path, ...owned }],
    ['displacing', { do: 'displace-tree', path, to: 'old/900', content: [] }],
    ['placing', { do: 'make-directory', path, ...owned }],
    ['placing', { do: 'place', path, from: 'new/900' }],
    ['placing', { do: 'place', path, from: 'new/900', backup: 'old/900' }],
    ['placing', { do: 'place-tree', path, from: 'new/900', content: ['x'] }],
  ]

  it.each(places)('is refused when one more step names %j', (path) => {
    for (const [list, step] of steps(path))
      for (const at of ['first', 'last']) {
        const fs = whole.clone()
        const journal = journalOf(fs)
        journal[list].splice(at === 'first' ? 0 : journal[list].length, 0, step)
        forge(fs, journal)
        expectRefused(fs)
      }
  })

  it('may name the configuration only to put back what it was', () => {
    for (const [list, step] of steps(`var/pkg/${config}`)) {
      const fs = whole.clone()
      const journal = journalOf(fs)
      journal.placing = journal.placing.filter(({ path }) => path !== `var/pkg/${config}`)
      journal[list].push(step)
      forge(fs, journal)
      if (step.backup === undefined) expectRefused(fs)
      else expect(recover(fs)).toBe('undone')
    }
  })

  it.each<[string, (journal: Steps) => Json | Steps]>([
    ['an unknown kind', (j) => ({ ...j, displacing: [{ do: 'explode', path: 'usr' }] })],
    ['a kind of the other phase', (j) => ({ ...j, displacing: j.placing, placing: j.displacing })],
    [
      'a name in the stage twice',
      (j) => ({
        ...j,
        displacing: [
          ...j.displacing,
          { do: 'displace', path: 'x', to: 'old/0' },
          { do: 'displace', path: 'y', to: 'old/0' },
        ],
      }),
    ],
    [
      'something rehomed that was not displaced',
      (j) => ({ ...j, placing: [...j.placing, { do: 'rehome', from: 'old/999', path: 'usr/x' }] }),
    ],
    [
      'something placed out of what goes',
      (j) => ({ ...j, placing: [{ do: 'place', from: 'old/999', path: 'usr/x' }] }),
    ],
    ['a path twice', (j) => ({ ...j, placing: [...j.placing, j.placing[0]!] })],
    [
      'a tree without the parents of what is in it',
      (j) => ({ ...j, placing: [{ do: 'place-tree', from: 'new/900', path: 'usr/x', content: ['y/z'] }] }),
    ],
    [
      'a tree that reaches out',
      (j) => ({ ...j, placing: [{ do: 'place-tree', from: 'new/900', path: 'usr/x', content: ['../y'] }] }),
    ],
    [
      'a tree with the metadata folder in other letters',
      (j) => ({
        ...j,
        placing: [{ do: 'place-tree', from: 'new/900', path: 'VAR', content: ['pkg/', 'pkg/installed.db'] }],
      }),
    ],
    [
      'an odd mode',
      (j) => ({ ...j, placing: [{ do: 'make-directory', path: 'x', ...owned, mode: 0o10000 }] }),
    ],
    [
      'an owner below 0',
      (j) => ({ ...j, placing: [{ do: 'make-directory', path: 'x', ...owned, uid: -1 }] }),
    ],
    ['an operation that is a path', (j) => ({ ...j, operation: '../..' })],
    ['a generation that is none', (j) => ({ ...j, base: 0.5 })],
    ['another generation', (j) => ({ ...j, base: 7 })],
    ['no steps', () => ({ format: 2, operation: '0-1', base: 0 })],
  ])('is refused when it has %s', (_, mutate) => {
    const fs = whole.clone()
    forge(fs, mutate(journalOf(fs)))
    expectRefused(fs)
  })

  /** Lines of a listing that are in one of two disks only, by their paths. */
  function changedPaths(before: MemoryFilesystem, after: MemoryFilesystem): readonly string[] {
    const [first, second] = [new Set(before.listing('/')), new Set(after.listing('/'))]
    const lines = [...first]
      .filter((line) => !second.has(line))
      .concat([...second].filter((line) => !first.has(line)))
    return lines.map((line) => line.split(' ')[4]!)
  }

  function mutated(journal: Steps, random: () => number): { journal: Steps; names: Set<string> } {
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
    const values: readonly Json[] = [
      ...places,
      'usr/lib',
      'usr/other',
      'usr/lib/b',
      'opt',
      'old/1',
      'new/2',
      'displace',
      'place',
      'rehome',
      0,
      -1,
      511,
      null,
      true,
      [],
      ['a', 'b/'],
      {},
    ]
    for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
      const list = pick([journal.displacing, journal.placing])
      const step = pick(list)
      if (step === undefined) continue
      const dice = random()
      if (dice < 0.15) list.splice(list.indexOf(step), 1)
      else if (dice < 0.3) list.push({ ...step })
      else if (dice < 0.4) list.reverse()
      else if (dice < 0.5) delete step[pick(Object.keys(step))]
      else if (dice < 0.6 && Array.isArray(step.content)) step.content.push(pick(values))
      else step[pick([...Object.keys(step), 'backup', 'content'])] = pick(values)
    }
    return {
      journal,
      names: new Set([...journal.displacing, ...journal.placing].map(({ path }) => String(path))),
    }
  }

  it('changes nothing when it is refused, and nothing but what it names when it is not', () => {
    const random = seededRandom(77)
    const outcomes = new Map<string, number>()
    for (let run = 0; run < sampled(1000, 3000); run++) {
      const fs = whole.clone()
      const { journal, names } = mutated(journalOf(fs), random)
      forge(fs, journal)
      const before = fs.clone()
      const outcome = recover(fs)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      const changed = changedPaths(before, fs)
      if (outcome === bad) expect(changed).toEqual([])
      expect(fs.text('/image/var/pkg/installed.db')).toBe('database')
      for (const path of changed) {
        const inside = path.startsWith('image/') ? path.slice('image/'.length) : undefined
        const isOwn = inside !== undefined && /^var\/pkg\/(journal|stage(\/.*)?)$/.test(inside)
        const isNamed = [...names].some((name) => inside === name || inside?.startsWith(`${name}/`))
        expect(isOwn || isNamed, `run ${run}: ${path} by ${JSON.stringify(journal)}`).toBe(true)
      }
    }
    expect([...outcomes.keys()].sort()).toEqual([bad, failed, 'undone'].sort())
    expect(outcomes.get('undone')).toBeGreaterThan(sampled(33, 100))
  })
})

describe('recovery beside what somebody changed since', () => {
  it.each([
    ['stage', '/image/var/pkg/stage'],
    ['folder of the run', '/image/var/pkg/stage/RUN'],
    ['folder of what goes', '/image/var/pkg/stage/RUN/old'],
    ['folder of what comes', '/image/var/pkg/stage/RUN/new'],
    ['directory', '/image/usr'],
    ['directory below', '/image/usr/lib'],
    ['directory of a tree', '/image/opt/new/deep'],
  ])('does nothing when the %s became a link', (_, name) => {
    const fs = whole.clone()
    const path = name.replace('RUN', fs.readDirectory('/image/var/pkg/stage')[0]!)
    fs.rename(path, '/image/kept-away')
    fs.symbolicLink('/outside', path)
    expectRefused(fs, failed)
    fs.unlink(path)
    fs.rename('/image/kept-away', path)
    expect(recover(fs)).toBe('undone')
    expect(fs.text('/image/opt/gone/deep/d')).toBe('d 1')
  })

  it('moves nothing from behind a link that somebody put into a directory that goes', () => {
    const fs = createMemoryFilesystem()
    createSmallImage(fs)
    fs.plant('/outside/d', 'precious')
    mustApply({ target: targetOf(fs) }, [change(undefined, one)])
    // After the run has looked: what goes is another tree, with the same names in it.
    const swapping = interceptFilesystem(fs, ({ name, path }) => {
      if (name !== 'rename' || path !== '/image/opt') return
      fs.rename('/image/opt/gone/deep', '/image/away')
      fs.symbolicLink('/outside', '/image/opt/gone/deep')
    })
    const done = createFilesystemExecutor(targetOf(swapping)).execute(goodPlan([change(one, undefined)]), {
      commit: () => {},
    })
    expect(done).toMatchObject({
      ok: false,
      error: { cause: { errno: 'ELOOP', path: '/image/opt/gone/deep' } },
    })
    expect(fs.lstat('/image/opt/gone/deep')?.type).toBe('link')
    expect(fs.listing('/outside')).toEqual(['0644 0 0 file d "precious"'])
    expect(fs.lstat(journalAt)).toBeUndefined()
  })
})
