import { describe, expect, test } from 'vitest'
import { projectFiles } from './support/project-files.ts'
import { brokenReferences, newestEntry, retiredWords, sectionsOf } from './support/word-check.ts'

const files = projectFiles()
/** Where retired words are listed, or belong to a rule or to the past. */
const isExempt = (path: string): boolean =>
  path.startsWith('docs/spec/') || path === 'test/words.test.ts' || path === 'test/support/word-check.ts'

const specifications = new Map(
  files.flatMap(({ path, text }) => {
    const name = /^docs\/spec\/([a-z0-9-]+)\.md$/.exec(path)?.[1]
    return name === undefined ? [] : [[name, sectionsOf(text)] as const]
  }),
)

describe('what is written', () => {
  test('has no retired word', () => {
    const found = files
      .filter(({ path }) => !isExempt(path))
      .map(({ path, text }) => ({ path, text: path === 'CHANGELOG.md' ? newestEntry(text) : text }))
      .flatMap(retiredWords)
    expect(found).toEqual([])
  })

  test('refers to sections of the specification that exist', () => {
    expect(specifications.size).toBeGreaterThan(8)
    const found = files
      .filter(({ path }) => path !== 'test/words.test.ts')
      .flatMap((file) => brokenReferences(file, specifications))
    expect(found).toEqual([])
  })
})

describe('the checker finds', () => {
  test.each([
    ['const wish = 1', 'wish'],
    ['const namedWishes = 1', 'wish'],
    ['interface Wish {', 'wish'],
    ['// stems that were roused', 'roused'],
    ['isAtRest()', 'atRest'],
    ['what is at rest', 'atRest'],
    ["from './at-rest.ts'", 'atRest'],
    ['yield* giveWay()', 'giveWay'],
    ['newRehearsal: x', 'rehearse'],
    ['shelvedManifest', 'shelve'],
    ['bulkForeman', 'foreman'],
    ['const BARRED = 1', 'barred'],
  ])('%s', (text, word) => {
    expect(retiredWords({ path: 'model/a.ts', text: `\n${text}` })).toEqual([`model/a.ts:2: ${word}`])
  })

  test('the name of a file', () => {
    expect(retiredWords({ path: 'solver/encode/at-rest.ts', text: '' })).toEqual([
      'solver/encode/at-rest.ts:0: atRest',
    ])
  })

  test.each(['swishing', 'at the rest', 'at restart', 'give way to others', 'embarrassed'])(
    'nothing in: %s',
    (text) => {
      expect(retiredWords({ path: 'model/a.ts', text })).toEqual([])
    },
  )

  const sections = new Map([
    ['cli', new Set(['3', '5', '5.5'])],
    ['image-plan', new Set(['2'])],
  ])

  test.each([
    ['/** Source: cli §5.5. */', []],
    ['/** Source: cli §5.6. */', ['model/a.ts:1: cli §5.6']],
    ['/** Source: cli §3, §5 and §6. */', ['model/a.ts:1: cli §6']],
    ['/** Source: cli §3,\n * image-plan §3. */', ['model/a.ts:2: image-plan §3']],
    ['see `docs/spec/cli.md` §5', []],
    ['// as §5 says', ['model/a.ts:1: no specification §5']],
    ['// Source: architecture §2', ['model/a.ts:1: no specification §2']],
  ])('%s', (text, broken) => {
    expect(brokenReferences({ path: 'model/a.ts', text }, sections)).toEqual(broken)
  })

  test('its own sections in a specification', () => {
    const file = { path: 'docs/spec/cli.md', text: 'as in §5.5 and image-plan §2. Here: §7' }
    expect(brokenReferences(file, sections)).toEqual(['docs/spec/cli.md:1: cli §7'])
  })
})
