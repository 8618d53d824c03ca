import { describe, expect, it } from 'vitest'
import type { CommandContext } from '../../../../cli/command.ts'
import { install } from '../../../../cli/commands/plan/commands.ts'
import { unsupportedOption } from '../../../../cli/commands/plan/plan-options.ts'
import { exitCode } from '../../../../cli/exit-codes.ts'
import { parseArguments } from '../../../../cli/getopt.ts'

function refusal(root: string, ...argv: string[]): string | undefined {
  const parsed = parseArguments(install.table, argv)
  if (!parsed.ok) throw new Error(parsed.error.text)
  const context = { arguments: parsed.value, location: () => ({ root }) } as unknown as CommandContext
  const problem = unsupportedOption(context)
  if (problem !== undefined) expect(exitCode(problem)).toBe(1)
  return problem?.code === 'ips::cli_error::unsupported_option' ? problem.option : problem?.code
}

describe('options that cannot be honoured', () => {
  it.each<[string, readonly string[], string | undefined]>([
    ['/image', [], undefined],
    ['/image', ['--require-new-be', '--no-be-activate'], undefined],
    ['/image', ['--deny-new-be', '--no-backup-be', '--sync-actuators', '-r', '-C', '3'], undefined],
    ['/image', ['--be-name', 'x'], '--be-name'],
    ['/image', ['--backup-be-name', 'x'], '--backup-be-name'],
    ['/image', ['-g', 'x'], '-g'],
    ['/image', ['--stage', 'default'], undefined],
    ['/image', ['--stage', 'plan'], '--stage'],
    ['/image', ['-rz', 'a'], 'ips::cli_error::no_such_child'],
    ['/image', ['-rZ', 'a'], 'ips::cli_error::no_such_child'],
    ['/image', ['-i', 'a'], 'ips::cli_error::no_such_child'],
    ['/', ['--deny-new-be'], undefined],
    ['/', ['--require-new-be'], '--require-new-be'],
    ['/', ['--require-backup-be'], '--require-backup-be'],
    ['/', ['-t'], '--temp-be-activate'],
    ['/', ['--sync-actuators-timeout', '5'], '--sync-actuators-timeout'],
  ])('root %s, %j', (root, argv, expected) => {
    expect(refusal(root, ...argv)).toBe(expected)
  })
})
