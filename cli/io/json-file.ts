import { err, type Result } from '#model'
import type { CliProblem } from '../problems.ts'
import { readInputFile } from './input-file.ts'
import { asObject, type JsonPlace, maximumJsonLength } from './json-shape.ts'

/** The top-level object of a JSON file, named as for `readInputFile`. Problems: `unreadable_file`, `bad_request_file`. */
export async function readJsonObject(path: string, cwd: string): Promise<Result<object, CliProblem>> {
  const bytes = await readInputFile(path, cwd, maximumJsonLength)
  if (!bytes.ok) {
    const { errno } = bytes.error
    if (errno !== 'EFBIG') return err({ code: 'ips::cli_error::unreadable_file', path, errno })
    const wanted = `at most ${maximumJsonLength} bytes`
    return err({ code: 'ips::cli_error::bad_request_file', path, at: '/', wanted })
  }
  let place: JsonPlace
  try {
    place = { at: '', value: JSON.parse(Buffer.from(bytes.value).toString('utf8')) as unknown }
  } catch {
    return err({ code: 'ips::cli_error::bad_request_file', path, at: '/', wanted: 'JSON' })
  }
  const object = asObject(place)
  if (object.ok) return object
  return err({ code: 'ips::cli_error::bad_request_file', path, ...object.error })
}
