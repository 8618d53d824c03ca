import {
  diskFailure,
  errnoText,
  type FilesystemProblem,
  type ProblemMessages,
  shortageHelp,
  type ValidationProblem,
} from '#model'
import { type ActionConflict, conflictText, isWithinOnePackage } from './conflict-text.ts'

/** Why a plan cannot be made or executed. The image is unchanged unless the code states otherwise. */
export type InstallerProblem =
  /** The image changed after the plan was made. */
  | { readonly code: 'ips::installer_error::stale_plan'; readonly planned: number; readonly actual: number }
  /** Actions of packages conflict with each other. Lists all conflicts. */
  | { readonly code: 'ips::installer_error::action_conflict'; readonly conflicts: readonly ActionConflict[] }
  /** Actions are not allowed in this kind of image. Lists all of them. */
  | {
      readonly code: 'ips::installer_error::forbidden_actions'
      readonly problems: readonly ValidationProblem[]
    }
  /** The action cannot be executed as written (missing mode, unknown owner, missing hard link target, ...). */
  | {
      readonly code: 'ips::installer_error::invalid_action'
      readonly fmri: string
      readonly action: string
      readonly reason: string
    }
  /** A payload that the plan needs is not in the cache. */
  | {
      readonly code: 'ips::installer_error::payload_missing'
      readonly fmri: string
      readonly path: string
      readonly hash: string
    }
  /** The content of a cached payload does not match its manifest. */
  | {
      readonly code: 'ips::installer_error::bad_payload'
      readonly fmri: string
      readonly path: string
      readonly expected: string
      readonly found: string
    }
  /** A parent of the path is a link or not a directory, so the path would lead elsewhere; or the directory itself is a link (`parent` is the path). */
  | {
      readonly code: 'ips::installer_error::unsafe_path'
      readonly fmri: string
      readonly path: string
      readonly parent: string
    }
  /** Something is mounted at or below a path that the plan removes or moves. */
  | { readonly code: 'ips::installer_error::mount_point'; readonly path: string; readonly mounted: string }
  /** A device, pipe or socket would have to move to another file system, and cannot be copied. */
  | { readonly code: 'ips::installer_error::special_file'; readonly path: string }
  /** The file system refuses a hard link that a package delivers. */
  | { readonly code: 'ips::installer_error::no_hard_link'; readonly path: string; readonly errno: string }
  /** A file was written while its content was copied to another place; all changes were rolled back. */
  | { readonly code: 'ips::installer_error::changed_meanwhile'; readonly path: string }
  /** A file system of the image has less free space than the plan needs. */
  | {
      readonly code: 'ips::installer_error::no_space'
      readonly needed: number
      readonly available: number
      /** Host path of a directory on the file system. */
      readonly path: string
    }
  /** The system does not permit even root to change the path: it or its directory is immutable. All changes were rolled back. */
  | {
      readonly code: 'ips::installer_error::unchangeable'
      readonly path: string
      readonly cause: FilesystemProblem
    }
  /** Licences were not accepted or displayed. */
  | {
      readonly code: 'ips::installer_error::licenses'
      readonly licenses: readonly { fmri: string; name: string; mustAccept: boolean; mustDisplay: boolean }[]
    }
  /** Cancelled by the user; all changes were rolled back. */
  | { readonly code: 'ips::installer_error::canceled' }
  /** A worker thread died while it wrote new files; no visible file was changed. */
  | { readonly code: 'ips::installer_error::worker_lost'; readonly reason: string }
  /** A filesystem call failed; all changes were rolled back. */
  | {
      readonly code: 'ips::installer_error::step_failed'
      readonly fmri: string | undefined
      readonly path: string
      readonly cause: FilesystemProblem
    }
  /** A filesystem call failed, and the rollback failed too. The journal is kept, and the next command tries again. */
  | {
      readonly code: 'ips::installer_error::rollback_failed'
      readonly cause: InstallerProblem
      readonly undo: FilesystemProblem
    }
  /** The journal of an interrupted operation is damaged or was not written by this client; nothing was changed. */
  | { readonly code: 'ips::installer_error::bad_journal'; readonly path: string; readonly reason: string }
  /** An interrupted operation could not be rolled back completely. The journal is kept, and the next command tries again. */
  | { readonly code: 'ips::installer_error::recovery_failed'; readonly cause: FilesystemProblem }
  /** The files of an interrupted operation are missing on another file system. Nothing was changed, and the next command tries again. */
  | {
      readonly code: 'ips::installer_error::stage_missing'
      /** Host paths. */
      readonly path: string
      readonly directory: string
      readonly journal: string
    }
  /** An earlier operation was interrupted, and the image was not recovered yet. */
  | { readonly code: 'ips::installer_error::interrupted'; readonly path: string }
  /** The new state could not be recorded; all changes were rolled back. */
  | {
      readonly code: 'ips::installer_error::commit_failed'
      readonly reason: string
      /** Set when a filesystem call failed. */
      readonly cause?: FilesystemProblem
    }

