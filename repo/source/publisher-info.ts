import type { PublisherName, Result } from '#model'
import { err, ok, parsePublisherName, repositoryScheme } from '#model'
import type { RepositoryProblem } from '../problems.ts'
import type { PublishedBy } from '../source.ts'

/** Seconds between refreshes when a repository does not say. Source: repository-v4 §4.3. */
export const defaultRefreshSeconds = 14_400

/**
 * Most publishers that one answer may name, and most origins and most mirrors of each: every one of them is asked, and the format knows
 * no limit. Ours; real repositories name some hundred publishers and a handful of locations.
 */
const most = { publishers: 1000, locations: 100 } as const

/**
 * Reads publisher information (p5i version 1), as `publisher/0` and `pub.p5i` give it. Source: repository-v4 §4.1.
 * Problem: `not_a_repository`.
 */
export function parsePublisherInfo(
  text: string,
  uri: string,
): Result<readonly PublishedBy[], RepositoryProblem> {
  const refuse = (reason: string) =>
    err<RepositoryProblem>({
      code: 'ips::repository_error::not_a_repository',
      uri,
      reason: `The publisher information is invalid: ${reason}.`,
    })
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return refuse('it is not JSON')
    throw thrown
  }
  if (!isRecord(document)) return refuse('it is not an object')
  const version = integer(member(document, 'version'))
  if (version === undefined) return refuse('it has no version')
  if (version > 1) return refuse(`version ${version} is not supported`)
  const listed = member(document, 'publishers')
  const publishers: PublishedBy[] = []
  if (Array.isArray(listed) && listed.length > most.publishers)
    return refuse(`it names ${listed.length} publishers, more than ${most.publishers}`)
  for (const entry of Array.isArray(listed) ? listed : []) {
    const publisher = parseEntry(entry)
    if (!publisher.ok) return refuse(publisher.error)
    publishers.push(publisher.value)
  }
  return ok(publishers)
}

function parseEntry(entry: unknown): Result<PublishedBy, string> {
  if (!isRecord(entry)) return err('a publisher is not an object')
  const name = parsePublisherName(optionalText(member(entry, 'name')) ?? 'Unknown')
  if (!name.ok)
    return err(
      `"${name.error.code === 'ips::validation_error::bad_publisher' ? name.error.text : ''}" is not a publisher name`,
    )
  const alias = optionalText(member(entry, 'alias'))
  if (alias !== undefined && alias !== '' && !parsePublisherName(alias).ok) return err('an alias is invalid')
  const repositories = member(entry, 'repositories')
  // Of several repositories the last one counts.
  const repository = Array.isArray(repositories) ? repositories.at(-1) : undefined
  const settings = isRecord(repository) ? repository : {}
  const origins = locations(member(settings, 'origins'))
  const mirrors = locations(member(settings, 'mirrors'))
  if (origins === undefined || mirrors === undefined)
    return err('an origin or mirror is not a repository URI')
  const longest = Math.max(origins.length, mirrors.length)
  if (longest > most.locations)
    return err(`${name.value} has ${longest} origins or mirrors, more than ${most.locations}`)
  return ok({
    name: name.value,
    alias: alias === '' ? undefined : alias,
    origins,
    mirrors,
    refreshSeconds: integer(member(settings, 'refresh_seconds')) ?? defaultRefreshSeconds,
  })
}

/** Writes publisher information without packages: two-space indent, sorted keys, final newline. Source: repository-v4 §4. */
export function formatPublisherInfo(publishers: readonly PublishedBy[]): string {
  const document = {
    packages: [],
    publishers: publishers.map((publisher) => ({
      alias: publisher.alias ?? null,
      name: publisher.name,
      packages: [],
      repositories: hasSettings(publisher) ? [repositoryEntry(publisher)] : [],
    })),
    version: 1,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function hasSettings(publisher: PublishedBy): boolean {
  return (
    publisher.origins.length > 0 ||
    publisher.mirrors.length > 0 ||
    publisher.refreshSeconds !== defaultRefreshSeconds
  )
}

function repositoryEntry(publisher: PublishedBy): object {
  return {
    collection_type: 'core',
    description: null,
    legal_uris: [],
    mirrors: publisher.mirrors,
    name: null,
    origins: publisher.origins,
    refresh_seconds: publisher.refreshSeconds,
    registration_uri: '',
    related_uris: [],
  }
}

/** Information about a publisher that has no `pub.p5i`. */
export function bareInfo(name: PublisherName): PublishedBy {
  return { name, alias: undefined, origins: [], mirrors: [], refreshSeconds: defaultRefreshSeconds }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function member(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== 'None' ? value : undefined
}

function integer(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^[0-9]{1,9}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

/** A field that is no list is ignored; a member that is no URI spoils the whole. */
function locations(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return []
  const found: string[] = []
  for (const item of value) {
    if (typeof item !== 'string' || !URL.canParse(item)) return undefined
    if (repositoryScheme(item) === undefined || !/^[a-z]+:\/\//i.test(item)) return undefined
    found.push(item.endsWith('/') ? item : `${item}/`)
  }
  return found
}
