import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasTitle, type RuleProof, readProof } from '../support/rule-table.ts'
import { projectRoot } from '../support/shared-data.ts'

const file = readFileSync(join(projectRoot, 'executor', 'RULES.md'), 'utf8')
const specification = join(projectRoot, 'docs', 'spec')

interface Rule extends RuleProof {
  /** Specification, section and number. */
  readonly row: string
  readonly begins: string
}

/** The rows of the tables of a section of the document. */
function rulesOf(document: string): Rule[] {
  const start = file.indexOf(`(\`${document}\`)`)
  const end = file.indexOf('\n## ', start)
  const lines = file.slice(start, end < 0 ? undefined : end).split('\n')
  return lines.flatMap((line) => {
    const cells = /^\| ([\d.]+\/\w+) \| (.+?) \| (.+) \|$/.exec(line)
    if (cells === null) return []
    const [, row = '', begins = '', tests = ''] = cells
    return { row, begins, ...readProof(tests) }
  })
}

const plans = rulesOf('image-plan.md')
const actions = rulesOf('manifest-and-actions.md')

describe('the table of rules', () => {
  it('names tests that are there', () => {
    const missing = [...plans, ...actions].flatMap(({ row, tests }) =>
      tests
        .filter((test) => !hasTitle(test.file)(test.title))
        .map((test) => `${row} ${test.file}: ${test.title}`),
    )
    expect(missing).toEqual([])
    expect(plans.length + actions.length).toBeGreaterThan(170)
  })

  it('has a test or a reason for each rule, and each rule once', () => {
    for (const rules of [plans, actions]) {
      const rows = rules.map(({ row }) => row)
      expect(new Set(rows).size).toBe(rows.length)
      for (const { row, tests, reasons } of rules) {
        expect(tests.length + reasons.length, row).toBeGreaterThan(0)
        for (const reason of reasons) expect(reason.length, row).toBeGreaterThan(5)
      }
    }
  })
})

/** Rows of all tables by section and number, as plain text. */
function rowsOf(document: string): Map<string, string> {
  const rows = new Map<string, string>()
  let section = ''
  let body = false
  let count = 0
  for (const line of readFileSync(join(specification, document), 'utf8').split('\n')) {
    const heading = /^#{2,3} (\d+(?:\.\d+)?)/.exec(line)?.[1]
    if (heading !== undefined) {
      section = heading
      count = 0
    }
    if (!line.startsWith('|')) body = false
    else if (/^\|[-:| ]+$/.test(line)) body = true
    else if (body) {
      const text = line.replace(/[*`]/g, '').replace(/ *\| */g, ' / ')
      rows.set(`${section}/${++count}`, text.replace(/^[ /]+/, ''))
    }
  }
  return rows
}

describe('the specification', () => {
  const numbered = (rules: readonly Rule[]): Rule[] => rules.filter(({ row }) => /\/\d+$/.test(row))
  it('has its rows of plans in the table, and no others', () => {
    const rows = rowsOf('image-plan.md')
    expect(rows.size).toBeGreaterThan(100)
    expect(numbered(plans).map(({ row }) => row)).toEqual([...rows.keys()])
    for (const { row, begins } of numbered(plans))
      expect(rows.get(row)?.startsWith(begins), `${row}: ${begins}`).toBe(true)
  })

  it('has its rows of files, of editing and of actuators in the table', () => {
    const rows = rowsOf('manifest-and-actions.md')
    const looked = [...rows.keys()].filter((row) => /^3\.(2|3|13)\//.test(row))
    expect(numbered(actions).map(({ row }) => row)).toEqual(looked)
    for (const { row, begins } of numbered(actions))
      expect(rows.get(row)?.startsWith(begins), `${row}: ${begins}`).toBe(true)
  })
})
