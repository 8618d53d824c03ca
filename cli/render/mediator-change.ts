import type { ActionPlan } from '#executor'
import { formatImplementation, type MediatorChoice } from '#model'

/** A mediator that a plan changes. */
export interface MediatorChange {
  readonly name: string
  readonly version: MediatorHalf
  readonly implementation: MediatorHalf
}

/** Version or implementation of a mediator before and after the plan, with the source of each. */
export interface MediatorHalf {
  readonly old: string | undefined
  readonly oldSource: string | undefined
  readonly new: string | undefined
  readonly newSource: string | undefined
}

/** The mediators whose version or implementation, or the source of one of them, a plan changes. Source: image-plan §8. */
export function mediatorChanges(mediators: ActionPlan['mediators']): readonly MediatorChange[] {
  return mediators.flatMap(({ name, before, after }) => {
    const half = (part: 'version' | 'implementation'): MediatorHalf => ({
      old: partValue(before, part),
      oldSource: partSource(before, part),
      new: partValue(after, part),
      newSource: partSource(after, part),
    })
    const version = half('version')
    const implementation = half('implementation')
    const same = (one: MediatorHalf): boolean => one.old === one.new && one.oldSource === one.newSource
    return same(version) && same(implementation) ? [] : [{ name, version, implementation }]
  })
}

/** A part without a fixed value has only a source. */
function partValue(
  choice: MediatorChoice | undefined,
  part: 'version' | 'implementation',
): string | undefined {
  if (part === 'version') return choice?.version?.value || undefined
  const implementation = choice?.implementation
  return (
    implementation && (formatImplementation(implementation.value, implementation.versionFollows) || undefined)
  )
}

/** A part without value has the source of the choice. */
function partSource(
  choice: MediatorChoice | undefined,
  part: 'version' | 'implementation',
): string | undefined {
  return choice && (choice[part]?.source ?? choice.chosen?.priority ?? 'system')
}
