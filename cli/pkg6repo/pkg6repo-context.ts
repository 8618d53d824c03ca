import { append, type Pattern, type PublisherName, parsePattern, type ValidationProblem } from '#model'
import type { CatalogListing, Repository, RepositoryChangeProblem, RepositorySource } from '#repo'
import {
  createSource,
  fetchRepositoryCatalog,
  folderUri,
  listCatalog,
  openRepository,
  parseRepositoryUri,
  publisherNames,
  transportSettingsFromEnvironment,
} from '#repo'
import { repositoryUri } from '../commands/publishers/repository-uri.ts'
import type { ToolIo } from '../io/tool-io.ts'
import type { CleanOutput } from '../output.ts'
import { clientVersion } from '../version.ts'
import type { ToolArguments, ToolCommand } from './pkg6repo-words.ts'

/** Exit codes of pkg6repo. Source: cli §11. */
export const toolExit = { ok: 0, error: 1, usage: 2, partial: 3, nothing: 4, bug: 99 } as const

/** What a subcommand works with. */
export interface ToolContext {
  readonly io: ToolIo & CleanOutput
  readonly command: ToolCommand
  readonly arguments: ToolArguments
  /** As the user gave it; `-s`, before or after the subcommand, or PKG_REPO. */
  readonly store: string
  /** `pkg6repo COMMAND: text` on standard error. */
  readonly complain: (text: string) => void
  /** Prints a problem with its help; returns 1. */
  readonly fail: (problem: RepositoryChangeProblem | ValidationProblem) => number
}

/** Says that a change needs the folder itself; returns 2. */
export function remote(context: ToolContext, uri: string): number {
  context.complain(`${uri} cannot be changed over the network; name the folder of the repository`)
  return toolExit.usage
}

/** Opens the repository that `-s` names for changes; a number is the exit code after a failure. */
export async function openStore(context: ToolContext): Promise<Repository | number> {
  const uri = repositoryUri(context.store, context.io.cwd)
  if (!uri.ok) return context.fail(uri.error)
  const address = parseRepositoryUri(uri.value)
  if (!address.ok) return context.fail(address.error)
  if (address.value.kind !== 'folder') return remote(context, context.store)
  const repository = await openRepository(address.value.path)
  return repository.ok ? repository.value : context.fail(repository.error)
}

/** Opens the repository that `-s` names for reading, also over the network; close it. A number is the exit code after a failure. */
export function openSource(context: ToolContext): RepositorySource | number {
  const uri = repositoryUri(context.store, context.io.cwd)
  if (!uri.ok) return context.fail(uri.error)
  const settings = transportSettingsFromEnvironment(context.io.env)
  const source = createSource(uri.value, { ...settings, userAgent: `pkg6repo/${clientVersion}` })
  return source.ok ? source.value : context.fail(source.error)
}

/** Publishers that `-p` names, or all; a number is the exit code after a failure. */
export async function chosenPublishers(
  context: ToolContext,
  repository: Repository,
): Promise<readonly PublisherName[] | number> {
  const known = await publisherNames(repository)
  if (!known.ok) return context.fail(known.error)
  return selectPublishers(context, folderUri(repository.root), known.value, (name) => name)
}

/** The publishers of `known` that `-p` names; all without `-p`. A number is the exit code after a failure. */
export function selectPublishers<T>(
  context: ToolContext,
  uri: string,
  known: readonly T[],
  nameOf: (one: T) => PublisherName,
): readonly T[] | number {
  const wanted = context.arguments.publishers
  const publisher = wanted.find((name) => !known.some((one) => nameOf(one) === name))
  if (publisher !== undefined)
    return context.fail({ code: 'ips::repository_error::unknown_publisher', uri, publisher })
  return known.filter((one) => wanted.length === 0 || wanted.includes(nameOf(one)))
}

/** The operands as patterns; a number is the exit code after a failure. */
export function operandPatterns(context: ToolContext): readonly Pattern[] | number {
  const patterns: Pattern[] = []
  for (const operand of context.arguments.operands) {
    const pattern = parsePattern(operand)
    if (!pattern.ok) return context.fail(pattern.error)
    patterns.push(pattern.value)
  }
  return patterns
}

/** The packages of some publishers, newest versions first; a number is the exit code after a failure. */
export async function listPackages(
  context: ToolContext,
  source: RepositorySource,
  publishers: readonly PublisherName[],
): Promise<readonly CatalogListing[] | number> {
  const all: CatalogListing[] = []
  for (const publisher of publishers) {
    const catalog = await fetchRepositoryCatalog(source, publisher)
    if (!catalog.ok) return context.fail(catalog.error)
    append(all, listCatalog(catalog.value, publisher))
  }
  return all
}
