import { hostname, userInfo } from 'node:os'
import type { ProcessInfo } from '#image'
import { startMark } from '#repo'
import type { CommandIo } from '../command.ts'
import { clientVersion } from '../version.ts'

/** Processor names of illumos `uname -p`, by the names of Node. */
const architectures: ReadonlyMap<string, string> = new Map([
  ['x64', 'i386'],
  ['ia32', 'i386'],
  ['arm64', 'aarch64'],
  ['sparc64', 'sparc'],
])

/** The processor name of a machine, by its name in Node. A name that illumos does not know is returned unchanged. */
export function architectureOf(machine: string): string {
  return architectures.get(machine) ?? machine
}

/** The description of this process in lock files and in the history. */
export function processInfo(io: Pick<CommandIo, 'commandLine' | 'programName'>): ProcessInfo {
  return {
    pid: process.pid,
    hostname: hostname(),
    clientName: io.programName,
    clientVersion,
    commandLine: io.commandLine,
    ...currentUser(),
    architecture: architectureOf(process.arch),
    startMark,
  }
}

/** The effective user; a user id without an entry in the user database is its own name. */
function currentUser(): { readonly userName: string; readonly userId: number } {
  const userId = process.geteuid?.() ?? 0
  try {
    return { userName: userInfo().username, userId }
  } catch {
    return { userName: String(userId), userId }
  }
}
