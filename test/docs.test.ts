import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SourceFile } from './support/architecture-check.ts'
import { lineOf, projectFiles } from './support/project-files.ts'
import { projectRoot } from './support/shared-data.ts'

const pages = projectFiles().filter(
  ({ path }) => path.endsWith('.md') && !path.startsWith('docs/spec/') && path !== 'CHANGELOG.md',
)

/** Folders that a clone has; other names with a slash belong to images, repositories and URLs. */
const top = /^(?:model|solver|repo|executor|image|cli|bench|test|scripts|docs)\//
const ending = /\.(?:ts|mjs|md|json|py)$/

/** Code spans that are a path: below a folder of the project, a file of the sources, or a folder such as `apply/`. */
function isPath(span: string): boolean {
  if (!/^[\w.@/-]+$/.test(span) || span.includes('...')) return false
  return top.test(span) ? ending.test(span) || span.endsWith('/') : /^[\w/-]+(?:\.ts|\/)$/.test(span)
}

const isThere = (path: string): boolean => existsSync(join(projectRoot, path))

/** Links and paths of a page that lead nowhere. A path counts from the project root or from the page. */
function deadEnds({ path, text }: SourceFile): readonly string[] {
  const plain = text.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ' '))
  const dead: string[] = []
  const report = (offset: number, name: string): void =>
    void dead.push(`${path}:${lineOf(text, offset)}: ${name}`)
  for (const { 1: span = '', index } of plain.matchAll(/`([^`\n]+)`/g))
    if (isPath(span) && !isThere(span) && !isThere(join(dirname(path), span))) report(index, span)
  for (const { 1: link = '', index } of plain.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(link)) continue
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? path : normalize(join(dirname(path), file))
    if (!isThere(target) || (anchor !== undefined && !anchorsOf(target).has(anchor))) report(index, link)
  }
  return dead
}

/** Names of headings in links. */
function anchorsOf(path: string): ReadonlySet<string> {
  const headings = readFileSync(join(projectRoot, path), 'utf8').matchAll(/^#+ (.+)$/gm)
  return new Set(
    [...headings].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  )
}

/** Functions that a page names behind their file, as in `a/b.ts` (`one`, `two`), and that the file lacks. */
function absentNames({ path, text }: SourceFile): readonly string[] {
  return [...text.matchAll(/`([\w./-]+\.ts)`\s\(((?:`\w+`(?:,\s)?)+)\)/g)].flatMap(
    ([, file = '', names = '']) => {
      const source = isThere(file) ? readFileSync(join(projectRoot, file), 'utf8') : ''
      return [...names.matchAll(/`(\w+)`/g)]
        .filter(([, name]) => !new RegExp(`\\b${name}\\b`).test(source))
        .map(([, name]) => `${path}: ${file} has no ${name}`)
    },
  )
}

/** Names that an example imports from a package of this project, and that the package does not export. */
async function absentImports({ path, text }: SourceFile): Promise<readonly string[]> {
  const absent: string[] = []
  for (const [, names = '', target = ''] of text.matchAll(/^import \{([^}]+)\} from '(#\w+)'/gm)) {
    const exported = Object.keys((await packages[target]?.()) ?? {})
    for (const name of names.split(',').map((word) => word.trim()))
      if (name !== '' && !exported.includes(name)) absent.push(`${path}: ${target} has no ${name}`)
  }
  return absent
}

const packages: Readonly<Record<string, () => Promise<object>>> = {
  '#model': () => import('#model'),
  '#solver': () => import('#solver'),
  '#repo': () => import('#repo'),
  '#executor': () => import('#executor'),
  '#image': () => import('#image'),
}

describe('pages', () => {
  test('name files and headings that exist', () => {
    expect(pages.flatMap(deadEnds)).toEqual([])
  })

  test('are where comments say', () => {
    const named = projectFiles().flatMap(({ path, text }) =>
      path === 'test/docs.test.ts'
        ? []
        : [...text.matchAll(/\bdocs\/[\w./-]+\.md\b/g)].map(([page]) => `${path}: ${page}`),
    )
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((line) => !isThere(line.split(': ')[1]!))).toEqual([])
  })

  test('name functions that exist', () => {
    const walk = pages.find(({ path }) => path === 'docs/install-walk.md')!
    expect([...walk.text.matchAll(/\.ts`\s\(`/g)].length).toBeGreaterThan(40)
    expect(pages.flatMap(absentNames)).toEqual([])
  })
})

describe('examples', () => {
  test('import what packages export', async () => {
    expect((await Promise.all(pages.map(absentImports))).flat()).toEqual([])
  })
})

describe('the checker finds', () => {
  test.each([
    ['`executor/plan/none.ts`', 'executor/plan/none.ts'],
    ['see `none.ts`', 'none.ts'],
    ['| `none/` | a folder |', 'none/'],
    ['[page](none.md)', 'none.md'],
    ['[page](../README.md#none)', '../README.md#none'],
  ])('%s', (text, name) => {
    expect(deadEnds({ path: 'executor/README.md', text })).toEqual([`executor/README.md:1: ${name}`])
  })

  test.each([
    '`apply/`',
    '`executor/plan/`',
    '`var/pkg`',
    '`publisher/P/pkg`',
    '[page](../README.md#licence)',
  ])('nothing in %s', (text) => {
    expect(deadEnds({ path: 'executor/README.md', text })).toEqual([])
  })

  test('an import that is not there', async () => {
    const text = "import { parseFmri, noSuchName } from '#model'"
    expect(await absentImports({ path: 'docs/a.md', text })).toEqual(['docs/a.md: #model has no noSuchName'])
  })

  test('a function that is not there', () => {
    const text = 'in `cli/main.ts` (`runPkg6`,\n`noSuchName`)'
    expect(absentNames({ path: 'docs/a.md', text })).toEqual(['docs/a.md: cli/main.ts has no noSuchName'])
  })
})
