import type { PublisherName } from './brand.ts'

/** Schemes of repository URIs. */
export const repositorySchemes = ['file', 'http', 'https'] as const
export type RepositoryScheme = (typeof repositorySchemes)[number]

/** Scheme of a repository URI, which is matched without regard to case; undefined for any other text. */
export function repositoryScheme(uri: string): RepositoryScheme | undefined {
  const scheme = uri.slice(0, Math.max(0, uri.indexOf(':'))).toLowerCase()
  return repositorySchemes.find((one) => one === scheme)
}

/** An origin or a mirror of a publisher. */
export interface RepositoryLocation {
  /** With trailing slash. */
  readonly uri: string
  readonly enabled: boolean
}

/** A configured publisher. The position in the image's list is its rank. */
export interface Publisher {
  readonly name: PublisherName
  readonly alias: string | undefined
  readonly sticky: boolean
  readonly enabled: boolean
  readonly origins: readonly RepositoryLocation[]
  readonly mirrors: readonly RepositoryLocation[]
}

/**
 * A `file:` URI of an absolute path with the three slashes of its usual form: `file:/a` and `file:////a` are `file:///a`. Other text is returned unchanged:
 * `file://host/a` names a host.
 */
export function withFileSlashes(uri: string): string {
  return uri.replace(/^file:(?:\/(?!\/)|\/{3,})/i, 'file:///')
}
