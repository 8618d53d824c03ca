import {
  type ActionPlan,
  type ContentLosses,
  contentLosses,
  type EditableChanges,
  editableChanges,
} from '#executor'
import { type Fmri, fmrisEqual, type InstallPlan, type Manifest, ok, type Result } from '#model'
import type { ResolveStatistics } from '#solver'
import { formatConfig, type ImageConfig } from '../config/image-config.ts'
import { configName } from '../layout.ts'
import type { NewManifest } from '../manifests/manifest-reader.ts'
import type { ImageProblem, OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { attempt } from '../storage.ts'
import type { RefreshReport } from '../supply/refresh.ts'
import type { Verified } from '../verify-report.ts'
import { dryRunOperations, executorTarget } from './executor-target.ts'
import { spaceRequired } from './space.ts'

/** Policy for edited and unpackaged content at the paths of a plan. By default, no such content is lost. */
export interface ContentOptions {
  /** False: the content of packages takes the place of edited configuration, which goes to lost+found. Absent: true. */
  readonly preserveConfigs?: boolean
  /** True: content is removed that would otherwise go to lost+found, or stay under another name such as `.old`. Absent: false. */
  readonly noBackup?: boolean
}

/** A plan with everything that renderers and `applyPlan` need. */
export interface PreparedPlan {
  /** Name of the operation in the history. */
  readonly operation: string
  /** Packages that are added, removed and updated; empty for operations that leave all versions as they are. */
  readonly installPlan: InstallPlan
  readonly actionPlan: ActionPlan
  /** Undefined: nothing had to be solved. */
  readonly statistics: ResolveStatistics | undefined
  /** Packages that stay at their version while some of their actions change. Sorted by stem. Source: cli §5.4, `affect-packages`. */
  readonly affected: readonly Fmri[]
  /**
   * Compares the plan with the editable files on the disk, at the time of the call. Undefined: the operation leaves all versions as
   * they are. Problems: `storage` and its kin.
   */
  readonly editables: () => Result<EditableChanges | undefined, ImageProblem>
  /**
   * Edited and unpackaged content that the plan replaces or removes without a copy, by the disk at the time of the call. Empty without
   * `ContentOptions`. Problems: those of a dry run.
   */
  readonly losses: () => Result<ContentLosses, OperationProblem>
  /** Configuration that the commit puts in force, by way of `actionPlan.metadataFiles`. Undefined: the configuration stays as it is. */
  readonly newConfig: ImageConfig | undefined
  /** True: the image already fulfils the request. */
  readonly nothingToDo: boolean
  /** Bytes that the operation needs at most. Not always whole. */
  readonly spaceRequired: number
  /** Bytes free on the image's file system. */
  readonly spaceAvailable: number
  /** Undefined when no refresh was asked for. */
  readonly refreshed: RefreshReport | undefined
  /** Reads the manifest of a package of the plan, old or new. Undefined: it cannot be read (any more). */
  readonly manifestOf: (fmri: Fmri) => Manifest | undefined
  /**
   * Set in a dry run when the repository lists a package but lacks its manifest. The packages of the plan are right, but `actionPlan`
   * has no actions and no sizes. `applyPlan` refuses such a plan with this problem.
   */
  readonly actionsUnknown: OperationProblem | undefined
  /** File operations that the plan takes, in order. Undefined: no dry run, or the user may not look. Re-iterable. */
  readonly operations: Iterable<string> | undefined
  /** Manifests of packages that get installed; the commit stores them. */
  readonly newManifests: readonly NewManifest[]
  /** What is wrong on the disk. Set by `fix`, also when there is nothing to do. */
  readonly verified: Verified | undefined
}

/** The parts of a plan that its operation knows. */
export interface PlanParts
  extends Pick<
    PreparedPlan,
    'operation' | 'installPlan' | 'actionPlan' | 'manifestOf' | 'newConfig' | 'nothingToDo'
  > {
  /** Undefined: the operation leaves all versions as they are. */
  readonly solved?: Pick<PreparedPlan, 'statistics' | 'refreshed' | 'actionsUnknown' | 'newManifests'>
  readonly verified?: Verified
}

/**
 * Completes a plan with the free space, and in a dry run with the file operations. A dry run fails where the real run would.
 * Problems: those of the executor, `storage` and its kin.
 */
export function completePlan(
  context: ImageContext,
  parts: PlanParts,
  { dryRun, ...content }: { readonly dryRun: boolean } & ContentOptions,
): Result<PreparedPlan, OperationProblem> {
  const { solved, ...rest } = parts
  const { newConfig, nothingToDo } = rest
  const actionPlan = withPolicy(
    newConfig === undefined
      ? parts.actionPlan
      : { ...parts.actionPlan, metadataFiles: [{ name: configName, text: formatConfig(newConfig) }] },
    content,
  )
  const isKnown = solved?.actionsUnknown === undefined
  const operations = dryRun && isKnown && !nothingToDo ? dryRunOperations(context, actionPlan) : ok(undefined)
  if (!operations.ok) return operations
  const { filesystem } = context.host
  const spaceAvailable = attempt(() => filesystem.freeSpace(context.root))
  if (!spaceAvailable.ok) return spaceAvailable
  return ok({
    statistics: undefined,
    refreshed: undefined,
    actionsUnknown: undefined,
    newManifests: [],
    verified: undefined,
    ...solved,
    ...rest,
    actionPlan,
    editables: () =>
      solved === undefined
        ? ok(undefined)
        : attempt(() => editableChanges(actionPlan, { filesystem, root: context.root })),
    losses: () =>
      actionPlan.policy === undefined
        ? ok({ replaced: [], discarded: [] })
        : contentLosses(actionPlan, executorTarget(context, context.host.clock.now())),
    spaceAvailable: spaceAvailable.value,
    affected: affectedPackages(actionPlan),
    spaceRequired: spaceRequired(context, actionPlan, solved?.newManifests ?? []),
    operations: operations.value,
  })
}

/** The plan with another policy, where one is given. */
export function withPolicy(
  actionPlan: ActionPlan,
  { preserveConfigs, noBackup }: ContentOptions,
): ActionPlan {
  if (preserveConfigs === undefined && noBackup === undefined) return actionPlan
  const { policy = { preserveConfigs: true, noBackup: false } } = actionPlan
  return {
    ...actionPlan,
    policy: {
      preserveConfigs: preserveConfigs ?? policy.preserveConfigs,
      noBackup: noBackup ?? policy.noBackup,
    },
  }
}

/** Packages of a plan that keep their version. */
function affectedPackages({ packages }: ActionPlan): readonly Fmri[] {
  return packages.flatMap(({ from, to }) =>
    from !== undefined && to !== undefined && fmrisEqual(from, to) ? [to] : [],
  )
}
