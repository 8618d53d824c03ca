import { describeProblem, helpForProblem, type ProblemMessages } from '#model'

/**
 * Reason why a certificate is not accepted: untrusted authority, expired, not yet valid, for another host, or any other.
 */
export type CertificateFault = 'untrusted' | 'time' | 'host' | 'refused'

/** Why a repository could not provide an object. */
export type RepositoryProblem =
  /** The repository does not answer, or every try ended in a retryable failure. */
  | {
      readonly code: 'ips::repository_error::unreachable'
      readonly uri: string
      readonly reason: string
      readonly status: number | undefined
      /** True when a retry cannot succeed (refused certificate, status 401, ...). */
      readonly fatal?: true
      /** Set where the certificate of the server was refused. */
      readonly certificate?: CertificateFault
    }
  /** The server or folder is not a package repository, or not one of a supported version. */
  | {
      readonly code: 'ips::repository_error::not_a_repository'
      readonly uri: string
      readonly reason: string
    }
  /** The repository does not have the object. */
  | { readonly code: 'ips::repository_error::not_found'; readonly uri: string; readonly object: string }
  /** The catalog file is damaged, unsigned, or not the file that catalog.attrs states. */
  | {
      readonly code: 'ips::repository_error::bad_catalog'
      readonly uri: string
      readonly file: string
      readonly reason: string
    }
  /** The manifest is not UTF-8 text or has malformed actions. */
  | {
      readonly code: 'ips::repository_error::bad_manifest'
      readonly uri: string
      readonly fmri: string
      readonly reason: string
    }
  /** The content has another digest than the published content. */
  | {
      readonly code: 'ips::repository_error::bad_digest'
      readonly uri: string
      readonly object: string
      readonly algorithm: string
      readonly expected: string
      readonly found: string
    }
  /** The content is larger or smaller than stated, or larger than the limit. */
  | {
      readonly code: 'ips::repository_error::bad_size'
      readonly uri: string
      readonly object: string
      readonly expected: number
      readonly found: number
    }
  /** The publisher has no enabled origin. */
  | { readonly code: 'ips::repository_error::no_origin'; readonly publisher: string }
  /** Every origin of the publisher failed. Holds the problem of each. */
  | {
      readonly code: 'ips::repository_error::all_origins_failed'
      readonly object: string
      readonly causes: readonly RepositoryProblem[]
    }
  /** The stored catalog is incomplete or changed; a full refresh replaces it. */
  | {
      readonly code: 'ips::repository_error::damaged_cache'
      readonly publisher: string
      readonly path: string
      readonly reason: string
    }
  /** The local cache could not be read or written. */
  | { readonly code: 'ips::repository_error::storage'; readonly path: string; readonly errno: string }

/** The messages of every problem of this package. */
export const repositoryMessages: ProblemMessages<RepositoryProblem> = {
  describe: {
    'ips::repository_error::unreachable': (p) =>
      `No answer from ${p.uri}${p.status === undefined ? '' : ` (HTTP status ${p.status})`}: ${p.reason}`,
    'ips::repository_error::not_a_repository': (p) => `${p.uri} is not a package repository: ${p.reason}`,
    'ips::repository_error::not_found': (p) => `${p.uri} has no ${p.object}`,
    'ips::repository_error::bad_catalog': (p) =>
      `The catalog file ${p.file} of ${p.uri} is invalid: ${p.reason}`,
    'ips::repository_error::bad_manifest': (p) =>
      `The manifest of ${p.fmri} from ${p.uri} is invalid: ${p.reason}`,
    'ips::repository_error::bad_digest': (p) =>
      `${p.object} from ${p.uri} is not the published content: its ${p.algorithm} is ${p.found} instead of ${p.expected}`,
    'ips::repository_error::bad_size': (p) =>
      `${p.object} from ${p.uri} has ${p.found} bytes instead of ${p.expected}`,
    'ips::repository_error::no_origin': (p) => `The publisher ${p.publisher} has no enabled origin`,
    'ips::repository_error::all_origins_failed': (p) => describeCauses(p.object, p.causes),
    'ips::repository_error::damaged_cache': (p) =>
      `The stored catalog ${p.path} of ${p.publisher} cannot be used: ${p.reason}`,
    'ips::repository_error::storage': (p) => `${p.path} could not be read or written: ${p.errno}`,
  },
  help: {
    'ips::repository_error::unreachable': (p) => certificateHelp(p.certificate),
    'ips::repository_error::not_a_repository': () => undefined,
    'ips::repository_error::not_found': () => undefined,
    'ips::repository_error::bad_catalog': () => undefined,
    'ips::repository_error::bad_manifest': () => undefined,
    'ips::repository_error::bad_digest': () => undefined,
    'ips::repository_error::bad_size': () => undefined,
    'ips::repository_error::no_origin': (p) => `Add one with: pkg6 set-publisher -g URI ${p.publisher}`,
    'ips::repository_error::all_origins_failed': (p) => {
      const [first] = p.causes.flatMap((cause) => helpForProblem(repositoryMessages, cause) ?? [])
      return first
    },
    'ips::repository_error::damaged_cache': (p) => `Fetch it again with: pkg6 refresh --full ${p.publisher}`,
    'ips::repository_error::storage': (p) =>
      p.errno === 'ENOSPC' ? 'Free some space on the file system and run the command again.' : undefined,
  },
}

function certificateHelp(fault: CertificateFault | undefined): string | undefined {
  switch (fault) {
    case 'untrusted':
      return (
        'If you trust the authority, put its certificate into a folder, name it by its hash (openssl rehash FOLDER), and run:' +
        ' pkg6 set-property ca-path FOLDER'
      )
    case 'time':
      return 'Compare the clock of this machine; if it is right, the server needs a new certificate.'
    case 'host':
      return 'Use the host name that the certificate was made for.'
    default:
      return undefined
  }
}

/** One numbered line for each cause; equal lines appear once, with their count. Source: transport §11. */
function describeCauses(object: string, causes: readonly RepositoryProblem[]): string {
  const counts = new Map<string, number>()
  for (const cause of causes) {
    const text = describeProblem(repositoryMessages, cause)
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  const lines = [...counts].map(
    ([text, count], index) =>
      `${String(index + 1).padStart(3)}: ${text}${count > 1 ? ` (happened ${count} times)` : ''}`,
  )
  return [`${object} could not be fetched from any origin:`, ...lines].join('\n')
}
