import yargs, { type Argv, type Options } from 'yargs'

/** A parser without subcommands and options of its own. `getHelp()` gives the usage of `words`. */
export function toolParser(program: string, words: readonly string[] = []): Argv {
  return (
    yargs(words, '/')
      .scriptName(program)
      .exitProcess(false)
      .showHelpOnFail(false)
      .version(false)
      .detectLocale(false)
      .wrap(null)
      // The help of yargs takes a last operand "help" for a request to print it.
      .help(false)
      .option('help', { type: 'boolean', alias: '?', describe: 'print the usage' })
      .updateStrings({
        'Arguments %s and %s are mutually exclusive': "The '-%s' and '-%s' options may not be combined.",
      })
      .parserConfiguration({
        'boolean-negation': false,
        'camel-case-expansion': false,
        'dot-notation': false,
        'greedy-arrays': false,
        'parse-numbers': false,
        'parse-positional-numbers': false,
        'populate--': true,
        // Whether an unknown option takes the next word as its argument cannot be known.
        'unknown-options-as-args': true,
      })
  )
}

const completionOption = 'get-yargs-completions'

/** Adds the subcommand that prints a completion script; after the others, so that it is listed last. */
export function withCompletion(parser: Argv): Argv {
  return (
    parser
      .completion('completion', 'print a script by which bash or zsh completes these words')
      // The script asks with this option; yargs does not declare it, and would take it for an operand here.
      .option(completionOption, { type: 'boolean', hidden: true })
  )
}

/** An option with one argument, which may be given once. `values` is the closed set of arguments. */
export function textOption(
  name: string,
  describe: string,
  more: { readonly alias?: string; readonly values?: readonly string[] } = {},
): Options & { type: 'string' } {
  const { alias, values } = more
  const long = name.length === 1 ? `-${name}` : `--${name}`
  const shown = alias === undefined ? long : `-${alias}/${long}`
  return {
    type: 'string',
    nargs: 1,
    describe,
    ...(alias === undefined ? {} : { alias }),
    ...(values === undefined ? {} : { choices: values }),
    coerce: (value: string | readonly string[] | undefined) => {
      if (Array.isArray(value)) throw new Error(`Option '${shown}' may not be repeated.`)
      if (values !== undefined && value !== undefined && !values.includes(String(value)))
        throw new Error(
          `Argument '${value}' for option '${shown}' is invalid.\nSupported: ${values.join(', ')}`,
        )
      return value
    },
  }
}

/** An option with an argument, which may be given any number of times. */
export function listOption(describe: string, alias?: string): Options & { type: 'string'; array: true } {
  return { type: 'string', array: true, nargs: 1, describe, ...(alias === undefined ? {} : { alias }) }
}

/** A letter without argument. */
export function flagOption(describe: string): Options & { type: 'boolean' } {
  return { type: 'boolean', describe }
}

/** What a parser makes of a command line. */
export interface ParsedWords {
  /** Option values by name. */
  readonly values: Readonly<Record<string, unknown>>
  /** Subcommand and operands. */
  readonly operands: readonly string[]
  /** The first breach of a rule. */
  readonly mistake: string | undefined
  /** A completion script, or words that complete the last one; undefined: none was asked for. */
  readonly answer: string | undefined
  readonly helpWanted: boolean
}

/** Parses a command line; `options` are those of all subcommands. */
export async function parseWords(
  parser: Argv,
  options: Readonly<Record<string, Options>>,
  argv: readonly string[],
): Promise<ParsedWords> {
  let mistake: string | undefined
  let values: Readonly<Record<string, unknown>> = {}
  let printed = ''
  // Called last for the whole line: to complete words, yargs parses some of them before, and prints in between.
  await parser.parseAsync(
    spellOut(options, argv),
    {},
    (error: Error | undefined, parsed: Readonly<Record<string, unknown>>, output: string) => {
      mistake = error?.message
      values = parsed
      printed = output === '' ? printed : output
    },
  )
  const before = (values._ as readonly string[]).map(String)
  const illegal = before.find((word) => /^-./.test(word))
  if (illegal !== undefined) mistake ??= `illegal option -- ${illegal.replace(/^--?|=.*$/gs, '')}`
  const completing = values[completionOption] === true
  return {
    values,
    operands: [...before, ...((values['--'] as readonly string[] | undefined) ?? [])],
    mistake: completing ? undefined : mistake,
    answer: completing || (mistake === undefined && printed !== '') ? `${printed}\n` : undefined,
    helpWanted: values.help === true,
  }
}

/** Writes out two spellings of getopt that yargs does not know: arguments attached to letters, and long names that are cut. */
function spellOut(options: Readonly<Record<string, Options>>, argv: readonly string[]): readonly string[] {
  const names = [...Object.keys(options), 'help']
  /** Names of options with an argument, by letter. */
  const withArgument = new Map(
    Object.entries(options).flatMap(([name, { alias, nargs }]) =>
      nargs === 1 ? [[String(alias ?? name), name] as const] : [],
    ),
  )
  const end = argv.indexOf('--')
  return argv.flatMap((word, index) => {
    if ((end >= 0 && index >= end) || !word.startsWith('-')) return [word]
    if (word.startsWith('--')) {
      const [cut = '', ...rest] = word.slice(2).split(/(?==)/)
      const near = names.filter((name) => name.length > 1 && name.startsWith(cut))
      return near.length === 1 ? [[`--${near[0]}`, ...rest].join('')] : [word]
    }
    const at = [...word].findIndex((letter) => withArgument.has(letter))
    if (at < 0 || at === word.length - 1) return [word]
    const flags = at > 1 ? [word.slice(0, at)] : []
    return [...flags, `--${withArgument.get(word[at] as string)}=${word.slice(at + 1)}`]
  })
}
