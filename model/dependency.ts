import { type Action, actionTags, attribute, attributes } from './action.ts'
import { formatAction } from './action-format.ts'
import { type DependencyType, dependencyTypes, type Tag } from './catalog.ts'
import { shown } from './dotted.ts'
import { type Fmri, parseFmri } from './fmri.ts'
import type { ValidationProblem } from './problems.ts'
import { err, ok, type Result } from './result.ts'

/** A depend action, read. Source: solver-semantics §4. */
export interface Dependency {
  readonly type: DependencyType
  /** One, or several for require-any and group-any. */
  readonly targets: readonly Fmri[]
  /** Only for conditional. */
  readonly predicate: Fmri | undefined
  /** Only for origin: looks at the image at `/`. */
  readonly rootImage: boolean
  readonly tags: readonly Tag[]
}

/** True for a word of `dependencyTypes`. */
export function isDependencyType(text: string): text is DependencyType {
  return (dependencyTypes as readonly string[]).includes(text)
}

/** True for the types that may list several FMRIs. */
export function listsTargets(type: DependencyType): boolean {
  return type === 'require-any' || type === 'group-any'
}

/** Problem: `bad_action` for an unknown type, a bad FMRI, or a missing predicate. */
export function parseDependency(action: Action): Result<Dependency, ValidationProblem> {
  const bad = (reason: string): Result<never, ValidationProblem> =>
    err({
      code: 'ips::validation_error::bad_action',
      text: shown(formatAction(action)),
      reason,
      offset: undefined,
    })
  if (action.type !== 'depend') return bad('not a depend action')
  const types = attributes(action, 'type')
  const type = types[0]
  if (type === undefined || types.length > 1) return bad('depend needs exactly one type')
  if (!isDependencyType(type)) return bad(`unknown dependency type "${shown(type)}"`)
  const texts = attributes(action, 'fmri')
  if (texts.length > 1 && !listsTargets(type)) return bad(`a ${type} dependency names one fmri`)
  const targets: Fmri[] = []
  for (const text of texts) {
    const parsed = parseFmri(text)
    if (!parsed.ok) return bad(`bad fmri "${shown(text)}"`)
    targets.push(parsed.value)
  }
  let predicate: Fmri | undefined
  if (type === 'conditional') {
    const predicates = attributes(action, 'predicate')
    const parsed = predicates.length === 1 ? parseFmri(predicates[0]!) : undefined
    if (parsed === undefined) return bad('a conditional dependency needs exactly one predicate')
    if (!parsed.ok) return bad(`bad predicate "${shown(predicates[0]!)}"`)
    predicate = parsed.value
  }
  const rootImage = type === 'origin' && attribute(action, 'root-image')?.toLowerCase() === 'true'
  return ok({ type, targets, predicate, rootImage, tags: actionTags(action) })
}
