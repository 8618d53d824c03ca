import { relative } from 'node:path'
import { hasOpenJournal, openReplacement } from '#executor'
import { type AbsolutePath, type Filesystem, ok, type Result } from '#model'
import type { ImageLocation } from '../config/find-image.ts'
import { type ImageConfig, readConfig, writeConfig } from '../config/image-config.ts'
import { trustOf } from '../config/properties.ts'
import { withClientUuids } from '../config/publishers.ts'
import type { ImageHost } from '../host.ts'
import type { InstalledState } from '../installed-state.ts'
import { configName, type ImageLayout, imageLayout } from '../layout.ts'
import type { ImageProblem } from '../problems.ts'
import { attempt, readText } from '../storage.ts'
import { type InstalledStore, installedStore } from './installed-store.ts'
import { lockIsHeld } from './lock.ts'
import { type SourcePool, sourcePool } from './sources.ts'

/** What the parts of an open image share. */
export interface ImageContext {
  readonly host: ImageHost
  readonly root: AbsolutePath
  readonly layout: ImageLayout
  readonly store: InstalledStore
  readonly sources: SourcePool
  /** As last read or written; after `store.read` the one that belongs to what that gave. */
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
  const { filesystem } = host
  const target = { filesystem, root: location.root, metadata: layout.metadata, metadataFiles: [configName] }
  const store = installedStore(filesystem, layout, host.loadSql)
  let current: ImageConfig | undefined
  /** Text that `current` is from; undefined: it is not in the file any more. */
  let seen: string | undefined
  const load = async (): Promise<Result<ImageConfig, ImageProblem>> => {
    const read = await readConfig(place)
    if (!read.ok) return read
    current = read.value.config
    seen = read.value.text
    return ok(current)
  }

  /**
   * The state, and with it the configuration that belongs to it: another client may replace both meanwhile, first the
   * configuration, then the database. An open journal says how far it is; it is looked at before the files are looked at again.
   */
  const readTogether = async (): Promise<Result<InstalledState, ImageProblem>> => {
    for (let tries = 1; ; tries++) {
      const before = attempt(() => identityOf(filesystem, layout.database))
      if (!before.ok) return before
      const fresh = attempt(() => readText(filesystem, layout.config) === seen)
      if (!fresh.ok) return fresh
      const config = fresh.value ? undefined : await load()
      if (config?.ok === false) return config
      const state = await store.read()
      if (!state.ok) return state
      const moment = attempt(() => {
        const isOpen = hasOpenJournal(filesystem, layout.metadata)
        const replaced = isOpen ? openReplacement(target, configName) : undefined
        const isSame =
          readText(filesystem, layout.config) === seen &&
          identityOf(filesystem, layout.database) === before.value &&
          hasOpenJournal(filesystem, layout.metadata) === isOpen
        return { replaced, isSame }
      })
      if (!moment.ok) return moment
      const { replaced, isSame } = moment.value
      // Each try is a change that somebody has begun or finished meanwhile.
      if (!isSame && tries < MOST_TRIES) continue
      if (replaced?.base !== state.value.generation) return state
      const previous = await readConfig({ ...place, path: replaced.previous })
      // The run is over: it has committed, or it has put the configuration back.
      if (!previous.ok && tries < MOST_TRIES) continue
      if (previous.ok) {
        current = previous.value.config
        seen = undefined
      }
      return state
    }
  }

  const first = await load()
  if (!first.ok) return first
  return ok({
    host,
    root: location.root,
    layout,
    store: { ...store, read: readTogether },
    sources: sourcePool(host.openSource, () => trustOf(current ?? first.value)),
    config: () => current ?? first.value,
    reloadConfig: load,
    saveConfig(wanted) {
      const { newUuid } = host
      const config = newUuid === undefined ? wanted : withClientUuids(wanted, newUuid)
      const written = writeConfig(filesystem, layout.config, config)
      if (!written.ok) return written
      current = config
      seen = undefined
      return written
    },
  })
}

/** More changes than that within one reading are none: the file system does not tell one file from another. */
const MOST_TRIES = 16

/** Which file has a name now: another one when it was replaced. Throws `FilesystemError`. */
export function identityOf(filesystem: Filesystem, path: string): string {
  const status = filesystem.lstat(path)
  if (status === undefined) return 'none'
  return [status.device, status.inode, status.size, status.mtime].join()
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
