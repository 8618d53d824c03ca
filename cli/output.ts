/** Where a program writes text. */
export interface TextOutput {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Whether standard output is a terminal. */
  readonly stdoutIsTty: boolean
  /** Replaces the current line of a terminal on standard output; the cursor stays in it. */
  readonly overwrite: (line: string) => void
}

/** The outputs of a command. */
export interface CleanOutput {
  /** Standard output for data that must not change by a byte, such as a manifest. On a terminal, control characters are replaced as in any text. */
  readonly data: (text: string) => void
}

/** Control characters but tab and newline, and characters that change the direction of the text around them. */
const unsafe = /[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/gu

/**
 * The one place where text leaves the program. Names, summaries, comments and messages come from packages, catalogs and depots, and a terminal
 * obeys control characters in them; so a `?` stands for each. A data format escapes such characters in its own way before (`jsonText`).
 */
export function withCleanOutput<T extends TextOutput>(io: T): T & CleanOutput {
  const stdout = (text: string): void => io.stdout(cleanText(text))
  return {
    ...io,
    stdout,
    stderr: (text) => io.stderr(cleanText(text)),
    overwrite: (line) => io.overwrite(cleanText(line).replaceAll('\n', '?')),
    data: io.stdoutIsTty ? stdout : io.stdout,
  }
}

/** A text without the characters that a terminal obeys, except tabs and ends of lines. */
export function cleanText(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(unsafe, '?')
}

/** JSON without such characters. `JSON.stringify` escapes only some of them. */
export function jsonText(value: unknown, space?: number): string {
  return JSON.stringify(value, undefined, space).replace(
    /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
