import {
  type Action,
  attribute,
  chooseMediations,
  compareCodePoints,
  type MediatorChoice,
  parseMediation,
  readMediatorSetting,
  sameMediation,
} from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { ActionPlan, ChangeList } from '../action-plan.ts'
import { hardLinkTarget } from '../image-path.ts'
import type { ConfiguredMediator, PlanActionsInput } from '../plan-input.ts'
import type { BothSides, ImageScan } from './scan-image.ts'

type Choices = ReadonlyMap<string, MediatorChoice>

/** The choice for each mediator; links whose mediator attributes are malformed are never chosen. */
function chooseMediators(offered: readonly OwnedAction[], settings: readonly ConfiguredMediator[]): Choices {
  const mediations = offered.flatMap(({ action }) => {
    const parsed = parseMediation(action)
    return parsed.ok && parsed.value !== undefined ? [parsed.value] : []
  })
  return chooseMediations(mediations, settings.map(readMediatorSetting))
}

/**
 * Tells which mediated links are delivered. `offered` holds those of all packages of one state of the image; links whose
 * mediator attributes are malformed are never chosen. Source: image-plan §8.
 */
export function chooseLinks(
  offered: readonly OwnedAction[],
  settings: readonly ConfiguredMediator[],
): (action: Action) => boolean {
  return chosenBy(chooseMediators(offered, settings))
}

function chosenBy(choices: Choices): (action: Action) => boolean {
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
  readonly choices: ActionPlan['mediators']
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
  const before = chooseMediators(offered.before, input.oldMediators ?? input.mediators)
  const after = chooseMediators(offered.after, input.mediators)
  const names = [...new Set([...before.keys(), ...after.keys()])].sort(compareCodePoints)
  return {
    scan,
    offered,
    resettled: input.oldMediators !== undefined,
    fixed: new Set(input.mediators.map(({ mediator }) => mediator)),
    choices: names.map((name) => ({ name, before: before.get(name), after: after.get(name) })),
    chosenBefore: chosenBy(before),
    chosenAfter: chosenBy(after),
  }
}

function mediatorOf({ action }: OwnedAction): string {
  return attribute(action, 'mediator') ?? ''
}

function pathOf({ action }: OwnedAction): string {
  return attribute(action, 'path') ?? ''
}

/**
 * Links that other mediator settings take away: they are in packages that stay, and no chosen link has their path any more. Each of these
 * packages counts as changed, also if another package had the chosen link.
 */
export function linksGivenUp({
  scan,
  offered,
  resettled,
  choices,
  chosenAfter,
}: Mediated): readonly OwnedAction[] {
  if (!resettled) return []
  const changed = new Set<string>()
  for (const { name, before, after } of choices)
    if (
      before?.chosen !== undefined &&
      (after?.chosen === undefined || !sameMediation(before.chosen, after.chosen))
    )
      changed.add(name)
  const taken = new Set(offered.after.filter(({ action }) => chosenAfter(action)).map(pathOf))
  return scan.keptMediated.filter((owned) => changed.has(mediatorOf(owned)) && !taken.has(pathOf(owned)))
}

/**
 * Removed paths that links of fixed mediators pointed or still point to. Mediators that no package offers any more are left out: no
 * setting of them could give a link. Source: image-plan §8.
 */
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
  const offeredAfter = new Set(offered.after.map(mediatorOf))
  const lost = new Map<string, { readonly mediator: string; readonly path: string }>()
  for (const owned of links) {
    const mediator = mediatorOf(owned)
    if (!fixed.has(mediator) || !offeredAfter.has(mediator)) continue
    const path = hardLinkTarget(
      attribute(owned.action, 'path') ?? '',
      attribute(owned.action, 'target') ?? '',
    )
    if (path !== undefined && removed.has(path)) lost.set(`${mediator} ${path}`, { mediator, path })
  }
  return [...lost].sort(([a], [b]) => compareCodePoints(a, b)).map(([, one]) => one)
}
