import type { PublisherName, ValidationProblem } from '#model'
import type { Repository, RepositoryChangeProblem, RepositorySource } from '#repo'
import {
  createSource,
  folderUri,
  openRepository,
  parseRepositoryUri,
  publisherNames,
  transportSettingsFromEnvironment,
} from '#repo'
import { repositoryUri } from '../commands/publishers/repository-uri.ts'
import type { ToolIo } from '../io/tool-io.ts'
import { clientVersion } from '../version.ts'
import type { ToolArguments, ToolCommand } from './pkg6repo-words.ts'

/** Exit codes of pkg6repo. Source: cli §11. */
export const toolExit = { ok: 0, error: 1, usage: 2, partial: 3, nothing: 4, bug: 99 } as const

/** What a subcommand works with. */
export interface ToolContext {
  readonly io: ToolIo
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
  const wanted = context.arguments.publishers
  if (wanted.length === 0) return known.value
  for (const publisher of wanted) {
    if (known.value.some((name) => name === publisher)) continue
    const uri = folderUri(repository.root)
    return context.fail({ code: 'ips::repository_error::unknown_publisher', uri, publisher })
  }
  return known.value.filter((name) => wanted.includes(name))
}
