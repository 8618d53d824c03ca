import { diskFailure, type FilesystemProblem, type ProblemMessages, type ValidationProblem } from '#model'

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
  /** A payload that the plan needs is not in the payload store. */
  | {
      readonly code: 'ips::installer_error::payload_missing'
      readonly fmri: string
      readonly path: string
      readonly hash: string
    }
  /** The content of a stored payload is not what the manifest states. */
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
  /** A directory that a package stops delivering is a mount point. */
  | { readonly code: 'ips::installer_error::mount_point'; readonly fmri: string; readonly path: string }
  /** The target's file system has less room than the plan needs. */
  | { readonly code: 'ips::installer_error::no_space'; readonly needed: number; readonly available: number }
  /** Licences that were not accepted. */
  | {
      readonly code: 'ips::installer_error::licenses'
      readonly licenses: readonly { fmri: string; name: string; mustAccept: boolean; mustDisplay: boolean }[]
    }
  /** The user wanted no more of it; everything was undone. */
  | { readonly code: 'ips::installer_error::canceled' }
  /** A thread that made files died; nothing visible had changed. */
  | { readonly code: 'ips::installer_error::worker_lost'; readonly reason: string }
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
  /** The journal of an interrupted run is none that this client wrote; nothing was touched. */
  | { readonly code: 'ips::installer_error::bad_journal'; readonly path: string; readonly reason: string }
  /** An interrupted run could not be undone, or not wholly; the journal is kept and the next command tries again. */
  | { readonly code: 'ips::installer_error::recovery_failed'; readonly cause: FilesystemProblem }
  /** An earlier run was interrupted and nobody has recovered the image yet. */
  | { readonly code: 'ips::installer_error::interrupted'; readonly path: string }
  /** Committed by the caller failed before the point of no return; everything was undone. */
  | {
      readonly code: 'ips::installer_error::commit_failed'
      readonly reason: string
      /** When a disk call failed. */
      readonly cause?: FilesystemProblem
    }

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

function quantity(bytes: number): string {
  return `${bytes} bytes`
}

function conflictText(conflict: ActionConflict): string {
  const where = `${conflict.namespace} ${conflict.key}`
  const packages = conflict.parties.map(({ fmri, action }) => `  ${fmri}: ${action}`)
  if (isWithinOnePackage(conflict))
    return [`one package contradicts itself about ${where}:`, ...packages].join('\n')
  const heads: Record<ActionConflict['kind'], string> = {
    duplicate: `only one package may deliver ${where}:`,
    'inconsistent-type': `packages deliver different kinds of things to ${where}:`,
    'inconsistent-attribute': `packages disagree about ${conflict.attribute ?? 'the attributes'} of ${where}:`,
  }
  return [heads[conflict.kind], ...packages].join('\n')
}

function isWithinOnePackage({ parties }: ActionConflict): boolean {
  return new Set(parties.map(({ fmri }) => fmri)).size === 1
}

const diskHelp: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'Free some space on the file system of the image and run the command again.'],
  ['EDQUOT', 'Free some space on the file system of the image and run the command again.'],
  ['EACCES', 'Run the command again as a user that may write to the image.'],
  ['EPERM', 'Run the command again as a user that may write to the image.'],
  ['EROFS', 'Make the file system of the image writable and run the command again.'],
  [
    'EXDEV',
    'Packages are only delivered to the file system of the image: unmount what is mounted there and run the command again.',
  ],
])

