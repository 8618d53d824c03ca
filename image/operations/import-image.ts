import { createHash } from 'node:crypto'
import { join } from 'node:path'
import {
  type AbsolutePath,
  err,
  makeDirectories,
  mostBytesOfText,
  ok,
  parseManifest,
  type Result,
} from '#model'
import type { ImageLocation } from '../config/find-image.ts'
import { formatConfig, type ImageConfig, parseConfig, writeConfig } from '../config/image-config.ts'
import type { ImageHost } from '../host.ts'
import { emptyState, type InstalledRecord, type InstalledState } from '../installed-state.ts'
import { configName, foreignConfigName, type ImageLayout, imageLayout, metadataNames } from '../layout.ts'
import { catalogActionsOf } from '../manifests/manifests.ts'
import { readForeignConfig } from '../pkg5/read-config.ts'
import { readForeignHolds } from '../pkg5/read-holds.ts'
import { type ForeignPackage, readForeignInstalled } from '../pkg5/read-installed.ts'
import type { ImageProblem, OperationProblem } from '../problems.ts'
import { recordOperation } from '../state/history.ts'
import { sha256 } from '../state/installed-snapshot.ts'
import { createDatabase } from '../state/installed-store.ts'
import { sweepDrafts, takeLock } from '../state/lock.ts'
import { attempt, readText } from '../storage.ts'

/** Result of an import. */
export interface ImportedImage {
  readonly location: ImageLocation
  readonly packages: number
  readonly publishers: number
  /** Parts of the image that are left out, a sentence each. */
  readonly warnings: readonly string[]
}

/**
 * Takes over an image that pkg5 made. This client's configuration and installed database are written beside pkg5's own files. Pkg5's
 * files stay as they are, so pkg5 reads the image as before. Manifests, licences and history are shared. The rename of the
 * configuration comes last and completes the import. Problems: `not_an_image` (nothing of pkg5 there),
 * `already_imported`, `corrupt_foreign`, `locked`, `storage` and its kin.
 */
export async function importImage(
  host: ImageHost,
  root: AbsolutePath,
): Promise<Result<ImportedImage, OperationProblem>> {
  const { filesystem } = host
  const located = attempt(() => foreignImageAt(host, root))
  if (!located.ok) return located
  if ('code' in located.value) return err(located.value)
  const location = located.value
  const layout = imageLayout(location.metadata)
  const startTime = host.clock.now()
  const request = { filesystem, process: host.process, now: startTime }
  const lock = takeLock(layout.lock, request)
  if (!lock.ok) return lock
  sweepDrafts(layout.lock, request)
  const withdraw = host.cancellation.beforeEnd(() => lock.value.release())
  try {
    const read = await readForeign(host, location, layout)
    if (!read.ok) return read
    const { config, state, warnings } = read.value
    const sql = await host.loadSql()
    const written = attempt(() => {
      makeDirectories(filesystem, layout.cache)
      createDatabase(filesystem, layout, sql, state)
    })
    if (!written.ok) return written
    const taken = writeConfig(filesystem, layout.config, config)
    if (!taken.ok) return taken
    recordOperation(filesystem, layout, host.process, {
      operation: 'image-import',
      startTime,
      endTime: host.clock.now(),
      problem: undefined,
    })
    return ok({
      location,
      packages: state.packages.length,
      publishers: config.publishers.length,
      warnings,
    })
  } finally {
    withdraw()
    lock.value.release()
  }
}

/** Where pkg5 keeps its image; it knows no place of its own for partial images. Throws `FilesystemError`. */
function foreignImageAt({ filesystem }: ImageHost, root: AbsolutePath): ImageLocation | ImageProblem {
  for (const [kind, name] of metadataNames) {
    const metadata = join(root, name) as AbsolutePath
    if (filesystem.lstat(join(metadata, configName)) !== undefined)
      return { code: 'ips::image_error::already_imported', path: root }
    if (filesystem.lstat(join(metadata, foreignConfigName))?.type === 'file')
      return { root, metadata: filesystem.realPath(metadata), kind }
  }
  return { code: 'ips::image_error::not_an_image', path: root, source: 'argument' }
}

interface Foreign {
  readonly config: ImageConfig
  readonly state: InstalledState
  readonly warnings: readonly string[]
}

async function readForeign(
  host: ImageHost,
  { metadata, kind }: ImageLocation,
  layout: ImageLayout,
): Promise<Result<Foreign, ImageProblem>> {
  const { filesystem } = host
  const corrupt = (path: string, reason: string): Result<never, ImageProblem> =>
    err({ code: 'ips::image_error::corrupt_foreign', path, reason })
  const configPath = join(metadata, foreignConfigName)
  const text = attempt(() => readText(filesystem, configPath))
  if (!text.ok) return text
  const read = readForeignConfig(text.value ?? '', kind)
  if (!read.ok) return corrupt(configPath, read.error)
  // What this client could not read back must not be written.
  const { configShapeError } = await import('../config/config-schema.ts')
  const checked = parseConfig(formatConfig(read.value.config), configPath, configShapeError)
  if (!checked.ok)
    return corrupt(configPath, 'reason' in checked.error ? checked.error.reason : checked.error.code)
  const warnings = [...read.value.warnings]
  const holds = attempt(() => readForeignHolds(filesystem, metadata, warnings))
  if (!holds.ok) return holds
  if (!holds.value.ok) return corrupt(holds.value.error.path, holds.value.error.reason)
  const installed = await attemptLater(() => readForeignInstalled(filesystem, metadata, host.loadSql))
  if (!installed.ok) return installed
  if (!installed.value.ok) return corrupt(installed.value.error.path, installed.value.error.reason)
  const packages: InstalledRecord[] = []
  for (const found of installed.value.value) {
    const record = recordOf(host, layout, found)
    if (!record.ok) return record
    packages.push(record.value)
  }
  packages.sort((a, b) => (a.fmri.stem < b.fmri.stem ? -1 : 1))
  return ok({ config: checked.value, state: { ...emptyState, packages, ...holds.value.value }, warnings })
}

/** As `attempt`, for work that waits. */
async function attemptLater<T>(work: () => Promise<T>): Promise<Result<T, ImageProblem>> {
  try {
    return ok(await work())
  } catch (error) {
    return attempt(() => {
      throw error
    })
  }
}

/** The row of a package, from the manifest that pkg5 stored, which must be the one its catalog names. */
function recordOf(
  { filesystem }: ImageHost,
  layout: ImageLayout,
  found: ForeignPackage,
): Result<InstalledRecord, ImageProblem> {
  const path = layout.installedManifest(found.fmri)
  const missing = (reason: string): Result<never, ImageProblem> =>
    err({ code: 'ips::image_error::corrupt_foreign', path, reason })
  const bytes = attempt(() =>
    filesystem.lstat(path)?.type === 'file' ? filesystem.readFile(path, mostBytesOfText) : undefined,
  )
  if (!bytes.ok) return bytes
  if (bytes.value === undefined) return missing('the file is gone')
  const sha1 = createHash('sha1').update(bytes.value).digest('hex')
  if (found.manifestSha1 !== undefined && sha1 !== found.manifestSha1) return missing('the file was changed')
  const text = new TextDecoder().decode(bytes.value)
  const manifest = parseManifest(text)
  if (!manifest.ok) return missing('it does not parse')
  const { fmri, manual, installTime, updateTime } = found
  return ok({
    fmri,
    manual,
    installTime,
    updateTime,
    manifestSha256: sha256(text),
    catalogActions: catalogActionsOf(manifest.value),
  })
}
