import type { PublisherRefresh } from '#image'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { prefixed } from '../../render/message.ts'
import { createProgress, progressMode } from '../../render/progress.ts'
import { refreshSummary } from '../../render/refresh.ts'

/** `refresh [--full] [PUBLISHER...]`: 0 all, 3 some, 1 none. Source: cli §6. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  const progress = createProgress(io, { mode: progressMode(io, given.has('quiet')), phases: false })
  const opened = await context.open('write', progress)
  if (!opened.ok) return await context.fail(opened.error)
  const image = opened.value
  const refreshed = await image.refresh({
    publishers: given.operands,
    full: given.has('full'),
    onlyIfDue: false,
  })
  progress.end()
  for (const warning of progress.warnings) context.complain(`WARNING: ${warning}`)
  if (!refreshed.ok) {
    const { error } = refreshed
    if (error.code === 'ips::image_error::refresh_failed')
      return await summarise(
        error.failures.map(({ publisher, problem }) => ({
          publisher,
          outcome: 'failed',
          problems: [problem],
        })),
      )
    const code = await context.fail(error)
    if (
      error.code === 'ips::image_error::unknown_publisher' ||
      error.code === 'ips::image_error::publisher_disabled'
    )
      io.stderr(`${io.programName}: '${io.programName} publisher' will show a list of publishers.\n`)
    return code
  }
  const { publishers } = refreshed.value
  if (publishers.every((one) => one.outcome !== 'failed' && one.outcome !== 'partial')) return Exit.ok
  return await summarise(publishers)

  async function summarise(publishers: readonly PublisherRefresh[]): Promise<number> {
    const summary = await refreshSummary(publishers, image.config().publishers)
    io.stderr(`${prefixed(io.programName, summary)}\n`)
    return publishers.every((one) => one.outcome === 'failed') ? Exit.error : Exit.partial
  }
}
