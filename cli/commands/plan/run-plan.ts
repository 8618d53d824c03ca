import type { SettingsChange } from '#image'
import type { SolveRequest } from '#model'
import type { CommandContext } from '../../command.ts'
import { removedPackages } from '../../render/plan.ts'
import { runOperation } from './run-operation.ts'

/** Runs a command that changes which packages are installed, or the settings that decide over them. Source: cli §5. */
export async function runPlan(
  context: CommandContext,
  operation: SolveRequest['operation'],
  patterns: readonly string[],
  settings?: SettingsChange,
): Promise<number> {
  const given = context.arguments
  const request: SolveRequest = {
    operation,
    patterns,
    reject: given.list('reject'),
    ignoreMissing: given.has('ignoreMissing'),
  }
  const refresh = operation !== 'uninstall' && !given.has('noRefresh')
  const namesRemoved = (operation === 'update' || operation === 'install') && given.count('verbose') === 0
  return await runOperation(context, {
    patterns,
    run: (image, options) =>
      image.install(request, { ...options, refresh, ...(settings === undefined ? {} : { settings }) }),
    nothingToDo:
      operation === 'update'
        ? 'No updates available for this image.\n'
        : 'No updates necessary for this image.\n',
    releaseNotes: true,
    ...(namesRemoved ? { footer: removedPackages } : {}),
  })
}
