import { fileURLToPath } from 'node:url'
import type { RepositoryScheme, Result, ValidationProblem } from '#model'
import { err, ok, repositoryScheme, withFileSlashes } from '#model'
import type { RepositorySource } from '../source.ts'
import { createFileSource } from './file-source.ts'
import { createHttpSource } from './http-source.ts'
import { retryingSource } from './retry.ts'
import type { TransportSettings } from './transport-settings.ts'
import { defaultTransportSettings } from './transport-settings.ts'

/**
 * Opens a repository by its URI: `file:///folder` (version 4, or a folder of catalog files), `http://` or `https://`. Nothing
 * is read or asked yet. Network sources try again as `settings.rounds` says. Close it after use. Problem: `bad_uri`.
 */
export function createSource(
  uri: string,
  settings: Partial<TransportSettings> = {},
): Result<RepositorySource, ValidationProblem> {
  const parsed = parseRepositoryUri(uri)
  if (!parsed.ok) return parsed
  return ok(sourceAt(parsed.value, { ...defaultTransportSettings, ...settings }))
}

function sourceAt(address: RepositoryAddress, settings: TransportSettings): RepositorySource {
  switch (address.kind) {
    case 'folder':
      return createFileSource(address.uri, address.path, settings.sizes)
    case 'depot':
      return retryingSource(
        createHttpSource(address.uri, settings),
        settings.rounds,
        settings.maximumConsecutiveErrors,
      )
  }
}

/** How repositories are reached by scheme. */
const kinds: { readonly [S in RepositoryScheme]: RepositoryAddress['kind'] } = {
  file: 'folder',
  http: 'depot',
  https: 'depot',
}

/** A checked repository URI; `uri` has its trailing slash. */
export type RepositoryAddress =
  | { readonly kind: 'folder'; readonly uri: string; readonly path: string }
  | { readonly kind: 'depot'; readonly uri: string }

/**
 * Checks a repository URI. `file` has no host; `http` and `https` need one and carry no user, query or fragment.
 * Problem: `bad_uri`. Source: transport §1, repository-v4 §4.3.
 */
export function parseRepositoryUri(given: string): Result<RepositoryAddress, ValidationProblem> {
  const text = withFileSlashes(given)
  const refuse = (reason: string) => err({ code: 'ips::validation_error::bad_uri', text, reason } as const)
  const named = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase()
  if (named === undefined) return refuse('it has no scheme (file, http or https)')
  const scheme = repositoryScheme(text)
  if (scheme === undefined) return refuse(`the scheme ${named} is not supported`)
  if (!/^[a-z]+:\/\//i.test(text) || !URL.canParse(text)) return refuse('it is not a valid address')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return refuse('it may not hold a user or password')
  if (url.search !== '' || url.hash !== '') return refuse('it may not hold a query or fragment')
  const uri = `${scheme}${withSlash(text.slice(scheme.length))}`
  if (kinds[scheme] === 'depot') return ok({ kind: 'depot', uri })
  if (url.host !== '') return refuse('a file address has no host')
  try {
    return ok({ kind: 'folder', uri, path: withoutSlash(fileURLToPath(url)) })
  } catch (thrown) {
    if (thrown instanceof TypeError || thrown instanceof URIError)
      return refuse('its path is not validly encoded')
    throw thrown
  }
}

function withSlash(text: string): string {
  return text.endsWith('/') ? text : `${text}/`
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.replace(/\/+$/, '') || '/' : path
}
