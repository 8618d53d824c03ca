import type { AutoConfigure, PublisherChange, SearchPlace } from '#image'
import type { ValidationProblem } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import type { CliProblem } from '../../problems.ts'
import { createProgress, type Progress, progressMode } from '../../render/progress.ts'
import { readAssignments } from '../settings/assignments.ts'
import { repositoryUri, repositoryUris } from './repository-uri.ts'

/** `set-publisher`: one publisher, or with `-p` those of a repository. Source: cli §6. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  const repository = given.text('repository')
  if (given.operands.length === 0 && repository === undefined)
    return context.misuse('requires a publisher name')
  if (given.operands.length > 1) return context.misuse('only one publisher name may be specified')
  if (given.list('addOrigin').includes('*') && !given.has('enable') && !given.has('disable'))
    return context.misuse("The '-g *' option may only be used with '-e/--enable' or '-d/--disable'.")
  for (const [key, what] of [
    ['setProperty', 'to be set must be of the form'],
    ['addPropertyValue', 'to be added must be of the form'],
    ['removePropertyValue', 'to be removed must be of the form'],
  ] as const) {
    const read = readAssignments(given.list(key), key === 'setProperty')
    if (read.ok) continue
    return context.misuse(
      read.error.kind === 'form'
        ? `properties ${what} '<name>=<value>'. This is what was given: ${read.error.text}`
        : `a property may only be set once: ${read.error.text}`,
    )
  }
  const unsupported = unsupportedOption(context)
  if (unsupported !== undefined) return await context.fail(unsupported)
  const progress = createProgress(io, { mode: progressMode(io, false), phases: true })
  return repository === undefined
    ? await changeOne(context, progress)
    : await autoConfigure(context, repository, progress)
}

/** Options that would change something this client does not have. */
function unsupportedOption({ arguments: given }: CommandContext): CliProblem | undefined {
  const refuse = (option: string, why: string, instead: string): CliProblem => ({
    code: 'ips::cli_error::unsupported_option',
    option,
    why,
    instead,
  })
  const missing: readonly (readonly [key: string, option: string, why: string, instead: string])[] = [
    [
      'sslKey',
      '-k',
      'client certificates are not stored in the image.',
      'Use an origin that needs no client certificate.',
    ],
    [
      'sslCert',
      '-c',
      'client certificates are not stored in the image.',
      'Use an origin that needs no client certificate.',
    ],
    [
      'proxy',
      '--proxy',
      'proxies are not stored in the image.',
      'Set http_proxy or https_proxy in the environment.',
    ],
    ['approveCa', '--approve-ca-cert', 'signatures are not checked.', 'Run the command without it.'],
    ['revokeCa', '--revoke-ca-cert', 'signatures are not checked.', 'Run the command without it.'],
    ['unsetCa', '--unset-ca-cert', 'signatures are not checked.', 'Run the command without it.'],
  ]
  for (const [key, option, why, instead] of missing) if (given.has(key)) return refuse(option, why, instead)
  const [child] = ['recurseInto', 'recurseNotInto'].flatMap((key) => given.list(key))
  return child === undefined ? undefined : { code: 'ips::cli_error::no_such_child', name: child }
}

function searchPlace({ arguments: given }: CommandContext): SearchPlace | undefined {
  if (given.has('searchFirst')) return { kind: 'first' }
  const before = given.text('searchBefore')
  if (before !== undefined) return { kind: 'before', publisher: before }
  const after = given.text('searchAfter')
  return after === undefined ? undefined : { kind: 'after', publisher: after }
}

/** Parts that both forms share; absent ones stay absent. */
function commonParts(context: CommandContext): Pick<PublisherChange, 'sticky' | 'place' | 'setProperties'> {
  const { arguments: given } = context
  const place = searchPlace(context)
  const properties = readAssignments(given.list('setProperty'), true)
  return {
    ...(given.has('sticky') ? { sticky: true } : given.has('nonSticky') ? { sticky: false } : {}),
    ...(place === undefined ? {} : { place }),
    ...(properties.ok && properties.value.size > 0 ? { setProperties: properties.value } : {}),
  }
}

function propertyValues(
  texts: readonly string[],
): readonly { readonly name: string; readonly value: string }[] {
  return texts.map((text) => {
    const equals = text.indexOf('=')
    return { name: text.slice(0, equals), value: text.slice(equals + 1) }
  })
}

