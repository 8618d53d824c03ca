import {
  err,
  ok,
  type Result,
  repositoryScheme,
  repositorySchemes,
  type ValidationProblem,
  withFileSlashes,
} from '#model'
import { folderUri } from '#repo'

/**
 * The form in which origins and mirrors are stored and compared: scheme in lower case, trailing slash, no query and no fragment. An
 * absolute path is a `file://` URI. Problem: `bad_uri`.
 */
export function normaliseUri(given: string): Result<string, ValidationProblem> {
  const text = withFileSlashes(given)
  const bad = (reason: string): Result<string, ValidationProblem> =>
    err({ code: 'ips::validation_error::bad_uri', text, reason })
  if (text.trim() !== text || text === '') return bad('it is empty or has blanks around it')
  if (text.startsWith('/')) return ok(withSlash(folderUri(text)))
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text)) return bad('it has no scheme')
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return bad('it does not parse')
  }
  if (repositoryScheme(url.protocol) === undefined)
    return bad(`scheme '${url.protocol.slice(0, -1)}' is not one of ${repositorySchemes.join(', ')}`)
  if (url.protocol === 'file:' && url.host !== '') return bad('a file URI names no host')
  if (url.protocol === 'file:' && !/^file:\/\/\//i.test(text)) return bad('a file URI starts with file:///')
  if (url.search !== '' || url.hash !== '') return bad('it has a query or a fragment')
  return ok(withSlash(url.href))
}

function withSlash(uri: string): string {
  return uri.endsWith('/') ? uri : `${uri}/`
}
