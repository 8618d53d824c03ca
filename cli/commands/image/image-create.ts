import { resolve } from 'node:path'
import type { AutoConfigure, CreateImageOptions } from '#image'
import type { ImageKind } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { createProgress, progressMode } from '../../render/progress.ts'
import { firstRepositoryProblem } from '../../render/publisher-problem.ts'
import { repositoryText } from '../../render/reference-text.ts'
import { readPublisher } from '../publishers/publisher-argument.ts'
import { repositoryUris } from '../publishers/repository-uri.ts'
import { readAssignments } from '../settings/assignments.ts'
import { readFacets, readVariants } from '../settings/image-settings.ts'

/** `image-create DIRECTORY`. Source: cli §6. */
export async function run(context: CommandContext): Promise<number> {
  const options = readOptions(context)
  if (typeof options === 'string') return context.misuse(options)
  if ('code' in options) return await context.fail(options)
  const { io } = context
  const progress = createProgress(io, { mode: progressMode(io, false), phases: false })
  const { createImage } = await import('#image')
  const created = await createImage(await context.host(progress), options)
  progress.end()
  if (created.ok) {
    const { image } = created.value
    const architecture = image.config().variants.get('variant.arch')
    if (io.stdoutIsTty)
      io.stdout(`Created a ${image.kind} image at ${image.root} for variant.arch=${architecture}.\n`)
    await image.close()
    if (created.value.failed.length === 0) return Exit.ok
    context.complain(
      `the catalogs of these publishers could not be retrieved: ${created.value.failed.join(', ')}`,
    )
    return Exit.partial
  }
  const repository = firstRepositoryProblem(created.error)
  const text = repository === undefined ? undefined : repositoryText(repository)
  if (text === undefined) return await context.fail(created.error)
  context.complain(text)
  return Exit.error
}

type Options = CreateImageOptions | Parameters<CommandContext['fail']>[0] | string

/** What the options ask for; a text is a usage error. */
function readOptions(context: CommandContext): Options {
  const { arguments: given, io } = context
  const facets = readFacets(given.list('facet'))
  if (typeof facets === 'string') return facets
  const variants = readVariants(given.list('variant'))
  if (typeof variants === 'string') return variants
  const properties = readAssignments(given.list('setProperty'), true)
  if (!properties.ok)
    return properties.error.kind === 'form'
      ? `properties to be set must be of the form '<name>=<value>'. This is what was given: ${properties.error.text}`
      : `a property may only be set once: ${properties.error.text}`
  const [directory] = given.operands
  if (given.operands.length > 1) return 'only one image directory path may be specified'
  if (directory === undefined || directory === '') return 'an image directory path must be specified'
  const location = given.text('publisher')
  if (location === undefined && given.list('origin').length + given.list('mirror').length > 0)
    return 'A publisher must be specified if -g or -m are used.'
  for (const [key, option] of [
    ['sslKey', '-k'],
    ['sslCert', '-c'],
  ] as const)
    if (given.has(key))
      return {
        code: 'ips::cli_error::unsupported_option',
        option,
        why: 'client certificates are not stored in the image.',
        instead: 'Use an origin that needs no client certificate.',
      }
  const publisher = location === undefined ? undefined : readLocations(context, location)
  if (typeof publisher === 'string' || (publisher !== undefined && 'code' in publisher)) return publisher
  return {
    root: resolve(io.cwd, directory),
    kind: lastKind(given.given),
    zone: given.has('zone'),
    force: given.has('force'),
    variants,
    facets,
    properties: properties.value,
    publisher,
    refresh: !given.has('noRefresh'),
  }
}

/** The last option that names a kind counts; a zone is a full image. */
function lastKind(given: readonly string[]): ImageKind {
  const last = given.findLast((key) => ['full', 'partial', 'user', 'zone'].includes(key))
  return last === 'partial' || last === 'full' ? last : last === 'zone' ? 'full' : 'user'
}

/** The publisher with further origins and mirrors. */
function readLocations(
  { arguments: given, io }: CommandContext,
  location: string,
): AutoConfigure | Exclude<Options, CreateImageOptions> {
  const publisher = readPublisher(location, io.cwd)
  if ((publisher.ok ? publisher.value.only : publisher.error.only) === undefined && given.has('noRefresh'))
    return '--no-refresh cannot be used with -p unless a publisher prefix is provided.'
  if (!publisher.ok) return publisher.error.problem
  const origins = repositoryUris(given.list('origin'), io.cwd)
  if (!origins.ok) return origins.error
  const mirrors = repositoryUris(given.list('mirror'), io.cwd)
  if (!mirrors.ok) return mirrors.error
  return {
    ...publisher.value,
    ...(origins.value.length > 0 ? { addOrigins: origins.value } : {}),
    ...(mirrors.value.length > 0 ? { addMirrors: mirrors.value } : {}),
  }
}
