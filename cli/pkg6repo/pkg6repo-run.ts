import { resolve } from 'node:path'
import type { PublisherName, Result } from '#model'
import { ok, parsePublisherName } from '#model'
import type { CatalogReport, Repository, RepositoryChangeProblem, VerifyProgress } from '#repo'
import {
  addPublisher,
  createRepository,
  describeVerifyFinding,
  parseRepositoryUri,
  rebuildRepositoryCatalog,
  refreshRepositoryCatalog,
  removePublisher,
  requirePublisher,
  setProperty,
  verifyPublisher,
} from '#repo'
import { repositoryUri } from '../commands/publishers/repository-uri.ts'
import { bulkWorkerPath } from '../platform/bulk-pool.ts'
import { createPayloadPool } from '../platform/payload-pool.ts'
import { createProgress, type Progress, progressMode } from '../render/progress.ts'
import type { ToolContext } from './pkg6repo-context.ts'
import { chosenPublishers, openStore, remote, toolExit } from './pkg6repo-context.ts'
import { publish, remove } from './pkg6repo-publish.ts'
import { contents, get, info, list } from './pkg6repo-query.ts'

/** Runs a subcommand whose words have been read. */
export async function runToolCommand(context: ToolContext): Promise<number> {
  const body = bodies.get(context.command.name)
  if (body === undefined) throw new Error(`${context.command.name} has no body`)
  return body(context)
}

const bodies: ReadonlyMap<string, (context: ToolContext) => Promise<number>> = new Map([
  ['create', create],
  ['add-publisher', (context) => eachPublisher(context, addOne)],
  ['remove-publisher', (context) => eachPublisher(context, removeOne)],
  ['publish', publish],
  ['get', get],
  ['set', set],
  ['info', info],
  ['list', list],
  ['contents', contents],
  ['rebuild', (context) => maintain(context, rebuildRepositoryCatalog)],
  ['refresh', (context) => maintain(context, refreshRepositoryCatalog)],
  ['remove', remove],
  ['verify', verify],
])

async function create(context: ToolContext): Promise<number> {
  const path = context.arguments.operands[0] ?? ''
  const uri = repositoryUri(path, context.io.cwd)
  if (!uri.ok) return context.fail(uri.error)
  const address = parseRepositoryUri(uri.value)
  if (!address.ok) return context.fail(address.error)
  if (address.value.kind !== 'folder') return remote(context, uri.value)
  const made = await createRepository(resolve(address.value.path))
  return made.ok ? toolExit.ok : context.fail(made.error)
}

type Change = (
  repository: Repository,
  name: PublisherName,
  context: ToolContext,
) => Promise<Result<Repository, RepositoryChangeProblem>>

const addOne: Change = (repository, name) => addPublisher(repository, name, Date.now())

const removeOne: Change = async (repository, name, context) => {
  if (!context.arguments.dryRun) return removePublisher(repository, name)
  const found = await requirePublisher(repository, name)
  return found.ok ? ok(repository) : found
}

/** Each name on its own: all failed is 1, some failed is 3. */
async function eachPublisher(context: ToolContext, change: Change): Promise<number> {
  let repository = await openStore(context)
  if (typeof repository === 'number') return repository
  const names: PublisherName[] = []
  for (const operand of context.arguments.operands) {
    const name = parsePublisherName(operand)
    if (!name.ok) return context.fail(name.error)
    names.push(name.value)
  }
  let failed = 0
  for (const name of names) {
    const changed = await change(repository, name, context)
    if (changed.ok) repository = changed.value
    else {
      failed += 1
      context.fail(changed.error)
    }
  }
  if (failed === 0) return toolExit.ok
  return failed === names.length ? toolExit.error : toolExit.partial
}

async function set(context: ToolContext): Promise<number> {
  let repository = await openStore(context)
  if (typeof repository === 'number') return repository
  for (const operand of context.arguments.operands) {
    const equals = operand.indexOf('=')
    if (equals <= 0) {
      context.complain(`"${operand}" is not of the form section/property=value`)
      return toolExit.usage
    }
    const changed = await setProperty(repository, operand.slice(0, equals), operand.slice(equals + 1))
    if (!changed.ok) return context.fail(changed.error)
    repository = changed.value
  }
  return toolExit.ok
}

async function maintain(
  context: ToolContext,
  change: (
    repository: Repository,
    publisher: PublisherName,
    now: number,
  ) => Promise<Result<CatalogReport, RepositoryChangeProblem>>,
): Promise<number> {
  const repository = await openStore(context)
  if (typeof repository === 'number') return repository
  const publishers = await chosenPublishers(context, repository)
  if (typeof publishers === 'number') return publishers
  let skipped = 0
  for (const publisher of publishers) {
    const report = await change(repository, publisher, Date.now())
    if (!report.ok) return context.fail(report.error)
    for (const one of report.value.skipped) context.complain(`${one.path} was passed over: ${one.reason}`)
    skipped += report.value.skipped.length
    context.io.stdout(`${publisher}: ${report.value.listed} packages were put into the catalog.\n`)
  }
  return skipped === 0 ? toolExit.ok : toolExit.partial
}

async function verify(context: ToolContext): Promise<number> {
  const repository = await openStore(context)
  if (typeof repository === 'number') return repository
  const publishers = await chosenPublishers(context, repository)
  if (typeof publishers === 'number') return publishers
  const progress = verifyProgress(context)
  const workerPath = bulkWorkerPath()
  const pool = workerPath === undefined ? undefined : createPayloadPool(workerPath)
  let findings = 0
  try {
    for (const publisher of publishers) {
      const onProgress = (state: VerifyProgress) =>
        progress?.emit({ kind: 'progress', name: `Verifying files of ${publisher}`, ...state })
      // To know how much there is, all manifests are read once more.
      const options = { ...(progress && { onProgress }), ...(pool && { check: pool.check }) }
      for await (const finding of verifyPublisher(repository, publisher, options)) {
        findings += 1
        progress?.end()
        context.io.stdout(`ERROR: ${describeVerifyFinding(finding)}\n`)
      }
    }
  } finally {
    progress?.end()
    await pool?.close()
  }
  return findings === 0 ? toolExit.ok : toolExit.error
}

/** Progress on a terminal; other output of a verification is for scripts. */
function verifyProgress({ io }: ToolContext): Progress | undefined {
  const mode = progressMode(io, false)
  if (mode !== 'fancy') return undefined
  return createProgress({ ...io, columns: io.columns, programName: 'pkg6repo' }, { mode, phases: false })
}
