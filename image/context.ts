import { relative } from 'node:path'
import { hasOpenJournal } from '#executor'
import { type AbsolutePath, ok, type Result } from '#model'
import type { ImageLocation } from './find-image.ts'
import type { ImageHost } from './host.ts'
import { type ImageConfig, readConfig, writeConfig } from './image-config.ts'
import { type InstalledStore, installedStore } from './installed-store.ts'
import { type ImageLayout, imageLayout } from './layout.ts'
import { lockIsHeld } from './lock.ts'
import type { ImageProblem } from './problems.ts'
import { type SourcePool, sourcePool } from './sources.ts'
import { attempt } from './storage.ts'

/** What the parts of an open image share. */
export interface ImageContext {
  readonly host: ImageHost
  readonly root: AbsolutePath
  readonly layout: ImageLayout
  readonly store: InstalledStore
  readonly sources: SourcePool
  /** As last read or written. */
  config(): ImageConfig
  /** Reads the file again: another process may have written it. */
  reloadConfig(): Promise<Result<ImageConfig, ImageProblem>>
  /** Replaces the file; only under the lock. */
  saveConfig(config: ImageConfig): Result<void, ImageProblem>
}

/** Reads the configuration of a found image. Problems: `corrupt_config`, `unsupported_format`, `storage` and its kin. */
export async function openContext(
  host: ImageHost,
  location: ImageLocation,
): Promise<Result<ImageContext, ImageProblem>> {
  const layout = imageLayout(location.metadata)
  const place = {
    filesystem: host.filesystem,
    path: layout.config,
    checkedPath: layout.checkedConfig,
    clientVersion: host.process.clientVersion,
  }
  const first = await readConfig(place)
  if (!first.ok) return first
  let current = first.value
  return ok({
    host,
    root: location.root,
    layout,
    store: installedStore(host.filesystem, layout, host.loadSql),
    sources: sourcePool(host.openSource),
    config: () => current,
    async reloadConfig() {
      const read = await readConfig(place)
      if (read.ok) current = read.value
      return read
    },
    saveConfig(config) {
      const written = writeConfig(host.filesystem, layout.config, config)
      if (written.ok) current = config
      return written
    },
  })
}

/** Metadata directory relative to the root, `var/pkg`. */
export function metadataPath(context: ImageContext): string {
  return relative(context.root, context.layout.metadata)
}

/**
 * `interrupted` when a change was cut off and nobody is at work on it, `storage` and its kin when that cannot be seen. While another client holds the lock, readers see the
 * installed set before or after its change, both of which are right.
 */
export function interruption(context: ImageContext): ImageProblem | undefined {
  const { host, layout } = context
  const open = attempt(() => hasOpenJournal(host.filesystem, layout.metadata))
  if (!open.ok) return open.error
  if (!open.value) return undefined
  const request = { filesystem: host.filesystem, process: host.process, now: host.clock.now() }
  if (lockIsHeld(layout.lock, request)) return undefined
  return { code: 'ips::image_error::interrupted', root: context.root }
}
