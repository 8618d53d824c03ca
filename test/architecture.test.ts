import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkArchitecture, type SourceFile } from './support/architecture-check.ts'
import { projectRoot } from './support/shared-data.ts'
import { importsOf, maskSource } from './support/source-text.ts'

const folders = ['model', 'solver', 'repo', 'executor', 'image', 'cli', 'bench', 'test', 'scripts']
/** A package of its own, with its own language, and inputs of tests. */
const leftOut: ReadonlySet<string> = new Set(['solver/minisat-wasm', 'test/fixtures'])

function sourcesBelow(path: string): SourceFile[] {
  if (leftOut.has(path) || !existsSync(join(projectRoot, path))) return []
  return readdirSync(join(projectRoot, path), { withFileTypes: true }).flatMap((entry) => {
    const inner = `${path}/${entry.name}`
    if (entry.isDirectory()) return sourcesBelow(inner)
    return inner.endsWith('.ts')
      ? [{ path: inner, text: readFileSync(join(projectRoot, inner), 'utf8') }]
      : []
  })
}

/**
 * Calls that pass each item of a list as an argument: the stack has room for some ten thousand, and a list may come from a catalog. A list
 * literal (`[...a, ...b]`) takes no room there.
 */
function spreadCalls(text: string): readonly string[] {
  const { code } = maskSource(text)
  const found: string[] = [...code.matchAll(/\.apply\(/g)].map(([call]) => call)
  const open: { readonly at: number; readonly bracket: string; spreads: boolean }[] = []
  for (let at = 0; at < code.length; at += 1) {
    const bracket = code[at] ?? ''
    if ('([{'.includes(bracket)) open.push({ at, bracket, spreads: false })
    const inner = open.at(-1)
    if (inner !== undefined && code.startsWith('...', at)) inner.spreads = true
    if (!')]}'.includes(bracket)) continue
    open.pop()
    const isCall = /[\w\])!]$/.test(code.slice(0, inner?.at)) && !/^\s*(?:=>|[:{])/.test(code.slice(at + 1))
    if (inner?.bracket === '(' && inner.spreads && isCall)
      found.push(code.slice(inner.at - 20, at + 1).trim())
  }
  return found
}

/** Parts of a path or of an address, and words and types of the program itself. */
const shortLists: ReadonlySet<string> = new Set([
  'repo/depot/depot-operations.ts',
  'repo/source/file-source.ts',
  'cli/pkg6repo/pkg6repo-words.ts',
  'cli/platform/engines.ts',
  'solver/question/clean-up.ts',
])

describe('the packages', () => {
  const sources = folders.flatMap(sourcesBelow)

  test('are read whole', () => {
    const found = new Set(sources.map(({ path }) => path.split('/')[0]))
    for (const name of ['model', 'solver', 'repo', 'executor', 'image']) expect(found).toContain(name)
    expect(sources.flatMap(({ text }) => importsOf(maskSource(text))).length).toBeGreaterThan(200)
  })

  test('pass no list as arguments', () => {
    const product = sources.filter(
      ({ path }) => !/^(?:bench|test|scripts)\//.test(path) && !shortLists.has(path),
    )
    expect(product.flatMap(({ path, text }) => spreadCalls(text).map((call) => `${path}: ${call}`))).toEqual(
      [],
    )
  })

  test('keep their boundaries', () => {
    expect(checkArchitecture(sources)).toEqual([])
  })
})

test.each([
  ['a.push(...b)', 1],
  ['a.push(1, ...b(c))', 1],
  ['Math.max(...a.map((one) => one.x))', 1],
  ['f.apply(undefined, a)', 1],
  ['String.fromCharCode(\n  ...codes,\n)', 1],
  ['a.concat(b)', 0],
  ['f([...a, ...b])', 0],
  ['f({ ...a, b })', 0],
  ['const f = (...words: string[]): void => {}', 0],
  ['function f(...words: string[]) {}', 0],
])('%j has %i calls that pass a list as arguments', (text, count) => {
  expect(spreadCalls(text)).toHaveLength(count)
})

