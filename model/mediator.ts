import { type Action, attributes } from './action.ts'
import { formatAction } from './action-format.ts'
import { mediatorAttributes } from './action-types.ts'
import { shown } from './dotted.ts'
import type { ValidationProblem } from './problems.ts'
import { err, ok, type Result } from './result.ts'
import { compareCodePoints } from './text-order.ts'
import { compareVersions, parseVersion } from './version.ts'

/** Priority of a mediation: set by the site, set by the vendor, or none. */
export type MediatorPriority = 'site' | 'vendor'

/** `name` or `name@version`. */
export interface MediatorImplementation {
  readonly name: string
  /** Version text as written; undefined fits any version of the name. */
  readonly version: string | undefined
}

/** The mediator of a link, with a version, an implementation or both. Source: manifest-and-actions §3.5. */
export interface Mediation {
  readonly mediator: string
  /** Version text as written. */
  readonly version: string | undefined
  readonly implementation: MediatorImplementation | undefined
  readonly priority: MediatorPriority | undefined
}

const mediatorWord = /^[A-Za-z0-9-]+$/

/** True for a name that a mediator or an implementation may have. */
export function isMediatorName(text: string): boolean {
  return mediatorWord.test(text)
}

/** Reads `name` or `name@version`, cut at the last `@`; undefined when the text is neither. */
export function parseImplementation(text: string): MediatorImplementation | undefined {
  const at = text.lastIndexOf('@')
  const name = at === -1 ? text : text.slice(0, at)
  if (!isMediatorName(name)) return undefined
  if (at === -1) return { name, version: undefined }
  const version = text.slice(at + 1)
  return parseVersion(version).ok ? { name, version } : undefined
}

/**
 * Reads the implementation that an administrator fixed: as `parseImplementation`, and besides `name@`, the name without any
 * version, and the empty text, no implementation at all. Undefined when the text is none of these.
 */
export function parseFixedImplementation(text: string): MediatorImplementation | undefined {
  if (text === '') return { name: '', version: undefined }
  if (text.endsWith('@') && isMediatorName(text.slice(0, -1))) return { name: text.slice(0, -1), version: '' }
  return parseImplementation(text)
}

/** The mediation of a link or hardlink; `undefined` when it is not mediated. Problem: `bad_action`. */
export function parseMediation(action: Action): Result<Mediation | undefined, ValidationProblem> {
  const values = new Map<string, string>()
  for (const name of mediatorAttributes) {
    const given = attributes(action, name)
    if (given.length > 1) return bad(action, `more than one ${name}`)
    if (given.length === 1) values.set(name, given[0]!)
  }
  if (values.size === 0) return ok(undefined)
  const mediator = values.get('mediator')
  const version = values.get('mediator-version')
  const implementationText = values.get('mediator-implementation')
  const priority = values.get('mediator-priority')
  if (mediator === undefined) return bad(action, 'mediator attributes without mediator')
  if (!isMediatorName(mediator)) return bad(action, 'mediator: only letters, digits and - are allowed')
  if (version === undefined && implementationText === undefined) {
    return bad(action, 'a mediator needs mediator-version or mediator-implementation')
  }
  if (version !== undefined && !parseVersion(version).ok)
    return bad(action, 'mediator-version is not a version')
  const implementation =
    implementationText === undefined ? undefined : parseImplementation(implementationText)
  if (implementationText !== undefined && implementation === undefined) {
    return bad(action, 'mediator-implementation is neither a name nor name@version')
  }
  if (priority !== undefined && priority !== 'site' && priority !== 'vendor') {
    return bad(action, 'mediator-priority is neither site nor vendor')
  }
  return ok({ mediator, version, implementation, priority })
}

function bad(action: Action, reason: string): Result<never, ValidationProblem> {
  return err({
    code: 'ips::validation_error::bad_action',
    text: shown(formatAction(action)),
    reason,
    offset: undefined,
  })
}

/** The parts of a mediator that the administrator set; undefined parts are free. */
export interface MediatorSetting {
  readonly mediator: string
  /** Empty: a mediation without version. */
  readonly version: string | undefined
  /** An empty name: a mediation without implementation; an empty version: an implementation without version. */
  readonly implementation: MediatorImplementation | undefined
}

/** A setting from its texts, as configurations have them; an implementation that is no such text fixes nothing. */
export function readMediatorSetting(texts: {
  readonly mediator: string
  readonly version: string | undefined
  readonly implementation: string | undefined
}): MediatorSetting {
  const { mediator, version, implementation } = texts
  return {
    mediator,
    version,
    implementation: implementation === undefined ? undefined : parseFixedImplementation(implementation),
  }
}

/** Where a part of a choice comes from: the administrator, the priority of the chosen mediation, or `system` without one. */
export type MediatorSource = 'local' | 'site' | 'vendor' | 'system'

