/**
 * A message with the name of the program in front. Leading newlines and blanks of the message stay before the name, so that
 * the message does not join a line of progress. Source: cli §3.
 */
export function prefixed(name: string, text: string): string {
  const body = text.trimStart()
  return `${text.slice(0, text.length - body.length)}${name}: ${body}`
}
