export type { ApplyOutcome, ApplyPlanOptions, DecidePlan, InstallOutcome } from './apply-plan.ts'
export type { AvoidedPackage } from './avoid.ts'
export type { PublisherRefresh } from './catalogs.ts'
export { type SettingsChange, type SettingsDifference, settingsDifference } from './change-settings.ts'
export * from './create-image.ts'
export type { DescribeQuery, PackageDescription, PackageDescriptions } from './describe-packages.ts'
export type { PropertyEdit } from './edit-properties.ts'
export { type FindImageOptions, findImage, type ImageLocation } from './find-image.ts'
export type { FixOptions, FixOutcome, Verified } from './fix.ts'
export type { FreezeRequest } from './freeze.ts'
export type { HistoryEntry, HistoryOutcome, HistoryReason } from './history.ts'
export * from './host.ts'
export * from './image.ts'
export type {
  ConfiguredPublisher,
  ImageConfig,
  MediatorSetting,
  PropertyValue,
} from './image-config.ts'
export { type ImportedImage, importImage } from './import-image.ts'
export type { LoadSql } from './installed-db.ts'
export type { InstalledRecord } from './installed-state.ts'
export type { InstalledTags } from './installed-tags.ts'
export type { ListedPackage, ListQuery, PackageListing } from './list-packages.ts'
export { type ListedMediator, type MediatorRequest, mediationsOf } from './mediators.ts'
export { type OpenMode, openImage } from './open-image.ts'
export type { PlanOptions, PreparedPlan } from './plan-install.ts'
export { type PortableFile, portableMetadata } from './portable-metadata.ts'
export * from './problems.ts'
export { propertyText } from './properties.ts'
export {
  type AutoConfigure,
  type AutoConfigureReport,
  findPublisher,
  type PublisherChange,
  type SearchPlace,
} from './publishers.ts'
export type { RefreshOptions, RefreshReport } from './refresh.ts'
export type { ReleaseNotes } from './release-notes.ts'
export { normaliseUri } from './repository-uri.ts'
export type { RevertOptions } from './revert.ts'
export type { Unpackaged, UnpackagedContent } from './unpackaged.ts'
export type { UnsolvedOptions } from './unsolved-plan.ts'
export type { VerifiedPackage, VerifyOptions, VerifyReport } from './verify.ts'
