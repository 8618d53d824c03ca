import { ok, type Result, removeTree } from '#model'
import { changeImage } from '../change/change-image.ts'
import { propertyHolds } from '../config/properties.ts'
import type { OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'
import { attempt } from '../storage.ts'
import { imageCatalog } from '../supply/catalogs.ts'
import { flushPayloads } from '../supply/payloads.ts'

/**
 * Empties the content caches of all publishers, where the property `flush-content-cache-on-success` lets content go at all. Gives
 * the folders, by publisher. It takes the lock, so that nothing is taken away from an operation at work. Source: image §10.
 */
export function cleanCache(
  context: ImageContext,
): Promise<Result<readonly { readonly publisher: string; readonly path: string }[], OperationProblem>> {
  return changeImage(context, 'clean', async () => {
    const { host, layout } = context
    if (!propertyHolds(context.config(), 'flush-content-cache-on-success'))
      return ok({ value: [], changed: false })
    const flushed = attempt(() => {
      const root = layout.publisher('')
      const publishers = host.filesystem.lstat(root) === undefined ? [] : host.filesystem.readDirectory(root)
      const folders = publishers.map((publisher) => ({ publisher, path: layout.payloads(publisher) }))
      flushPayloads(context)
      return folders.sort((a, b) => (a.publisher < b.publisher ? -1 : 1))
    })
    // Caches are no part of the image's state: nothing for the history.
    return flushed.ok ? ok({ value: flushed.value, changed: false }) : flushed
  })
}

/** Throws the index of the catalogs away and makes it anew. Problems: those of the lock and of the catalogs. */
export function rebuildIndex(context: ImageContext): Promise<Result<void, OperationProblem>> {
  return changeImage<void>(context, 'rebuild-index', async () => {
    const { host, layout } = context
    const removed = attempt(() => removeTree(host.filesystem, layout.catalogIndex))
    if (!removed.ok) return removed
    const state = await context.store.read()
    if (!state.ok) return state
    const catalog = await imageCatalog(context, state.value)
    return catalog.ok ? ok({ value: undefined, changed: true }) : catalog
  })
}
