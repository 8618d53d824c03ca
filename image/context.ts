import { relative } from 'node:path'
import { hasOpenJournal, recoverInterrupted } from '#executor'
import { type AbsolutePath, err, ok, type Result } from '#model'
import type { ImageLocation } from './find-image.ts'
import { recordOperation } from './history.ts'
import type { ImageHost } from './host.ts'
import { type ImageConfig, readConfig, writeConfig } from './image-config.ts'
import { type InstalledStore, installedStore } from './installed-store.ts'
import { type ImageLayout, imageLayout } from './layout.ts'
import { type ImageLock, lockIsHeld, takeLock } from './lock.ts'
import { pruneManifests } from './manifests.ts'
import type { ImageProblem, OperationProblem } from './problems.ts'
import { type SourcePool, sourcePool } from './sources.ts'
import { attempt, attemptQuietly, writeAtomically } from './storage.ts'

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
  reloadConfig(): Result<ImageConfig, ImageProblem>
  /** Replaces the file; only under the lock. */
  saveConfig(config: ImageConfig): Result<void, ImageProblem>
}

/** Reads the configuration of a found image. Problems: `corrupt_config`, `unsupported_format`, `storage` and its kin. */
export function openContext(host: ImageHost, location: ImageLocation): Result<ImageContext, ImageProblem> {
  const layout = imageLayout(location.metadata)
  const first = readConfig(host.filesystem, layout.config)
  if (!first.ok) return first
  let current = first.value
  return ok({
    host,
    root: location.root,
    layout,
    store: installedStore(host.filesystem, layout, host.loadSql),
    sources: sourcePool(host.openSource),
    config: () => current,
    reloadConfig() {
      const read = readConfig(host.filesystem, layout.config)
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

/** What an operation that takes the lock reports: `unchanged` ones leave no history record. */
export interface Done<T> {
  readonly value: T
  readonly changed: boolean
  readonly startState?: string
  readonly endState?: string
}

/**
 * Runs an operation as the image's only writer: lock, recovery, configuration read again, work, history record, `modified`
 * touched, unlock. Problems: those of `takeLock`, of recovery and of the work.
 */
export async function changeImage<T>(
  context: ImageContext,
  operation: string,
  work: () => Promise<Result<Done<T>, OperationProblem>>,
): Promise<Result<T, OperationProblem>> {
  const { host, layout } = context
  const startTime = host.clock.now()
  const finish = (
    problem: OperationProblem | undefined,
    states: { readonly startState?: string; readonly endState?: string },
  ): void =>
    recordOperation(host.filesystem, layout.history, host.process, {
      operation,
      startTime,
      endTime: host.clock.now(),
      problem,
      ...states,
    })
  const locked = await lockImage(context)
  if (!locked.ok) {
    finish(locked.error, {})
    return locked
  }
  try {
    const done = await work()
    if (!done.ok) {
      finish(done.error, {})
      return done
    }
    if (done.value.changed) {
      attemptQuietly(() => writeAtomically(host.filesystem, layout.modified, ''))
      finish(undefined, done.value)
    }
    return ok(done.value.value)
  } finally {
    locked.value.release()
  }
}

/** Takes the lock and puts the image in order: recovers an interrupted operation, reads the configuration again. */
export async function lockImage(context: ImageContext): Promise<Result<ImageLock, OperationProblem>> {
  const { host, layout } = context
  const lock = takeLock(layout.lock, {
    filesystem: host.filesystem,
    process: host.process,
    now: host.clock.now(),
  })
  if (!lock.ok) return lock
  const recovered = await recover(context)
  const reloaded = recovered.ok ? context.reloadConfig() : recovered
  if (!reloaded.ok) {
    lock.value.release()
    return err(reloaded.error)
  }
  return lock
}

/**
 * `interrupted` when a change was cut off and nobody is at work on it. While another client holds the lock, readers see the
 * installed set before or after its change, both of which are right.
 */
export function interruption(context: ImageContext): ImageProblem | undefined {
  const { host, layout } = context
  if (!hasOpenJournal(host.filesystem, layout.metadata)) return undefined
  const request = { filesystem: host.filesystem, process: host.process, now: host.clock.now() }
  if (lockIsHeld(layout.lock, request)) return undefined
  return { code: 'ips::image_error::interrupted', root: context.root }
}

async function recover(context: ImageContext): Promise<Result<void, OperationProblem>> {
  const { host, layout } = context
  const open = attempt(() => hasOpenJournal(host.filesystem, layout.metadata))
  if (!open.ok) return open
  if (!open.value) return ok(undefined)
  const state = await context.store.read()
  if (!state.ok) return state
  const recovery = recoverInterrupted({
    filesystem: host.filesystem,
    root: context.root,
    metadata: layout.metadata,
    committedGeneration: state.value.generation,
  })
  if (!recovery.ok) return recovery
  const { side, operation } = recovery.value
  if (side !== 'none') host.events.emit({ kind: 'recovered', side, operation })
  return attempt(() => pruneManifests(host.filesystem, layout, state.value.packages))
}
