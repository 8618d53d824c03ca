import type { CommandContext } from '../../command.ts'
import type { CliProblem } from '../../problems.ts'

const bootEnvironmentFlags = [
  ['requireNewBe', '--require-new-be'],
  ['requireBackupBe', '--require-backup-be'],
  ['noBeActivate', '--no-be-activate'],
  ['tempBeActivate', '--temp-be-activate'],
] as const

/**
 * Options that are understood but ask for something that is not there. Boot environment flags mean nothing for an image
 * that is not the running system, names of boot environments are an error there; there are no child images to recurse
 * into; actuators only act on the running system. Source: cli §5, image §9.
 */
export function unsupportedOption(context: CommandContext): CliProblem | undefined {
  const { arguments: given } = context
  const refuse = (option: string, why: string, instead: string): CliProblem => ({
    code: 'ips::cli_error::unsupported_option',
    option,
    why,
    instead,
  })
  for (const [key, option] of [
    ['beName', '--be-name'],
    ['backupBeName', '--backup-be-name'],
  ] as const)
    if (given.has(key))
      return refuse(option, 'this image has no boot environments.', `Run the command without ${option}.`)
  if (context.location().root === '/')
    for (const [key, option] of bootEnvironmentFlags)
      if (given.has(key))
        return refuse(
          option,
          'this client does not manage the boot environments of the running system.',
          `Make one with 'beadm create' first and run the command without ${option}.`,
        )
  if (context.location().root === '/')
    for (const [key, option] of [
      ['syncActuators', '--sync-actuators'],
      ['syncActuatorsTimeout', '--sync-actuators-timeout'],
    ] as const)
      if (given.has(key))
        return refuse(
          option,
          'this client does not restart services.',
          'Restart the services yourself; -v lists them in the plan.',
        )
  if (given.has('source'))
    return refuse(
      '-g',
      'temporary package sources are not supported.',
      `Add the source with 'set-publisher -g URI PUBLISHER' for as long as you need it.`,
    )
  const stage = given.text('stage')
  if (stage !== undefined && stage !== 'default')
    return refuse('--stage', 'this client runs an operation as a whole.', 'Run the command without --stage.')
  const [child] = ['recurseInto', 'recurseNotInto', 'ignoreChild'].flatMap((key) => given.list(key))
  return child === undefined ? undefined : { code: 'ips::cli_error::no_such_child', name: child }
}
