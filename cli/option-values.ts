import { Parser } from 'yargs/helpers'

/** What the parser has to know of an option. */
interface Option {
  readonly key: string
  readonly kind: 'flag' | 'count' | 'text' | 'list'
}

/** One option as found on the command line. */
interface Token {
  readonly option: Option
  readonly value: string | undefined
}

/** The parser takes one pair of quotes off a value that has them at both ends; the user's own must stay. */
function protectQuotes(value: string): string {
  const first = value[0]
  return value.length > 1 && (first === '"' || first === "'") && value.endsWith(first)
    ? `${first}${value}${first}`
    : value
}

/** Turns tokens into typed values by key, with yargs's parser. */
export function optionValues(
  options: readonly Option[],
  tokens: readonly Token[],
): ReadonlyMap<string, boolean | number | string | readonly string[]> {
  // Of a flag or text that may be repeated the last one counts; the parser would make a list of them.
  const counting = tokens.filter(
    ({ option }, index) =>
      option.kind === 'list' ||
      option.kind === 'count' ||
      !tokens.slice(index + 1).some((later) => later.option === option),
  )
  const keysOf = (kind: Option['kind']): string[] =>
    options.filter((option) => option.kind === kind).map((option) => option.key)
  const parsed = Parser.detailed(
    counting.map(({ option, value }) =>
      value === undefined ? `--${option.key}` : `--${option.key}=${protectQuotes(value)}`,
    ),
    {
      boolean: keysOf('flag'),
      count: keysOf('count'),
      string: [...keysOf('text'), ...keysOf('list')],
      array: keysOf('list'),
      configuration: {
        'boolean-negation': false,
        'camel-case-expansion': false,
        'dot-notation': false,
        'duplicate-arguments-array': true,
        'greedy-arrays': false,
        'parse-numbers': false,
        'parse-positional-numbers': false,
        'short-option-groups': false,
      },
    },
  ).argv
  return new Map(
    tokens.map(({ option }) => [option.key, parsed[option.key] as boolean | number | string | string[]]),
  )
}
