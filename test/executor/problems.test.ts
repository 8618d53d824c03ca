import { describe, expect, it } from 'vitest'
import { executorMessages, type InstallerProblem } from '#executor'
import { describeProblem, helpForProblem } from '#model'

const cause = {
  code: 'ips::filesystem_error::call_failed',
  call: 'rename',
  path: '/i/x',
  errno: 'ENOSPC',
} as const

/** Every code with its whole text. */
const problems: [InstallerProblem, string, string | undefined][] = [
  [
    {
      code: 'ips::installer_error::unchangeable',
      path: '/i/usr/m',
      cause: { ...cause, path: '/i/usr/m', errno: 'EPERM' },
    },
    'cannot change /i/usr/m: the system does not permit it (EPERM); the path or its directory is likely immutable, append-only or read-only; the image is unchanged',
    'Clear these flags of /i/usr/m and of its directory (on Linux: lsattr -d shows them, chattr -i -a clears them), and run the command again.',
  ],
  [
    { code: 'ips::installer_error::unsafe_path', fmri: '', path: 'opt', parent: 'opt' },
    'cannot install opt: the directory has been replaced by a link',
    'Replace opt by a directory, or remove it, and run the command again.',
  ],
  [
    { code: 'ips::installer_error::stale_plan', planned: 1, actual: 2 },
    'the image changed after the plan was made (generation 2, planned for 1)',
    'Run the command again.',
  ],
  [
    {
      code: 'ips::installer_error::action_conflict',
      conflicts: [
        {
          kind: 'duplicate',
          namespace: 'path',
          key: 'f',
          parties: [
            { fmri: 'pkg://t/a@1', type: 'file', action: 'file path=f' },
            { fmri: 'pkg://t/b@1', type: 'file', action: 'file path=f' },
          ],
        },
        {
          kind: 'inconsistent-attribute',
          namespace: 'path',
          key: 'd',
          parties: [
            { fmri: 'pkg://t/b@1', type: 'dir', action: 'dir mode=0700 path=d' },
            { fmri: 'pkg://t/a@1', type: 'dir', action: 'dir mode=0700 path=d' },
            { fmri: 'pkg://t/c@1', type: 'dir', action: 'dir mode=0755 path=d' },
          ],
          attribute: 'mode',
        },
        {
          kind: 'inconsistent-type',
          namespace: 'path',
          key: 'e',
          parties: [
            { fmri: 'pkg://t/a@1', type: 'link', action: 'link path=e target=x' },
            ...Array.from({ length: 7 }, (_, index) => ({
              fmri: `pkg://t/p${index}@1`,
              type: 'dir',
              action: 'dir path=e',
            })),
          ],
        },
      ],
    },
    `The following packages all deliver file actions to f:

  pkg://t/a@1
  pkg://t/b@1

These packages cannot be installed together. Any non-conflicting subset
of the above packages can be installed.

The requested change to the system attempts to install multiple actions
for dir 'd' with conflicting attributes:

    1 package delivers 'dir mode=0755 path=d':
        pkg://t/c@1
    2 packages deliver 'dir mode=0700 path=d':
        pkg://t/a@1
        pkg://t/b@1


These packages cannot be installed together. Any non-conflicting subset
of the above packages can be installed.

The following packages deliver conflicting action types to e:

  link:
    pkg://t/a@1
  dir:
    pkg://t/p0@1
    pkg://t/p1@1
    pkg://t/p2@1
    pkg://t/p3@1
    pkg://t/p4@1
    ... and 2 more

These packages cannot be installed together. Any non-conflicting subset
of the above packages can be installed.`,
    'Leave one of these packages out, for example with --reject.',
  ],
  [
    {
      code: 'ips::installer_error::forbidden_actions',
      problems: [
        {
          code: 'ips::validation_error::forbidden_action',
          imageKind: 'user',
          fmri: 'pkg://t/a@1',
          action: 'driver name=d',
          reason: 'because',
        },
      ],
    },
    'the image does not allow these actions:\n  pkg://t/a@1: driver name=d: because',
    'Install the packages into a full image, or leave them out with --reject.',
  ],
  [
    {
      code: 'ips::installer_error::forbidden_actions',
      problems: [
        {
          code: 'ips::validation_error::forbidden_action',
          imageKind: 'user',
          fmri: 'pkg://t/a@1',
          action: 'link path=../x',
          reason: 'because',
          everywhere: true,
        },
      ],
    },
    'the image does not allow these actions:\n  pkg://t/a@1: link path=../x: because',
    'No image can install all of these packages. Leave them out, for example with --reject, and inform their publisher.',
  ],
  [
    {
      code: 'ips::installer_error::action_conflict',
      conflicts: [
        {
          kind: 'inconsistent-type',
          namespace: 'path',
          key: 'f',
          parties: [
            { fmri: 'pkg://t/a@1', type: 'file', action: 'file path=f' },
            { fmri: 'pkg://t/a@1', type: 'link', action: 'link path=f' },
          ],
        },
        {
          kind: 'duplicate',
          namespace: 'path',
          key: 'g',
          parties: [
            { fmri: 'pkg://t/a@1', type: 'file', action: 'file path=g' },
            { fmri: 'pkg://t/a@1', type: 'file', action: 'file path=g' },
          ],
        },
        {
          kind: 'inconsistent-attribute',
          namespace: 'path',
          key: 'h',
          parties: [
            { fmri: 'pkg://t/a@1', type: 'link', action: 'link path=h target=x' },
            { fmri: 'pkg://t/a@1', type: 'link', action: 'link path=h target=y' },
          ],
          attribute: 'target',
        },
      ],
    },
    `The package pkg://t/a@1 delivers conflicting action types (file and link) to f
This package must be corrected before it can be installed.

The package pkg://t/a@1 delivers 2 copies of file g
This package must be corrected before it can be installed.

The requested change to the system attempts to install multiple actions
for link 'h' with conflicting attributes:

    1 package delivers 'link path=h target=x':
        pkg://t/a@1
    1 package delivers 'link path=h target=y':
        pkg://t/a@1


This package must be corrected before it can be installed.`,
    'No image can install this package. Leave it out, and inform its publisher.',
  ],
  [
    {
      code: 'ips::installer_error::invalid_action',
      fmri: 'pkg://t/a@1',
      action: 'dir: d',
      reason: 'it has no mode',
    },
    'pkg://t/a@1: dir: d cannot be executed: it has no mode',
    undefined,
  ],
  [
    { code: 'ips::installer_error::payload_missing', fmri: 'pkg://t/a@1', path: 'f', hash: 'abc' },
    'pkg://t/a@1: the content abc of f is not in the cache',
    'Run the command again; it fetches the content again.',
  ],
  [
    { code: 'ips::installer_error::bad_payload', fmri: 'pkg://t/a@1', path: 'f', expected: 'x', found: 'y' },
    'pkg://t/a@1: the content of f does not match the manifest: expected x, found y',
    'Run the command again; it fetches the content again.',
  ],
  [
    { code: 'ips::installer_error::mount_point', path: 'export', mounted: 'export' },
    'cannot remove export: something is mounted there',
    'Unmount export and run the command again.',
  ],
  [
    { code: 'ips::installer_error::mount_point', path: 'srv', mounted: 'srv/data' },
    'cannot remove srv: something is mounted at srv/data',
    'Unmount srv/data and run the command again.',
  ],
  [
    { code: 'ips::installer_error::special_file', path: 'srv/pipe' },
    'cannot move srv/pipe to another file system: it is a device, pipe or socket',
    'Remove srv/pipe and run the command again.',
  ],
  [
    { code: 'ips::installer_error::no_hard_link', path: '/i/bin', errno: 'EPERM' },
    'cannot make the hard link /i/bin: its file system has none, or no more for this file (EPERM)',
    'Put the image on a file system with hard links, or leave the package out.',
  ],
  [
    { code: 'ips::installer_error::changed_meanwhile', path: '/i/etc/conf' },
    '/i/etc/conf was changed while it was copied; the image is unchanged',
    'Run the command again.',
  ],
  [
    {
      code: 'ips::installer_error::stage_missing',
      path: '/i/opt/.pkg6-stage-1-2',
      directory: '/i/opt',
      journal: '/i/var/pkg/journal',
    },
    'an interrupted operation could not be rolled back: /i/opt/.pkg6-stage-1-2 is missing; its file system may not be mounted',
    "Mount the file system of /i/opt and run the command again. If it is lost, move /i/var/pkg/journal and the folder 'stage' beside it out of the image, then check the image with: pkg6 verify",
  ],
  [
    { code: 'ips::installer_error::unsafe_path', fmri: 'pkg://t/a@1', path: 'usr/x', parent: 'usr' },
    'pkg://t/a@1: cannot install usr/x: its parent usr is a link or not a directory',
    'Replace usr by a directory, or remove it, and run the command again.',
  ],
  [
    { code: 'ips::installer_error::no_space', needed: 5, available: 4, path: '/i/opt' },
    '5 bytes are needed and 4 bytes are free on the file system of /i/opt',
    'Free some space on the file system of /i/opt and run the command again.',
  ],
  [
    {
      code: 'ips::installer_error::licenses',
      licenses: [{ fmri: 'pkg://t/a@1', name: 'L', mustAccept: true, mustDisplay: false }],
    },
    'these licences must be accepted or displayed first:\n  pkg://t/a@1: L',
    'Run the command again with --accept, or with --licenses to read them.',
  ],
  [
    { code: 'ips::installer_error::canceled' },
    'the operation was canceled; the image is unchanged',
    undefined,
  ],
  [
    { code: 'ips::installer_error::worker_lost', reason: 'it ended with code 3' },
    'a thread that wrote files ended (it ended with code 3); the image is unchanged',
    'Run the command again; if memory ran out, free some first.',
  ],
  [
    { code: 'ips::installer_error::step_failed', fmri: undefined, path: '/i/x', cause },
    "cannot rename '/i/x': no space is left on its file system (ENOSPC); the image is unchanged",
    'Free some space on the file system of the image and run the command again.',
  ],
  [
    {
      code: 'ips::installer_error::rollback_failed',
      cause: { code: 'ips::installer_error::no_space', needed: 5, available: 4, path: '/i' },
      undo: { ...cause, errno: 'EIO' },
    },
    "the operation failed (ips::installer_error::no_space), and restoring the old state failed too: cannot rename '/i/x': the disk reports an error (EIO)",
    'The next command that changes the image tries again.',
  ],
  [
    { code: 'ips::installer_error::bad_journal', path: '/i/journal', reason: 'it is damaged' },
    'the journal /i/journal of an interrupted operation cannot be used: it is damaged',
    "Move /i/journal and the folder 'stage' beside it out of the image; the folder may hold former files. Then check the image with: pkg6 verify",
  ],
  [
    {
      code: 'ips::installer_error::recovery_failed',
      cause: { ...cause, call: 'lstat', path: '/i/usr', errno: 'ELOOP' },
    },
    'an interrupted operation could not be rolled back: /i/usr is a link or lies behind one',
    'Replace the link on the path /i/usr by a directory and run the command again.',
  ],
  [
    { code: 'ips::installer_error::recovery_failed', cause: { ...cause, errno: 'EIO' } },
    "an interrupted operation could not be rolled back: cannot rename '/i/x': the disk reports an error (EIO)",
    'The next command that changes the image tries again.',
  ],
  [
    { code: 'ips::installer_error::interrupted', path: '/i/journal' },
    'an earlier operation was interrupted; its journal is /i/journal',
    'Run any command that changes the image; it recovers the image first.',
  ],
  [
    { code: 'ips::installer_error::commit_failed', reason: 'rename /i/x: ENOSPC', cause },
    "the new state could not be recorded: cannot rename '/i/x': no space is left on its file system (ENOSPC); the image is unchanged",
    'Free some space on the file system of the image and run the command again.',
  ],
  [
    { code: 'ips::installer_error::commit_failed', reason: 'the disk is full' },
    'the new state could not be recorded: the disk is full; the image is unchanged',
    undefined,
  ],
]

describe('words for problems', () => {
  it.each(problems)('$code', (problem, description, help) => {
    expect(describeProblem(executorMessages, problem)).toBe(description)
    expect(helpForProblem(executorMessages, problem)).toBe(help)
  })
  it('are tested for every code', () => {
    const tested = [...new Set(problems.map(([{ code }]) => code))].sort()
    expect(Object.keys(executorMessages.describe).sort()).toEqual(tested)
    expect(Object.keys(executorMessages.help).sort()).toEqual(tested)
  })
})
