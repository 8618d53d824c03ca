import type { CommandIo } from '../command.ts'

/** The message of `info` and `contents` for patterns without a match; begins with an empty line after other output. Source: cli §3. */
export function notFound(
  io: CommandIo,
  command: 'info' | 'contents',
  misses: readonly string[],
  options: { readonly remote: boolean; readonly afterOutput: boolean },
): string {
  const how = options.remote
    ? `were
found in the catalog.  Try relaxing the patterns, refreshing, and/or
examining the catalogs:`
    : command === 'info'
      ? `are
installed on the system.  Try querying remotely instead:`
      : `are
installed on the system.  Try specifying -r to query remotely:`
  return `${options.afterOutput ? '\n' : ''}${io.programName}: ${command}: no packages matching the following patterns you specified ${how}

${misses.map((pattern) => `        ${pattern}\n`).join('')}`
}
