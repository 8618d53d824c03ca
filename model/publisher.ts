import type { PublisherName } from './brand.ts'

/** An origin or a mirror of a publisher. */
export interface RepositoryLocation {
  /** `http://`, `https://` or `file://`, with trailing slash. */
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
