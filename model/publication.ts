import { type Action, attribute, attributes } from './action.ts'
import { formatAction } from './action-format.ts'
import { parseAction } from './action-parse.ts'
import { publicationRule } from './action-types.ts'
import { isDependencyType, listsTargets } from './dependency.ts'
import { dottedFault, shown } from './dotted.ts'
import { parseFmri } from './fmri.ts'
import { append } from './lists.ts'
import { isLineBreak, type Manifest } from './manifest.ts'
import { parseMediation } from './mediator.ts'
import type { ActionError, ValidationProblem } from './problems.ts'
import { err, ok, type Result } from './result.ts'
import { isPublishableVersion } from './version.ts'

/**
 * Checks the rules of publication that parsing does not check. Problem: `bad_manifest` with
 * every fault; the line is the place of the action in the manifest from 1, or 0 for a fault of the package as a whole.
 * Source: manifest-and-actions §2.
 */
export function validateForPublication(manifest: Manifest): Result<void, ValidationProblem> {
  const errors: ActionError[] = []
  manifest.actions.forEach((action, index) => {
    const reasons = publicationFaults(action)
    if (reasons.length === 0) return
    const text = shown(formatAction(action))
    for (const reason of reasons) errors.push({ line: index + 1, text, reason })
  })
  for (const reason of packageFaults(manifest)) errors.push({ line: 0, text: '', reason })
  if (errors.length > 0) return err({ code: 'ips::validation_error::bad_manifest', errors })
  return ok(undefined)
}

/** Every fault of one action; empty when it may be published. */
function publicationFaults(action: Action): readonly string[] {
  const faults = generalFaults(action)
  switch (action.type) {
    case 'set':
      append(faults, setFaults(action))
      break
    case 'depend':
      append(faults, dependFaults(action))
      break
    case 'dir':
      append(faults, modeFaults(action))
      break
    case 'file':
      append(faults, modeFaults(action))
      append(faults, preserveFaults(action))
      break
    case 'link':
    case 'hardlink':
      append(faults, mediatorFaults(action))
      break
  }
  if (!printsFaithfully(action)) faults.push('a value cannot be written so that it reads back the same')
  return faults
}

/** Faults against the publication rule of the type: required attributes, whole numbers, single values. */
function generalFaults(action: Action): string[] {
  const rule = publicationRule(action.type)
  const faults: string[] = []
  for (const name of rule.required) {
    if (!/[^ \t\n]/.test(attribute(action, name) ?? '')) faults.push(`${name} is required`)
  }
  for (const name of rule.integers) {
    const values = attributes(action, name)
    if (!values.every((value) => /^-?\d+$/.test(value))) faults.push(`${name} must be a whole number`)
  }
  for (const [name, value] of action.attributes) {
    const single =
      rule.single.has(name) ||
      rule.integers.includes(name) ||
      name === 'reboot-needed' ||
      name.startsWith('facet.')
    if (single && typeof value !== 'string') faults.push(`${name} may only be given once`)
  }
  return faults
}

const singleSetNames: ReadonlySet<string> = new Set([
  'pkg.summary',
  'pkg.obsolete',
  'pkg.renamed',
  'pkg.legacy',
  'pkg.description',
  'pkg.depend.explicit-install',
])

function setFaults(action: Action): readonly string[] {
  const name = attribute(action, 'name') ?? ''
  const values = attributes(action, 'value')
  if (singleSetNames.has(name) && values.length > 1) return [`${name} may only have one value`]
  if (name === 'pkg.fmri' || name.startsWith('pkg.additional-')) {
    return values.flatMap((value) => fmriFaults(name, value))
  }
  return []
}

function fmriFaults(name: string, text: string): readonly string[] {
  const parsed = parseFmri(text)
  if (!parsed.ok) return [`${name}: bad fmri "${shown(text)}"`]
  const { version } = parsed.value
  return version === undefined || isPublishableVersion(version)
    ? []
    : [`${name}: number with leading zeros in "${shown(text)}"`]
}

