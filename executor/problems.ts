import type { FilesystemProblem, ValidationProblem } from '#model'

/** Why a plan cannot be made or carried out. Unless the code says otherwise the image is as it was. */
export type InstallerProblem =
  /** The image changed since the plan was made. */
  | { readonly code: 'ips::installer_error::stale_plan'; readonly planned: number; readonly actual: number }
  /** Actions of several packages cannot live together; all of them, not the first. */
  | { readonly code: 'ips::installer_error::action_conflict'; readonly conflicts: readonly ActionConflict[] }
  /** Actions this kind of image does not take. */
  | {
      readonly code: 'ips::installer_error::forbidden_actions'
      readonly problems: readonly ValidationProblem[]
    }
  /** An action that cannot be carried out as written (missing mode, unknown owner, missing hard link target, ...). */
  | {
      readonly code: 'ips::installer_error::invalid_action'
      readonly fmri: string
      readonly action: string
      readonly reason: string
    }
  | {
      readonly code: 'ips::installer_error::payload_missing'
      readonly fmri: string
      readonly path: string
      readonly hash: string
    }
  | {
      readonly code: 'ips::installer_error::bad_payload'
      readonly fmri: string
      readonly path: string
      readonly expected: string
      readonly found: string
    }
  /** A parent of a path is a link or no directory, so the path would leave its place. */
  | {
      readonly code: 'ips::installer_error::unsafe_path'
      readonly fmri: string
      readonly path: string
      readonly parent: string
    }
  | { readonly code: 'ips::installer_error::no_space'; readonly needed: number; readonly available: number }
  | {
      readonly code: 'ips::installer_error::licenses'
      readonly licenses: readonly { fmri: string; name: string; mustAccept: boolean; mustDisplay: boolean }[]
    }
  /** A disk call failed; everything was undone. */
  | {
      readonly code: 'ips::installer_error::step_failed'
      readonly fmri: string | undefined
      readonly path: string
      readonly cause: FilesystemProblem
    }
  /** A disk call failed and so did the undoing; the journal is kept and the next command tries again. */
  | {
      readonly code: 'ips::installer_error::rollback_failed'
      readonly cause: InstallerProblem
      readonly undo: FilesystemProblem
    }
  /** The journal of an interrupted run cannot be read; nothing was touched. */
  | { readonly code: 'ips::installer_error::bad_journal'; readonly path: string }
  /** An earlier run was interrupted and nobody has recovered the image yet. */
  | { readonly code: 'ips::installer_error::interrupted'; readonly path: string }
  /** Committed by the caller failed before the point of no return; everything was undone. */
  | { readonly code: 'ips::installer_error::commit_failed'; readonly reason: string }

/** Packages that cannot be together because of one path or key. Source: image-plan §5. */
export interface ActionConflict {
  readonly kind: 'duplicate' | 'inconsistent-type' | 'inconsistent-attribute'
  /** Name space and key, e.g. path and `usr/bin/x`. */
  readonly namespace: string
  readonly key: string
  readonly parties: readonly { readonly fmri: string; readonly action: string }[]
  /** The attribute that differs, for inconsistent-attribute. */
  readonly attribute?: string
}
