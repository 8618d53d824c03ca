import type { Image, ImageHost, Unpackaged, VerifyReport } from '#image'
import { ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { parsableLine } from '../../render/parsable.ts'
import { createProgress, progressMode } from '../../render/progress.ts'
import { verifyMessages, verifyText } from '../../render/verify-report.ts'
import { illegalPatterns } from '../shared/patterns.ts'
import { unpackagedContent } from './unpackaged.ts'

/** `verify [PATTERN...]`. Source: cli §5.5. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  if (given.has('unpackagedOnly') && given.operands.length > 0)
    return context.misuse("'--unpackaged-only' may not be used with package patterns.")
  const illegal = illegalPatterns(given.operands)
  if (illegal !== undefined) return await context.fail(illegal)
  const silent = given.has('quiet') || given.has('parsable')
  const progress = createProgress(io, {
    mode: progressMode(io, silent),
    phases: true,
    verbose: given.count('verbose') > 0,
  })
  const opened = await context.open('read', progress)
  if (!opened.ok) return await context.fail(opened.error)
  const image = opened.value
  let report: VerifyReport = { packages: [], misses: [], unknownPaths: [], actuators: [] }
  if (!given.has('unpackagedOnly')) {
    const verified = await image.verify({
      patterns: given.operands,
      paths: given.list('path').map((path) => path.replace(/^\/+/, '')),
    })
    progress.end()
    if (!silent) for (const warning of progress.warnings) context.complain(`WARNING: ${warning}`)
    if (!verified.ok) return await context.fail(verified.error)
    report = verified.value
  }
  if (report.misses.length > 0)
    return await context.fail({
      code: 'ips::solver_error::no_candidates',
      operation: 'verify',
      patterns: report.misses.map((text) => ({ text, why: 'not-installed', nearest: [] })),
    })
  const wanted = given.has('unpackaged') || given.has('unpackagedOnly')
  const walked = wanted ? await unpackagedContent(context, image) : ok(undefined)
  if (!walked.ok) return await context.fail(walked.error)
  const unpackaged = walked.value
  if (given.has('parsable')) io.stdout(parsable(await context.host(progress), image, report, unpackaged))
  else if (!given.has('quiet'))
    io.stdout(
      verifyText(report, {
        verbose: given.count('verbose') > 0,
        header: !given.has('noHeader'),
        unpackaged,
      }),
    )
  return report.packages.some((one) => one.status === 'error') ? Exit.error : Exit.ok
}

function parsable(
  { clock, filesystem }: ImageHost,
  image: Image,
  report: VerifyReport,
  unpackaged: readonly Unpackaged[] | undefined,
): string {
  return parsableLine({
    spaceAvailable: filesystem.freeSpace(image.root),
    affected: report.packages.filter(({ status }) => status === 'error').map(({ fmri }) => fmri),
    actuators: report.actuators,
    messages: verifyMessages(report, unpackaged, clock.now()),
  })
}
