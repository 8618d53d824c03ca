/**
 * Puts a name in front of a message. Leading newlines and blanks of the message stay in front of the name, so that it
 * does not join a line of progress. Source: cli §3.
 */
export function prefixed(name: string, text: string): string {
  const body = text.trimStart()
  return `${text.slice(0, text.length - body.length)}${name}: ${body}`
}

/** A path or name from outside with control characters made harmless for a terminal. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\t\n]/gu, '?')
}
