import { compareTimestamps, localeOf } from './catalog-attrs.ts'
import { type CatalogJson, openSignedFile, type SignedFile } from './catalog-canonical.ts'
import {
  type CatalogPart,
  createPartEditor,
  entryFault,
  isBasePart,
  type PartEditor,
  type PartEntry,
} from './catalog-part.ts'
import { signStems } from './catalog-stems-text.ts'

/** One operation of an update log, with the part entries it carries. Source: catalog-v1 §2.3. */
export interface LogEntry {
  readonly 'op-type': string
  readonly 'op-time': string
  readonly version: string
  readonly [part: string]: CatalogJson
}

/** An update log: the operations of one hour and locale, by publisher and stem, in time order per stem. */
export interface UpdateLog {
  readonly metadata: Map<string, CatalogJson>
  readonly publishers: Map<string, Map<string, readonly LogEntry[]>>
}

/** Name of the log of an hour: `20240102T030500.000123Z`, `C` -> `update.20240102T03Z.C`. */
export function logName(timestamp: string, locale: string): string {
  return `update.${timestamp.slice(0, 11)}Z.${locale}`
}

/** Reads an update log, signature and shape included; a string is the reason why not. */
export async function openLog(bytes: Uint8Array): Promise<{ log: UpdateLog; sha1: string } | string> {
  const file = openSignedFile(bytes)
  if (typeof file === 'string') return file
  const { logFault } = await import('./catalog-schema.ts')
  const metadata = new Map([...file.members].filter(([key]) => key.startsWith('_')))
  const content = [...file.members].filter(([key]) => !key.startsWith('_'))
  const fault = logFault(Object.fromEntries(content))
  if (fault !== undefined) return fault
  const publishers = new Map(
    content.map(([name, stems]) => [name, new Map(Object.entries(stems as { [stem: string]: LogEntry[] }))]),
  )
  return { log: { metadata, publishers }, sha1: file.sha1 }
}

/** The file of a log. */
export function serialiseLog(log: UpdateLog): SignedFile {
  return signStems(log.metadata, log.publishers)
}

/** A part under update: its content, and its last-modified before the update began. */
export interface PartUnderUpdate {
  readonly part: CatalogPart
  readonly since: string
}

/**
 * Applies logs, in the order given, to the parts. Operations not newer than a part's `since` are in
 * it already. A string is the reason why the logs do not fit the parts (unknown operation, addition of what is there,
 * removal of what is not); the parts are then unchanged. Source: catalog-v1 §5 step 6.
 */
export function applyLogs(
  logs: readonly UpdateLog[],
  parts: ReadonlyMap<string, PartUnderUpdate>,
): string | undefined {
  const editors = new Map([...parts].map(([name, { part }]) => [name, createPartEditor(part)]))
  for (const log of logs) {
    for (const [publisher, stems] of log.publishers) {
      for (const [stem, entries] of stems) {
        for (const entry of entries) {
          const fault = applyEntry(publisher, stem, entry, parts, editors)
          if (fault !== undefined) return `${publisher}/${stem}@${entry.version}: ${fault}`
        }
      }
    }
  }
  for (const editor of editors.values()) editor.finish()
  return undefined
}

function applyEntry(
  publisher: string,
  stem: string,
  entry: LogEntry,
  parts: ReadonlyMap<string, PartUnderUpdate>,
  editors: ReadonlyMap<string, PartEditor>,
): string | undefined {
  const type = entry['op-type']
  if (type !== 'add' && type !== 'remove') return `unknown operation ${JSON.stringify(type)}`
  for (const [name, editor] of editors) {
    if (!Object.hasOwn(entry, name)) continue
    if (compareTimestamps(entry['op-time'], parts.get(name)?.since ?? null) <= 0) continue
    const embedded = entry[name]
    const fault = entryFault(embedded, isBasePart(name))
    if (fault !== undefined) return `its entry for ${name} ${fault}`
    const one = embedded as PartEntry
    if (type === 'add') {
      if (!editor.add(publisher, stem, one)) return `added to ${name}, which has it already`
    } else if (editor.take(publisher, stem, one.version) === undefined)
      return `removed from ${name}, which has it not`
  }
  return undefined
}

/** Logs that an update of parts of one locale needs: newer than the newest part, in name order. */
export function neededLogs(
  logs: ReadonlyMap<string, { readonly lastModified: string }>,
  locale: string,
  newestPart: string,
): readonly string[] {
  return [...logs]
    .filter(([name, log]) => localeOf(name) === locale && compareTimestamps(log.lastModified, newestPart) > 0)
    .map(([name]) => name)
    .sort()
}
