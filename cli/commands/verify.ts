import type { Finding } from '#executor'
import type { Image, VerifiedPackage, VerifyReport } from '#image'
import { formatFmri, formatTimestamp } from '#model'
import type { CommandContext } from '../command.ts'
import { Exit } from '../exit-codes.ts'
import { illegalPatterns } from '../patterns.ts'
import { emptyParsable, type ItemMessage, parsableLine } from '../render/parsable.ts'
import { createProgress, progressMode } from '../render/progress.ts'
import type { Unpackaged } from '../unpackaged.ts'

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
  let report: VerifyReport = { packages: [], misses: [], unknownPaths: [] }
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
  const unpackaged = await unpackagedContent(context, image)
  if (given.has('parsable')) io.stdout(await parsable(context, report, unpackaged))
  else if (!given.has('quiet')) io.stdout(humanReport(context, report, unpackaged))
  return report.packages.some((one) => one.status === 'error') ? Exit.error : Exit.ok
}

async function unpackagedContent(
  context: CommandContext,
  image: Image,
): Promise<readonly Unpackaged[] | undefined> {
  const { arguments: given } = context
  if (!given.has('unpackaged') && !given.has('unpackagedOnly')) return undefined
  const { findUnpackaged } = await import('../unpackaged.ts')
  const { createNodeFilesystem } = await import('../platform/node-filesystem.ts')
  return await findUnpackaged(image, createNodeFilesystem(), given.operands)
}

const statusWords = { ok: 'OK', warning: 'WARNING', error: 'ERROR' } as const

function statusLine(name: string, status: string): string {
  return `${name.padEnd(70)} ${status.padStart(7)}`
}

function packageLine(verified: VerifiedPackage): string {
  return statusLine(formatFmri(verified.fmri, 'stem'), statusWords[verified.status])
}

function findingText(finding: Finding): string {
  return finding.level === 'info' ? finding.text : `${finding.level.toUpperCase()}: ${finding.text}`
}

function humanReport(
  context: CommandContext,
  report: VerifyReport,
  unpackaged: readonly Unpackaged[] | undefined,
): string {
  const { arguments: given } = context
  const verbose = given.count('verbose') > 0
  const header = !given.has('noHeader')
  let text = ''
  for (const verified of report.packages) {
    const shown = verified.findings.filter((finding) => verbose || finding.level !== 'info')
    if (verified.status === 'ok' && !verbose) continue
    text += `${packageLine(verified)}\n`
    let current = ''
    for (const finding of shown) {
      if (finding.item !== current) text += `\t${finding.item}\n`
      current = finding.item
      text += `\t\t${findingText(finding)}\n`
    }
  }
  for (const path of report.unknownPaths) text += `${path} is not found in the image\n`
  if (text !== '' && header) text = `${statusLine('PACKAGE', 'STATUS')}\n${text}`
  if (unpackaged === undefined || unpackaged.length === 0) return text
  if (text !== '') text += `${'-'.repeat(80)}\n`
  if (header) text += 'UNPACKAGED CONTENTS\n'
  for (const { kind, path } of unpackaged)
    text += `${kind}: ${path}:\n\tUnpackaged ${kind === 'dir' ? 'directory' : 'file'}\n`
  return text
}

async function parsable(
  context: CommandContext,
  report: VerifyReport,
  unpackaged: readonly Unpackaged[] | undefined,
): Promise<string> {
  const { createNodeFilesystem } = await import('../platform/node-filesystem.ts')
  const { systemClock } = await import('../platform/system-clock.ts')
  const time = formatTimestamp(systemClock.now())
  const message = (
    level: ItemMessage['msg_level'],
    text: string,
    type: ItemMessage['msg_type'] = 'general',
  ): ItemMessage => ({ msg_time: time, msg_level: level, msg_type: type, msg_text: text, msg_stage: 0 })
  const messages = new Map<string, Map<string, ItemMessage[]>>()
  for (const verified of report.packages) {
    const level = verified.status === 'ok' ? 'info' : verified.status
    const parts = new Map([['messages', [message(level, packageLine(verified))]]])
    for (const finding of verified.findings) {
      const list = parts.get(finding.item) ?? []
      list.push(message(finding.level, findingText(finding)))
      parts.set(finding.item, list)
    }
    messages.set(formatFmri(verified.fmri, 'full'), parts)
  }
  for (const path of report.unknownPaths)
    messages.set(
      'path not found',
      new Map([
        ...(messages.get('path not found') ?? []),
        [path, [message('info', `${path} is not found in the image`)]],
      ]),
    )
  if (unpackaged !== undefined && unpackaged.length > 0)
    messages.set(
      'unpackaged',
      new Map(
        unpackaged.map(({ kind, path }) => [
          `${kind}: ${path}`,
          [message('info', `Unpackaged ${kind === 'dir' ? 'directory' : 'file'}`, 'unpackaged')],
        ]),
      ),
    )
  const free = createNodeFilesystem().freeSpace(context.location().root)
  return parsableLine({
    ...emptyParsable(free, 0),
    affected: report.packages
      .filter((one) => one.status === 'error')
      .map((one) => formatFmri(one.fmri, 'full')),
    messages,
  })
}
