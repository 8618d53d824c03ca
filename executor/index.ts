export type {
  ActionChange,
  ActionPlan,
  ChangeList,
  ContentPolicy,
  LegacyDefaults,
  MetadataFile,
  PayloadList,
} from './action-plan.ts'
export {
  type ArchiveTarget,
  type ArchiveWriter,
  createArchiveExecutor,
  createMemoryExecutor,
  type MemoryExecutor,
  planTime,
} from './apply/archive-executor.ts'
export {
  type ContentLosses,
  contentLosses,
  createDryRunExecutor,
  type PlanNeeds,
  planNeeds,
} from './apply/dry-run-executor.ts'
export { createFilesystemExecutor } from './apply/filesystem-executor.ts'
export { type OpenReplacement, openReplacement } from './apply/open-replacement.ts'
export { hasLeftovers, hasOpenJournal, type Recovery, recoverInterrupted } from './apply/recover.ts'
export type { StageSize } from './apply/stage-size.ts'
export type { TreeEntry } from './apply/tree-entry.ts'
export type { ActionConflict, ConflictParty } from './conflict-text.ts'
export type { ApplyOptions, ApplyReport, CommitFailure, Executor, StepwiseWork } from './executor.ts'
export {
  type BulkFiles,
  inlineBulkFiles,
  makeNewFile,
  type NewFile,
  type NewFileFailure,
} from './files/bulk-files.ts'
export { type FlushPolicy, withoutFlushing, withoutFlushingMany } from './files/flush-policy.ts'
export type { PayloadFault, StoredPayload } from './files/unpack.ts'
export { isInStage } from './image-path.ts'
export { repairActuators } from './plan/actuators.ts'
export { type EditableChanges, type EditablePlace, editableChanges } from './plan/editable-changes.ts'
export { planActions } from './plan/plan-actions.ts'
export { type PlanRepairInput, planRepair, type Repair } from './plan/plan-repair.ts'
export { type Hopeless, possibleRepairs } from './plan/possible-repairs.ts'
export type {
  ConfiguredMediator,
  ManifestReader,
  PackageChange,
  PackageFilter,
  PlanActionsInput,
} from './plan-input.ts'
export { executorMessages, type InstallerProblem } from './problems.ts'
export type { ExecutorTarget, RecoveryTarget } from './target.ts'
export { type Inspection, inspectPackages } from './verify/inspection.ts'
export { type Finding, type VerifyInput, verifyPackage } from './verify/verify.ts'
export type { InstalledSet } from './verify/verify-dependency.ts'
