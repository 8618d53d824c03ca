import { err, ok, type Result } from '#model'
import { lockImage } from './change/change-image.ts'
import type { ImageLocation } from './config/find-image.ts'
import type { ImageHost } from './host.ts'
import { type Image, imageOf } from './image.ts'
import type { OperationProblem } from './problems.ts'
import { interruption, openContext } from './state/context.ts'
import { putBack } from './state/replace-image.ts'

/**
 * What an image is opened for. settings: reading configuration or history, and methods that change the image, which recover it
 * themselves; read: reading packages or files, which an interrupted operation would falsify; write: a change, so that an interrupted
 * operation is finished or undone at once.
 */
export type OpenMode = 'settings' | 'read' | 'write'

/**
 * Opens an image. An image whose replacement was interrupted is moved back to its place first. Problems: `corrupt_config`,
 * `unsupported_format`, `storage` and its kin; with 'read' `interrupted`; with 'write' those of the lock and of recovery, if there is
 * something to recover.
 */
export async function openImage(
  host: ImageHost,
  location: ImageLocation,
  mode: OpenMode,
): Promise<Result<Image, OperationProblem>> {
  const back = putBack(host, location)
  if (!back.ok) return back
  const opened = await openContext(host, location)
  if (!opened.ok) return opened
  const context = opened.value
  const interrupted = mode === 'settings' ? undefined : interruption(context)
  if (interrupted !== undefined) {
    if (mode === 'read' || interrupted.code !== 'ips::image_error::interrupted') return err(interrupted)
    const lock = await lockImage(context)
    if (!lock.ok) return lock
    lock.value.release()
  }
  return ok(imageOf(context))
}
