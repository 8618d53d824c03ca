import type { CommandContext } from '../../command.ts'
import { operandMistake } from '../publishers/operand-mistake.ts'
import { runPlan } from './run-plan.ts'

const values: ReadonlyMap<string, boolean | undefined> = new Map([
  ['true', true],
  ['false', false],
  ['none', undefined],
])

/** `change-facet NAME=(True|False|None)...`; None takes a setting back. Source: cli §5. */
export async function run(context: CommandContext): Promise<number> {
  const { operands } = context.arguments
  if (operands.length === 0) return operandMistake(context, 'no facets specified')
  const form = "facets must to be of the form 'facet....=[True|False|None]'"
  const facets = new Map<string, boolean | undefined>()
  for (const operand of operands) {
    const equals = operand.indexOf('=')
    if (equals < 0) return operandMistake(context, form)
    const word = operand.slice(equals + 1).toLowerCase()
    if (!values.has(word)) return operandMistake(context, `${form}.`)
    const name = operand.slice(0, equals)
    facets.set(name.startsWith('facet.') ? name : `facet.${name}`, values.get(word))
  }
  return await runPlan(context, 'change-facet', [], { facets })
}
