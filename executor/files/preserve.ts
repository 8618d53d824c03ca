import { type Action, attribute, compareVersions, type Fmri, parseVersion, samePayload } from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { ContentPolicy } from '../action-plan.ts'

/** Everything the rules for editable files look at. */
export interface FileSituation {
  /** The action before; undefined when the file is new to its package, or when a move found no old file. */
  readonly old: OwnedAction | undefined
  readonly new: OwnedAction
  /** The content of the old action counts as that of the new one, whatever their hashes say. */
  readonly sameContent?: boolean
  /** The package itself was not installed before. */
  readonly firstInstall: boolean
  /** True: a regular file (also one that moved here) or a link of an administrator is at the path. */
  readonly present: boolean
  /** Its content is not that of the old action. Asked only where it decides. */
  readonly modified: () => boolean
  /** Absent: the table of the specification decides alone. */
  readonly policy?: ContentPolicy | undefined
}

/** The decision about one file. `keep` still sets mode and owner of a present file; `deliver-beside` does not touch it; `discard` keeps no copy. */
export type FileDecision =
  | { readonly content: 'deliver'; readonly aside?: 'salvage' | 'discard' | '.old' | '.update' | '.legacy' }
  | { readonly content: 'deliver-beside'; readonly suffix: '.new' }
  | { readonly content: 'keep'; readonly aside?: 'salvage' }
  | { readonly content: 'untouched' }

const deliver: FileDecision = { content: 'deliver' }
const keep: FileDecision = { content: 'keep' }

/** Value of `preserve` that counts; none on files with an ELF hash. Source: manifest-and-actions §3.2. */
export function preserveOf(action: Action): string | undefined {
  return attribute(action, 'elfhash') === undefined ? attribute(action, 'preserve') : undefined
}

function isDowngrade(old: Fmri, wanted: Fmri): boolean {
  if (old.stem !== wanted.stem || old.version === undefined || wanted.version === undefined) return false
  return compareVersions(wanted.version, old.version) < 0
}

function preserveVersion(action: Action): string {
  return attribute(action, 'preserve-version') ?? '0'
}

function isNewer(a: string, b: string): boolean {
  const left = parseVersion(a)
  const right = parseVersion(b)
  return left.ok && right.ok && compareVersions(left.value, right.value) > 0
}

/** True: an edited file whose new action has no `preserve` value. */
function losesProtection({ old, modified }: FileSituation): boolean {
  return old !== undefined && preserveOf(old.action) !== undefined && modified()
}

/** Decides about a delivered file: by the table of manifest-and-actions §3.3, and then by the policy. */
export function decideFile(situation: FileSituation): FileDecision {
  const { policy } = situation
  const byTable = decideByTable(situation)
  const decision = policy?.preserveConfigs === false ? replaceEdited(situation, byTable) : byTable
  const copied = decision.content === 'deliver' && decision.aside?.startsWith('.') === true
  return copied && policy?.noBackup === true ? { content: 'deliver', aside: 'discard' } : decision
}

/** Rules that give a file to the administrator once it is installed: package content never replaces it again. */
const givenAway = ['abandon', 'install-only', 'legacy']

/** The decision where the content of the package takes the place of an edited file. */
function replaceEdited(situation: FileSituation, decision: FileDecision): FileDecision {
  const preserve = preserveOf(situation.new.action)
  if (!situation.present || preserve === undefined || givenAway.includes(preserve)) return decision
  if (decision.content === 'deliver-beside') return { content: 'deliver', aside: 'salvage' }
  if (decision.content !== 'keep') return decision
  if (situation.old === undefined || situation.modified()) return { content: 'deliver', aside: 'salvage' }
  return hasNewContent(situation) ? deliver : keep
}

function hasNewContent({ old, new: next, sameContent }: FileSituation): boolean {
  return old === undefined || (sameContent !== true && !samePayload(old.action, next.action))
}

/** Carries out the table, row by row; the first that fits wins. */
function decideByTable(situation: FileSituation): FileDecision {
  const { old, present } = situation
  const action = situation.new.action
  const preserve = preserveOf(action)
  const newContent = hasNewContent(situation)
  if (preserve === undefined) return present && !newContent && !losesProtection(situation) ? keep : deliver
  const untouchable = preserve === 'abandon' || preserve === 'install-only'
  if (situation.firstInstall && old === undefined && present && !untouchable) {
    return { content: preserve === 'legacy' ? 'keep' : 'deliver', aside: 'salvage' }
  }
  if (preserve === 'abandon') return { content: 'untouched' }
  if (preserve === 'legacy') return decideLegacy(situation)
  if (preserve === 'install-only') return old !== undefined || present ? keep : deliver
  if (old !== undefined && newContent && isDowngrade(old.fmri, situation.new.fmri)) {
    return decideDowngrade(situation, old.action)
  }
  if (!present) return deliver
  if (old === undefined || situation.modified()) {
    if (preserve === 'renameold') return { content: 'deliver', aside: '.old' }
    if (preserve === 'renamenew') return { content: 'deliver-beside', suffix: '.new' }
    return keep
  }
  return newContent ? deliver : keep
}

function decideLegacy({ old, present }: FileSituation): FileDecision {
  if (old === undefined) return keep
  return present && preserveOf(old.action) !== 'legacy' ? { content: 'deliver', aside: '.legacy' } : deliver
}

function decideDowngrade(situation: FileSituation, old: Action): FileDecision {
  if (!situation.present) return deliver
  if (!situation.modified()) return keep
  return isNewer(preserveVersion(old), preserveVersion(situation.new.action))
    ? { content: 'deliver', aside: '.update' }
    : keep
}

/** Decides about the file of a removed action. Source: image-plan §6.4. */
export function decideRemoval(
  action: Action,
  uninstalled: boolean,
  modified: () => boolean,
): 'delete' | 'leave' | 'salvage' {
  const preserve = preserveOf(action)
  if (preserve === 'abandon' || preserve === 'install-only') return 'leave'
  if (preserve === undefined || preserve.toLowerCase() === 'false' || !uninstalled) return 'delete'
  return modified() ? 'salvage' : 'delete'
}
