import type { ImageKind } from '#model'
import type { CommandIo } from '../command.ts'

/**
 * True where nothing is said of boot environments, the boot archive and absent branches: on a terminal, for a user image, which has none
 * of them. Programs read the whole output.
 */
export function isTerse(io: Pick<CommandIo, 'stdoutIsTty'>, kind: ImageKind): boolean {
  return io.stdoutIsTty && kind === 'user'
}
