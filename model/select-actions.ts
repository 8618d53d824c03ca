import type { Action } from './action.ts'
import type { ActionType } from './action-types.ts'
import { parseManifest } from './manifest.ts'
import type { ValidationProblem } from './problems.ts'
import { ok, type Result } from './result.ts'

/** What ends a line beside LF, or joins two. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is where the reference splits lines
const unusual = /[\\\x0b-\x0d\x1c-\x1e\x85\u2028\u2029]/
const plainType = /^(file|dir|link) /
const pathStart = ' path='
/** Quoted text may look like an attribute; mediated links and files that lie over others count wherever they are. */
const special = /["'\t]|mediator|overlay|opensolaris\.zone/

/** Asked about a file, a directory or a link; false: the action does not matter. */
export type WantsAction = (path: string, type: ActionType) => boolean

/** Type and path of an action that is nothing but a file, a directory or a link; undefined where only reading it all can tell. */
function plainAction(line: string): { readonly path: string; readonly type: ActionType } | undefined {
  const type = plainType.exec(line)?.[1] as ActionType | undefined
  if (type === undefined || special.test(line)) return undefined
  const start = line.indexOf(pathStart) + pathStart.length
  if (start < pathStart.length || line.indexOf(pathStart, start) >= 0 || line.startsWith('/', start))
    return undefined
  const end = line.indexOf(' ', start)
  const path = line.slice(start, end < 0 ? undefined : end)
  return path === '' ? undefined : { path, type }
}

/**
 * Passes the actions of a manifest to `visit`, in manifest order. A file, directory or plain link that `wants` refuses is left
 * out, and not parsed beyond its path. `wants` is asked about an action after `visit` got all actions before it. Problems:
 * those of `parseManifest`, for the parsed lines only.
 */
export function selectActions(
  text: string,
  wants: WantsAction,
  visit: (action: Action) => void,
): Result<void, ValidationProblem> {
  const visitAll = (part: string): Result<void, ValidationProblem> => {
    const manifest = parseManifest(part)
    if (!manifest.ok) return manifest
    for (const action of manifest.value.actions) visit(action)
    return ok(undefined)
  }
  if (unusual.test(text)) return visitAll(text)
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start)
    const end = found < 0 ? text.length : found
    const line = text.slice(start, end)
    start = end + 1
    const plain = plainAction(line)
    if (plain !== undefined && !wants(plain.path, plain.type)) continue
    const visited = visitAll(line)
    if (!visited.ok) return visited
  }
  return ok(undefined)
}
