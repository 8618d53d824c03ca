import { resolve } from 'node:path'
import type { AutoConfigure, ExportRequest } from '#image'
import type { CommandContext } from '../../command.ts'
import type { CommandProblem } from '../../problems.ts'
import { readPublisher } from '../publishers/publisher-argument.ts'
import { readAssignments } from '../settings/assignments.ts'
import { readFacets, readVariants } from '../settings/image-settings.ts'
import { illegalPatterns } from '../shared/patterns.ts'
import { type OciSettings, ociArchitecture } from './oci-image.ts'

/** Input of one `image-export`. */
export interface ExportOptions extends ExportRequest {
  /** Absolute path. */
  readonly output: string
  readonly format: 'oci' | 'tar'
  /** True: all licence texts are shown; false: those that must be shown. */
  readonly showLicenses: boolean
  readonly compressed: boolean
  /** All but the time, which the plan gives; `architecture` is that of the variant where the user named none. */
  readonly container: Omit<OciSettings, 'created'>
}

/** Options that mean something for an OCI layout only. */
const containerOptions = [
  ['tag', '--tag'],
  ['architecture', '--architecture'],
  ['os', '--os'],
  ['entrypoint', '--entrypoint'],
  ['command', '--cmd'],
  ['environment', '--env'],
  ['workingDirectory', '--workdir'],
  ['user', '--user'],
  ['label', '--label'],
  ['compression', '--compression'],
] as const

/** Reads the options; a text is a usage error. */
export function exportOptions(
  context: CommandContext,
  processor: string,
): ExportOptions | CommandProblem | string {
  const { arguments: given, io } = context
  const format = given.text('format')
  if (format !== 'oci' && format !== 'tar') return '--format oci or --format tar is required'
  const output = given.text('output')
  if (output === undefined || output === '') return '--output is required'
  if (given.operands.length === 0) return 'at least one package name required'
  if (given.list('publisher').length === 0) return 'at least one --publisher is required'
  if (format === 'tar')
    for (const [key, option] of containerOptions)
      if (given.has(key)) return `'${option}' may only be used with '--format oci'.`
  const illegal = illegalPatterns([...given.operands, ...given.list('reject')])
  if (illegal !== undefined) return illegal
  const facets = readFacets(given.list('facet'))
  if (typeof facets === 'string') return facets
  const variants = readVariants(given.list('variant'))
  if (typeof variants === 'string') return variants
  const publishers: AutoConfigure[] = []
  for (const text of given.list('publisher')) {
    const publisher = readPublisher(text, io.cwd)
    if (!publisher.ok) return publisher.error.problem
    publishers.push(publisher.value)
  }
  const container = containerSettings(context, variants.get('variant.arch') ?? processor)
  if (typeof container === 'string') return container
  return {
    output: resolve(io.cwd, output),
    format,
    publishers,
    variants,
    facets,
    patterns: given.operands,
    reject: given.list('reject'),
    acceptLicenses: given.has('accept'),
    showLicenses: given.has('licenses'),
    withMetadata: !given.has('noMetadata'),
    compressed: given.text('compression') !== 'none',
    container,
  }
}

function containerSettings(
  { arguments: given }: CommandContext,
  processor: string,
): ExportOptions['container'] | string {
  const labels = readAssignments(given.list('label'), false)
  if (!labels.ok)
    return `labels must be of the form '<name>=<value>'. This is what was given: ${labels.error.text}`
  const environment = readAssignments(given.list('environment'), true)
  if (!environment.ok)
    return environment.error.kind === 'form'
      ? `variables must be of the form '<name>=<value>'. This is what was given: ${environment.error.text}`
      : `a variable may only be set once: ${environment.error.text}`
  const tag = given.text('tag')
  // Source: OCI image specification 1.1, annotations.md, grammar of org.opencontainers.image.ref.name.
  if (tag !== undefined && !/^[A-Za-z0-9]+([-._:@/+]+[A-Za-z0-9]+)*$/.test(tag))
    return `value '${tag}' invalid: --tag`
  const workingDirectory = given.text('workingDirectory')
  if (workingDirectory !== undefined && !workingDirectory.startsWith('/'))
    return `value '${workingDirectory}' invalid: --workdir`
  for (const [key, option] of containerOptions)
    if (given.text(key) === '') return `value '' invalid: ${option}`
  return {
    architecture: given.text('architecture') ?? ociArchitecture(processor),
    os: given.text('os') ?? 'illumos',
    entrypoint: given.list('entrypoint'),
    command: given.list('command'),
    environment: given.list('environment'),
    workingDirectory,
    user: given.text('user'),
    labels: labels.value,
    tag,
  }
}
