import { describe, expect, it } from 'vitest'
import { listedNames } from '../../../../cli/commands/settings/listed-names.ts'
import { renderTable } from '../../../../cli/render/table.ts'

describe('names of a listing', () => {
  const there = ['facet.locale.fr', 'facet.devel', 'facet.locale.de']
  it.each([
    ['all, sorted', [], true, ['facet.devel', 'facet.locale.de', 'facet.locale.fr']],
    ['a pattern without prefix', ['locale.*'], true, ['facet.locale.de', 'facet.locale.fr']],
    ['a name that is not there', ['absent'], true, ['facet.absent']],
    ['a name that is not there, where only what is there counts', ['absent'], false, []],
    ['a pattern that matches nothing', ['x*'], true, []],
    ['overlapping patterns', ['facet.devel', 'd*'], true, ['facet.devel']],
  ])('%s', (_, patterns, implicit, expected) => {
    expect(listedNames(there, patterns, { prefix: 'facet.', implicit })).toEqual(expected)
  })
})

describe('cells of tables for shells', () => {
  const columns = [
    { key: 'a', heading: 'A', width: 4 },
    { key: 'b', heading: 'B', width: 0 },
  ]
  it.each([
    ['default', 'A    B\nx\\ y ""\n'],
    ['tsv', 'A\tB\nx\\ y\t""\n'],
    ['json', '[{"a":"x y","b":""}]'],
  ] as const)('%s', (format, expected) => {
    expect(renderTable(columns, [['x y', '']], { format, header: true, escape: true })).toBe(expected)
  })

  it('have a backslash before each character of the specification', () => {
    const cell = "\\ \t\n'`;&()|^<>x"
    const text = renderTable(columns.slice(0, 1), [[cell]], {
      format: 'default',
      header: false,
      escape: true,
    })
    expect(text).toBe("\\\\\\ \\\t\\\n\\'\\`\\;\\&\\(\\)\\|\\^\\<\\>x\n")
  })
})