/** The messages of every problem of this package. */
export const executorMessages: ProblemMessages<InstallerProblem> = {
  describe: {
    'ips::installer_error::stale_plan': (p) =>
      `the image changed after the plan was made (generation ${p.actual}, planned for ${p.planned})`,
    'ips::installer_error::action_conflict': (p) => p.conflicts.map(conflictText).join('\n'),
    'ips::installer_error::forbidden_actions': (p) =>
      [
        'the image does not take these actions:',
        ...p.problems.map((each) =>
          each.code === 'ips::validation_error::forbidden_action'
            ? `  ${each.fmri}: ${each.action}: ${each.reason}`
            : `  ${each.code}`,
        ),
      ].join('\n'),
    'ips::installer_error::invalid_action': (p) =>
      `${p.fmri}: ${p.action} cannot be carried out: ${p.reason}`,
    'ips::installer_error::payload_missing': (p) =>
      `${p.fmri}: the content ${p.hash} of ${p.path} is not in the cache`,
    'ips::installer_error::bad_payload': (p) =>
      `${p.fmri}: the content of ${p.path} is not what the manifest says: ${p.found} should be ${p.expected}`,
    'ips::installer_error::unsafe_path': (p) =>
      `${p.fmri === '' ? '' : `${p.fmri}: `}cannot install ${p.path}: its parent ${p.parent} is a link or no directory`,
    'ips::installer_error::mount_point': (p) =>
      `${p.fmri}: cannot remove ${p.path}: something is mounted there`,
    'ips::installer_error::no_space': (p) =>
      `${quantity(p.needed)} are needed and ${quantity(p.available)} are free`,
    'ips::installer_error::licenses': (p) =>
      [
        'these licences must be accepted or displayed first:',
        ...p.licenses.map((licence) => `  ${licence.fmri}: ${licence.name}`),
      ].join('\n'),
    'ips::installer_error::canceled': () => 'the operation was canceled; the image is as it was',
    'ips::installer_error::worker_lost': (p) =>
      `a thread that wrote files ended (${p.reason}); the image is as it was`,
    'ips::installer_error::step_failed': (p) =>
      `${diskFailure(p.cause)}${p.fmri === undefined ? '' : ` (${p.fmri})`}; the image is as it was`,
    'ips::installer_error::rollback_failed': (p) =>
      `the operation failed (${p.cause.code}), and putting the old state back failed too: ${diskFailure(p.undo)}`,
    'ips::installer_error::bad_journal': (p) =>
      `the journal ${p.path} of an interrupted operation cannot be used: ${p.reason}`,
    'ips::installer_error::recovery_failed': (p) =>
      `an interrupted operation could not be undone: ${p.cause.errno === 'ELOOP' ? `${p.cause.path} is a link, or behind one` : diskFailure(p.cause)}`,
    'ips::installer_error::interrupted': (p) =>
      `an earlier operation was interrupted; its journal is ${p.path}`,
    'ips::installer_error::commit_failed': (p) =>
      `the new state could not be recorded: ${p.cause === undefined ? p.reason : diskFailure(p.cause)}; the image is as it was`,
  },
  help: {
    'ips::installer_error::stale_plan': () => 'Run the command again.',
    'ips::installer_error::action_conflict': (p) =>
      p.conflicts.every(isWithinOnePackage)
        ? 'No image can take this package. Leave it out, and tell its publisher.'
        : 'These packages cannot be installed together. Leave one of them out, for example with --reject.',
    'ips::installer_error::forbidden_actions': (p) =>
      p.problems.some((one) => 'everywhere' in one && one.everywhere === true)
        ? 'No image can take all of these packages. Leave them out, for example with --reject, and tell their publisher.'
        : 'Install the packages into a full image, or leave them out with --reject.',
    'ips::installer_error::invalid_action': () => undefined,
    'ips::installer_error::payload_missing': () => 'Run the command again; the content is fetched anew.',
    'ips::installer_error::bad_payload': () => 'Run the command again; the content is fetched anew.',
    'ips::installer_error::unsafe_path': (p) =>
      `Replace ${p.parent} by a directory, or remove it, and run the command again.`,
    'ips::installer_error::mount_point': (p) => `Unmount ${p.path} and run the command again.`,
    'ips::installer_error::no_space': () =>
      'Free some space on the file system of the image and run the command again.',
    'ips::installer_error::licenses': () =>
      'Run the command again with --accept, or with --licenses to read them.',
    'ips::installer_error::canceled': () => undefined,
    'ips::installer_error::worker_lost': () =>
      'Run the command again, with more memory free where it was memory that ran out.',
    'ips::installer_error::step_failed': (p) => diskHelp.get(p.cause.errno),
    'ips::installer_error::rollback_failed': (p) =>
      diskHelp.get(p.undo.errno) ?? 'The next command that changes the image tries again.',
    'ips::installer_error::bad_journal': (p) =>
      `Move ${p.path} out of the image, and with it the folder 'stage' beside it, which may hold files as they were before; then see what is wrong with the verify command.`,
    'ips::installer_error::recovery_failed': (p) =>
      p.cause.errno === 'ELOOP'
        ? `Make ${p.cause.path} a directory again, with no link on the way, and run the command again.`
        : (diskHelp.get(p.cause.errno) ?? 'The next command that changes the image tries again.'),
    'ips::installer_error::interrupted': () =>
      'Run any command that changes the image; it puts the image right first.',
    'ips::installer_error::commit_failed': (p) => diskHelp.get(p.cause?.errno ?? ''),
  },
}
