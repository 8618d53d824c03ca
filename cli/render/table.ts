/** Output forms of `-F`. Source: cli §3. */
export type TableFormat = 'default' | 'tsv' | 'json' | 'json-formatted'

/** The format an option table has let pass; `default` where none was given. */
export function readTableFormat(text: string | undefined): TableFormat {
  return text === 'tsv' || text === 'json' || text === 'json-formatted' ? text : 'default'
}

/** A cell as the tables of facets and variants show it: characters that a shell would take for its own get a backslash. Source: cli §3. */
function escaped(cell: string): string {
  return cell === '' ? '""' : cell.replace(/[\\ \t\n'`;&()|^<>]/g, (character) => `\\${character}`)
}

/** A column: key in JSON, heading, and least width in the default form. */
export interface Column {
  readonly key: string
  readonly heading: string
  readonly width: number
}

/**
 * A table as text. default: columns padded to their width, the last one not; tsv: tabs, tabs inside become 8 blanks;
 * json: keys sorted, one line without newline; json-formatted: indented by two.
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
    return jsonText(objects, options.format === 'json-formatted')
  }
  const shown = options.escape === true ? rows.map((row) => row.map(escaped)) : rows
  const all = options.header ? [columns.map((column) => column.heading), ...shown] : shown
  if (options.format === 'tsv')
    return all.map((row) => `${row.map((cell) => cell.replaceAll('\t', '        ')).join('\t')}\n`).join('')
  return all
    .map((row) => {
      const cells = row.map((cell, index) =>
        index === row.length - 1 ? cell : cell.padEnd(columns[index]?.width ?? 0),
      )
      return `${cells.join(' ').trimEnd()}\n`
    })
    .join('')
}

/** JSON of maps by hand: keys come from outside and may be any text. */
function jsonText(objects: readonly ReadonlyMap<string, string>[], formatted: boolean): string {
  if (!formatted)
    return `[${objects
      .map(
        (map) =>
          `{${[...map].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`,
      )
      .join(',')}]`
  if (objects.length === 0) return '[]\n'
  const blocks = objects.map(
    (map) =>
      `  {\n${[...map].map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(',\n')}\n  }`,
  )
  return `[\n${blocks.join(',\n')}\n]\n`
}
