import { posix } from 'node:path'
import { importsOf, type MaskedSource, maskSource } from './source-text.ts'

/** A source file by its path from the project root. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

interface PackageRule {
  /** Packages of this project that it may import. */
  readonly packages: readonly string[]
  /** Third-party packages and `node:` modules that it may import anywhere. */
  readonly anywhere: readonly string[]
  /** Third-party packages and `node:` modules that live in files whose path in the package matches. */
  readonly inFiles: readonly (readonly [name: string, file: RegExp])[]
  /** Touches no clock, network, console, environment or randomness. */
  readonly pure: boolean
}

const rules: ReadonlyMap<string, PackageRule> = new Map<string, PackageRule>([
  ['model', { packages: [], anywhere: [], inFiles: [], pure: true }],
  [
    'solver',
    {
      packages: ['model'],
      anywhere: [],
      inFiles: [
        ['minisat-wasm', /^sat\/minisat-wasm\.ts$/],
        ['logic-solver', /^sat\/logic-solver(-types\.d)?\.ts$/],
        ['cadical-wasm', /^sat\/cadical\.ts$/],
      ],
      pure: true,
    },
  ],
  [
    'repo',
    {
      packages: ['model'],
      anywhere: [
        'node:buffer',
        'node:crypto',
        'node:fs',
        'node:fs/promises',
        'node:path',
        'node:stream',
        'node:url',
        'node:util',
        'node:zlib',
      ],
      inFiles: [
        ['undici', /^source\/http-source\.ts$/],
        ['ajv', /^catalog\/catalog-schema\.ts$/],
        ['lru-cache', /^depot\/depot-catalogs\.ts$/],
        ['node:http', /^depot\/depot(-server)?\.ts$/],
        ['node:os', /^publish\/repository-lock\.ts$/],
        ['node:net', /^(?:depot\/depot-server|source\/transport-settings)\.ts$/],
        ['node:stream/promises', /^depot\/depot-server\.ts$/],
      ],
      pure: false,
    },
  ],
  [
    'executor',
    {
      packages: ['model'],
      anywhere: ['node:crypto', 'node:path', 'node:zlib'],
      inFiles: [['fflate', /^files\/unpack\.ts$/]],
      pure: false,
    },
  ],
  [
    'image',
    {
      packages: ['model', 'solver', 'repo', 'executor'],
      anywhere: ['node:crypto', 'node:path'],
      inFiles: [['ajv', /^config\/config-schema\.ts$/]],
      pure: false,
    },
  ],
])

/** Code that may import everything; only cli keeps to the public APIs. */
const outside: readonly string[] = ['cli', 'bench', 'test', 'scripts']

/** How a package is laid out: the order in which its folders may import each other. */
interface Layout {
  /** Files at the root, or folders, that lead the package: they may import everything in it, and no folder imports them. */
  readonly entries: readonly string[]
  /** From the top down: a folder imports only folders further on. What is not listed is no folder of the package. */
  readonly folders: readonly string[]
}

/** Files at the root that are no entries are vocabulary: every folder may import them, and they import no folder. */
const layouts: ReadonlyMap<string, Layout> = new Map<string, Layout>([
  ['model', { entries: ['index.ts'], folders: [] }],
  [
    'solver',
    {
      entries: ['index.ts', 'resolve-install.ts'],
      folders: ['explain', 'search', 'encode', 'rules', 'question', 'lookup', 'sat', 'minisat-wasm'],
    },
  ],
  ['executor', { entries: ['index.ts'], folders: ['apply', 'verify', 'simulate', 'plan', 'files', 'store'] }],
  [
    'repo',
    {
      entries: ['index.ts'],
      folders: ['depot', 'publish', 'index-file', 'refresh', 'source', 'payload', 'layout', 'catalog'],
    },
  ],
  [
    'image',
    {
      entries: ['index.ts', 'image.ts', 'open-image.ts', 'create-image.ts', 'export-image.ts'],
      folders: ['operations', 'plan', 'supply', 'change', 'manifests', 'pkg5', 'state', 'config'],
    },
  ],
  [
    'cli',
    {
      entries: ['bin', 'library.ts', 'main.ts', 'program.ts', 'registry.ts', 'usage.ts'],
      folders: [
        'pkg6depot',
        'pkg6repo',
        'commands/export',
        'commands/image',
        'commands/preview',
        'commands/repair',
        'commands/constraints',
        'commands/query',
        'commands/plan',
        'commands/publishers',
        'commands/properties',
        'commands/settings',
        'commands/shared',
        'render',
        'messages',
        'platform',
        'io',
      ],
    },
  ],
])
const mostLines = 600
/** What compiles schemas when it is loaded, and so is loaded where it is needed. */
const loadedLate = /\/(config|catalog)-schema\.ts$/

