export * from './action.ts'
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
  type SharingRule,
  sharingRule,
  takesPayload,
  uniqueAttributes,
} from './action-types.ts'
export * from './brand.ts'
export * from './catalog.ts'
export * from './dependency.ts'
export * from './digest.ts'
export * from './disk-failure.ts'
export * from './edit-distance.ts'
export * from './filesystem-tree.ts'
export * from './fmri.ts'
export * from './glob.ts'
export * from './growing-ints.ts'
export * from './host-path.ts'
export * from './image-filter.ts'
export * from './image-snapshot.ts'
export * from './install-plan.ts'
export * from './manifest.ts'
export * from './mediator.ts'
export * from './pattern.ts'
export * from './ports.ts'
export * from './problem.ts'
export * from './problems.ts'
export * from './publication.ts'
export * from './publisher.ts'
export * from './replace-file.ts'
export * from './result.ts'
export { actionsAt, selectActions, type WantsAction } from './select-actions.ts'
export { type SettingFault, settingFault, type WantedSettings } from './setting-fault.ts'
export * from './stem.ts'
export * from './text-order.ts'
export * from './timestamp.ts'
export * from './version.ts'
