import type { Finding } from '#executor'
import type { Unpackaged, VerifiedPackage, VerifyReport } from '#image'
import { type Fmri, formatFmri, formatTimestamp } from '#model'
import type { ItemMessage, ParsableInput } from './parsable.ts'

/** The parts of a report to show. */
export interface ReportView {
  /** True: show notes, and packages without errors too. */
  readonly verbose: boolean
  readonly header: boolean
  readonly unpackaged: readonly Unpackaged[] | undefined
  /** Line before each package, for `fix`. */
  readonly before?: (fmri: Fmri) => string
}

const statusTexts = { ok: 'OK', warning: 'WARNING', error: 'ERROR' } as const

function statusLine(name: string, status: string): string {
  return `${name.padEnd(70)} ${status.padStart(7)}`
}

function packageLine(verified: VerifiedPackage): string {
  return statusLine(formatFmri(verified.fmri, 'stem'), statusTexts[verified.status])
}

function findingText(finding: Finding): string {
  return finding.level === 'info' ? finding.text : `${finding.level.toUpperCase()}: ${finding.text}`
}

function findingLines(findings: readonly Finding[]): string {
  let text = ''
  let current = ''
  for (const finding of findings) {
    if (finding.item !== current) text += `\t${finding.item}\n`
    current = finding.item
    text += `\t\t${findingText(finding)}\n`
  }
  return text
}

/** The report as text; empty without anything to show. Source: cli §5.5. */
export function verifyText(report: VerifyReport, view: ReportView): string {
  let text = ''
  let header = view.header ? `${statusLine('PACKAGE', 'STATUS')}\n` : ''
  const withHeader = (line: string): string => {
    const lines = `${header}${line}`
    header = ''
    return lines
  }
  for (const verified of report.packages) {
    if (verified.status === 'ok' && !view.verbose) continue
    const shown = verified.findings.filter(({ level }) => view.verbose || level !== 'info')
    text += view.before?.(verified.fmri) ?? ''
    text += withHeader(`${packageLine(verified)}\n`) + findingLines(shown)
  }
  for (const path of report.unknownPaths) text += withHeader(`${path} is not found in the image\n`)
  const { unpackaged } = view
  if (unpackaged === undefined || unpackaged.length === 0) return text
  if (text !== '') text += `${'-'.repeat(80)}\n`
  if (view.header) text += 'UNPACKAGED CONTENTS\n'
  for (const { kind, path } of unpackaged)
    text += `${kind}: ${path}:\n\tUnpackaged ${kind === 'dir' ? 'directory' : 'file'}\n`
  return text
}

/** The report as `item-messages` of the parsable line; `now` in milliseconds since 1970-01-01 UTC. Source: cli §5.4. */
export function verifyMessages(
  report: VerifyReport,
  unpackaged: readonly Unpackaged[] | undefined,
  now: number,
): NonNullable<ParsableInput['messages']> {
  const time = formatTimestamp(now)
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
  const missing = new Map<string, ItemMessage[]>(
    report.unknownPaths.map((path) => [path, [message('info', `${path} is not found in the image`)]]),
  )
  if (missing.size > 0) messages.set('path not found', missing)
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
  return messages
}
