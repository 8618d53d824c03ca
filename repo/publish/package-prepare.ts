import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Action, AttributeValue, Fmri, Manifest, Result, ValidationProblem } from '#model'
import {
  attribute,
  createAction,
  err,
  formatAction,
  formatFmri,
  formatManifest,
  formatTimestamp,
  licenseWarnings,
  ok,
  parseManifest,
  parseVersion,
  takesPayload,
  validateForPublication,
} from '#model'
import { payloadPath } from '../payload/payload.ts'
import type { PackedPayload } from '../payload/payload-pack.ts'
import { measureStored, packPayload } from '../payload/payload-pack.ts'
import { atPlaces, type PlacedAction } from './manifest-source.ts'
import { invalidPackage, type PackageDraft, packageFault, warningsOf } from './package-draft.ts'
import type { RepositoryChangeProblem } from './publication-problems.ts'
import type { PublicationWarning } from './publication-warnings.ts'

/** A package in the form that a repository stores, without the payloads. */
export interface PreparedPackage {
  readonly draft: PackageDraft
  /** With publisher and timestamp. */
  readonly fmri: Fmri
  readonly manifest: Manifest
  readonly text: string
  readonly warnings: readonly PublicationWarning[]
}

/** Where payloads are packed for one publisher. */
export interface PackingPlace {
  /** Folder of the publisher. */
  readonly folder: string
  /** Folder for new payloads, each by its name, on the same file system. */
  readonly work: string
  /** By path of the source file. */
  readonly packed: Map<string, PackedPayload>
}

/**
 * Packs the payloads of a package and checks the package as a whole. Problems: `invalid_package`, `payload_unavailable`. Throws the
 * error of a failed disk call.
 */
export async function preparePackage(
  draft: PackageDraft,
  fmri: Fmri,
  place: PackingPlace,
): Promise<Result<PreparedPackage, RepositoryChangeProblem>> {
  const actions: PlacedAction[] = []
  for (const one of draft.actions) {
    const complete = await completeAction(one.action, draft, fmri, place)
    if (!complete.ok) return complete
    actions.push({ action: complete.value, place: one.place })
  }
  const name = new Map([
    ['name', 'pkg.fmri'],
    ['value', formatFmri(fmri)],
  ])
  const first = createAction('set', undefined, name)
  if (!first.ok) return err(invalidPackage(formatFmri(fmri), first.error))
  const manifest: Manifest = { actions: [first.value, ...actions.map(({ action }) => action)] }
  const text = formatManifest(manifest)
  const fault = publicationFault(manifest, text)
  if (fault !== undefined) {
    const places = [draft.place, ...actions.map((one) => one.place)]
    return err(invalidPackage(formatFmri(fmri), atPlaces(fault, places)))
  }
  return ok({ draft, fmri, manifest, text, warnings: warningsOf(actions, licenseWarnings) })
}

/** The given timestamp, or else the first second from now on that no version of the stem has. */
export function withTimestamp(fmri: Fmri, now: number, taken: ReadonlySet<string>): Fmri {
  const { version } = fmri
  if (version === undefined || version.timestamp !== undefined) return fmri
  for (let second = Math.floor(now / 1000); ; second += 1) {
    const timestamp = formatTimestamp(second * 1000)
    const stamped: Fmri = { ...fmri, version: { ...version, timestamp } }
    const text = formatFmri(stamped, 'bare').slice(fmri.stem.length + 1)
    if (!taken.has(text) && parseVersion(text).ok) return stamped
  }
}

/** The action with the attributes of its payload. The payload is packed into the work folder unless it is stored already. */
async function completeAction(
  action: Action,
  { findPayload }: PackageDraft,
  fmri: Fmri,
  place: PackingPlace,
): Promise<Result<Action, RepositoryChangeProblem>> {
  if (!takesPayload(action.type)) return ok(action)
  const file = findPayload(action)
  if (file === undefined || !statSync(file).isFile()) {
    return err({
      code: 'ips::repository_error::payload_unavailable',
      fmri: formatFmri(fmri),
      action: formatAction(action),
      file: action.payload ?? attribute(action, 'path') ?? '',
    })
  }
  const payload = place.packed.get(file) ?? (await pack(file, place))
  place.packed.set(file, payload)
  const attributes = new Map<string, AttributeValue>(action.attributes)
  attributes.set('chash', payload.storedSha1)
  attributes.set('pkg.size', String(payload.size))
  attributes.set('pkg.csize', String(payload.storedSize))
  attributes.set('pkg.content-hash', [
    `file:sha512t_256:${payload.contentDigest}`,
    `gzip:sha512t_256:${payload.storedDigest}`,
  ])
  const complete = createAction(action.type, payload.sha1, attributes)
  return complete.ok ? complete : err(invalidPackage(formatFmri(fmri), complete.error))
}

async function pack(file: string, { folder, work, packed }: PackingPlace): Promise<PackedPayload> {
  const incoming = join(work, `incoming-${packed.size}`)
  const payload = await packPayload(file, incoming)
  const stored = join(folder, 'file', payloadPath(payload.sha1))
  if (existsSync(stored)) {
    // A stored payload stays as it is, because other manifests state its digests.
    rmSync(incoming)
    return { ...payload, ...measureStored(stored) }
  }
  renameSync(incoming, join(work, payload.sha1))
  return payload
}

function publicationFault(manifest: Manifest, text: string): ValidationProblem | undefined {
  const valid = validateForPublication(manifest)
  if (!valid.ok) return valid.error
  // Some values have no canonical text that reads back as the same value. Source: manifest-and-actions §1.2.
  const again = parseManifest(text)
  if (!again.ok) return again.error
  const differs =
    formatManifest(again.value) !== text || again.value.actions.length !== manifest.actions.length
  return differs ? packageFault('a value cannot be written so that it reads back the same') : undefined
}
