import type { CommandSpec } from './command.ts'
import { commands } from './registry.ts'

/** Synopsis of a command: first line indented by 8, the others by 12. */
export function synopsis(program: string, spec: CommandSpec): string {
  const [first, ...rest] = spec.synopsis
  const head = `        ${program} ${spec.name}${first === undefined ? '' : ` ${first}`}\n`
  return head + rest.map((line) => `            ${line}\n`).join('')
}

/** What follows a usage error, and the answer to `help COMMAND`. */
export function commandUsage(program: string, spec: CommandSpec): string {
  return `Usage:\n${synopsis(program, spec)}`
}

/** Usage and one line for each option. */
export function commandOptions(program: string, spec: CommandSpec): string {
  const rows = spec.table.options.map((option) => {
    const names = [
      ...(option.short === undefined ? [] : [`-${option.short}`]),
      ...(option.long ?? []).map((name) => `--${name}`),
    ].join(', ')
    return [option.argument === undefined ? names : `${names} ${option.argument}`, option.help] as const
  })
  const width = rows.reduce((widest, [names]) => Math.max(widest, names.length), 0)
  const table = rows.map(([names, help]) => `        ${names.padEnd(width)}  ${help}\n`).join('')
  return commandUsage(program, spec) + (rows.length === 0 ? '' : `\nOptions:\n${table}`)
}

const groups = [
  'Package Information',
  'Package Transitions',
  'Package Maintenance',
  'Publishers',
  'Package Configuration',
  'Image Constraints',
  'Image Configuration',
  'Miscellaneous',
] as const

/** Names in columns of 15, those that need it over two, in lines that fit beside the name of the group. */
function inColumns(names: readonly string[]): readonly string[] {
  const lines: string[] = []
  for (const name of names) {
    const cell = name.padEnd(name.length < 15 ? 15 : 30)
    const last = lines.at(-1)
    if (last === undefined || last.length + name.length > 56) lines.push(cell)
    else lines[lines.length - 1] = last + cell
  }
  return lines.map((line) => line.trimEnd())
}

/** Short overview: every command by group. */
export function overview(program: string): string {
  const lines = groups.map((group) => {
    const names = commands.filter((spec) => spec.group === group).map((spec) => spec.name)
    return `${group.padEnd(21)}: ${inColumns(names).join(`\n${' '.repeat(23)}`)}\n`
  })
  return `Usage:    ${program} [options] command [cmd_options] [operands]
The following commands are supported:

${lines.join('')}For more info, run: ${program} help <command>
`
}

/** Answer to `help -v`. */
export function longHelp(program: string): string {
  const of = (level: CommandSpec['level']): string =>
    commands
      .filter((spec) => spec.level === level)
      .map((spec) => synopsis(program, spec))
      .join('')
  return `Usage:
        ${program} [options] command [cmd_options] [operands]

Basic subcommands:
${of('basic')}
Advanced subcommands:
${of('advanced')}
Options:
        -R dir
        -D name[=value]
        --no-network-cache
        --help or -?

Environment:
        PKG_IMAGE
        PKG_SUCCESS_ON_NOP
`
}
