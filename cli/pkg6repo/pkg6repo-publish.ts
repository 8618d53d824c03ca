import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  type Action,
  attribute,
  errnoText,
  type Fmri,
  formatFmri,
  type PublisherName,
  statedFmris,
} from '#model'
import {
  createSource,
  describePublicationWarning,
  folderUri,
  type LockHolder,
  type ManifestText,
  publishPackages,
  type Repository,
  removePackages,
} from '#repo'
import { readInputFile } from '../io/input-file.ts'
import type { ToolContext } from './pkg6repo-context.ts'
import { chosenPublishers, listPackages, openStore, operandPatterns, toolExit } from './pkg6repo-context.ts'
import { selectListings } from './pkg6repo-query.ts'

/** Bytes; clients take no longer one from a repository. */
const longestManifest = 128 << 20

/** `publish`: packages from manifests or standard input, all together or none. */
export async function publish(context: ToolContext): Promise<number> {
  const repository = await openStore(context)
  if (typeof repository === 'number') return repository
  const texts = await readManifests(context)
  if (texts === undefined) return toolExit.error
  const given = context.arguments.folders
  const folders = (given.length === 0 ? ['.'] : given).map((folder) => resolve(context.io.cwd, folder))
  const findPayload = (action: Action) => findFile(folders, action)
  const packages = byPackage(texts).map((manifest) => ({ manifest, findPayload }))
  const onWait = ({ name, hostname, pid }: LockHolder): void =>
    context.complain(`waiting for another client: ${name} on ${hostname}, pid ${pid ?? 'unknown'}`)
  const { strict } = context.arguments
  const published = await publishPackages({ repository, packages, now: Date.now(), strict, onWait })
  if (!published.ok) return context.fail(published.error)
  for (const { fmri, omittedSignatures, warnings } of published.value) {
    for (const warning of warnings) context.complain(`warning: ${describePublicationWarning(warning)}`)
    if (omittedSignatures > 0) context.complain('signatures of the manifest were left out')
    context.io.stdout(`${formatFmri(fmri)}\nPUBLISHED\n`)
  }
  return toolExit.ok
}

/** Texts that each name a package are manifests of several packages; otherwise all are parts of one. Source: publishing-tools §7.2. */
function byPackage(texts: readonly ManifestText[]): readonly (readonly ManifestText[])[] {
  const named = texts.length > 1 && texts.every(({ text }) => statedFmris(text).length > 0)
  return named ? texts.map((one) => [one]) : [texts]
}

/** The file is named by the payload word, or by the path where that is missing or NOHASH; the first folder that has it wins. */
function findFile(folders: readonly string[], action: Action): string | undefined {
  const word =
    action.payload === undefined || action.payload === 'NOHASH' ? attribute(action, 'path') : action.payload
  if (word === undefined) return undefined
  return folders
    .map((folder) => join(folder, word))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false)
}

/** The texts of the files that the operands name; `-` is standard input, which is read without operands, too. */
async function readManifests(context: ToolContext): Promise<readonly ManifestText[] | undefined> {
  const { io, arguments: given } = context
  const texts: ManifestText[] = []
  for (const operand of given.operands.length === 0 ? ['-'] : given.operands) {
    const bytes = await readInputFile(operand, io.cwd, longestManifest, io.stdin)
    if (!bytes.ok) {
      const name = operand === '-' ? 'standard input' : operand
      context.complain(`${name} cannot be read: ${errnoText(bytes.error.errno)}`)
      return undefined
    }
    const text = Buffer.from(bytes.value).toString('utf8')
    texts.push({ name: operand === '-' ? undefined : operand, text })
  }
  return texts
}

/** `remove`: package versions that match; nothing when a pattern matches none. */
export async function remove(context: ToolContext): Promise<number> {
  const repository = await openStore(context)
  if (typeof repository === 'number') return repository
  const patterns = operandPatterns(context)
  if (typeof patterns === 'number') return patterns
  const publishers = await chosenPublishers(context, repository)
  if (typeof publishers === 'number') return publishers
  const uri = folderUri(repository.root)
  const source = createSource(uri)
  if (!source.ok) return context.fail(source.error)
  const all = await listPackages(context, source.value, publishers)
  if (typeof all === 'number') return all
  const { found, unmatched } = selectListings(all, patterns)
  for (const pattern of unmatched) {
    context.fail({ code: 'ips::repository_error::unknown_package', uri, pattern: pattern.text })
  }
  if (unmatched.length > 0) return toolExit.error
  for (const publisher of publishers) {
    const fmris = found.map((one) => one.fmri).filter((fmri) => fmri.publisher === publisher)
    if (fmris.length === 0) continue
    const code = await removeOf(context, repository, publisher, fmris)
    if (code !== toolExit.ok) return code
  }
  return toolExit.ok
}

async function removeOf(
  context: ToolContext,
  repository: Repository,
  publisher: PublisherName,
  fmris: readonly Fmri[],
): Promise<number> {
  if (!context.arguments.dryRun) {
    const removed = await removePackages(repository, publisher, fmris, Date.now())
    if (!removed.ok) return context.fail(removed.error)
  }
  const done = context.arguments.dryRun ? 'would be removed' : 'removed'
  for (const fmri of fmris) context.io.stdout(`${formatFmri(fmri)} ${done}\n`)
  return toolExit.ok
}
