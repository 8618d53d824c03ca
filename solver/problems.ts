import type { Fmri, ProblemMessages } from '#model'
import { formatFmri } from '#model'
import type { Fact, Fix } from './explanation.ts'
import { explainText, fixCommand } from './report.ts'

/** Why there is no plan. Codes and exit codes: cli §2, solver-semantics §8. */
export type SolverProblem =
  /** Patterns match no known package (install) or no installed package (update, uninstall). */
  | {
      readonly code: 'ips::solver_error::no_candidates'
      readonly patterns: readonly PatternMiss[]
      readonly operation: string
    }
  /** Patterns are malformed. Lists all of them. */
  | {
      readonly code: 'ips::solver_error::bad_patterns'
      readonly patterns: readonly { text: string; reason: string }[]
    }
  /** Patterns without wildcards match several packages. */
  | {
      readonly code: 'ips::solver_error::ambiguous'
      readonly patterns: readonly { text: string; matches: readonly Fmri[] }[]
    }
  /** Several patterns ask for different versions of one package. */
  | {
      readonly code: 'ips::solver_error::multispec'
      readonly stems: readonly { stem: string; patterns: readonly string[] }[]
    }
  /** Packages that stay installed require a package that the request removes. */
  | {
      readonly code: 'ips::solver_error::has_dependents'
      readonly removed: readonly { fmri: Fmri; dependents: readonly Fmri[] }[]
    }
  /** The request contradicts the installed packages or the dependencies of packages. Holds the facts that contradict each other. */
  | {
      readonly code: 'ips::solver_error::unsatisfiable'
      readonly operation: string
      /** Minimal set of facts, in chain order. */
      readonly facts: readonly Fact[]
      /** At most two further contradictory sets of facts, which start from other named or installed packages. */
      readonly more: readonly (readonly Fact[])[]
      /** True when a named stem lost every version before the search: pkg5 then exits 1, otherwise 9. */
      readonly beforeSearch: boolean
      /** Stems without any version left, where the explanation starts; for the first line of the message. */
      readonly subjects: readonly string[]
      /** Changed requests that were solved and have a plan, best first. */
      readonly fixes: readonly Fix[]
    }
  /** Newer versions exist, but the image as a whole can move to none of them. Holds the facts that prevent it. */
  | { readonly code: 'ips::solver_error::overconstrained'; readonly facts: readonly Fact[] }
  /** The search found no plan within its budget; there may be one. */
  | { readonly code: 'ips::solver_error::budget_exhausted'; readonly conflicts: number }
  /** The SAT engine cannot hold a problem of this size. */
  | {
      readonly code: 'ips::solver_error::backend_capacity'
      readonly backend: string
      readonly detail: string
    }

/** A pattern without a candidate. */
export type PatternMiss = {
  readonly text: string
  /** Known names similar to the pattern, most similar first. */
  readonly nearest: readonly string[]
} & (
  | { readonly why: 'no-match' | 'not-offered' | 'not-installed' | 'rejected' | 'wrong-variant' }
  | {
      readonly why: 'wrong-publisher'
      /** The sticky publisher of the installed package. */
      readonly installedFrom: string
      /** Publishers of the matching packages. */
      readonly offeredBy: readonly string[]
    }
)

const missTexts: Readonly<Record<Exclude<PatternMiss['why'], 'wrong-publisher'>, string>> = {
  'no-match': 'matches no known package',
  'not-offered': 'is offered only by publishers that are disabled',
  'not-installed': 'matches no installed package',
  rejected: 'is excluded by --reject',
  'wrong-variant': 'has no version for the variants of this image',
}

function missText(miss: PatternMiss): string {
  return miss.why === 'wrong-publisher'
    ? `is installed from ${miss.installedFrom}, which is sticky; the requested package comes only from ${miss.offeredBy.join(', ')}`
    : missTexts[miss.why]
}

const lines = (head: string, rest: readonly string[]) => [head, ...rest.map((line) => `  ${line}`)].join('\n')

/** The messages of every problem of this package. */
export const solverMessages: ProblemMessages<SolverProblem> = {
  describe: {
    'ips::solver_error::no_candidates': ({ patterns }) =>
      patterns.map((miss) => `'${miss.text}' ${missText(miss)}.`).join('\n'),
    'ips::solver_error::bad_patterns': ({ patterns }) =>
      patterns.map(({ text, reason }) => `'${text}' is not a package pattern: ${reason}`).join('\n'),
    'ips::solver_error::ambiguous': ({ patterns }) =>
      patterns
        .map(({ text, matches }) =>
          lines(
            `'${text}' matches several packages:`,
            matches.map((fmri) => formatFmri(fmri, 'stem')),
          ),
        )
        .join('\n'),
    'ips::solver_error::multispec': ({ stems }) =>
      stems
        .map(({ stem, patterns }) => lines(`These patterns ask for different versions of ${stem}:`, patterns))
        .join('\n'),
    'ips::solver_error::has_dependents': ({ removed }) =>
      removed
        .map(({ fmri, dependents }) =>
          lines(
            `Cannot remove ${formatFmri(fmri, 'short')}: it is required by`,
            dependents.map((dependent) => formatFmri(dependent, 'short')),
          ),
        )
        .join('\n'),
    'ips::solver_error::unsatisfiable': (problem) =>
      [
        lines(
          problem.subjects.length === 0
            ? 'No solution was found.'
            : `No version of ${problem.subjects.join(', ')} fits.`,
          explainText(problem),
        ),
        ...problem.more.map((facts) => lines('Apart from that:', explainText({ facts }))),
      ].join('\n'),
    'ips::solver_error::overconstrained': (problem) =>
      lines('Nothing can be updated although newer versions exist.', explainText(problem)),
    'ips::solver_error::budget_exhausted': ({ conflicts }) =>
      `No solution was found within ${conflicts} conflicts of search.`,
    'ips::solver_error::backend_capacity': ({ backend, detail }) =>
      `The ${backend} engine cannot hold the problem: ${detail}`,
  },
  help: {
    'ips::solver_error::no_candidates': ({ patterns }) => {
      const near = [...new Set(patterns.flatMap(({ nearest }) => nearest))]
      const hidden = patterns.filter(({ why }) => why === 'not-offered').map(({ text }) => `'${text}'`)
      const help = [
        ...(near.length === 0 ? [] : [`Did you mean ${near.join(' or ')}?`]),
        ...(hidden.length === 0
          ? []
          : [`Only publishers that are disabled offer ${hidden.join(', ')}; 'pkg6 publisher' lists them.`]),
      ]
      return help.length === 0 ? undefined : help.join('\n')
    },
    'ips::solver_error::bad_patterns': () => undefined,
    'ips::solver_error::ambiguous': () => 'Name one of them in full.',
    'ips::solver_error::multispec': () => undefined,
    'ips::solver_error::has_dependents': () => 'Name the packages that require it as well.',
    'ips::solver_error::unsatisfiable': ({ fixes }) =>
      fixes.length === 0 ? undefined : lines('Try:', fixes.map(fixCommand)),
    'ips::solver_error::overconstrained': () => undefined,
    'ips::solver_error::budget_exhausted': () => undefined,
    'ips::solver_error::backend_capacity': ({ backend }) =>
      backend === 'cadical' ? undefined : 'Run again with --sat-backend cadical.',
  },
}
