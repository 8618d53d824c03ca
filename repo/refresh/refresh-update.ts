import { join } from 'node:path'
import type { FileContent } from '#model'
import type { CatalogAttributes } from '../catalog/catalog-attrs.ts'
import { applyLogs, openLog, type PartUnderUpdate, type UpdateLog } from '../catalog/catalog-log.ts'
import { isBasePart, type OpenedPart, openPart, serialisePart } from '../catalog/catalog-part.ts'
import { rewritePart, scanStems } from '../catalog/catalog-rewrite.ts'
import type { PartScanner } from '../catalog/catalog-scan.ts'
import { type FetchedAttributes, fetchFile, type NewState, type OriginPlace } from './refresh-fetch.ts'
import { onDisk, readIfPresent, stagingSink, unstage } from './refresh-store.ts'

/** Applies logs to the local parts and checks that they have become the remote ones; undefined where they have not. */
export async function updateParts(
  input: OriginPlace,
  local: CatalogAttributes,
  remote: FetchedAttributes,
  decision: { readonly logs: readonly string[]; readonly parts: readonly string[] },
): Promise<NewState | undefined> {
  const logs: UpdateLog[] = []
  for (const name of decision.logs) {
    const expected = remote.attributes.updates.get(name)?.sha1
    const log = await fetchFile(input, name, false, openLog)
    if (!log.ok || (expected !== undefined && log.value.opened.sha1 !== expected)) return undefined
    logs.push(log.value.opened.log)
  }
  const rewritten = onDisk(() => rewriteParts(input, local, remote, decision.parts, logs))
  if (!rewritten.ok) return undefined
  if (rewritten.value !== 'refused') return rewritten.value
  const parts = new Map<string, PartUnderUpdate>()
  for (const name of decision.parts) {
    const opened = readLocalPart(input, local, name)
    const since = local.parts.get(name)?.lastModified
    if (opened === undefined || since === undefined) return undefined
    parts.set(name, { part: opened.part, since })
  }
  if (applyLogs(logs, parts) !== undefined) return undefined
  const files = new Map<string, FileContent | 'staged'>()
  let publishers: readonly string[] | undefined
  for (const [name, { part }] of parts) {
    const { bytes, sha1 } = serialisePart(part)
    const expected = remote.attributes.parts.get(name)?.sha1
    if (expected !== undefined && sha1 !== expected) return undefined
    files.set(name, bytes)
    if (name === 'catalog.base.C') publishers = [...part.publishers.keys()]
  }
  files.set('catalog.attrs', remote.bytes)
  return { files, attributes: remote.attributes, publishers }
}

/**
 * As `updateParts`, by reading each part twice in pieces: once for the stems that the logs name, once to write it anew.
 * `refused`: a part is not written canonically or damaged; undefined: the logs do not make it the remote one.
 */
function rewriteParts(
  input: OriginPlace,
  local: CatalogAttributes,
  remote: FetchedAttributes,
  names: readonly string[],
  logs: readonly UpdateLog[],
): NewState | 'refused' | undefined {
  const { filesystem, directory } = input
  const scanFile = (name: string, scanner: PartScanner): void => {
    const path = join(directory, name)
    if (filesystem.lstat(path) === undefined) return
    for (const piece of filesystem.readChunks(path)) if (!scanner.take(piece)) return
  }
  const named = new Map<string, Set<string>>()
  for (const log of logs) {
    for (const [publisher, stems] of log.publishers) {
      named.set(publisher, new Set([...(named.get(publisher) ?? []), ...stems.keys()]))
    }
  }
  const parts = new Map<string, PartUnderUpdate>()
  for (const name of names) {
    const { scanner, part } = scanStems(isBasePart(name), named)
    scanFile(name, scanner)
    const found = scanner.finish()
    const before = local.parts.get(name)
    if (found === undefined || before === undefined) return 'refused'
    if (before.sha1 !== undefined && before.sha1 !== found.sha1) return 'refused'
    parts.set(name, { part, since: before.lastModified })
  }
  if (applyLogs(logs, parts) !== undefined) return undefined
  const files = new Map<string, FileContent | 'staged'>()
  let publishers: readonly string[] | undefined
  let fits = true
  try {
    for (const [name, { part }] of parts) {
      const staging = stagingSink(filesystem, join(directory, name))
      staging.begin()
      const rewriter = rewritePart(isBasePart(name), named, part, staging.take)
      scanFile(name, rewriter.scanner)
      const done = rewriter.finish()
      const expected = remote.attributes.parts.get(name)?.sha1
      fits = done !== undefined && (expected === undefined || done.sha1 === expected)
      if (!fits) return undefined
      files.set(name, 'staged')
      if (name === 'catalog.base.C') publishers = done?.publishers
    }
    files.set('catalog.attrs', remote.bytes)
    return { files, attributes: remote.attributes, publishers }
  } catch (error) {
    fits = false
    throw error
  } finally {
    if (!fits) for (const name of names) unstage(filesystem, join(directory, name))
  }
}

function readLocalPart(input: OriginPlace, local: CatalogAttributes, name: string): OpenedPart | undefined {
  const bytes = onDisk(() => readIfPresent(input.filesystem, join(input.directory, name)))
  if (!bytes.ok || bytes.value === undefined) return undefined
  const opened = openPart(name, bytes.value)
  const expected = local.parts.get(name)?.sha1
  if (typeof opened === 'string' || (expected !== undefined && opened.sha1 !== expected)) return undefined
  return opened
}
