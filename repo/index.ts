export { catalogTimestamp } from './catalog-attrs.ts'
export type { CatalogEntry } from './catalog-collect.ts'
export { type DistributedActions, distributeActions } from './catalog-distribute.ts'
export { extendCatalog } from './catalog-extend.ts'
export { type FolderCatalogs, readCatalogFolders } from './catalog-folder.ts'
export {
  buildCatalog,
  type CatalogIndexInput,
  encodeCatalogIndex,
  openCatalogIndex,
} from './catalog-index.ts'
export {
  type CatalogLocation,
  type IndexLocation,
  type LoadedCatalog,
  type LocalPublisher,
  loadCatalog,
  loadSummaries,
  type Summaries,
} from './catalog-load.ts'
export {
  type CatalogFault,
  type CatalogFiles,
  type CatalogOperation,
  type ListedPackage,
  newRepositoryCatalog,
  openRepositoryCatalog,
  type RepositoryCatalog,
  rebuildCatalog,
  updateCatalog,
} from './catalog-publish.ts'
export * from './create-source.ts'
export * from './depot-server.ts'
export * from './folder-uri.ts'
export * from './limits.ts'
export * from './origin-chain.ts'
export { payloadPath } from './payload.ts'
export * from './payload-batch.ts'
export * from './problems.ts'
export * from './publication-problems.ts'
export * from './publish.ts'
export * from './publisher-info.ts'
export { type OriginRefresh, type PublisherRefresh, type RefreshInput, refreshPublisher } from './refresh.ts'
export * from './repository-catalog.ts'
export * from './repository-change.ts'
export { configValue, type RepositoryConfig } from './repository-config.ts'
export * from './repository-open.ts'
export * from './repository-read.ts'
export * from './repository-remove.ts'
export * from './repository-verify.ts'
export * from './retry.ts'
export * from './source.ts'
export * from './transport-settings.ts'
