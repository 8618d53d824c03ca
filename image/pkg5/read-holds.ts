import { join } from 'node:path'
import { err, type Filesystem, type Freeze, ok, parseFmri, parseStem, type Result, type Stem } from '#model'
import { frozenText } from '../frozen-text.ts'
import { isObject, parseJson } from '../json.ts'
import { readText } from '../storage.ts'

/** What pkg5 remembers about packages beside those that are installed. */
export interface ForeignHolds {
  /** Those the administrator named; what pkg5 avoids by itself, this client finds out anew. Sorted. */
  readonly avoided: readonly Stem[]
  /** Sorted by stem. */
  readonly frozen: readonly Freeze[]
}

/**
 * The avoided and the frozen packages of an image of pkg5. A damaged list of avoided ones counts as empty, as for pkg5, with a
 * warning; a damaged list of frozen ones is an error that names the file. Throws `FilesystemError`. Source: image §3.
 */
export function readForeignHolds(
  filesystem: Filesystem,
  metadata: string,
  warnings: string[],
): Result<ForeignHolds, { readonly path: string; readonly reason: string }> {
  const avoidPath = join(metadata, 'state', 'avoid_set')
  const avoided = versionOne(readText(filesystem, avoidPath))
  if (avoided === undefined) warnings.push(`${avoidPath} is damaged; no package is avoided`)
  const frozenPath = join(metadata, 'state', 'frozen_dict')
  const frozen = versionOne(readText(filesystem, frozenPath))
  const freezes = frozen === undefined ? undefined : Object.entries(frozen).map(readFreeze)
  if (freezes === undefined || freezes.includes(undefined))
    return err({ path: frozenPath, reason: 'it is not a list of frozen packages' })
  return ok({
    avoided: Object.entries(avoided ?? {})
      .flatMap(([name, how]) => {
        const stem = parseStem(name)
        return how === 'avoid' && stem.ok ? [stem.value] : []
      })
      .sort(),
    frozen: freezes.filter((one) => one !== undefined).sort((a, b) => (a.stem < b.stem ? -1 : 1)),
  })
}

/** The content of `[1, {...}]`; empty where there is no file, undefined where the file is something else. */
function versionOne(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return {}
  const value = parseJson(text)
  return Array.isArray(value) && value[0] === 1 && isObject(value[1]) ? value[1] : undefined
}

function readFreeze([name, value]: readonly [string, unknown]): Freeze | undefined {
  if (!Array.isArray(value)) return undefined
  const [text, reason, since] = value as readonly unknown[]
  const stem = parseStem(name)
  const fmri = typeof text === 'string' ? parseFmri(text) : undefined
  if (!stem.ok || fmri?.ok !== true || fmri.value.stem !== stem.value) return undefined
  if (fmri.value.version === undefined || typeof since !== 'number') return undefined
  return {
    stem: stem.value,
    version: frozenText(fmri.value.version),
    reason: typeof reason === 'string' ? reason : undefined,
    since: Math.trunc(since * 1000),
  }
}
