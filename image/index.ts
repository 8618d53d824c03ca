export { type SettingsChange, type SettingsDifference, settingsDifference } from './config/change-settings.ts'
export { type FindImageOptions, findImage, type ImageLocation } from './config/find-image.ts'
export type {
  ConfiguredPublisher,
  ImageConfig,
  MediatorSetting,
  PropertyValue,
} from './config/image-config.ts'
export { propertyText } from './config/properties.ts'
export {
  type AutoConfigure,
  type AutoConfigureReport,
  findPublisher,
  type PublisherChange,
  type SearchPlace,
} from './config/publishers.ts'
export * from './create-image.ts'
export * from './export-image.ts'
export * from './host.ts'
export type { Image } from './image.ts'
export type { InstalledRecord } from './installed-state.ts'
export type { InstalledTags } from './manifests/installed-tags.ts'
export { type OpenMode, openImage } from './open-image.ts'
export type { AvoidedPackage } from './operations/avoid.ts'
export type {
  DescribeQuery,
  PackageDescription,
  PackageDescriptions,
} from './operations/describe-packages.ts'
export type { PropertyEdit } from './operations/edit-properties.ts'
export type { FixOptions } from './operations/fix.ts'
export type { FreezeRequest } from './operations/freeze.ts'
export { type ImportedImage, importImage } from './operations/import-image.ts'
export type { ListedPackage, ListQuery, PackageListing } from './operations/list-packages.ts'
export type { ListedMediator, MediatorRequest } from './operations/mediators.ts'
export type { RevertOptions } from './operations/revert.ts'
export type { PublisherRemoval } from './operations/set-publisher.ts'
export type { Unpackaged, UnpackagedContent } from './operations/unpackaged.ts'
export type { VerifyOptions } from './operations/verify.ts'
export type { ApplyOptions, ApplyOutcome, InstallOutcome } from './plan/apply-plan.ts'
export type { DecidePlan, OperationOptions } from './plan/plan-and-apply.ts'
export type { PlanOptions } from './plan/plan-install.ts'
export type { ContentOptions, PreparedPlan } from './plan/prepared-plan.ts'
export type { ReleaseNotes } from './plan/release-notes.ts'
export * from './problems.ts'
export { normaliseUri } from './repository-uri.ts'
export type { HistoryEntry, HistoryOutcome, HistoryReason } from './state/history.ts'
export type { PublisherRefresh } from './supply/catalogs.ts'
export type { RefreshOptions, RefreshReport } from './supply/refresh.ts'
export type { Verified, VerifiedPackage, VerifyReport } from './verify-report.ts'
