import { dirname, resolve } from 'node:path'
import { err, type ImageSnapshot, ok, type Result, type SolveRequest } from '#model'
import { readImageFile } from './image-file.ts'
import { readJsonObject } from './json-file.ts'
import { asText, asTexts, member } from './json-shape.ts'
import type { CliProblem } from './problems.ts'

/** A request file and the image file it names. */
export interface RequestFile {
  /** Empty where the file gives none. */
  readonly id: string
  readonly request: SolveRequest
  readonly snapshot: ImageSnapshot
  /** Catalog folders the image file names, for programs that know where they lie. */
  readonly catalogs: readonly string[]
}

const operations: readonly SolveRequest['operation'][] = ['install', 'update', 'uninstall', 'exact-install']

/**
 * Reads a request (`{"image", "operation", "patterns", "reject", ...}`) and its image, which is named relative to it. What
 * else the file says (title, expectations) is not looked at. Patterns are read by the solver.
 * Problems: `unreadable_file`, `bad_request_file`.
 */
export function readRequestFile(path: string): Result<RequestFile, CliProblem> {
  const root = readJsonObject(path)
  if (!root.ok) return root
  const bad = (at: string, wanted: string): Result<never, CliProblem> =>
    err({ code: 'ips::cli_error::bad_request_file', path, at, wanted })
  const needed = (name: string): Result<string, CliProblem> => {
    const place = member(root.value, name, '')
    if (place === undefined) return bad('/', `an object with '${name}'`)
    const text = asText(place)
    return text.ok ? text : bad(text.error.at, text.error.wanted)
  }
  const list = (name: string): Result<readonly string[], CliProblem> => {
    const texts = asTexts(member(root.value, name, ''))
    return texts.ok ? texts : bad(texts.error.at, texts.error.wanted)
  }
  const id = member(root.value, 'id', '') === undefined ? ok('') : needed('id')
  const image = needed('image')
  const word = needed('operation')
  const patterns = list('patterns')
  const reject = list('reject')
  for (const part of [id, image, word, patterns, reject]) if (!part.ok) return part
  if (!id.ok || !image.ok || !word.ok || !patterns.ok || !reject.ok) throw new Error('a part was not checked')
  const operation = operations.find((one) => one === word.value)
  if (operation === undefined) return bad('/operation', `one of ${operations.join(', ')}`)
  if (patterns.value.length === 0 && operation !== 'update') return bad('/patterns', 'one pattern or more')
  const imageFile = readImageFile(resolve(dirname(path), image.value))
  if (!imageFile.ok) return imageFile
  const request = { operation, patterns: patterns.value, reject: reject.value, ignoreMissing: false }
  return ok({ id: id.value, request, ...imageFile.value })
}
