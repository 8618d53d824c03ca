import { type Fmri, formatFmri, formatVersion } from '#model'
import type { RepositoryProblem } from '#repo'
import { explainText, type SolverProblem } from '#solver'
import type { CommandProblem } from '../problems.ts'

/**
 * The message of the reference client for a problem that both clients have; undefined where the message of this client is used.
 * Leading newlines end the line of progress; the name of the command goes after them. Source: cli §3, §5 and the transcripts.
 */
export function referenceText(command: string | undefined, problem: CommandProblem): string | undefined {
  switch (problem.code) {
    case 'ips::validation_error::bad_pattern':
    case 'ips::validation_error::bad_fmri':
    case 'ips::validation_error::bad_stem':
    case 'ips::validation_error::bad_version':
      return illegalFmri(problem)
    case 'ips::validation_error::bad_publisher':
      return `\n'${problem.text}' is not a valid publisher name.`
    case 'ips::validation_error::bad_uri':
      return badUri(problem.text)
    case 'ips::solver_error::bad_patterns':
      // Six commands quote the pattern: four print it alone, two with the reason.
      if (command !== undefined && ['freeze', 'unfreeze', 'verify', 'fix'].includes(command))
        return problem.patterns.map(({ text }) => `\n'${text}' is an illegal fmri`).join('')
      if (command === 'avoid' || command === 'unavoid')
        return problem.patterns.map((one) => `\n'${illegalFmri(one)}' is an illegal fmri`).join('')
      return problem.patterns.map(illegalFmri).join('\n')
    case 'ips::solver_error::no_candidates':
      return noCandidates(problem)
    case 'ips::solver_error::ambiguous':
      return ambiguous(problem, command ?? 'install')
    case 'ips::solver_error::multispec':
      return `\nThe following patterns specify different versions of the same package(s):${problem.stems
        .map(({ stem, patterns }) => `\n${patterns.join(', ')}: ${stem}`)
        .join('')}`
    case 'ips::solver_error::has_dependents':
      return problem.removed
        .map(
          ({ fmri, dependents }) =>
            `\nUnable to remove '${shortName(fmri)}' due to the following packages that depend on it:${dependents
              .map((one) => `\n  ${shortName(one)}`)
              .sort()
              .join('')}`,
        )
        .join('\n')
    case 'ips::solver_error::unsatisfiable':
      return `\n${unsatisfiableHead(problem)}${explainText(problem)
        .map((line) => `\n  ${line}`)
        .join('')}${problem.more
        .flatMap((facts) => ['Apart from that:', ...explainText({ facts }).map((line) => `  ${line}`)])
        .map((line) => `\n${line}`)
        .join('')}`
    case 'ips::solver_error::overconstrained':
      return `\nNo solution was found to satisfy constraints${explainText(problem)
        .map((line) => `\n  ${line}`)
        .join('')}`
    case 'ips::image_error::not_an_image':
      return problem.source === 'environment'
        ? `No image rooted at '${problem.path}' (set by $PKG_IMAGE)`
        : problem.source === 'argument'
          ? `No image rooted at '${problem.path}'`
          : 'No image found.'
    case 'ips::image_error::already_an_image':
      return `there is already an image at: ${problem.path}.\nTo override, use the -f (force) option.`
    case 'ips::image_error::directory_not_empty':
      return `the specified image path is not empty: ${problem.path}.\nTo override, use the -f (force) option.`
    case 'ips::image_error::no_permission':
      return command === 'image-create'
        ? `Could not operate on ${problem.path}\nbecause of insufficient permissions. Please try the command again as a privileged user.`
        : `${isPropertyCommand(command) ? '' : '\n'}Insufficient access to complete the requested operation.\nPlease try the operation again as a privileged user.`
    case 'ips::image_error::not_packaged':
      return `\nThe following files are not packaged in this image:${problem.paths.map((path) => `\n\t${path}`).join('')}`
    case 'ips::image_error::bad_mediator':
      return `\n${problem.faults
        .map(({ part, value, reason }) => `'${value}' is not a valid ${part}: ${reason}`)
        .join('\n')}`
    case 'ips::image_error::bad_property':
      return isPropertyCommand(command)
        ? `Invalid value '${problem.value}' for property '${problem.name}' in section 'property'.`
        : undefined
    case 'ips::image_error::unknown_publisher':
      return `Unknown publisher '${problem.name}'.`
    case 'ips::image_error::publisher_disabled':
      return `Publisher '${problem.name}' is disabled and cannot be used for packaging operations.`
    case 'ips::image_error::publisher_not_served':
      return `The repository at ${problem.uri.replace(/\/$/, '')} does not contain package data for ${problem.publisher}; only ${[
        ...problem.served,
      ]
        .sort()
        .join(
          ', ',
        )}.\n\nThis is either because the repository location is not valid, or because the provided publisher does not match those known by the repository.`
    case 'ips::image_error::duplicate_origin':
      return `\nOrigin '${problem.uri}' already exists for the specified publisher.`
    case 'ips::image_error::duplicate_mirror':
      return `\nMirror '${problem.uri}' already exists for the specified publisher.`
    case 'ips::image_error::unknown_origin':
      return `\nUnknown repository origin '${problem.uri}'`
    case 'ips::image_error::unknown_mirror':
      return `\nUnknown repository mirror '${problem.uri}'.`
    case 'ips::image_error::bad_search_place':
      return '\nCannot search a repository before or after itself'
    default:
      return undefined
  }
}