/** The change that the options ask for, or the first bad location. */
function publisherChange(context: CommandContext): PublisherChange | ValidationProblem {
  const { arguments: given, io } = context
  const located = new Map<string, readonly string[]>()
  for (const key of ['addOrigin', 'removeOrigin', 'addMirror', 'removeMirror', 'setOrigin']) {
    const texts = key === 'setOrigin' ? [given.text(key)].flatMap((one) => one ?? []) : given.list(key)
    const uris = repositoryUris(texts, io.cwd)
    if (!uris.ok) return uris.error
    if (uris.value.length > 0) located.set(key, uris.value)
  }
  const list = <Key extends keyof PublisherChange>(key: Key, from: string): Partial<PublisherChange> =>
    located.has(from) ? { [key]: located.get(from) } : {}
  const origins = located.get('addOrigin')
  const mirrors = located.get('addMirror')
  const switched = given.has('enable') || given.has('disable')
  const enabled = given.has('enable')
  const switchesLocations = switched && (origins !== undefined || mirrors !== undefined)
  const unset = given.list('unsetProperty')
  const add = propertyValues(given.list('addPropertyValue'))
  const remove = propertyValues(given.list('removePropertyValue'))
  return {
    name: given.operands[0] ?? '',
    ...commonParts(context),
    ...(switched && !switchesLocations ? { enabled } : {}),
    ...(switched && origins !== undefined
      ? { switchOrigins: { uris: origins, enabled } }
      : list('addOrigins', 'addOrigin')),
    ...(switched && mirrors !== undefined
      ? { switchMirrors: { uris: mirrors, enabled } }
      : list('addMirrors', 'addMirror')),
    ...list('removeOrigins', 'removeOrigin'),
    ...list('removeMirrors', 'removeMirror'),
    ...list('replaceOrigins', 'setOrigin'),
    ...(unset.length > 0 ? { unsetProperties: unset } : {}),
    ...(add.length > 0 ? { addPropertyValues: add } : {}),
    ...(remove.length > 0 ? { removePropertyValues: remove } : {}),
    ...(given.has('resetUuid') ? { resetUuid: true } : {}),
    refresh: !given.has('noRefresh'),
  }
}

async function changeOne(context: CommandContext, progress: Progress): Promise<number> {
  const change = publisherChange(context)
  if ('code' in change) return await context.fail(change)
  const opened = await context.open('write', progress)
  if (!opened.ok) return await context.fail(opened.error)
  const changed = await opened.value.setPublisher(change)
  warn(context, progress)
  if (changed.ok) return Exit.ok
  const { publisherProblem } = await import('../../render/publisher-problem.ts')
  return await publisherProblem(context, change.name, changed.error)
}

async function autoConfigure(
  context: CommandContext,
  repository: string,
  progress: Progress,
): Promise<number> {
  const { arguments: given, io } = context
  const uri = repositoryUri(repository, io.cwd)
  if (!uri.ok) return await context.fail(uri.error)
  const opened = await context.open('write', progress)
  if (!opened.ok) return await context.fail(opened.error)
  const only = given.operands[0]
  const options: AutoConfigure = {
    uri: uri.value,
    ...commonParts(context),
    ...(only === undefined ? {} : { only }),
  }
  const configured = await opened.value.autoConfigure(options)
  warn(context, progress)
  if (!configured.ok) {
    const { publisherProblem } = await import('../../render/publisher-problem.ts')
    return await publisherProblem(context, only, configured.error)
  }
  const { added, updated, failed } = configured.value
  const names = (list: readonly string[]): string => [...list].sort().join(', ')
  if (added.length + updated.length > 0) io.stdout(`${io.programName} set-publisher:\n`)
  if (added.length > 0) io.stdout(`  Added publisher(s): ${names(added)}\n`)
  if (updated.length > 0) io.stdout(`  Updated publisher(s): ${names(updated)}\n`)
  if (failed.length === 0) return Exit.ok
  context.complain(`the catalogs of these publishers could not be retrieved: ${names(failed)}`)
  return Exit.partial
}

/** Ends the progress display and prints the warnings of the catalogs. */
function warn(context: CommandContext, progress: Progress): void {
  progress.end()
  for (const warning of progress.warnings) context.complain(`WARNING: ${warning}`)
}