const commandsOrRender = /^cli\/(commands|render)\//
const typeImports = /\b(import|export)\s+type\s[^;"]*?\sfrom\s*"\d+"/g
/** What commands reach through `Image` and its host only; types excepted. */
const behindImage = /^#executor$|\/platform\/(node-filesystem|system-clock)\.ts$/

/** Every breach of the rules in the given files, one sentence each. */
export function checkArchitecture(files: readonly SourceFile[]): readonly string[] {
  const breaches: string[] = []
  const edges = new Map<string, readonly string[]>()
  for (const { path, text } of files) {
    const owner = path.split('/')[0]!
    const masked = maskSource(text)
    const report = (breach: string): void => void breaches.push(`${path}: ${breach}`)
    const lines = text.replace(/\n$/, '').split('\n').length
    if (lines > mostLines) report(`${lines} lines, more than ${mostLines}`)
    // A declaration file only describes somebody else's package as it is.
    const declares = path.endsWith('.d.ts')
    if (!declares && /\bexport\s+default\b|\bas\s+default\b/.test(masked.code)) report('default export')
    const imports = importsOf(masked)
    edges.set(path, innerImports(path, imports))
    for (const target of edges.get(path)!) {
      const breach = layoutBreach(path, target)
      if (breach !== undefined) report(breach)
    }
    if (owner === 'test' || owner === 'bench' || owner === 'scripts') continue
    for (const name of imports) {
      const breach = importBreach(path, name)
      if (breach !== undefined) report(breach)
    }
    for (const [, clause = '', number] of masked.code.matchAll(/\bimport\s+([^;"]*?)\s*from\s*"(\d+)"/g)) {
      const name = masked.strings[Number(number)]!
      if (loadedLate.test(name) && !clause.startsWith('type '))
        report(`imports ${name} at start: it takes longer than a small command`)
    }
    if (commandsOrRender.test(path))
      for (const name of importsOf({ ...masked, code: masked.code.replace(typeImports, '') }))
        if (behindImage.test(name)) report(`imports ${name}: commands work through Image and its host`)
    const rule = rules.get(owner)
    if (rule === undefined) continue
    if (/\bimport\s*\(\s*(?!["\s])/.test(masked.code)) report('imports a computed name')
    if (!rule.pure) continue
    for (const effect of effectsIn(masked)) {
      if (!allowedEffects.has(`${path}: ${effect}`)) report(`${effect} in a pure package`)
    }
  }
  return [...breaches, ...cyclesIn(edges)]
}

/** Files of the same package that a file imports, by path from the project root. */
function innerImports(path: string, imports: readonly string[]): readonly string[] {
  return imports
    .filter((name) => name.startsWith('.'))
    .map((name) => posix.join(posix.dirname(path), name))
    .filter((target) => target.split('/')[0] === path.split('/')[0])
}

/** Why a file of a package may not import another file of it. */
function layoutBreach(path: string, target: string): string | undefined {
  const layout = layouts.get(path.split('/')[0]!)
  if (layout === undefined) return undefined
  const from = placeIn(layout, path)
  const to = placeIn(layout, target)
  if (from === 'unlisted') return `lies in a folder that the layout of its package does not list`
  if (from === 'entry') return undefined
  if (to === 'entry') return `imports ${target}, which leads the package`
  if (to === 'vocabulary') return undefined
  if (from === 'vocabulary') return `imports ${target} from the root, where vocabulary lies`
  return to === 'unlisted' || to < from ? `imports ${target}, which lies above it` : undefined
}

/** The position of a file's folder in the layout, or what it is at the root. */
function placeIn(layout: Layout, path: string): number | 'entry' | 'vocabulary' | 'unlisted' {
  const [, ...rest] = path.split('/')
  if (layout.entries.includes(rest[0]!)) return 'entry'
  if (rest.length === 1) return 'vocabulary'
  const folder = rest[0] === 'commands' ? rest.slice(0, 2).join('/') : rest[0]!
  const index = layout.folders.indexOf(folder)
  return index < 0 ? 'unlisted' : index
}

function importBreach(path: string, name: string): string | undefined {
  const [owner, ...rest] = path.split('/')
  const rule = rules.get(owner!)
  if (name.startsWith('.')) {
    const target = posix.join(posix.dirname(path), name).split('/')[0]!
    if (target === owner) return undefined
    if (target === 'cli' || outside.includes(target))
      return `imports ${name}, which is outside of all packages`
    return rules.has(target)
      ? `deep import of ${name}: use #${target}`
      : `imports ${name} by a path out of its package`
  }
  if (name.startsWith('#')) return packageBreach(owner!, name.slice(1), rule)
  if (rule === undefined) return undefined
  if (rule.anywhere.includes(name)) return undefined
  const own = rule.inFiles.find(([one]) => one === name)
  if (own === undefined) return `${name} does not live in ${owner}`
  return own[1].test(rest.join('/')) ? undefined : `${name} lives in another file of ${owner}`
}

function packageBreach(owner: string, target: string, rule: PackageRule | undefined): string | undefined {
  if (target.includes('/')) return `deep import of #${target}`
  if (!rules.has(target)) return `imports #${target}, which is no package`
  if (target === owner) return `imports its own public API #${target}`
  if (rule === undefined || rule.packages.includes(target)) return undefined
  return `${owner} may not import #${target}`
}

/** The engine prints to the console when its heap is full; its adapter catches that and is the one place that may. */
const allowedEffects: ReadonlySet<string> = new Set(['solver/sat/logic-solver.ts: console'])

const effects: readonly (readonly [string, RegExp])[] = [
  ['Date.now', /\bDate\s*\.\s*now\b/],
  ['new Date()', /\bDate\s*\(\s*\)|\bnew\s+Date\b(?!\s*\()/],
  ['Math.random', /\bMath\s*\.\s*random\b/],
  ...[
    'process',
    'console',
    'fetch',
    'performance',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'globalThis',
  ].map(
    // Not a property of something else, and not the name of one in an object or an interface.
    (name) => [name, new RegExp(`(?<![.\\w$])${name}\\b(?!\\s*\\??:)`)] as const,
  ),
]

function effectsIn({ code }: MaskedSource): readonly string[] {
  return effects.filter(([, form]) => form.test(code)).map(([name]) => name)
}

/** One sentence for each cycle of imports that a search from any file closes. */
function cyclesIn(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found: string[] = []
  const state = new Map<string, 'open' | 'done'>()
  const trail: string[] = []
  const visit = (path: string): void => {
    if (state.get(path) === 'done' || !edges.has(path)) return
    if (state.get(path) === 'open') {
      found.push(`import cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`)
      return
    }
    state.set(path, 'open')
    trail.push(path)
    for (const target of edges.get(path)!) visit(target)
    trail.pop()
    state.set(path, 'done')
  }
  for (const path of edges.keys()) visit(path)
  return found
}
