import type { ImageKind } from '#model'
import type { CommandIo } from '../command.ts'

/**
 * True where boot environments, the boot archive and absent branches are not mentioned: on a terminal, for a user image. A user image has no
 * boot environments and no boot archive. Without a terminal the output is complete, because programs read it.
 */
export function isTerse(io: Pick<CommandIo, 'stdoutIsTty'>, kind: ImageKind): boolean {
  return io.stdoutIsTty && kind === 'user'
}
