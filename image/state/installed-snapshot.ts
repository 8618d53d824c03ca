import { createHash } from 'node:crypto'
import { type Freeze, formatFmri, parseFmri, parseStem, type Stem } from '#model'
import type { InstalledRecord, InstalledState } from '../installed-state.ts'

/** Version of the snapshot file; another one is simply not used. */
const snapshotFormat = 1

/** Of any bytes, lower-case hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * The snapshot file of a state: one line of JSON that says of which database bytes it is a copy (`stamp`, their SHA-256) and what
 * its second line hashes to; then the state as one line of JSON.
 */
export function formatSnapshot(state: InstalledState, stamp: string): string {
  const body = JSON.stringify({
    generation: state.generation,
    packages: state.packages.map((record) => [
      formatFmri(record.fmri),
      record.manual ? 1 : 0,
      record.installTime,
      record.updateTime ?? null,
      record.manifestSha256,
      record.catalogActions,
    ]),
    avoided: state.avoided,
    frozen: state.frozen,
  })
  const head = { format: snapshotFormat, generation: state.generation, stamp, checksum: sha256(body) }
  return `${JSON.stringify(head)}\n${body}\n`
}

/** Reads a snapshot file; undefined when it is of other database bytes, of another format or damaged: the database is read then. */
export function parseSnapshot(text: string, stamp: string): InstalledState | undefined {
  const lineEnd = text.indexOf('\n')
  if (lineEnd < 0 || !text.endsWith('\n')) return undefined
  const head = text.slice(0, lineEnd)
  const body = text.slice(lineEnd + 1, -1)
  try {
    const { format, stamp: written, checksum } = JSON.parse(head) as Record<string, unknown>
    if (format !== snapshotFormat || written !== stamp || checksum !== sha256(body)) return undefined
    return readBody(JSON.parse(body) as SnapshotBody)
  } catch {
    return undefined
  }
}

/** The checksum proves that `formatSnapshot` wrote it, so the shape is known. */
interface SnapshotBody {
  readonly generation: number
  readonly packages: readonly (readonly [string, number, number, number | null, string, string])[]
  readonly avoided: readonly string[]
  readonly frozen: readonly Freeze[]
}

function readBody(body: SnapshotBody): InstalledState | undefined {
  const packages: InstalledRecord[] = []
  for (const [text, manual, installTime, updateTime, manifestSha256, catalogActions] of body.packages) {
    const fmri = parseFmri(text)
    if (!fmri.ok) return undefined
    packages.push({
      fmri: fmri.value,
      manual: manual === 1,
      installTime,
      updateTime: updateTime ?? undefined,
      manifestSha256,
      catalogActions,
    })
  }
  const avoided: Stem[] = []
  for (const text of body.avoided) {
    const stem = parseStem(text)
    if (!stem.ok) return undefined
    avoided.push(stem.value)
  }
  const frozen = body.frozen.map((freeze) => ({
    stem: freeze.stem,
    version: freeze.version,
    reason: freeze.reason,
    since: freeze.since,
  }))
  return { generation: body.generation, packages, avoided, frozen }
}
