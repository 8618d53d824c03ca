import type { Result } from '#model'
import { err, ok } from '#model'

/** One option of a command; the only place where its name, argument and meaning are written down. */
export interface OptionSpec {
  /** Name under which the value is looked up. */
  readonly key: string
  /** Letter without dash. */
  readonly short?: string
  /** Long names without dashes, the one for messages first. */
  readonly long?: readonly string[]
  /** flag: given or not; count: how often; text: one argument; list: one argument each time. */
  readonly kind: 'flag' | 'count' | 'text' | 'list'
  /** Name of the argument in help texts. */
  readonly argument?: string
  /** A flag or text that may be given again without complaint; the last one counts. */
  readonly repeatable?: boolean
  /** The argument must be a whole number. */
  readonly integer?: boolean
  /** Works, but is not part of the documented synopsis. */
  readonly hidden?: boolean
  /** True for an option that `pkg` lacks. An abbreviation that is valid in `pkg` never means this option. */
  readonly own?: boolean
  /** One line for `help -v COMMAND`. */
  readonly help: string
}

/**
 * An option from its usage: `-g, --add-origin <uri>...`. `<name>` takes an argument; `...` collects one each time; ` +` counts.
 * The first long name is the one for messages.
 */
export function option(
  key: string,
  usage: string,
  help: string,
  more: Pick<OptionSpec, 'repeatable' | 'integer' | 'hidden' | 'own'> = {},
): OptionSpec {
  const short = /(?:^|\s)-([^-\s,])/.exec(usage)?.[1]
  const long = [...usage.matchAll(/--([\w-]+)/g)].map(([, name]) => name!)
  const argument = /<(.+)>/.exec(usage)?.[1]
  const many = usage.endsWith('>...') ? 'list' : 'text'
  const kind = argument === undefined ? (usage.endsWith(' +') ? 'count' : 'flag') : many
  return {
    key,
    kind,
    help,
    ...(short === undefined ? {} : { short }),
    ...(long.length === 0 ? {} : { long }),
    ...(argument === undefined ? {} : { argument }),
    ...more,
  }
}

/** The options of a command and how they go together. */
export interface OptionTable {
  readonly options: readonly OptionSpec[]
  /** The first key counts as the second one too, for the rules below. */
  readonly implies?: readonly (readonly [string, string])[]
  /** Pairs of keys that exclude each other; the text names them in this order. */
  readonly conflicts?: readonly (readonly [string, string])[]
  /** Key and the keys of which one must be there too. */
  readonly requires?: readonly { readonly key: string; readonly anyOf: readonly string[] }[]
  /** Closed sets of arguments. */
  readonly choices?: readonly {
    readonly key: string
    readonly values: readonly string[]
    readonly shown: string
  }[]
}

/** The command line is invalid for its command. Prints the usage; exit code 2. */
export interface UsageProblem {
  readonly code: 'ips::usage_error::bad_option'
  readonly text: string
}

/** Makes a usage problem of one text. */
function usageProblem(text: string): UsageProblem {
  return { code: 'ips::usage_error::bad_option', text }
}

/** What the user gave: options by key, and operands. */
export interface Arguments {
  readonly operands: readonly string[]
  has(key: string): boolean
  /** 0 when absent; 1 for a flag. */
  count(key: string): number
  text(key: string): string | undefined
  list(key: string): readonly string[]
  /** Keys in the order they were given, repetitions included. */
  readonly given: readonly string[]
}

/** One option as found on the command line. */
interface Token {
  readonly option: OptionSpec
  readonly value: string | undefined
}

/** How an option is called in messages: `-v`, `--reject`, or `-O/--origin-uri`. */
export function optionName(option: OptionSpec): string {
  const names = [
    ...(option.short === undefined ? [] : [`-${option.short}`]),
    ...(option.long ?? []).slice(0, 1).map((name) => `--${name}`),
  ]
  return names.join('/')
}

function takesArgument(option: OptionSpec): boolean {
  return option.kind === 'text' || option.kind === 'list'
}

/** The options whose long name has this prefix. */
function beginningWith(options: readonly OptionSpec[], start: string): readonly OptionSpec[] {
  return options.filter((option) => option.long?.some((long) => long.startsWith(start)))
}

/**
 * The option with a long name, or with an abbreviation of it. Options of `pkg` come first, so that options of this client alone change no
 * abbreviation in scripts. Spellings of the same option are not ambiguous.
 */
function findLong(options: readonly OptionSpec[], name: string): Result<OptionSpec, UsageProblem> {
  const exact = options.find((option) => option.long?.includes(name))
  if (exact !== undefined) return ok(exact)
  if (name === '') return illegal(name)
  const near = beginningWith(options, name)
  const known = near.filter((option) => option.own !== true)
  const candidates = known.length > 0 ? known : near
  const [only, ...others] = candidates
  if (only === undefined) return illegal(name)
  if (others.length === 0) return ok(only)
  const names = candidates.flatMap(({ long = [] }) => long.filter((one) => one.startsWith(name))).sort()
  return err(
    usageProblem(
      `illegal option -- ${name}\nIt may mean any of: ${names.map((one) => `--${one}`).join(', ')}`,
    ),
  )
}

