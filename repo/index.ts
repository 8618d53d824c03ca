export type { CatalogEntry } from './catalog/catalog-collect.ts'
export { type DistributedActions, distributeActions } from './catalog/catalog-distribute.ts'
export * from './depot/depot-server.ts'
export * from './folder-uri.ts'
export { extendCatalog } from './index-file/catalog-extend.ts'
export { type FolderCatalogs, readCatalogFolders } from './index-file/catalog-folder.ts'
export { openCatalogIndex } from './index-file/catalog-index.ts'
export {
  type CatalogLocation,
  type IndexLocation,
  type LoadedCatalog,
  type LocalPublisher,
  loadCatalog,
  loadSummaries,
  type Summaries,
} from './index-file/catalog-load.ts'
export type { RepositoryConfig } from './layout/repository-config.ts'
export type { SizeLimits } from './limits.ts'
export { nodeFiles } from './node-files.ts'
export { payloadPath } from './payload/payload.ts'
export type { PayloadFailure, PayloadProgress, PayloadRequest } from './payload/payload-batch.ts'
export * from './problems.ts'
export { startMark } from './process-mark.ts'
export type { RepositoryCatalog } from './publish/catalog-publish.ts'
export type { ManifestText, Place } from './publish/manifest-source.ts'
export type { PackageSource } from './publish/package-draft.ts'
export {
  type PublicationProblem,
  type RepositoryChangeProblem,
  repositoryChangeMessages,
} from './publish/publication-problems.ts'
export { describePublicationWarning, type PublicationWarning } from './publish/publication-warnings.ts'
export * from './publish/publish.ts'
export {
  type CatalogReport,
  rebuildRepositoryCatalog,
  refreshRepositoryCatalog,
  type SkippedManifest,
} from './publish/repository-catalog.ts'
export * from './publish/repository-change.ts'
export type { LockHolder } from './publish/repository-lock.ts'
export {
  openRepository,
  publisherNames,
  type Repository,
  requirePublisher,
} from './publish/repository-open.ts'
export * from './publish/repository-read.ts'
export * from './publish/repository-remove.ts'
export * from './publish/repository-verify.ts'
export {
  catalogTime,
  type OriginRefresh,
  type PublisherRefresh,
  type RefreshInput,
  refreshPublisher,
} from './refresh/refresh.ts'
export * from './source/create-source.ts'
export { type OriginChain, type OriginChainOptions, originChain } from './source/origin-chain.ts'
export {
  type Environment,
  type TransportSettings,
  transportSettingsFromEnvironment,
} from './source/transport-settings.ts'
export * from './source.ts'