const diskHelp: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'Free some space on the file system of the image and run the command again.'],
  ['EDQUOT', 'Remove files of the user who runs the command, or raise the quota, and run the command again.'],
  ['EACCES', 'Run the command again as a user that may write to the image.'],
  ['EPERM', 'Run the command again as a user that may write to the image.'],
  ['EROFS', 'Make the file system of the image writable and run the command again.'],
  ['EXDEV', 'Unmount what is mounted inside the image and run the command again.'],
  ['ESTALE', 'Mount the network file system again and run the command again.'],
])

function helpFor(errno: string): string | undefined {
  return diskHelp.get(errno) ?? shortageHelp(errno)
}

/** The messages of every problem of this package. */
export const executorMessages: ProblemMessages<InstallerProblem> = {
  describe: {
    'ips::installer_error::stale_plan': (p) =>
      `the image changed after the plan was made (generation ${p.actual}, planned for ${p.planned})`,
    'ips::installer_error::action_conflict': (p) => conflictText(p.conflicts),
    'ips::installer_error::forbidden_actions': (p) =>
      [
        'the image does not allow these actions:',
        ...p.problems.map((each) =>
          each.code === 'ips::validation_error::forbidden_action'
            ? `  ${each.fmri}: ${each.action}: ${each.reason}`
            : `  ${each.code}`,
        ),
      ].join('\n'),
    'ips::installer_error::invalid_action': (p) => `${p.fmri}: ${p.action} cannot be executed: ${p.reason}`,
    'ips::installer_error::payload_missing': (p) =>
      `${p.fmri}: the content ${p.hash} of ${p.path} is not in the cache`,
    'ips::installer_error::bad_payload': (p) =>
      `${p.fmri}: the content of ${p.path} does not match the manifest: expected ${p.expected}, found ${p.found}`,
    'ips::installer_error::unsafe_path': (p) =>
      `${p.fmri === '' ? '' : `${p.fmri}: `}cannot install ${p.path}: ${p.parent === p.path ? 'the directory has been replaced by a link' : `its parent ${p.parent} is a link or not a directory`}`,
    'ips::installer_error::mount_point': (p) =>
      `cannot remove ${p.path}: something is mounted ${p.path === p.mounted ? 'there' : `at ${p.mounted}`}`,
    'ips::installer_error::special_file': (p) =>
      `cannot move ${p.path} to another file system: it is a device, pipe or socket`,
    'ips::installer_error::no_hard_link': (p) =>
      `cannot make the hard link ${p.path}: its file system has none, or no more for this file (${p.errno})`,
    'ips::installer_error::changed_meanwhile': (p) =>
      `${p.path} was changed while it was copied; the image is unchanged`,
    'ips::installer_error::no_space': (p) =>
      `${p.needed} bytes are needed and ${p.available} bytes are free on the file system of ${p.path}`,
    'ips::installer_error::unchangeable': (p) =>
      `cannot change ${p.path}: ${errnoText(p.cause.errno)}; the path or its directory is likely immutable, append-only or read-only; the image is unchanged`,
    'ips::installer_error::licenses': (p) =>
      [
        'these licences must be accepted or displayed first:',
        ...p.licenses.map((licence) => `  ${licence.fmri}: ${licence.name}`),
      ].join('\n'),
    'ips::installer_error::canceled': () => 'the operation was canceled; the image is unchanged',
    'ips::installer_error::worker_lost': (p) =>
      `a thread that wrote files ended (${p.reason}); the image is unchanged`,
    'ips::installer_error::step_failed': (p) =>
      `${diskFailure(p.cause)}${p.fmri === undefined ? '' : ` (${p.fmri})`}; the image is unchanged`,
    'ips::installer_error::rollback_failed': (p) =>
      `the operation failed (${p.cause.code}), and restoring the old state failed too: ${diskFailure(p.undo)}`,
    'ips::installer_error::bad_journal': (p) =>
      `the journal ${p.path} of an interrupted operation cannot be used: ${p.reason}`,
    'ips::installer_error::recovery_failed': (p) =>
      `an interrupted operation could not be rolled back: ${p.cause.errno === 'ELOOP' ? `${p.cause.path} is a link or lies behind one` : diskFailure(p.cause)}`,
    'ips::installer_error::stage_missing': (p) =>
      `an interrupted operation could not be rolled back: ${p.path} is missing; its file system may not be mounted`,
    'ips::installer_error::interrupted': (p) =>
      `an earlier operation was interrupted; its journal is ${p.path}`,
    'ips::installer_error::commit_failed': (p) =>
      `the new state could not be recorded: ${p.cause === undefined ? p.reason : diskFailure(p.cause)}; the image is unchanged`,
  },
  help: {
    'ips::installer_error::stale_plan': () => 'Run the command again.',
    'ips::installer_error::action_conflict': (p) =>
      p.conflicts.every(isWithinOnePackage)
        ? 'No image can install this package. Leave it out, and inform its publisher.'
        : 'Leave one of these packages out, for example with --reject.',
    'ips::installer_error::forbidden_actions': (p) =>
      p.problems.some((one) => 'everywhere' in one && one.everywhere === true)
        ? 'No image can install all of these packages. Leave them out, for example with --reject, and inform their publisher.'
        : 'Install the packages into a full image, or leave them out with --reject.',
    'ips::installer_error::invalid_action': () => undefined,
    'ips::installer_error::payload_missing': () => 'Run the command again; it fetches the content again.',
    'ips::installer_error::bad_payload': () => 'Run the command again; it fetches the content again.',
    'ips::installer_error::unsafe_path': (p) =>
      `Replace ${p.parent} by a directory, or remove it, and run the command again.`,
    'ips::installer_error::mount_point': (p) => `Unmount ${p.mounted} and run the command again.`,
    'ips::installer_error::special_file': (p) => `Remove ${p.path} and run the command again.`,
    'ips::installer_error::no_hard_link': () =>
      'Put the image on a file system with hard links, or leave the package out.',
    'ips::installer_error::changed_meanwhile': () => 'Run the command again.',
    'ips::installer_error::no_space': (p) =>
      `Free some space on the file system of ${p.path} and run the command again.`,
    'ips::installer_error::unchangeable': (p) =>
      `Clear these flags of ${p.path} and of its directory (on Linux: lsattr -d shows them, chattr -i -a clears them), and run the command again.`,
    'ips::installer_error::licenses': () =>
      'Run the command again with --accept, or with --licenses to read them.',
    'ips::installer_error::canceled': () => undefined,
    'ips::installer_error::worker_lost': () => 'Run the command again; if memory ran out, free some first.',
    'ips::installer_error::step_failed': (p) => helpFor(p.cause.errno),
    'ips::installer_error::rollback_failed': (p) =>
      helpFor(p.undo.errno) ?? 'The next command that changes the image tries again.',
    'ips::installer_error::bad_journal': (p) =>
      `Move ${p.path} and the folder 'stage' beside it out of the image; the folder may hold former files. Then check the image with: pkg6 verify`,
    'ips::installer_error::recovery_failed': (p) =>
      p.cause.errno === 'ELOOP'
        ? `Replace the link on the path ${p.cause.path} by a directory and run the command again.`
        : (helpFor(p.cause.errno) ?? 'The next command that changes the image tries again.'),
    'ips::installer_error::stage_missing': (p) =>
      `Mount the file system of ${p.directory} and run the command again. If it is lost, move ${p.journal} and the folder 'stage' beside it out of the image, then check the image with: pkg6 verify`,
    'ips::installer_error::interrupted': () =>
      'Run any command that changes the image; it recovers the image first.',
    'ips::installer_error::commit_failed': (p) => helpFor(p.cause?.errno ?? ''),
  },
}
