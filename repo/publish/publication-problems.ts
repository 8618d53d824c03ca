import { describeProblem, modelMessages, type ProblemMessages, type ValidationProblem } from '#model'
import { type RepositoryProblem, repositoryMessages } from '../problems.ts'
import { describePublicationWarning, type PublicationWarning } from './publication-warnings.ts'

/** Why a repository could not be changed. The repository is unchanged. */
export type PublicationProblem =
  /** The manifest as a whole is invalid. */
  | {
      readonly code: 'ips::repository_error::invalid_package'
      /** Undefined when the manifest has no readable FMRI. */
      readonly fmri: string | undefined
      readonly cause: ValidationProblem
    }
  /** The packages have warnings, and the publication is strict. */
  | {
      readonly code: 'ips::repository_error::doubtful_packages'
      readonly warnings: readonly PublicationWarning[]
    }
  /** The catalog has this version of the package already. */
  | { readonly code: 'ips::repository_error::duplicate_package'; readonly fmri: string }
  /** No package of the repository matches the pattern. */
  | {
      readonly code: 'ips::repository_error::unknown_package'
      readonly uri: string
      readonly pattern: string
    }
  /** The file of an action is in none of the given folders. */
  | {
      readonly code: 'ips::repository_error::payload_unavailable'
      readonly fmri: string
      readonly action: string
      readonly file: string
    }
  /** The folder for a new repository is not empty. */
  | { readonly code: 'ips::repository_error::repository_exists'; readonly path: string }
  /** The repository has the new publisher already. */
  | {
      readonly code: 'ips::repository_error::publisher_exists'
      readonly uri: string
      readonly publisher: string
    }
  /** The repository does not have the publisher. */
  | {
      readonly code: 'ips::repository_error::unknown_publisher'
      readonly uri: string
      readonly publisher: string
    }
  /** The FMRI names no publisher, and the repository has no default publisher. */
  | { readonly code: 'ips::repository_error::no_default_publisher'; readonly uri: string }
  /** The property is unknown, is read-only, or does not accept the value. */
  | {
      readonly code: 'ips::repository_error::bad_property'
      readonly property: string
      readonly reason: string
    }
  /** Another process is changing the packages of the publisher, or the configuration. */
  | {
      readonly code: 'ips::repository_error::locked'
      readonly path: string
      readonly name: string
      readonly hostname: string
      readonly pid: number | undefined
      /** Path of the lock file; set when the owner is on another host, where its process cannot be checked. */
      readonly unknowable?: string
    }
  /** The lock file is a link, a directory, or another file that this client did not make. */
  | { readonly code: 'ips::repository_error::unsafe_lock'; readonly path: string; readonly found: string }

/** Every problem of changing a repository. */
export type RepositoryChangeProblem = RepositoryProblem | PublicationProblem

/** The messages of every problem of changing a repository. */
export const publicationMessages: ProblemMessages<PublicationProblem> = {
  describe: {
    'ips::repository_error::invalid_package': (p) =>
      `${p.fmri ?? 'The package'} cannot be published.\n${describeProblem(modelMessages, p.cause)}`,
    'ips::repository_error::doubtful_packages': (p) =>
      ['Nothing was published:', ...p.warnings.map((one) => `  ${describePublicationWarning(one)}`)].join(
        '\n',
      ),
    'ips::repository_error::duplicate_package': (p) => `${p.fmri} is published already`,
    'ips::repository_error::unknown_package': (p) => `${p.uri} has no package that matches ${p.pattern}`,
    'ips::repository_error::payload_unavailable': (p) =>
      `${p.fmri}: the file ${p.file} was not found in any of the given folders\n  ${p.action}`,
    'ips::repository_error::repository_exists': (p) =>
      `${p.path} is not empty; a new repository needs a new or empty folder`,
    'ips::repository_error::publisher_exists': (p) => `${p.uri} has the publisher ${p.publisher} already`,
    'ips::repository_error::unknown_publisher': (p) => `${p.uri} has no publisher ${p.publisher}`,
    'ips::repository_error::no_default_publisher': (p) =>
      `The package names no publisher and ${p.uri} has no default publisher`,
    'ips::repository_error::bad_property': (p) => `The property ${p.property} cannot be set: ${p.reason}`,
    'ips::repository_error::locked': (p) =>
      `${p.path} is being changed by another client: ${p.name} on ${p.hostname}, pid ${p.pid ?? 'unknown'}`,
    'ips::repository_error::unsafe_lock': (p) =>
      `The lock file '${p.path}' is ${p.found}; refusing to use it`,
  },
  help: {
    'ips::repository_error::invalid_package': () => undefined,
    'ips::repository_error::doubtful_packages': () => 'Correct the manifests, or publish without --strict.',
    'ips::repository_error::duplicate_package': () => undefined,
    'ips::repository_error::unknown_package': () => undefined,
    'ips::repository_error::payload_unavailable': () => 'Name the folder of the file with -d.',
    'ips::repository_error::repository_exists': () => undefined,
    'ips::repository_error::publisher_exists': () => undefined,
    'ips::repository_error::unknown_publisher': () => undefined,
    'ips::repository_error::no_default_publisher': () =>
      'Set one with: pkg6repo set -s REPOSITORY publisher/prefix=NAME',
    'ips::repository_error::bad_property': () => undefined,
    'ips::repository_error::locked': (p) =>
      p.unknowable === undefined
        ? 'Run the command again when the other client has ended.'
        : `Run the command again when the other client has ended. If ${p.hostname} no longer exists, remove ${p.unknowable}`,
    'ips::repository_error::unsafe_lock': (p) => `Check '${p.path}' and remove it.`,
  },
}

/** The messages of both kinds of problems. */
export const repositoryChangeMessages: ProblemMessages<RepositoryChangeProblem> = {
  describe: { ...repositoryMessages.describe, ...publicationMessages.describe },
  help: { ...repositoryMessages.help, ...publicationMessages.help },
}
