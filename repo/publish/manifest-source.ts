import type { Action, ActionError, Result, ValidationProblem } from '#model'
import { actionLines, err, ok, parseManifest } from '#model'

/** A manifest of an author, or a part of one. */
export interface ManifestText {
  /** Name of its file in messages; undefined where it has none. */
  readonly name: string | undefined
  readonly text: string
}

/** Where an action was read. */
export interface Place {
  readonly file: string | undefined
  /** From 1. */
  readonly line: number
}

/** An action with the place where its author wrote it. */
export interface PlacedAction {
  readonly action: Action
  readonly place: Place
}

/** Reads the parts of a manifest, in their order. Problem: `bad_manifest`, with all bad lines of all parts and their files. */
export function readManifestTexts(
  parts: readonly ManifestText[],
): Result<readonly PlacedAction[], ValidationProblem> {
  const actions: PlacedAction[] = []
  const errors: ActionError[] = []
  for (const { name: file, text } of parts) {
    const manifest = parseManifest(text)
    if (!manifest.ok) {
      if (manifest.error.code !== 'ips::validation_error::bad_manifest') return manifest
      for (const error of manifest.error.errors) errors.push(placed(error, file))
      continue
    }
    const lines = actionLines(text)
    for (const [index, action] of manifest.value.actions.entries())
      actions.push({ action, place: { file, line: lines[index]! } })
  }
  return errors.length === 0 ? ok(actions) : err({ code: 'ips::validation_error::bad_manifest', errors })
}

function placed(error: ActionError, file: string | undefined): ActionError {
  return file === undefined ? error : { ...error, file }
}

/** The same problem with the lines of the author's files. `places` has the place of each action of the manifest. */
export function atPlaces(
  problem: ValidationProblem,
  places: readonly (Place | undefined)[],
): ValidationProblem {
  if (problem.code !== 'ips::validation_error::bad_manifest') return problem
  const errors = problem.errors.map((error) => {
    const place = places[error.line - 1]
    return place === undefined ? { ...error, line: 0 } : placed({ ...error, line: place.line }, place.file)
  })
  return { ...problem, errors }
}

/** `FILE, line 3`, or `line 3`. */
export function formatPlace({ file, line }: Place): string {
  return file === undefined ? `line ${line}` : `${file}, line ${line}`
}
