/** Why a repository could not give what was asked. */
export type RepositoryProblem =
  /** No answer, or a retryable failure on every try. */
  | {
      readonly code: 'ips::repository_error::unreachable'
      readonly uri: string
      readonly reason: string
      readonly status: number | undefined
      /** Asking the same place again cannot help (refused certificate, status 401, ...). */
      readonly fatal?: true
    }
  /** It answers but is no package repository (of a supported version). */
  | {
      readonly code: 'ips::repository_error::not_a_repository'
      readonly uri: string
      readonly reason: string
    }
  /** The object does not exist there. */
  | { readonly code: 'ips::repository_error::not_found'; readonly uri: string; readonly object: string }
  | {
      readonly code: 'ips::repository_error::bad_catalog'
      readonly uri: string
      readonly file: string
      readonly reason: string
    }
  | {
      readonly code: 'ips::repository_error::bad_manifest'
      readonly uri: string
      readonly fmri: string
      readonly reason: string
    }
  | {
      readonly code: 'ips::repository_error::bad_digest'
      readonly uri: string
      readonly object: string
      readonly algorithm: string
      readonly expected: string
      readonly found: string
    }
  /** Larger than it said, or than the limit. */
  | {
      readonly code: 'ips::repository_error::bad_size'
      readonly uri: string
      readonly object: string
      readonly expected: number
      readonly found: number
    }
  /** The publisher has no usable origin. */
  | { readonly code: 'ips::repository_error::no_origin'; readonly publisher: string }
  /** Every origin failed, each with its own problem. */
  | {
      readonly code: 'ips::repository_error::all_origins_failed'
      readonly object: string
      readonly causes: readonly RepositoryProblem[]
    }
  /** The local cache could not be written. */
  | { readonly code: 'ips::repository_error::storage'; readonly path: string; readonly errno: string }
