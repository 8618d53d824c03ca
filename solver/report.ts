import type { Fact, FactKind, Fix } from './explanation.ts'

/** A text with versions without builds, which no rule uses. */
const withoutBuild = (text: string) => text.replaceAll(/(@|^)([0-9.]+),[0-9.]+(?=[-:, ]|$)/g, '$1$2')
const atLeast = (fact: Fact) => (fact.range === undefined ? '' : ` ${fact.range} or newer`)
const because = (fact: Fact, before: string, after = '') =>
  fact.reason === undefined || fact.reason === '' ? '' : `${before}${fact.reason}${after}`

/** One sentence per kind of fact. Source: solver-semantics §8.2. */
const sentences: Readonly<Record<FactKind, (fact: Fact) => string>> = {
  named: (f) =>
    f.reason === undefined
      ? `You asked for ${f.subject}.`
      : `Removing ${f.reason} also requests ${f.subject}.`,
  newer: (f) => `The newest version of ${f.subject} is ${f.range}.`,
  removed: (f) =>
    f.reason === undefined
      ? `You asked for ${f.subject} to be removed.`
      : `Removing ${f.reason} also removes ${f.subject}.`,
  reject: (f) => `${f.subject} is excluded by --reject.`,
  stays: (f) => `${f.subject} ${f.range} is installed and nothing in this request removes it.`,
  require: (f) => `${f.subject} needs ${f.object}${atLeast(f)}.`,
  'require-any': (f) => `${f.subject} needs one of ${f.object}.`,
  'group-any': (f) => `${f.subject} needs one of ${f.object}.`,
  group: (f) => `${f.subject} groups ${f.object}.`,
  incorporate: (f) => `${f.subject} allows ${f.object} only at ${f.range}.`,
  optional: (f) => `${f.subject} works with ${f.object} only at ${f.range} or newer.`,
  exclude: (f) => `${f.subject} cannot be together with ${f.object}${atLeast(f)}.`,
  conditional: (f) => `${f.subject} needs ${f.object}${atLeast(f)} because of ${f.reason}.`,
  origin: (f) =>
    `${f.subject} may only be installed over ${f.object}${atLeast(f)}; ${f.object} ${f.reason} is installed${f.place === 'root' ? ' at /' : ''}.`,
  parent: (f) => `${f.subject} must match the parent image, which has ${f.reason ?? `no ${f.object}`}.`,
  held: (f) =>
    `${f.subject} ${f.range} is installed and does not move unless you name it${because(f, ' (hold ', ')')}.`,
  floor: (f) =>
    f.range === undefined
      ? `${f.subject} ${f.object} is installed and is not downgraded.`
      : `${f.subject} ${f.object} is installed and would have to go down to ${f.range}.`,
  freeze: (f) => `${f.subject} is frozen at ${f.range}${because(f, ': ')}.`,
  none: (f) =>
    f.reason === 'inside'
      ? `No known version of ${f.subject} is inside ${f.range}.`
      : `No publisher offers ${f.subject}${atLeast(f)}.`,
  obsolete: (f) =>
    `Every version of ${f.subject}${f.range === undefined ? '' : ` from ${f.range} on`} is obsolete.`,
  variant: (f) =>
    f.object === undefined
      ? `${f.subject} is for another kind of image.`
      : `${f.subject} is for ${f.object}, not for ${f.reason}.`,
  'explicit-install': (f) => `${f.subject} needs explicit installation.`,
  unsupported: (f) => `${f.subject} has metadata that this version cannot read.`,
  unknown: (f) => `No enabled publisher offers ${f.subject}.`,
  publisher: (f) =>
    f.reason === undefined
      ? `${f.subject} is taken from a higher ranked publisher; ${f.range} comes only from ${f.object}.`
      : `${f.subject} is installed from ${f.reason}; ${f.range} comes only from ${f.object}.`,
}

/** Minimum number of facts that differ only in versions for merging them. */
const MERGED_FROM = 3

/** Merges facts that differ only in the versions of dependent and target into one fact about all of these versions. */
function mergeRuns(facts: readonly Fact[]): readonly Fact[] {
  const nameOf = (fact: Fact) => fact.subject.split(/[@ ]/)[0]!
  const keyOf = (fact: Fact) =>
    JSON.stringify([fact.kind, nameOf(fact), fact.object ?? '', fact.reason ?? ''])
  const counts = new Map<string, number>()
  for (const fact of facts) counts.set(keyOf(fact), (counts.get(keyOf(fact)) ?? 0) + 1)
  const merged = new Set<string>()
  return facts.flatMap((fact) => {
    const key = keyOf(fact)
    if (fact.object === undefined || counts.get(key)! < MERGED_FROM || fact.kind === 'incorporate')
      return [fact]
    if (merged.has(key)) return []
    merged.add(key)
    return [
      { kind: fact.kind, subject: `Every version of ${nameOf(fact)} that is left`, ...withObject(fact) },
    ]
  })
}

function withObject({ object, reason }: Fact): Partial<Fact> {
  return { ...(object === undefined ? {} : { object }), ...(reason === undefined ? {} : { reason }) }
}

/** The facts of a problem as distinct sentences, from the request to the contradiction. */
export function explainText(problem: { readonly facts: readonly Fact[] }): readonly string[] {
  // The sentences of "held" and "floor" already tell that the package is installed and stays.
  const firm = new Set(
    problem.facts.filter(({ kind }) => kind === 'held' || kind === 'floor').map(({ subject }) => subject),
  )
  const shown = problem.facts.filter(({ kind, subject }) => kind !== 'stays' || !firm.has(subject))
  const lines = mergeRuns(shown).map((fact) => sentences[fact.kind]({ ...fact, ...readable(fact) }))
  return [...new Set(lines)]
}

/** The texts of a fact without builds. A pattern stays as the user wrote it. */
function readable({ kind, object, range }: Fact): Partial<Fact> {
  if (kind === 'named' || kind === 'freeze') return {}
  return {
    ...(object === undefined ? {} : { object: withoutBuild(object) }),
    ...(range === undefined ? {} : { range: withoutBuild(range) }),
  }
}

/** A fix as a POSIX shell command. */
export function fixCommand(fix: Fix): string {
  if (fix.kind === 'unfreeze') return `pkg6 unfreeze ${quoted(fix.stem)}`
  const reject = fix.reject.flatMap((pattern) => ['--reject', quoted(pattern)])
  return ['pkg6', fix.operation, ...reject, ...fix.patterns.map(quoted)].join(' ')
}

/** Quotes a word for a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) && !word.startsWith('-') ? word : `'${word.replaceAll("'", "'\\''")}'`
}