/** The choice in force for one mediator of an image. */
export interface MediatorChoice {
  readonly mediator: string
  /** The chosen mediation, whose links are delivered; undefined when nothing offered fits. */
  readonly chosen: Mediation | undefined
  readonly version: { readonly value: string; readonly source: MediatorSource } | undefined
  readonly implementation:
    | {
        readonly value: MediatorImplementation
        readonly source: MediatorSource
        /** The version is that of the choice; the administrator fixed only the name. Shown as `name(@version)`. */
        readonly versionFollows: boolean
      }
    | undefined
}

/**
 * Chooses one mediation for each mediator that is offered or fixed. `offered` holds the mediations of all links of the
 * resulting image in any order, `settings` at most one entry a mediator. Sorted by name. Source: image-plan §8 steps 1 to 4.
 */
export function chooseMediations(
  offered: readonly Mediation[],
  settings: readonly MediatorSetting[],
): ReadonlyMap<string, MediatorChoice> {
  const offers = new Map<string, Mediation[]>()
  for (const { mediator } of [...settings, ...offered]) offers.set(mediator, [])
  for (const mediation of offered) offers.get(mediation.mediator)!.push(mediation)
  const fixed = new Map(settings.map((setting) => [setting.mediator, setting]))
  const choices = new Map<string, MediatorChoice>()
  for (const mediator of [...offers.keys()].sort(compareCodePoints)) {
    const setting = fixed.get(mediator) ?? { mediator, version: undefined, implementation: undefined }
    choices.set(mediator, choose(offers.get(mediator)!, setting))
  }
  return choices
}

function choose(offers: readonly Mediation[], setting: MediatorSetting): MediatorChoice {
  const { mediator } = setting
  const chosen = offers.filter((offer) => fits(offer, setting)).sort(compareMediations)[0]
  const source: MediatorSource = chosen?.priority ?? 'system'
  const version =
    setting.version !== undefined
      ? ({ value: setting.version, source: 'local' } as const)
      : chosen?.version !== undefined
        ? { value: chosen.version, source }
        : undefined
  const implementation =
    setting.implementation !== undefined
      ? ({
          value: completed(setting.implementation, chosen),
          source: 'local',
          versionFollows: setting.implementation.version === undefined,
        } as const)
      : chosen?.implementation !== undefined
        ? { value: chosen.implementation, source, versionFollows: false }
        : undefined
  return { mediator, chosen, version, implementation }
}

/** A fixed implementation without version records the version that was chosen. */
function completed(fixed: MediatorImplementation, chosen: Mediation | undefined): MediatorImplementation {
  return { name: fixed.name, version: fixed.version ?? chosen?.implementation?.version }
}

function fits(offer: Mediation, setting: MediatorSetting): boolean {
  if (setting.version === '') {
    if (offer.version !== undefined) return false
  } else if (setting.version !== undefined) {
    if (offer.version === undefined || compareVersionTexts(offer.version, setting.version) !== 0) return false
  }
  const { implementation } = setting
  if (implementation === undefined) return true
  if (implementation.name === '') return offer.implementation === undefined
  if (offer.implementation?.name !== implementation.name) return false
  const [left, right] = [offer.implementation.version, implementation.version]
  if (right === '') return left === undefined
  return left === undefined || right === undefined || compareVersionTexts(left, right) === 0
}

/** An implementation as listings show it: `name`, `name@version`, or `name(@version)` where the version only follows the choice. */
export function formatImplementation(
  { name, version }: MediatorImplementation,
  versionFollows = false,
): string {
  if (version === undefined) return name
  return versionFollows ? `${name}(@${version})` : `${name}@${version}`
}

/**
 * Best first: priority site, vendor, none; version descending; implementation name ascending (none first); implementation
 * version descending.
 */
export function compareMediations(a: Mediation, b: Mediation): number {
  return (
    priorityRank(a) - priorityRank(b) ||
    compareVersionTexts(b.version, a.version) ||
    compareCodePoints(a.implementation?.name ?? '', b.implementation?.name ?? '') ||
    compareVersionTexts(b.implementation?.version, a.implementation?.version)
  )
}

function priorityRank(mediation: Mediation): number {
  return mediation.priority === 'site' ? 0 : mediation.priority === 'vendor' ? 1 : 2
}

/** Absent is lowest; texts that are no versions (which no parsed mediation has) compare as texts. */
function compareVersionTexts(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1
  const [left, right] = [parseVersion(a), parseVersion(b)]
  return left.ok && right.ok ? compareVersions(left.value, right.value) : compareCodePoints(a, b)
}

/** True when a link of the first mediation is one of those that the second, chosen one delivers. */
export function sameMediation(a: Mediation, b: Mediation): boolean {
  return (
    a.mediator === b.mediator &&
    compareVersionTexts(a.version, b.version) === 0 &&
    a.implementation?.name === b.implementation?.name &&
    compareVersionTexts(a.implementation?.version, b.implementation?.version) === 0
  )
}
