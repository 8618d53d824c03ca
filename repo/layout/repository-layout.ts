import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PublisherName, Result } from '#model'
import { err, errnoText, ok, parsePublisherName } from '#model'
import { defaultSizeLimits } from '../limits.ts'
import type { RepositoryProblem } from '../problems.ts'
import { readRegularFile } from '../regular-file.ts'
import { errorCode } from '../transfer-error.ts'
import type { RepositoryConfig } from './repository-config.ts'
import {
  configValue,
  newRepositoryConfig,
  parseRepositoryConfig,
  repositoryVersion,
} from './repository-config.ts'

/** A folder that packages can be read from. */
export type RepositoryLayout =
  /** Version 4: `publisher/NAME/{catalog,pkg,file}`. */
  | {
      readonly kind: 'version-4'
      readonly root: string
      readonly config: RepositoryConfig
      readonly defaultPublisher: PublisherName | undefined
    }
  /** Only catalog files (`catalog.attrs`, ...), plain or with `.gz`: enough to refresh and to plan, not to install. */
  | { readonly kind: 'catalog-only'; readonly root: string }

/** The problem of a path that exists and cannot be read: asking again cannot help. */
export function unreadable(uri: string, path: string, errno: string): RepositoryProblem {
  const reason = `The path '${path}' cannot be read: ${errnoText(errno)}.`
  return { code: 'ips::repository_error::unreachable', uri, reason, status: undefined, fatal: true }
}

/** Reads the layout of a folder. Problems: `not_a_repository`, `unreachable` where it cannot be read. Source: repository-v4 §1.1. */
export async function openLayout(
  root: string,
  uri: string,
): Promise<Result<RepositoryLayout, RepositoryProblem>> {
  const refuse = (reason: string) =>
    err<RepositoryProblem>({ code: 'ips::repository_error::not_a_repository', uri, reason })
  const configuration = join(root, 'pkg5.repository')
  const text = readTextIfThere(configuration)
  if (!text.ok) return err(unreadable(uri, configuration, text.error))
  if (text.value !== undefined) {
    const config = parseRepositoryConfig(text.value)
    if (!config.ok) return refuse(`The configuration ${configuration} is invalid: ${config.error}.`)
    const version = repositoryVersion(config.value)
    const isFour =
      version === undefined || version === 0 ? await isDirectory(join(root, 'publisher')) : version === 4
    if (!isFour)
      return refuse(`Repositories of version ${version ?? 'unknown'} are not supported, only version 4.`)
    const prefix = parsePublisherName(configValue(config.value, 'publisher', 'prefix') ?? '')
    const defaultPublisher = prefix.ok ? prefix.value : undefined
    return ok({ kind: 'version-4', root, config: config.value, defaultPublisher })
  }
  if (await isDirectory(join(root, 'publisher'))) {
    return ok({ kind: 'version-4', root, config: newRepositoryConfig(), defaultPublisher: undefined })
  }
  if ((await isFile(join(root, 'catalog.attrs'))) || (await isFile(join(root, 'catalog.attrs.gz')))) {
    return ok({ kind: 'catalog-only', root })
  }
  return refuse(`The path '${root}' does not contain a valid package repository.`)
}

/** Publishers of a version 4 repository, the default one first, then by name; names that are none are passed over. */
export async function listPublishers(
  layout: Extract<RepositoryLayout, { kind: 'version-4' }>,
): Promise<Result<readonly PublisherName[], string>> {
  let names: readonly string[]
  try {
    names = await readdir(join(layout.root, 'publisher'))
  } catch (thrown) {
    const errno = errorCode(thrown)
    if (errno === 'ENOENT') return ok([])
    if (errno === undefined) throw thrown
    return err(errno)
  }
  const publishers: PublisherName[] = []
  for (const name of [...names].sort()) {
    const publisher = parsePublisherName(name)
    if (publisher.ok) publishers.push(publisher.value)
  }
  const first = publishers.filter((name) => name === layout.defaultPublisher)
  return ok([...first, ...publishers.filter((name) => name !== layout.defaultPublisher)])
}

/** Folder of a publisher; undefined when the name could lead elsewhere. */
export function publisherFolder(root: string, publisher: string): string | undefined {
  if (!isSafeSegment(publisher)) return undefined
  return join(root, 'publisher', publisher)
}

/** One path component that stays where it is put. */
export function isSafeSegment(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)
}

function readTextIfThere(path: string): Result<string | undefined, string> {
  try {
    return ok(readRegularFile(path, defaultSizeLimits.statement).toString('utf8'))
  } catch (thrown) {
    const errno = errorCode(thrown)
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return ok(undefined)
    if (errno === undefined) throw thrown
    return err(errno)
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false
}
