import { type Action, chooseMediations, parseImplementation, parseMediation, sameMediation } from '#model'
import type { OwnedAction } from './action-key.ts'
import type { ConfiguredMediator } from './plan-input.ts'

/**
 * Tells which mediated links are delivered. `offered` holds those of all packages of one state of the image; links whose
 * mediator attributes are malformed are never chosen. Source: image-plan §8.
 */
export function chooseLinks(
  offered: readonly OwnedAction[],
  settings: readonly ConfiguredMediator[],
): (action: Action) => boolean {
  const mediations = offered.flatMap(({ action }) => {
    const parsed = parseMediation(action)
    return parsed.ok && parsed.value !== undefined ? [parsed.value] : []
  })
  const choices = chooseMediations(
    mediations,
    settings.map(({ mediator, version, implementation }) => ({
      mediator,
      version,
      implementation: implementation === undefined ? undefined : parseImplementation(implementation),
    })),
  )
  return (action) => {
    const parsed = parseMediation(action)
    if (!parsed.ok || parsed.value === undefined) return false
    const chosen = choices.get(parsed.value.mediator)?.chosen
    return chosen !== undefined && sameMediation(parsed.value, chosen)
  }
}
