/** Output forms of `-F`. Source: cli §3. */
export type TableFormat = 'default' | 'tsv' | 'json' | 'json-formatted'

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
  options: { readonly format: TableFormat; readonly header: boolean },
): string {
  if (options.format === 'json' || options.format === 'json-formatted') {
    const order = columns.map((_, index) => index).sort((a, b) => (key(a) < key(b) ? -1 : 1))
    function key(index: number): string {
      return columns[index]?.key ?? ''
    }
    const objects = rows.map((row) => new Map(order.map((index) => [key(index), row[index] ?? ''])))
    return jsonText(objects, options.format === 'json-formatted')
  }
  const all = options.header ? [columns.map((column) => column.heading), ...rows] : rows
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
