import type { ActionPlan } from '#executor'
import {
  type Action,
  append,
  attribute,
  attributes,
  type Fmri,
  isAtLeast,
  ok,
  parseFmri,
  type Result,
  type Stem,
} from '#model'
import type { InstalledState } from '../installed-state.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { licenseText } from '../supply/license-text.ts'
import type { PreparedPlan } from './prepared-plan.ts'

/** Release notes of the packages of a plan. */
export interface ReleaseNotes {
  /** Lines of all notes, in the order of the plan. */
  readonly lines: readonly string[]
  /** True: a package demands that its note is shown. */
  readonly mustDisplay: boolean
}

/** Stands for the package that has the note. Source: manifest-and-actions §3.2. */
const self = 'feature/pkg/self'

interface Note {
  readonly fmri: Fmri
  readonly action: Action
}

/**
 * True when a note is for this image: it names a package (or its own) that was installed before at that version or an older one, or
 * its own at version 0, which is for first installations. Versions are compared as they are written: one without
 * timestamp is older than the same with one.
 */
function isWanted(note: Note, before: ReadonlyMap<Stem, Fmri>): boolean {
  return attributes(note.action, 'release-note').some((text) => {
    const named = parseFmri(text)
    if (!named.ok) return false
    const { stem, version } = named.value
    const old = before.get(stem === self ? note.fmri.stem : stem)
    if (old?.version === undefined)
      return (
        stem === self &&
        version?.release === '0' &&
        version.branch === undefined &&
        !before.has(note.fmri.stem)
      )
    return version === undefined || isAtLeast(version, old.version)
  })
}

/** The notes of files that come or change with a plan. Pure. */
function releaseNoteFiles(plan: ActionPlan, state: InstalledState): readonly Note[] {
  const before = new Map(state.packages.map(({ fmri }) => [fmri.stem, fmri]))
  const notes: Note[] = []
  for (const { new: next } of plan.changes)
    if (next?.action.type === 'file' && isWanted(next, before)) notes.push(next)
  return notes
}

function mayHaveNotes({ changes }: ActionPlan): boolean {
  for (const { new: next } of changes)
    if (next !== undefined && attribute(next.action, 'release-note') !== undefined) return true
  return false
}

/**
 * Fetches the notes of a plan that is not applied yet, by way of the content cache. Problems: those of the repositories,
 * `corrupt_db`, `storage` and its kin.
 */
export async function releaseNotes(
  context: ImageContext,
  { actionPlan: plan }: Pick<PreparedPlan, 'actionPlan'>,
): Promise<Result<ReleaseNotes, OperationProblem>> {
  // The state is read only where a file could be a note at all.
  if (!mayHaveNotes(plan)) return ok({ lines: [], mustDisplay: false })
  const state = await context.store.read()
  if (!state.ok) return state
  const lines: string[] = []
  let mustDisplay = false
  for (const { fmri, action } of releaseNoteFiles(plan, state.value)) {
    const text = await licenseText(context, fmri, action)
    if (!text.ok) return text
    append(lines, text.value.replace(/\n$/, '').split('\n'))
    mustDisplay ||= attribute(action, 'must-display')?.toLowerCase() === 'true'
  }
  return ok({ lines, mustDisplay })
}
