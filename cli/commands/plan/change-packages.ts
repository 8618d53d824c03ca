import type { SolveRequest } from '#model'
import type { CommandContext } from '../../command.ts'
import { runPlan } from './run-plan.ts'

/** Body of a command whose operands are package patterns. `least`: how many patterns it needs. */
function changePackages(operation: SolveRequest['operation'], least: 0 | 1) {
  return {
    async run(context: CommandContext): Promise<number> {
      const { operands } = context.arguments
      if (operands.length < least) return context.misuse('at least one package name required')
      return await runPlan(context, operation, operands)
    },
  }
}

/** `install PATTERN...`. Source: cli §5. */
export const install = changePackages('install', 1)

/** `uninstall PATTERN...`. Source: cli §5. */
export const uninstall = changePackages('uninstall', 1)

/** `exact-install PATTERN...`: the image has the named packages and their dependencies afterwards, and no others. Source: cli §5. */
export const exactInstall = changePackages('exact-install', 1)

/** `update [PATTERN...]`. `-f` skips a check of the package system itself, which this client, being no package, does not make. Source: cli §5. */
export const update = changePackages('update', 0)
