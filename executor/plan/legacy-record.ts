import { type Action, attribute, formatVersion, type Manifest, ok, type Result } from '#model'
import type { OwnedAction } from '../action-key.ts'
import type { LegacyDefaults } from '../action-plan.ts'
import type { ManifestReader } from '../plan-input.ts'
import type { ChangeTable } from '../store/change-table.ts'

/** Attributes in the order of the record. Source: manifest-and-actions §3.9. */
const fields = [
  'arch',
  'basedir',
  'category',
  'desc',
  'hotline',
  'name',
  'pkg',
  'pkginst',
  'pstamp',
  'sunw_prodvers',
  'vendor',
  'version',
]
const MAXIMUM_VALUE = 256

/** Image path of the record of a legacy action; undefined when its name is no plain name. */
export function legacyRecordPath(action: Action): string | undefined {
  const name = attribute(action, 'pkg') ?? ''
  return /^[A-Za-z0-9][A-Za-z0-9+_.-]*$/.test(name) ? `var/sadm/pkg/${name}/pkginfo` : undefined
}

function installDate(now: number): string {
  // `Fri, 01 May 2026 12:00:00 GMT`: a formatter for the name of the month would be made anew for each record.
  const [, day, month, year, time] = new Date(now).toUTCString().split(' ')
  return `${month} ${day} ${year} ${time!.slice(0, 5)}`
}

function summaryOf(manifest: Manifest): string | undefined {
  const setting = manifest.actions.find(
    (action) => action.type === 'set' && attribute(action, 'name') === 'pkg.summary',
  )
  return setting && attribute(setting, 'value')
}

/** Adds the facts that legacy records take from image and package where their actions are silent. Problems: those of the reader. */
export function addLegacyDefaults<P>(
  changes: ChangeTable,
  architecture: string | undefined,
  manifests: ManifestReader<P>,
): Result<void, P> {
  let index = 0
  for (const { new: next } of changes) {
    if (next?.action.type === 'legacy') {
      const manifest = manifests.read(next.fmri)
      if (!manifest.ok) return manifest
      changes.setLegacy(index, { architecture, summary: summaryOf(manifest.value) })
    }
    index++
  }
  return ok(undefined)
}

/** The `pkginfo` text that SVR4 tools read. Defaults come from the package. Source: manifest-and-actions §3.9. */
export function legacyRecord(
  { fmri, action }: OwnedAction,
  now: number,
  { architecture, summary }: LegacyDefaults = { architecture: undefined, summary: undefined },
): string {
  const defaults = new Map([
    ...(architecture === undefined ? [] : [['arch', architecture] as const]),
    ['basedir', '/'],
    ['category', 'system'],
    ['name', summary ?? fmri.stem],
    ['pkginst', attribute(action, 'pkg') ?? ''],
    ['version', fmri.version === undefined ? '' : formatVersion(fmri.version, 'short')],
  ])
  const lines = fields.flatMap((field) => {
    const value = attribute(action, field) ?? defaults.get(field)
    if (value === undefined) return []
    const plain = value.replace(/[\r\n\0]/g, ' ').slice(0, MAXIMUM_VALUE)
    return [`${field.toUpperCase()}=${plain}\n`]
  })
  return `${lines.join('')}INSTDATE=${installDate(now)}\n`
}