/** The property commands, whose errors never begin with an empty line. */
function isPropertyCommand(command: string | undefined): boolean {
  return command !== undefined && /-property(-value)?$/.test(command)
}

function illegalFmri(problem: { readonly text: string; readonly reason: string }): string {
  const at = problem.text.indexOf('@')
  const name = at < 0 ? problem.text : problem.text.slice(0, at)
  const reason =
    at >= 0 && /^(pkg:)?\/{0,3}[A-Za-z0-9*?][A-Za-z0-9*?._+/-]*$/.test(name)
      ? `Bad Version: ${problem.text.slice(at + 1)}`
      : `Invalid Package Name: ${name}`
  return `Illegal FMRI '${problem.text}': ${reason}`
}

function badUri(text: string): string | undefined {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase()
  return scheme === undefined || ['file', 'http', 'https'].includes(scheme)
    ? undefined
    : `\nThe URI '${text}' uses the unsupported scheme '${scheme}'.  Supported schemes are file://, http://, and https://.`
}

/** The first line of the explanation. Its subjects are all named, or all installed. */
function unsatisfiableHead(
  problem: Extract<SolverProblem, { code: 'ips::solver_error::unsatisfiable' }>,
): string {
  if (!problem.beforeSearch || problem.subjects.length === 0)
    return 'No solution was found to satisfy constraints'
  const areInstalled = [problem.facts, ...problem.more].some((facts) =>
    facts.some(({ kind, subject }) => kind === 'stays' && problem.subjects.includes(subject)),
  )
  if (areInstalled)
    return `The following installed packages must be uninstalled or upgraded\nif the requested operation is to be performed:${problem.subjects
      .map((stem) => `\n\t${stem}`)
      .join('')}`
  return problem.subjects.map((stem) => `No matching version of ${stem} can be installed:`).join('\n')
}

function noCandidates(
  problem: Extract<SolverProblem, { code: 'ips::solver_error::no_candidates' }>,
): string | undefined {
  if (problem.patterns.every(({ why }) => why === 'not-installed'))
    return problem.patterns.map(({ text }) => `\n'${text}' matches no installed packages`).join('')
  const list = problem.patterns.map(({ text }) => `\n\t${text}`).join('')
  const every = (wanted: (typeof problem.patterns)[number]['why']): boolean =>
    problem.patterns.every(({ why }) => why === wanted)
  if (every('rejected'))
    return `\nThe following pattern(s) only matched packages rejected by user request.  Try\nusing a different matching pattern, or refreshing publisher information:\n${list}`
  if (every('wrong-variant'))
    return `\nThe following pattern(s) only matched packages that are not available\nfor the current image's architecture, zone type, and/or other variant:${list}`
  if (!problem.patterns.every(({ why }) => why === 'no-match' || why === 'not-offered')) return undefined
  return `\nThe following pattern(s) did not match any allowable packages.  Try\nusing a different matching pattern, or refreshing publisher information:\n${list}`
}

function ambiguous(
  problem: Extract<SolverProblem, { code: 'ips::solver_error::ambiguous' }>,
  command: string,
): string {
  const blocks = problem.patterns.map(
    ({ text, matches }) =>
      `\n'${text}' matches multiple packages${[
        ...new Set(matches.map((one) => (one.publisher === undefined ? one.stem : formatFmri(one, 'stem')))),
      ]
        .map((name) => `\n\t${name}`)
        .join('')}`,
  )
  return `${blocks.join('')}\n\nPlease provide one of the package FMRIs listed above to the ${command} command.`
}

/** `stem@release-branch`. */
function shortName(fmri: Fmri): string {
  return fmri.version === undefined ? fmri.stem : `${fmri.stem}@${formatVersion(fmri.version, 'short')}`
}

/** The message of the reference client for a repository that failed; undefined where it has none. Source: transport §11. */
export function repositoryText(problem: RepositoryProblem): string | undefined {
  if (
    problem.code !== 'ips::repository_error::unreachable' &&
    problem.code !== 'ips::repository_error::not_a_repository'
  )
    return undefined
  const uri = problem.uri.length > 8 ? problem.uri.replace(/\/$/, '') : problem.uri
  if (/^file:\/\//.test(uri)) {
    const code = isUnreachable(problem) ? 'E_FILE_COULDNT_READ_FILE (37)' : 'E_HTTP_NOT_FOUND (22)'
    return `file protocol error: code: ${code} reason: ${problem.reason}\nRepository URL: '${uri}'.`
  }
  const scheme = uri.slice(0, Math.max(0, uri.indexOf(':')))
  const status = isUnreachable(problem) ? problem.status : undefined
  return status === undefined
    ? `Framework error: code: ${isUnreachable(problem) ? 'E_COULDNT_CONNECT (7)' : 'E_BAD_CONTENT (61)'} reason: ${problem.reason}\nURL: '${uri}'`
    : `${scheme} protocol error: code: ${status} reason: ${problem.reason}\nURL: '${uri}'`
}

type Unreachable = Extract<RepositoryProblem, { readonly code: 'ips::repository_error::unreachable' }>

function isUnreachable(problem: RepositoryProblem): problem is Unreachable {
  return problem.code === 'ips::repository_error::unreachable'
}
