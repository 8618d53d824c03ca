import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { err, ok, type Result, type ValidationProblem, withFileSlashes } from '#model'

/**
 * A location argument as a URI with trailing slash: text without `://` is a path relative to `cwd`, except `file:/`. The scheme is
 * written in lower case. Problem: `bad_uri`. Source: cli §4.
 */
export function repositoryUri(given: string, cwd: string): Result<string, ValidationProblem> {
  const text = withFileSlashes(given)
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/s.exec(text)
  if (match === null) {
    if (text === '') return err({ code: 'ips::validation_error::bad_uri', text, reason: 'it is empty' })
    return ok(withSlash(pathToFileURL(isAbsolute(text) ? text : resolve(cwd, text)).href))
  }
  const scheme = (match[1] ?? '').toLowerCase()
  if (scheme !== 'file' && scheme !== 'http' && scheme !== 'https')
    return err({
      code: 'ips::validation_error::bad_uri',
      text,
      reason: `the scheme ${scheme} is not supported`,
    })
  return ok(withSlash(`${scheme}://${match[2] ?? ''}`))
}

function withSlash(uri: string): string {
  return uri.endsWith('/') ? uri : `${uri}/`
}

/** Several locations; the first bad one is the problem. `*` stays as it is. */
export function repositoryUris(
  texts: readonly string[],
  cwd: string,
): Result<readonly string[], ValidationProblem> {
  const uris: string[] = []
  for (const text of texts) {
    const uri = text === '*' ? ok(text) : repositoryUri(text, cwd)
    if (!uri.ok) return uri
    uris.push(uri.value)
  }
  return ok(uris)
}
