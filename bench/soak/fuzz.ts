import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dependencyTypes } from '#model'
import { smallFmri, writeCatalogFolder } from '../../test/support/catalog-folder.ts'
import { type Draw, drawFrom } from '../../test/support/formula.ts'

/** Longest time that one command may take, ms: the machine may be busy with other work. */
const PATIENCE = 60_000
const exits: readonly (number | null)[] = [0, 1, 2, 4, 9]

/** All that there are, and one that there is not. */
const types = [...dependencyTypes, 'desire']

/** Pieces that do harm where they do not belong. */
const pieces = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\',
  '\\u0000',
  '@',
  '/',
  '*',
  '-1',
  '1e999',
  '""',
  'null',
  'true',
  '{}',
  '[]',
  '\n',
  'é',
  '__proto__',
  'constructor',
  'fmri=',
  'type=',
  'facet.x=all',
  'pkg://',
  '99999999999999999999',
  '5.11-0.0',
  ':20240101T000000Z',
]

/**
 * Runs `pkg6 plan` on damaged catalogs, images and requests, each in a process of its own: it must end in time, with an exit
 * code of its own, and without a stack trace. Prints what is wrong; returns how many were.
 */
export function fuzzPlan(root: string, seed: number, count: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'pkg6-fuzz-'))
  const program = join(root, 'dist', 'bin', 'pkg6.cjs')
  const seen = new Map<string, number>()
  let wrong = 0
  try {
    for (let index = 0; index < count; index += 1) {
      const draw = drawFrom(seed * 1_000_003 + index)
      const place = join(folder, 'case')
      rmSync(place, { recursive: true, force: true })
      mkdirSync(place, { recursive: true })
      makeCase(place, draw)
      const run = spawnSync(
        process.execPath,
        [
          program,
          'plan',
          '--catalog',
          'catalog',
          '--request',
          'request.json',
          '--deadline',
          '20',
          ...(draw(2) === 0 ? ['--json'] : []),
        ],
        { cwd: place, encoding: 'utf8', timeout: PATIENCE, env: { PATH: process.env.PATH, HOME: place } },
      )
      const output = `${run.stdout}${run.stderr}`
      const key = run.error === undefined ? `exit ${run.status}` : 'no end'
      seen.set(key, (seen.get(key) ?? 0) + 1)
      const hasStack = /\n\s+at .*[:(]\d+|node:internal|TypeError|RangeError|Unhandled/.test(output)
      if (run.error === undefined && exits.includes(run.status) && !hasStack) continue
      wrong += 1
      console.log(`fuzz ${index}: ${key}\n${output.slice(0, 2000)}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  for (const [key, times] of [...seen].sort()) console.log(`${String(times).padStart(6)}  ${key}`)
  return wrong
}

function makeCase(place: string, draw: Draw): void {
  const pick = <T>(list: readonly T[]): T => list[draw(list.length)]!
  const stems = ['app', 'lib', 'doc', 'tool', 'inc', 'web/app', 'old']
  const name = () => `${pick(stems)}@${1 + draw(4)}`
  const packages: Record<string, readonly string[]> = {}
  for (let index = 4 + draw(16); index > 0; index -= 1) {
    packages[name()] = Array.from({ length: draw(4) }, () => {
      const targets = Array.from(
        { length: 1 + draw(3) },
        () => `fmri=${draw(3) === 0 ? pick(stems) : name()}`,
      )
      const more = pick([
        '',
        '',
        ' predicate=lib',
        ' root-image=true',
        ' facet.a=true',
        ' variant.arch=sparc',
      ])
      return pick([
        `depend type=${pick(types)} ${targets.join(' ')}${more}`,
        `depend type=${pick(types)} ${targets.join(' ')}${more}`,
        `set name=${pick(['pkg.obsolete', 'pkg.renamed', 'pkg.depend.explicit-install'])} value=true`,
        'set name=pkg.depend.install-hold value=core',
      ])
    })
  }
  // Damage inside the texts of actions passes the check of the digest.
  for (const own of Object.values(packages)) {
    const actions = own as string[]
    if (actions.length > 0 && draw(6) === 0) {
      const index = draw(actions.length)
      actions[index] = damaged(Buffer.from(actions[index]!), draw).toString()
    }
  }
  writeCatalogFolder(join(place, 'catalog'), 'example.org', packages, draw(4) === 0)
  const known = Object.keys(packages)
  const installed = [...new Map(known.map((one) => [one.split('@')[0], one])).values()]
    .filter(() => draw(3) === 0)
    .map((one) => smallFmri('example.org', one))
  const image = {
    catalogs: [],
    publishers: ['example.org'],
    variants: { 'variant.arch': 'i386' },
    facets: draw(3) === 0 ? { 'facet.a': false } : {},
    avoided: draw(4) === 0 ? [pick(stems)] : [],
    frozen: draw(4) === 0 ? [name()] : [],
    requested: [],
    installed,
    parent: draw(3) === 0 ? installed.filter(() => draw(3) > 0) : null,
    root: draw(3) === 0 ? installed.filter(() => draw(3) > 0) : null,
  }
  const operation = pick([
    'install',
    'update',
    'uninstall',
    'exact-install',
    'autoremove',
    'change-facet',
    'change-variant',
    'sync',
  ])
  const takesPatterns = ['install', 'update', 'uninstall', 'exact-install'].includes(operation)
  const least = operation === 'update' ? 0 : 1
  const patterns = Array.from({ length: takesPatterns ? least + draw(2) : Number(draw(9) === 0) }, () =>
    pick([`pkg:/${pick(known)}`, pick(known).split('@')[0]!, '*', 'l*', 'lib@latest', pick(stems)]),
  )
  const request = {
    id: 'X',
    image: 'image.json',
    operation,
    patterns,
    reject: draw(4) === 0 ? [pick(stems)] : [],
    'ignore-missing': draw(4) === 0,
    ...(operation === 'change-facet' ? { facets: { a: pick([true, false, null]) } } : {}),
    ...(operation === 'change-variant' ? { variants: { arch: pick(['i386', 'sparc']) } } : {}),
  }
  writeFileSync(join(place, 'image.json'), JSON.stringify(image))
  writeFileSync(join(place, 'request.json'), JSON.stringify(request))
  const files = [
    'image.json',
    'request.json',
    ...readdirSync(join(place, 'catalog')).map((file) => join('catalog', file)),
  ]
  for (let hits = draw(3) === 0 ? 1 + draw(3) : 0; hits > 0; hits -= 1) damage(join(place, pick(files)), draw)
}

function damage(path: string, draw: Draw): void {
  writeFileSync(path, damaged(readFileSync(path), draw))
}

function damaged(bytes: Buffer, draw: Draw): Buffer {
  const at = draw(bytes.length + 1)
  const to = Math.min(bytes.length, at + draw(30))
  const piece = Buffer.from(pieces[draw(pieces.length)]!)
  const splices = [
    () => [bytes.subarray(0, at), piece, bytes.subarray(at)],
    () => [bytes.subarray(0, at), piece, bytes.subarray(to)],
    () => [bytes.subarray(0, at), bytes.subarray(to)],
    () => [bytes.subarray(0, to), bytes.subarray(at)],
    () => [bytes.subarray(0, at)],
    () => [bytes.subarray(0, at), Buffer.from([draw(256)]), bytes.subarray(Math.min(bytes.length, at + 1))],
  ]
  return Buffer.concat(splices[draw(splices.length)]!())
}
