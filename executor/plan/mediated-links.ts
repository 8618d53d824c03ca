import {
  type Action,
  attribute,
  chooseMediations,
  compareCodePoints,
  parseMediation,
  readMediatorSetting,
  sameMediation,
} from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { ActionPlan, ChangeList } from '../action-plan.ts'
import { hardLinkTarget } from '../image-path.ts'
import type { ConfiguredMediator, PlanActionsInput } from '../plan-input.ts'
import type { BothSides, ImageScan } from './scan-image.ts'

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
  const choices = chooseMediations(mediations, settings.map(readMediatorSetting))
  return (action) => {
    const parsed = parseMediation(action)
    if (!parsed.ok || parsed.value === undefined) return false
    const chosen = choices.get(parsed.value.mediator)?.chosen
    return chosen !== undefined && sameMediation(parsed.value, chosen)
  }
}

/** Mediated links of an image before and after a plan, and which of them are delivered. */
export interface Mediated {
  readonly scan: ImageScan
  /** All mediated links of the image. */
  readonly offered: BothSides
  /** The plan changes what is fixed. */
  readonly resettled: boolean
  /** Mediators the administrator fixed, as they will be. */
  readonly fixed: ReadonlySet<string>
  readonly chosenBefore: (action: Action) => boolean
  readonly chosenAfter: (action: Action) => boolean
}

/** Chooses for both sides of a plan. */
export function mediate(
  scan: ImageScan,
  input: Pick<PlanActionsInput<unknown>, 'mediators' | 'oldMediators'>,
): Mediated {
  const { mediated, keptMediated } = scan
  const offered = {
    before: [...mediated.flatMap(({ before }) => before), ...keptMediated],
    after: [...mediated.flatMap(({ after }) => after), ...keptMediated],
  }
  return {
    scan,
    offered,
    resettled: input.oldMediators !== undefined,
    fixed: new Set(input.mediators.map(({ mediator }) => mediator)),
    chosenBefore: chooseLinks(offered.before, input.oldMediators ?? input.mediators),
    chosenAfter: chooseLinks(offered.after, input.mediators),
  }
}

function mediatorOf({ action }: OwnedAction): string {
  return attribute(action, 'mediator') ?? ''
}

/** Mediators of the links of changed packages. Sorted. */
export function mediatorsOf({ mediated }: ImageScan): readonly string[] {
  const names = mediated.flatMap(({ before, after }) => [...before, ...after].map(mediatorOf))
  return [...new Set(names)].sort(compareCodePoints)
}

/** Links in packages that stay, of mediators that had a choice and by other settings have none any more. */
export function linksGivenUp({
  scan,
  offered,
  resettled,
  chosenBefore,
  chosenAfter,
}: Mediated): readonly OwnedAction[] {
  if (!resettled) return []
  const before = new Set(offered.before.filter(({ action }) => chosenBefore(action)).map(mediatorOf))
  const after = new Set(offered.after.filter(({ action }) => chosenAfter(action)).map(mediatorOf))
  return scan.keptMediated.filter((owned) => before.has(mediatorOf(owned)) && !after.has(mediatorOf(owned)))
}

/** Removed paths that links of fixed mediators pointed or still point to. Source: image-plan §8. */
export function lostTargets(mediated: Mediated, changes: ChangeList): ActionPlan['lostTargets'] {
  const { offered, fixed, chosenBefore, chosenAfter } = mediated
  if (fixed.size === 0 || offered.before.length + offered.after.length === 0) return []
  const removed = new Set<string>()
  for (const { kind, old } of changes)
    if (kind === 'remove' && old !== undefined) removed.add(attribute(old.action, 'path') ?? '')
  const links = [
    ...offered.before.filter(({ action }) => chosenBefore(action)),
    ...offered.after.filter(({ action }) => chosenAfter(action)),
  ]
  const lost = new Map<string, { readonly mediator: string; readonly path: string }>()
  for (const owned of links) {
    const mediator = mediatorOf(owned)
    if (!fixed.has(mediator)) continue
    const path = hardLinkTarget(
      attribute(owned.action, 'path') ?? '',
      attribute(owned.action, 'target') ?? '',
    )
    if (path !== undefined && removed.has(path)) lost.set(`${mediator} ${path}`, { mediator, path })
  }
  return [...lost].sort(([a], [b]) => compareCodePoints(a, b)).map(([, one]) => one)
}
