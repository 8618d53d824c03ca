import { readFileSync } from 'node:fs'

/**
 * Mark of the moment a process of this host started: field 22 of `/proc/PID/stat`, where the system has it. The name in field 2 may have
 * blanks and parentheses. 'gone': no such process exists; 'unknown': the process exists, but the host does not tell when it started.
 */
export function startMark(pid: number): string | 'gone' | 'unknown' {
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
