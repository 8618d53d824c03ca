import type { Scenario, ScenarioError, ScenarioPackage, ScenarioPlan } from './scenario.ts'

/** A scenario in short form: one line a package, one line a change. */
export interface ShortScenario {
  /** `one`, `two disabled` or `two unsticky`, in order of rank. Absent: one publisher. */
  readonly publishers?: readonly string[]
  /** Lines as `packages` reads them. */
  readonly published: readonly string[]
  readonly installed?: readonly string[]
  readonly frozen?: readonly string[]
  readonly avoid?: readonly string[]
  readonly facets?: Readonly<Record<string, boolean>>
  readonly variants?: Readonly<Record<string, string>>
  /** What is installed in the parent image. */
  readonly parent?: readonly string[]
  /** What is installed in the image at `/`. */
  readonly root?: readonly string[]
  /** Patterns to install, or a command with its words: `update`, `uninstall a`, `change-variant variant.arch=sparc`. */
  readonly request: readonly string[] | string
  /** The one best plan: `+ a@1` adds, `- a@1` removes, `~ a@1 -> a@2` updates. */
  readonly plan?: readonly string[]
  /** The avoid list after the plan. Absent: it is not looked at. */
  readonly avoidAfter?: readonly string[]
  /** Why there is no plan, in the words of the specification's scenarios. */
  readonly problem?: string
}

/** The scenario that a short form stands for. */
export function scenario(id: string, title: string, short: ShortScenario): Scenario {
  const { publishers, published, installed = [], frozen, request, plan, avoidAfter, problem } = short
  return {
    id,
    title,
    ...(publishers && { publishers: publishers.map(publisherOf) }),
    catalog: packages(...published),
    image: {
      installed,
      ...(frozen && { frozen: frozen.map((fmri) => ({ fmri })) }),
      ...pick(short, 'avoid', 'facets', 'variants', 'parent', 'root'),
    },
    request: typeof request === 'string' ? commandOf(request) : { op: 'install', patterns: request },
    expect: problem === undefined ? planOf(plan ?? [], avoidAfter) : failureOf(problem),
  }
}

/**
 * Packages, one for each line: an FMRI, and after it clauses with commas between them. A clause is a dependency (`require a@1`,
 * `require-any a b`, `conditional a if b`, with attributes such as `facet.x=true`), `hold NAME`, `obsolete`, `renamed`, `explicit`,
 * an attribute of the package (`variant.arch=i386|sparc`), or what its removal brings about (`updates a@1`, `uninstalls a`).
 */
export function packages(...lines: readonly string[]): ScenarioPackage[] {
  return lines.map((line) => {
    const [fmri = '', ...rest] = line.split(' ')
    const made: Draft = { fmri }
    if (rest.length > 0) for (const clause of rest.join(' ').split(', ')) addClause(made, clause)
    return made
  })
}

type Draft = { -readonly [K in keyof ScenarioPackage]: ScenarioPackage[K] }
type Dependency = NonNullable<ScenarioPackage['depends']>[number]

function addClause(made: Draft, clause: string): void {
  const [word = '', ...rest] = clause.split(' ')
  const [name, values] = pair(word)
  if (word === 'obsolete') made.obsolete = true
  else if (word === 'renamed') made.renamed = true
  else if (word === 'explicit') made['explicit-install'] = true
  else if (word === 'hold') made['install-hold'] = rest.join(' ')
  else if (word === 'updates') made.actuators = { ...made.actuators, update: rest }
  else if (word === 'uninstalls') made.actuators = { ...made.actuators, uninstall: rest }
  else if (word.includes('=')) made.variants = { ...made.variants, [name]: values.split('|') }
  else made.depends = [...(made.depends ?? []), dependencyOf(word, rest)]
}

function dependencyOf(type: string, words: readonly string[]): Dependency {
  const condition = words.indexOf('if')
  const attributes = words.filter((word) => word.includes('='))
  const targets = words.slice(0, condition < 0 ? undefined : condition).filter((word) => !word.includes('='))
  return {
    type,
    fmri: type.endsWith('-any') ? targets : targets[0]!,
    ...(condition >= 0 && { predicate: words[condition + 1]! }),
    ...Object.fromEntries(attributes.map(pair)),
  }
}

/** Name and value of `name=value`. */
function pair(word: string): readonly [name: string, value: string] {
  const place = word.indexOf('=')
  return [word.slice(0, place), word.slice(place + 1)]
}

function publisherOf(line: string): NonNullable<Scenario['publishers']>[number] {
  const [name = '', ...words] = line.split(' ')
  return {
    name,
    ...(words.includes('disabled') && { enabled: false }),
    ...(words.includes('unsticky') && { sticky: false }),
  }
}

function commandOf(line: string): Scenario['request'] {
  const [op = '', ...words] = line.split(' ')
  const settings = words.filter((word) => word.includes('=')).map(pair)
  const reject = words.flatMap((word, place) => (words[place - 1] === '--reject' ? [word] : []))
  const patterns = words.filter(
    (word, place) => !word.includes('=') && !word.startsWith('--') && words[place - 1] !== '--reject',
  )
  return {
    op: op as Scenario['request']['op'],
    ...(patterns.length > 0 && { patterns }),
    ...(reject.length > 0 && { reject }),
    ...(words.includes('--ignore-missing') && { ignore_missing: true }),
    ...(op === 'change-variant' && { variants: Object.fromEntries(settings) }),
    ...(op === 'change-facet' && {
      facets: Object.fromEntries(settings.map(([name, value]) => [name, value === 'true'])),
    }),
  }
}

function planOf(lines: readonly string[], avoid: readonly string[] | undefined): ScenarioPlan {
  const of = (sign: string) => lines.flatMap((line) => (line.startsWith(`${sign} `) ? [line.slice(2)] : []))
  return {
    add: of('+'),
    remove: of('-'),
    update: of('~').map((line) => {
      const [from = '', to = ''] = line.split(' -> ')
      return [from, to] as const
    }),
    ...(avoid && { avoid }),
  }
}

function failureOf(error: string): ScenarioError {
  return { error, exit: error === 'overconstrained' ? 9 : 1 }
}

function pick<T extends object, K extends keyof T>(from: T, ...keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.filter((key) => key in from).map((key) => [key, from[key]])) as Pick<T, K>
}
