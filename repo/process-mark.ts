import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Mark of the moment a process of this host started: field 22 of `/proc/PID/stat`, where the system has it. The name in field 2 may have
 * blanks and parentheses. After `@` comes the name space of process numbers, because containers with one host name count theirs alike.
 * 'gone': no such process exists, or it has ended and its parent has not collected it; 'unknown': the host does not tell when it started.
 */
export function startMark(pid: number): string | 'gone' | 'unknown' {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return 'gone'
    return fields[19] === undefined ? 'unknown' : `${fields[19]}@${readlinkSync('/proc/self/ns/pid')}`
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
