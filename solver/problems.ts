import type { Fmri, ProblemMessages } from '#model'
import { formatFmri } from '#model'
import type { Fact, Fix } from './explanation.ts'
import { explainText, fixCommand } from './report.ts'

/** Why there is no plan. Codes and exit codes: cli §2, solver-semantics §8. */
export type SolverProblem =
  /** Patterns that match nothing known (install) or nothing installed (update, uninstall). */
  | {
      readonly code: 'ips::solver_error::no_candidates'
      readonly patterns: readonly PatternMiss[]
      readonly operation: string
    }
  /** Patterns that cannot be read; all of them. */
  | {
      readonly code: 'ips::solver_error::bad_patterns'
      readonly patterns: readonly { text: string; reason: string }[]
    }
  /** Patterns without wildcards that match several packages. */
  | {
      readonly code: 'ips::solver_error::ambiguous'
      readonly patterns: readonly { text: string; matches: readonly Fmri[] }[]
    }
  /** Several patterns that ask for different versions of one package. */
  | {
      readonly code: 'ips::solver_error::multispec'
      readonly stems: readonly { stem: string; patterns: readonly string[] }[]
    }
  /** Packages that stay need what is to be removed. */
  | {
      readonly code: 'ips::solver_error::has_dependents'
      readonly removed: readonly { fmri: Fmri; dependents: readonly Fmri[] }[]
    }
  /** The request contradicts what is installed or what the packages demand; with the facts that do. */
  | {
      readonly code: 'ips::solver_error::unsatisfiable'
      readonly operation: string
      /** Minimal set of facts, in chain order. */
      readonly facts: readonly Fact[]
      /** Other sets of facts that leave no answer either, from other packages that were named or must stay; two at most. */
      readonly more: readonly (readonly Fact[])[]
      /** A named stem lost every version before the search: pkg5 exits 1 there and 9 otherwise. */
      readonly beforeSearch: boolean
      /** Stems without any version left that the reasons start from, for the head line. */
      readonly subjects: readonly string[]
      /** Ways out that were tried and found to work, best first. */
      readonly fixes: readonly Fix[]
    }
  /** Newer versions exist, but the image as a whole can move to none of them; with the facts that stand in the way. */
  | { readonly code: 'ips::solver_error::overconstrained'; readonly facts: readonly Fact[] }
  /** No plan was found within the budget; there may be one. */
  | { readonly code: 'ips::solver_error::budget_exhausted'; readonly conflicts: number }
  /** The SAT engine cannot hold a problem of this size. */
  | {
      readonly code: 'ips::solver_error::backend_capacity'
      readonly backend: string
      readonly detail: string
    }

/** A pattern that gave nothing to choose from. */
export interface PatternMiss {
  readonly text: string
  readonly why:
    | 'no-match'
    | 'not-offered'
    | 'not-installed'
    | 'rejected'
    | 'wrong-variant'
    | 'wrong-publisher'
  /** Known names close to it, best first. */
  readonly nearest: readonly string[]
}

const missWords: Readonly<Record<PatternMiss['why'], string>> = {
  'no-match': 'matches no known package',
  'not-offered': 'is offered only by publishers that are disabled',
  'not-installed': 'matches no installed package',
  rejected: 'is excluded by --reject',
  'wrong-variant': 'has no version for the variants of this image',
  'wrong-publisher': 'is installed from a sticky publisher that does not offer what is asked for',
}

const lines = (head: string, rest: readonly string[]) => [head, ...rest.map((line) => `  ${line}`)].join('\n')

/** The messages of every problem of this package. */
export const solverMessages: ProblemMessages<SolverProblem> = {
  describe: {
    'ips::solver_error::no_candidates': ({ patterns }) =>
      patterns.map(({ text, why }) => `'${text}' ${missWords[why]}.`).join('\n'),
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
