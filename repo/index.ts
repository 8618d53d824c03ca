export { catalogTimestamp } from './catalog/catalog-attrs.ts'
export type { CatalogEntry } from './catalog/catalog-collect.ts'
export { type DistributedActions, distributeActions } from './catalog/catalog-distribute.ts'
export * from './depot/depot-server.ts'
export * from './folder-uri.ts'
export { extendCatalog } from './index-file/catalog-extend.ts'
export { type FolderCatalogs, readCatalogFolders } from './index-file/catalog-folder.ts'
export {
  buildCatalog,
  type CatalogIndexInput,
  encodeCatalogIndex,
  openCatalogIndex,
} from './index-file/catalog-index.ts'
export {
  type CatalogLocation,
  type IndexLocation,
  type LoadedCatalog,
  type LocalPublisher,
  loadCatalog,
  loadSummaries,
  type Summaries,
} from './index-file/catalog-load.ts'
export { configValue, type RepositoryConfig } from './layout/repository-config.ts'
export * from './limits.ts'
export { nodeFiles } from './node-files.ts'
export { payloadPath } from './payload/payload.ts'
export * from './payload/payload-batch.ts'
export * from './problems.ts'
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
} from './publish/catalog-publish.ts'
export * from './publish/publication-problems.ts'
export * from './publish/publish.ts'
export * from './publish/repository-catalog.ts'
export * from './publish/repository-change.ts'
export * from './publish/repository-open.ts'
export * from './publish/repository-read.ts'
export * from './publish/repository-remove.ts'
export * from './publish/repository-verify.ts'
export {
  type OriginRefresh,
  type PublisherRefresh,
  type RefreshInput,
  refreshPublisher,
} from './refresh/refresh.ts'
export * from './source/create-source.ts'
export * from './source/origin-chain.ts'
export * from './source/publisher-info.ts'
export * from './source/retry.ts'
export * from './source/transport-settings.ts'
export * from './source.ts'
