import { readFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import type { ProcessInfo } from '#image'
import type { CommandIo } from '../command.ts'
import { clientVersion } from '../version.ts'

/** Processor names of illumos `uname -p`, by the names of Node. */
const architectures: ReadonlyMap<string, string> = new Map([
  ['x64', 'i386'],
  ['ia32', 'i386'],
  ['arm64', 'aarch64'],
  ['sparc64', 'sparc'],
])

/** The processor name of a machine, by its name in Node; names that illumos has not are left as they are. */
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

/** Start time of a process: field 22 of `/proc/PID/stat`, where the system has it. The name in field 2 may have blanks and parentheses. */
function startMark(pid: number): string | 'gone' | 'unknown' {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown'
  } catch {
    return isAlive(pid) ? 'unknown' : 'gone'
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
