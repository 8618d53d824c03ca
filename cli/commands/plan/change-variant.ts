import type { CommandContext } from '../../command.ts'
import { operandMistake } from '../publishers/operand-mistake.ts'
import { runPlan } from './run-plan.ts'

/** `change-variant NAME=VALUE...`. Source: cli §5. */
export async function run(context: CommandContext): Promise<number> {
  const { operands } = context.arguments
  if (operands.length === 0) return operandMistake(context, 'no variants specified')
  const variants = new Map<string, string>()
  for (const operand of operands) {
    const parts = operand.split('=')
    const [short, value] = parts
    if (parts.length !== 2 || short === undefined || value === undefined)
      return operandMistake(context, "variants must to be of the form '<name>=<value>'.")
    const name = short.startsWith('variant.') ? short : `variant.${short}`
    if (variants.has(name)) return operandMistake(context, `duplicate variant specified: ${name}`)
    variants.set(name, /^(true|false)$/i.test(value) ? value.toLowerCase() : value)
  }
  return await runPlan(context, 'change-variant', [], { variants })
}