describe('the checker finds', () => {
  test.each<[string, string, string, RegExp | undefined]>([
    ['a wrong arrow', 'solver/a.ts', "import { x } from '#repo'", /solver may not import #repo/],
    ['any arrow from model', 'model/a.ts', "export * from '#solver'", /model may not import #solver/],
    ['an arrow of types only', 'repo/a.ts', "import type { X } from '#executor'", /repo may not import/],
    ['an arrow inside a type', 'repo/a.ts', "type X = import('#executor').X", /repo may not import/],
    ['a right arrow', 'image/a.ts', "import { x } from '#solver'", undefined],
    ['its own public API', 'repo/a.ts', "import { x } from '#repo'", /its own public API/],
    ['a package that is none', 'image/a.ts', "import { x } from '#cli'", /no package/],
    ['a deep import by name', 'image/a.ts', "import { x } from '#solver/encode.ts'", /deep import/],
    ['a deep import by path', 'image/a.ts', "import { x } from '../solver/encode/encode.ts'", /deep import/],
    ['a deep import of cli', 'cli/a.ts', "import { x } from '../solver/encode/encode.ts'", /deep import/],
    [
      'the command line from a package',
      'image/a.ts',
      "import { x } from '../cli/a.ts'",
      /outside of all packages/,
    ],
    [
      'test code from a package',
      'image/a.ts',
      "import { x } from '../test/support/a.ts'",
      /outside of all packages/,
    ],
    ['a path out of the package', 'image/a.ts', "import x from '../package.json'", /out of its package/],
    ['the packages from cli', 'cli/a.ts', "import { x } from '#image'", undefined],
    ['anything from tests', 'test/a.ts', "import { x } from '../solver/encode/encode.ts'", undefined],
    [
      'a module in model',
      'model/a.ts',
      "import { join } from 'node:path'",
      /node:path does not live in model/,
    ],
    ['disk in the executor', 'executor/a.ts', "import 'node:fs'", /node:fs does not live in executor/],
    [
      'an upward import',
      'executor/store/a.ts',
      "import { x } from '../apply/b.ts'",
      /executor\/apply\/b.ts, which lies above it/,
    ],
    ['no downward import', 'executor/apply/a.ts', "import { x } from '../store/b.ts'", undefined],
    ['no import inside a folder', 'executor/apply/a.ts', "import { x } from './b.ts'", undefined],
    ['vocabulary from a folder', 'executor/apply/a.ts', "import { x } from '../problems.ts'", undefined],
    ['a folder from vocabulary', 'executor/a.ts', "import { x } from './store/b.ts'", /vocabulary lies/],
    ['a folder from an entry', 'executor/index.ts', "export * from './store/b.ts'", undefined],
    ['an entry from a folder', 'image/plan/a.ts', "import { x } from '../image.ts'", /leads the package/],
    ['an unlisted folder', 'repo/misc/a.ts', "import { x } from '../problems.ts'", /does not list/],
    [
      'a family of commands from one below',
      'cli/commands/plan/a.ts',
      "import { x } from '../export/b.ts'",
      /lies above it/,
    ],
    ['a package elsewhere', 'executor/a.ts', "import { request } from 'undici'", /undici does not live in/],
    ['a package in another file', 'repo/a.ts', "import { request } from 'undici'", /lives in another file/],
    ['a package in its file', 'repo/source/http-source.ts', "import { request } from 'undici'", undefined],
    ['an engine in its file', 'solver/sat/cadical.ts', "import c from 'cadical-wasm'", undefined],
    ['a dynamic import', 'model/a.ts', "await import('node:fs')", /node:fs does not live/],
    ['a schema at start', 'image/a.ts', "import { x } from './config-schema.ts'", /at start/],
    ['no type of it', 'image/a.ts', "import type { X } from './config-schema.ts'", undefined],
    ['not when it is needed', 'image/a.ts', "await import('./config-schema.ts')", undefined],
    [
      'an executor of a command',
      'cli/commands/plan/a.ts',
      "const { x } = await import('#executor')",
      /work through Image/,
    ],
    ['a function of the executor', 'cli/render/a.ts', "import { x } from '#executor'", /work through Image/],
    ['no type of the executor', 'cli/render/a.ts', "import type { X } from '#executor'", undefined],
    [
      'a clock of a command',
      'cli/commands/plan/a.ts',
      "import { systemClock } from '../../platform/system-clock.ts'",
      /work through Image/,
    ],
    [
      'a filesystem of a command',
      'cli/commands/plan/a.ts',
      "await import('../../platform/node-filesystem.ts')",
      /work through Image/,
    ],
    ['no executor of the host', 'cli/platform/a.ts', "import { x } from '#executor'", undefined],
    ['require', 'model/a.ts', "require('node:fs')", /node:fs does not live/],
    ['a computed import', 'repo/a.ts', 'await import(name)', /computed name/],
    ['an import over lines', 'model/a.ts', "import {\n  x,\n  y,\n} from 'node:fs'", /node:fs does not live/],
    ['no import in a comment', 'model/a.ts', "// import 'node:fs'\n/* from 'node:fs' */", undefined],
    ['no import in a string', 'model/a.ts', `const x = "import 'node:fs'"`, undefined],
    ['no import in a template', 'model/a.ts', "const x = `import 'node:fs'`", undefined],
    [
      'one inside a template',
      'model/a.ts',
      `const x = \`\${await import('node:fs')} {\``,
      /node:fs does not live/,
    ],
    ['one behind a regular expression', 'model/a.ts', `const x = /['"\`/]/\nimport 'node:fs'`, /node:fs/],
    ['one behind a division', 'model/a.ts', "const x = a / b\nimport 'node:fs' // '/", /node:fs/],
    ['the clock', 'model/a.ts', 'const x = Date.now()', /Date.now in a pure package/],
    ['the clock, made new', 'solver/a.ts', 'const x = new Date()', /new Date\(\) in a pure package/],
    ['no clock in a given time', 'solver/a.ts', 'const x = new Date(0)', undefined],
    ['randomness', 'solver/a.ts', 'const x = Math.random()', /Math.random/],
    ['the environment', 'solver/a.ts', "const x = process.env['A']", /process in a pure package/],
    ['the console', 'model/a.ts', 'console.log(1)', /console/],
    ['the network', 'model/a.ts', 'await fetch(x)', /fetch/],
    ['a timer', 'solver/a.ts', 'setTimeout(f, 1)', /setTimeout/],
    ['a stopwatch', 'solver/a.ts', 'performance.now()', /performance/],
    ['the global object', 'solver/a.ts', "globalThis['process']", /globalThis/],
    ['no effect in a word', 'solver/a.ts', 'const preprocess = x.process; // console', undefined],
    ['no effect in a name of a property', 'solver/a.ts', 'const x = { fetch: 1 }', undefined],
    ['an effect outside the pure packages is none', 'image/a.ts', 'Date.now()', undefined],
    ['a default export', 'cli/a.ts', 'export default 1', /default export/],
    ['a default export by name', 'image/a.ts', 'export { x as default }', /default export/],
    ['a long file', 'test/a.ts', 'x\n'.repeat(601), /601 lines/],
    ['no long file', 'test/a.ts', 'x\n'.repeat(600), undefined],
  ])('%s', (_title, path, text, expected) => {
    expect(checkArchitecture([{ path, text }])).toEqual(
      expected === undefined ? [] : [expect.stringMatching(expected)],
    )
  })

  test('cycles, of any length and once', () => {
    const file = (name: string, ...targets: readonly string[]): SourceFile => ({
      path: `model/${name}.ts`,
      text: targets.map((target) => `import { x } from './${target}.ts'`).join('\n'),
    })
    expect(checkArchitecture([file('a', 'b'), file('b', 'c'), file('c', 'd', 'b'), file('d')])).toEqual([
      'import cycle: model/b.ts -> model/c.ts -> model/b.ts',
    ])
    expect(checkArchitecture([file('a', 'a')])).toEqual(['import cycle: model/a.ts -> model/a.ts'])
    expect(checkArchitecture([file('a', 'b', 'c'), file('b', 'c'), file('c')])).toEqual([])
  })
})
