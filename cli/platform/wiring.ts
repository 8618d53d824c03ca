import { resolve } from 'node:path'
import type { FlushPolicy } from '#executor'
import { findImage, type ImageHost, type ImageLocation, type ImageProblem } from '#image'
import { type EventSink, err, ok, type Result, type ValidationProblem } from '#model'
import type { RepositorySource, TransportSettings } from '#repo'
import type { CommandIo, GlobalOptions } from '../command.ts'
import { readAuthorities } from './authorities.ts'
import { createNodeFilesystem } from './node-filesystem.ts'
import { processInfo } from './process-info.ts'
import { loadSatBackend } from './sat-backend.ts'
import { systemClock } from './system-clock.ts'

export { openImage } from '#image'

/** Finds the image of a command line: `-R`, `PKG_IMAGE`, an enclosing directory, or the running system. Source: image §2. */
export async function locateImage(
  io: CommandIo,
  globals: GlobalOptions,
): Promise<Result<ImageLocation, ImageProblem>> {
  const { env } = io
  const named = (text: string | undefined): string | undefined =>
    text === undefined || text === '' ? undefined : resolve(io.cwd, text)
  const simulated = globals.debug.get('simulate_live_root')
  const liveRoot = named(env.PKG_LIVE_ROOT) ?? named(simulated) ?? '/'
  const found = findImage(createNodeFilesystem(), {
    exactRoot: named(globals.root),
    environmentRoot: named(env.PKG_IMAGE),
    startDirectory: io.cwd,
    walkUp: env.PKG_FIND_IMAGE !== undefined || process.platform !== 'sunos',
    liveRoot,
  })
  const forbidden = (env.PKG_NO_LIVE_ROOT ?? '') !== '' && (env.PKG_LIVE_ROOT ?? '') === ''
  if (found.ok && forbidden && found.value.root === '/')
    return err({ code: 'ips::image_error::not_an_image', path: '/', source: 'live-root' })
  return found
}

/** Finds the pkg5 image of a command line, in the places of `locateImage`. Problems: `not_an_image`, `already_imported`. */
export async function locateForeignImage(
  io: CommandIo,
  globals: GlobalOptions,
): Promise<Result<string, ImageProblem>> {
  const found = await locateImage(io, globals)
  if (found.ok) return err({ code: 'ips::image_error::already_imported', path: found.value.root })
  return found.error.code === 'ips::image_error::foreign_image' ? ok(found.error.path) : found
}

/** The implementations of all ports of an image; no other module chooses them. Engines and transport are loaded at first use. */
export async function wireHost(
  io: Pick<CommandIo, 'cancellation' | 'commandLine' | 'env' | 'programName'>,
  options: GlobalOptions & { readonly fsync: FlushPolicy },
  events: EventSink,
): Promise<ImageHost> {
  const { createSource, transportSettingsFromEnvironment } = await import('#repo')
  const { createFilesystemExecutor, createDryRunExecutor, withoutFlushing, withoutFlushingMany } =
    await import('#executor')
  const settings = transportSettingsFromEnvironment(io.env)
  const flushing = options.fsync === 'full'
  const filesystem = flushing ? createNodeFilesystem() : withoutFlushing(createNodeFilesystem())
  return {
    filesystem,
    clock: systemClock,
    process: processInfo(io),
    events,
    cancellation: io.cancellation,
    loadSql: async () => {
      const { default: initSqlJs } = await import('sql.js')
      const { enginePath } = await import('./engines.ts')
      return await initSqlJs({ locateFile: () => enginePath('sql-wasm.wasm') })
    },
    loadBackend: () => loadSatBackend(options.satBackend),
    openSource: (uri, { caPath }) =>
      withoutCaches(createSource(uri, withAuthorities(settings, caPath)), options.noNetworkCache),
    newExecutor: async (target) => {
      const { bulkWorkerPath, createBulkPool } = await import('./bulk-pool.ts')
      const workerPath = bulkWorkerPath()
      if (workerPath === undefined) return createFilesystemExecutor(target)
      const bulk = createBulkPool(workerPath, filesystem)
      return createFilesystemExecutor(target, flushing ? bulk : withoutFlushingMany(bulk))
    },
    newDryRun: createDryRunExecutor,
    newUuid: () => crypto.randomUUID(),
  }
}

/** The authorities are read when https asks for them. */
function withAuthorities(settings: TransportSettings, caPath: string | undefined): TransportSettings {
  if (caPath === undefined) return settings
  return { ...settings, certificateAuthorities: () => readAuthorities(caPath) }
}

/** `--no-network-cache`: caches must revalidate catalogs. Manifests and files need no revalidation, because a name always has the same content. */
function withoutCaches(
  opened: Result<RepositorySource, ValidationProblem>,
  wanted: boolean,
): Result<RepositorySource, ValidationProblem> {
  if (!opened.ok || !wanted) return opened
  const source = opened.value
  return ok({
    ...source,
    fetchCatalogFile: (publisher, name, options) =>
      source.fetchCatalogFile(publisher, name, { ...options, revalidate: true }),
  })
}
