import { fstatSync } from 'node:fs'

/** True when a descriptor may be a terminal. Using `process.stdout` for a pipe would load the network modules. */
export function isDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice()
  } catch {
    return false
  }
}

/** Whether standard output (1) or standard error (2) is a terminal. */
export function isTerminal(descriptor: 1 | 2): boolean {
  const stream = (): { readonly isTTY?: boolean } => (descriptor === 1 ? process.stdout : process.stderr)
  return isDevice(descriptor) && stream().isTTY === true
}