const illegal = (name: string): Result<never, UsageProblem> => err(usageProblem(`illegal option -- ${name}`))

/** Splits `argv` by the rules of classic getopt. Linear in the length of the words. */
function scan(
  options: readonly OptionSpec[],
  argv: readonly string[],
): Result<{ readonly tokens: readonly Token[]; readonly operands: readonly string[] }, UsageProblem> {
  const tokens: Token[] = []
  let index = 0
  while (index < argv.length) {
    const word = argv[index] as string
    if (word === '--') return ok({ tokens, operands: argv.slice(index + 1) })
    if (!word.startsWith('-') || word === '-') break
    index += 1
    if (word.startsWith('--')) {
      const equals = word.indexOf('=')
      const name = equals < 0 ? word.slice(2) : word.slice(2, equals)
      const found = findLong(options, name)
      if (!found.ok) return found
      const option = found.value
      let value = equals < 0 ? undefined : word.slice(equals + 1)
      if (takesArgument(option) && value === undefined) {
        if (index >= argv.length) return illegal(name)
        value = argv[index++]
      } else if (!takesArgument(option) && value !== undefined) return illegal(name)
      tokens.push({ option, value })
      continue
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word[at] as string
      const option = options.find((one) => one.short === letter)
      if (option === undefined) return illegal(letter)
      if (!takesArgument(option)) {
        tokens.push({ option, value: undefined })
        continue
      }
      const attached = word.slice(at + 1)
      if (attached === '' && index >= argv.length) return illegal(letter)
      tokens.push({ option, value: attached === '' ? argv[index++] : attached })
      break
    }
  }
  return ok({ tokens, operands: argv.slice(index) })
}

/** Tests repetition, closed sets of arguments, exclusions and requirements, in this order. */
function checkTable(table: OptionTable, tokens: readonly Token[]): UsageProblem | undefined {
  const seen = new Set<string>()
  for (const { option } of tokens) {
    const once = (option.kind === 'flag' || option.kind === 'text') && option.repeatable !== true
    if (once && seen.has(option.key))
      return usageProblem(`Option '${optionName(option)}' may not be repeated.`)
    seen.add(option.key)
  }
  const name = (key: string): string => {
    const option = table.options.find((one) => one.key === key)
    return option === undefined ? key : optionName(option)
  }
  for (const { key, values, shown } of table.choices ?? [])
    for (const { option, value } of tokens)
      if (option.key === key && !values.includes(value ?? ''))
        return usageProblem(`Argument '${value}' for option '${name(key)}' is invalid.\nSupported: ${shown}`)
  for (const { option, value } of tokens)
    if (option.integer === true && !/^[+-]?[0-9]+$/.test(value ?? ''))
      return usageProblem(`value '${value}' invalid: ${optionName(option)}`)
  for (const [key, implied] of table.implies ?? []) if (seen.has(key)) seen.add(implied)
  for (const [a, b] of table.conflicts ?? [])
    if (seen.has(a) && seen.has(b))
      return usageProblem(`The '${name(a)}' and '${name(b)}' options may not be combined.`)
  for (const { key, anyOf } of table.requires ?? [])
    if (seen.has(key) && !anyOf.some((one) => seen.has(one))) {
      const names = anyOf.map((one) => `'${name(one)}'`)
      const last = names.pop()
      const partners = names.length === 0 ? last : `${names.join(', ')} or ${last}`
      return usageProblem(`'${name(key)}' may only be used with ${partners}.`)
    }
  return undefined
}

/**
 * Reads the words after a (sub)command: parsing stops at the first operand, letters cluster, arguments may be attached,
 * a long name may be abbreviated as long as it is unambiguous, `--` ends the options. Source: cli §1, §3.
 * Problem: `bad_option` with the text that goes before the usage.
 */
export function parseArguments(table: OptionTable, argv: readonly string[]): Result<Arguments, UsageProblem> {
  const scanned = scan(table.options, argv)
  if (!scanned.ok) return scanned
  const { tokens, operands } = scanned.value
  const problem = checkTable(table, tokens)
  if (problem !== undefined) return err(problem)
  const given = tokens.map(({ option }) => option.key)
  const values = (kind: OptionSpec['kind'], key: string): readonly string[] =>
    tokens.flatMap(({ option, value }) => (option.key === key && option.kind === kind ? [value ?? ''] : []))
  return ok({
    operands,
    given,
    has: (key) => given.includes(key),
    count: (key) => values('count', key).length || (given.includes(key) ? 1 : 0),
    text: (key) => values('text', key).at(-1),
    list: (key) => values('list', key),
  })
}

/** True when a word asks for help, wherever it stands (cli §1); words after `--` are operands. */
export function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).some((word) => word === '--help' || word === '-?')
}