function dependFaults(action: Action): readonly string[] {
  const faults: string[] = []
  const type = attribute(action, 'type') ?? ''
  if (!isDependencyType(type)) return [`unknown dependency type "${shown(type)}"`]
  const targets = attributes(action, 'fmri')
  if (targets.length > 1 && !listsTargets(type)) faults.push('fmri may only be given once')
  for (const target of targets) if (target !== '__TBD') append(faults, fmriFaults('fmri', target))
  const predicate = attribute(action, 'predicate')
  if (type === 'conditional') {
    if (predicate === undefined) faults.push('predicate is required')
    else append(faults, fmriFaults('predicate', predicate))
  } else if (predicate !== undefined) {
    faults.push('predicate is only for conditional dependencies')
  }
  if (type !== 'origin' && action.attributes.has('root-image')) {
    faults.push('root-image is only for origin dependencies')
  }
  return faults
}

function modeFaults(action: Action): readonly string[] {
  const mode = attribute(action, 'mode')
  // An absent one is already reported as required.
  return mode === undefined || /^(?:0[0-7]{2,4}|[0-7]{3,4})$/.test(mode)
    ? []
    : ['mode must be three to five octal digits']
}

function preserveFaults(action: Action): readonly string[] {
  const version = attribute(action, 'preserve-version')
  if (version === undefined) return []
  const faults: string[] = []
  if (!action.attributes.has('preserve')) faults.push('preserve-version needs preserve')
  if (dottedFault(version) !== undefined) faults.push('preserve-version must be dotted numbers')
  return faults
}

function mediatorFaults(action: Action): readonly string[] {
  const mediation = parseMediation(action)
  return mediation.ok || !('reason' in mediation.error) ? [] : [mediation.error.reason]
}

/** True when the canonical text of the action is one line of a manifest and reads back as the same action. */
export function printsFaithfully(action: Action): boolean {
  const text = formatAction(action)
  if (text.endsWith('\\')) return false
  for (let index = 0; index < text.length; index++) if (isLineBreak(text.charCodeAt(index))) return false
  const again = parseAction(text)
  return again.ok && sameAction(action, again.value)
}

function sameAction(a: Action, b: Action): boolean {
  if (a.payload !== b.payload || a.attributes.size !== b.attributes.size) return false
  for (const name of a.attributes.keys()) {
    const [left, right] = [attributes(a, name), attributes(b, name)]
    if (left.length !== right.length || !left.every((value, index) => value === right[index])) return false
  }
  return true
}

/** Faults of the package as a whole: the contents of obsolete and renamed packages. */
function packageFaults(manifest: Manifest): readonly string[] {
  const faults: string[] = []
  const marked = (name: string): boolean =>
    manifest.actions.some(
      (action) =>
        action.type === 'set' && attribute(action, 'name') === name && attribute(action, 'value') === 'true',
    )
  const [obsolete, renamed] = [marked('pkg.obsolete'), marked('pkg.renamed')]
  const holdsOnly = (...types: readonly string[]): boolean =>
    manifest.actions.every((action) => types.includes(action.type))
  const names = manifest.actions.filter(
    (action) => action.type === 'set' && attribute(action, 'name') === 'pkg.fmri',
  )
  if (names.length > 1) faults.push('more than one set name=pkg.fmri')
  if (obsolete && renamed) faults.push('a package cannot be both obsolete and renamed')
  if (obsolete && !holdsOnly('set', 'signature')) {
    faults.push('an obsolete package holds only set and signature actions')
  }
  if (!renamed) return faults
  if (!holdsOnly('set', 'depend', 'signature')) {
    faults.push('a renamed package holds only set, depend and signature actions')
  }
  const requires = (action: Action): boolean =>
    action.type === 'depend' && attribute(action, 'type') === 'require'
  if (!manifest.actions.some(requires))
    faults.push('a renamed package needs a require dependency on its new name')
  return faults
}
