import { jsonText } from '../output.ts'

/** Output forms of `-F`. Source: cli §3. */
export type TableFormat = 'default' | 'tsv' | 'json' | 'json-formatted'

/** The value of `-F`, which the option table has checked; `default` without the option. */
export function readTableFormat(text: string | undefined): TableFormat {
  return text === 'tsv' || text === 'json' || text === 'json-formatted' ? text : 'default'
}

/** A cell of the tables of facets and variants: a backslash precedes characters that a shell interprets. Source: cli §3. */
function escaped(cell: string): string {
  return cell === '' ? '""' : cell.replace(/[\\ \t\n'`;&()|^<>]/g, (character) => `\\${character}`)
}

/** A column: key in JSON, heading, and minimum width in the default format (default: the width of the widest cell). */
export interface Column {
  readonly key: string
  readonly heading: string
  readonly width?: number
}

/**
 * A table as text. default: every column but the last is padded to its width. tsv: columns are separated by tabs, and 8 blanks
 * replace a tab in a cell. json: sorted keys, one line without newline. json-formatted: indented by two.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { readonly format: TableFormat; readonly header: boolean; readonly escape?: boolean },
): string {
  if (options.format === 'json' || options.format === 'json-formatted') {
    const order = columns.map((_, index) => index).sort((a, b) => (key(a) < key(b) ? -1 : 1))
    function key(index: number): string {
      return columns[index]?.key ?? ''
    }
    const objects = rows.map((row) => new Map(order.map((index) => [key(index), row[index] ?? ''])))
    return rowsAsJson(objects, options.format === 'json-formatted')
  }
  const shown = options.escape === true ? rows.map((row) => row.map(escaped)) : rows
  const all = options.header ? [columns.map((column) => column.heading), ...shown] : shown
  if (options.format === 'tsv')
    return all.map((row) => `${row.map((cell) => cell.replaceAll('\t', '        ')).join('\t')}\n`).join('')
  const widths = columns.map(
    ({ heading, width }, index) =>
      width ?? rows.reduce((widest, row) => Math.max(widest, row[index]?.length ?? 0), heading.length),
  )
  return all
    .map((row) => {
      const cells = row.map((cell, index) =>
        index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0),
      )
      return `${cells.join(' ').trimEnd()}\n`
    })
    .join('')
}

/** JSON of maps. Keys come from outside and may be any text, so objects cannot hold them. */
function rowsAsJson(objects: readonly ReadonlyMap<string, string>[], formatted: boolean): string {
  const members = (map: ReadonlyMap<string, string>, colon: string): readonly string[] =>
    [...map].map(([key, value]) => `${jsonText(key)}${colon}${jsonText(value)}`)
  if (!formatted) return `[${objects.map((map) => `{${members(map, ':').join(',')}}`).join(',')}]`
  if (objects.length === 0) return '[]\n'
  const blocks = objects.map((map) => `  {\n    ${members(map, ': ').join(',\n    ')}\n  }`)
  return `[\n${blocks.join(',\n')}\n]\n`
}
