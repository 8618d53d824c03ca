import { mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect } from 'vitest'
import { smallFmri, writeCatalogFolder } from './catalog-folder.ts'
import { type CommandLine, commandLine, type Ran, told } from './command-line.ts'

/** Full FMRI of `stem@version` in the catalog. */
export const fmri = (name: string) => smallFmri('example.org', name)

/** Packages of the catalog. */
export const packages = {
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

/** The image that a request names. */
export const image = {
  publishers: ['example.org'],
  variants: { 'variant.arch': 'i386' },
  facets: {},
  avoided: [],
  frozen: [],
  requested: ['app'],
  installed: ['app@1', 'inc@1', 'lib@1', 'old@1'].map(fmri),
}

/** Folder `catalog`, the image `state/image.json` and `request.json`, new for each test. */
export let line: CommandLine

/** Words of `pkg6 plan` for that catalog and that request. */
export const words = (...more: string[]) => [
  'plan',
  '--catalog',
  'catalog',
  '--request',
  'request.json',
  ...more,
]

/** Writes `request.json`. */
export function ask(operation: string, patterns: readonly string[], rest: object = {}): void {
  const request = { image: 'state/image.json', operation, patterns, reject: [], ...rest }
  writeFileSync(line.path('request.json'), JSON.stringify(request))
}

/** The JSON object that `pkg6 plan --json` prints. */
export interface Answer {
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

/** Reads the JSON object that a command printed on one line. */
export function read(ran: Ran): Answer {
  expect(ran.stdout.split('\n'), told(ran)).toHaveLength(2)
  return JSON.parse(ran.stdout) as Answer
}

/** Gives each test of the calling file its own folder, and removes it afterwards. */
export function planCommand(): void {
  beforeEach(() => {
    line = commandLine()
    writeCatalogFolder(line.path('catalog'), 'example.org', packages)
    mkdirSync(line.path('state'))
    writeFileSync(line.path('state/image.json'), JSON.stringify(image))
    ask('install', ['pkg:/inc@2', 'pkg:/app'])
  })
  afterEach(() => line.remove())
}
