export { type Action, type AttributeValue, actionKey, actionTags, attribute, attributes } from './action.ts'
export { createAction } from './action-build.ts'
export * from './action-diff.ts'
export * from './action-format.ts'
export { parseAction } from './action-parse.ts'
export * from './action-size.ts'
export {
  type ActionType,
  actionRank,
  actionTypes,
  isActionType,
  keyAttribute,
  mediatorAttributes,
  type SharingRule,
  sharingRule,
  takesPayload,
} from './action-types.ts'
export * from './brand.ts'
export * from './catalog.ts'
export { type Dependency, parseDependency } from './dependency.ts'
export {
  actionDigests,
  type ContentSubject,
  type Digest,
  type DigestAlgorithm,
  type DigestSubject,
  hashNames,
  isPayloadName,
  payloadName,
  preferredDigest,
} from './digest.ts'
export * from './disk-failure.ts'
export * from './edit-distance.ts'
export * from './filesystem-tree.ts'
export {
  compareFmris,
  type Fmri,
  type FmriForm,
  fmriDirectoryPath,
  fmrisEqual,
  fmriUrlPath,
  formatFmri,
  parseFmri,
} from './fmri.ts'
export * from './glob.ts'
export * from './growing-ints.ts'
export * from './host-path.ts'
export * from './image-filter.ts'
export * from './image-folders.ts'
export * from './image-snapshot.ts'
export * from './install-plan.ts'
export * from './lists.ts'
export * from './lock.ts'
export {
  actionLines,
  formatManifest,
  type Manifest,
  manifestFmri,
  manifestValues,
  namesPackage,
  parseManifest,
  statedFmris,
} from './manifest.ts'
export * from './manifest-warnings.ts'
export {
  chooseMediations,
  compareMediations,
  formatImplementation,
  isMediatorName,
  type Mediation,
  type MediatorChoice,
  type MediatorImplementation,
  type MediatorPriority,
  type MediatorSetting,
  type MediatorSource,
  parseFixedImplementation,
  parseMediation,
  readMediatorSetting,
  sameMediation,
} from './mediator.ts'
export * from './pattern.ts'
export * from './ports.ts'
export * from './problem.ts'
export * from './problems.ts'
export { validateForPublication } from './publication.ts'
export * from './publisher.ts'
export * from './replace-file.ts'
export * from './result.ts'
export { selectActions, type WantsAction } from './select-actions.ts'
export { type SettingFault, settingFault, type WantedSettings } from './setting-fault.ts'
export * from './sharing.ts'
export { isDepotOperation, parsePublisherName, parseStem, quote, unquote } from './stem.ts'
export * from './text-order.ts'
export { formatTimestamp, parseTimestamp } from './timestamp.ts'
export {
  compareVersions,
  formatVersion,
  isAtLeast,
  isInside,
  parseVersion,
  type Version,
  type VersionForm,
} from './version.ts'
