import { readFileSync, statSync } from 'node:fs'
import { err, type Result } from '#model'
import { asObject, type JsonPlace, maximumJsonLength } from './json-shape.ts'
import type { CliProblem } from './problems.ts'

/** The top of a JSON file. Problems: `unreadable_file`, `bad_request_file`. */
export function readJsonObject(path: string): Result<object, CliProblem> {
  let text: string
  try {
    if (statSync(path).size > maximumJsonLength) {
      const wanted = `at most ${maximumJsonLength} bytes`
      return err({ code: 'ips::cli_error::bad_request_file', path, at: '/', wanted })
    }
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? 'unknown'
    return err({ code: 'ips::cli_error::unreadable_file', path, errno })
  }
  let place: JsonPlace
  try {
    place = { at: '', value: JSON.parse(text) as unknown }
  } catch {
    return err({ code: 'ips::cli_error::bad_request_file', path, at: '/', wanted: 'JSON' })
  }
  const object = asObject(place)
  if (object.ok) return object
  return err({ code: 'ips::cli_error::bad_request_file', path, ...object.error })
}
