import type { Action, Fmri, PublisherName, Result } from '#model'
import type { RepositoryProblem } from './problems.ts'

/** One repository of packages. Implementations: file, http, memory (tests). Its results are untrusted, but passed the checks named here. */
export interface RepositorySource {
  /** With trailing slash. */
  readonly uri: string
  /** Publishers it serves (`publisher/0`, or the folders of a file repository), default publisher first. */
  fetchPublishers(): Promise<Result<readonly PublishedBy[], RepositoryProblem>>
  /** One catalog file by its plain name, unverified bytes; none of them when they went to a sink. */
  fetchCatalogFile(
    publisher: PublisherName,
    name: string,
    options: CatalogFileOptions,
  ): Promise<Result<Uint8Array, RepositoryProblem>>
  /** Manifest text, checked against `sha1` (hex) when given. */
  fetchManifest(
    publisher: PublisherName,
    fmri: Fmri,
    sha1: string | undefined,
  ): Promise<Result<string, RepositoryProblem>>
  /**
   * The stored gzip payload of an action into a new file at `destination`, verified against every digest and size that the action
   * states (compressed and content); on any problem nothing is left at `destination`.
   */
  fetchPayload(
    publisher: PublisherName,
    action: Action,
    destination: string,
  ): Promise<Result<void, RepositoryProblem>>
  /**
   * Absolute folders of this machine that hold stored payloads of a publisher under `payloadPath`, in the order to look; empty for a depot.
   * Their contents are not checked. Source: transport §6.
   */
  payloadFolders(publisher: PublisherName): Promise<readonly string[]>
  /** Ends connections. */
  close(): Promise<void>
}

/** Options for fetching a catalog file. */
export interface CatalogFileOptions {
  /** Go past caches. */
  readonly revalidate: boolean
  /** Takes the file in pieces, so that it is never in memory as a whole. */
  readonly sink?: PieceSink
}

/** Takes the content of a file in pieces. The fetch passes on the errors that it throws. */
export interface PieceSink {
  /** Called before the first piece of every try; discards earlier pieces. */
  begin(): void
  /** A piece is only valid during the call. */
  take(piece: Uint8Array): void
}

/** Publisher information of a repository (p5i). */
export interface PublishedBy {
  readonly name: PublisherName
  readonly alias: string | undefined
  /** As the repository lists them; empty means "the address you asked". */
  readonly origins: readonly string[]
  readonly mirrors: readonly string[]
  readonly refreshSeconds: number
}
