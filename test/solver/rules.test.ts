import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasTitle, readProof } from '../support/rule-table.ts'
import type { ScenarioFile } from '../support/scenario.ts'
import { projectRoot } from '../support/shared-data.ts'
import { scenarios } from './scenarios/all.ts'

const table = readFileSync(join(projectRoot, 'solver', 'RULES.md'), 'utf8')
const specification = join(projectRoot, 'docs', 'spec', 'solver-semantics.md')
const specifiedScenarios = join(projectRoot, 'docs', 'spec', 'solver-scenarios.json')

const rules = table.split('\n').flatMap((line) => {
  const cells = /^\| (\d[\d.]*) \| (.+?) \| (.*?) ?\| (.+) \|$/.exec(line)
  if (cells === null) return []
  const [, section = '', where = '', rule = '', proof = ''] = cells
  return [{ section, where: where.replaceAll('\\|', '|'), rule, ...readProof(proof) }]
})

const specified = JSON.parse(readFileSync(specifiedScenarios, 'utf8')) as ScenarioFile
const own = scenarios.map(({ id }) => id)

describe('the table of rules', () => {
  it('names a test or a reason for each rule', () => {
    expect(rules.length).toBeGreaterThan(200)
    for (const { section, where, rule, tests, reasons } of rules) {
      expect(tests.length + reasons.length, `${section} ${where}`).toBeGreaterThan(0)
      expect(rule === '', `${section} ${where}`).toBe(tests.length === 0)
      for (const reason of reasons) expect(reason.length, `${section} ${where}`).toBeGreaterThan(5)
    }
  })

  it('names tests that are there', () => {
    const missing = rules.flatMap(({ tests }) =>
      tests.filter(({ file, title }) => file !== 'scenario' && !hasTitle(file)(title)),
    )
    expect(missing).toEqual([])
  })

  it('names every scenario of this repository', () => {
    const named = new Set(rules.flatMap(({ tests }) => tests.map(({ title }) => title)))
    expect(own.filter((id) => !named.has(id))).toEqual([])
    expect(new Set(own).size).toBe(own.length)
  })

  it('names scenarios that are there', () => {
    const known = new Set([...own, ...specified.scenarios.map(({ id }) => id)])
    const missing = rules.flatMap(({ tests }) =>
      tests.filter(({ file, title }) => file === 'scenario' && !known.has(title)),
    )
    expect(missing).toEqual([])
  })
})

const plain = (text: string): string => text.replace(/\*\*|`/g, '').replace(/\s+/g, ' ')

/** Rows of tables, list items and paragraphs with the number of their section; headings and code are left out. */
function unitsOf(text: string): readonly { readonly section: string; readonly text: string }[] {
  const units: { section: string; text: string }[] = []
  let section = ''
  let paragraph: string[] = []
  let isCode = false
  const flush = (): void => {
    if (paragraph.length > 0 && section !== '') units.push({ section, text: plain(paragraph.join(' ')) })
    paragraph = []
  }
  const lines = text.split('\n')
  const isRuler = (line: string | undefined): boolean => /^\|[-| ]+\|$/.test(line ?? '')
  for (const [number, line] of lines.entries()) {
    const isFence = line.startsWith('```')
    const isRow = line.startsWith('|')
    if (isFence || isRow || line.startsWith('#') || line.trim() === '' || /^(\d+\.|-) /.test(line)) flush()
    if (isFence) isCode = !isCode
    if (isFence || isCode || line.trim() === '' || line === '---') continue
    if (line.startsWith('#')) section = /^#+ (\d+(?:\.\d+)?)/.exec(line)?.[1] ?? section
    else if (!isRow) paragraph.push(line.trim())
    else if (section !== '' && !isRuler(line) && !isRuler(lines[number + 1]))
      units.push({ section, text: plain(line) })
  }
  flush()
  return units
}

describe('the specification', () => {
  const units = unitsOf(readFileSync(specification, 'utf8'))
  const speaksOf = (rule: (typeof rules)[number], unit: (typeof units)[number]): boolean =>
    rule.section === unit.section && (rule.where === 'whole section' || unit.text.includes(plain(rule.where)))

  it('has a rule for every row, item and paragraph', () => {
    expect(units.length).toBeGreaterThan(150)
    const without = units.filter((unit) => !rules.some((rule) => speaksOf(rule, unit)))
    expect(without).toEqual([])
  })

  it('has what every rule quotes', () => {
    expect(rules.filter((rule) => !units.some((unit) => speaksOf(rule, unit)))).toEqual([])
  })
})
