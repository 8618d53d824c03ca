import type { Fmri, Manifest } from '#model'
import { actionCompressedSize, actionSize, attribute, formatFmri, manifestValues } from '#model'

/** Text of `info/0` about a package; `licences` are the texts of its licence actions. Source: repository-v4 §5.1. */
export function packageInfo(fmri: Fmri, manifest: Manifest, licences: readonly string[]): string {
  const { version } = fmri
  if (version === undefined) throw new RangeError('info is about a version')
  const [summary = manifestValues(manifest, 'description')[0] ?? ''] = manifestValues(manifest, 'pkg.summary')
  const [human] = manifestValues(manifest, 'pkg.human-version')
  const shown =
    human !== undefined && human !== version.release ? `${version.release} (${human})` : version.release
  let size = 0
  let packed = 0
  for (const action of manifest.actions) {
    if (attribute(action, 'pkg.size') === undefined) continue
    size += actionSize(action)
    packed += actionCompressedSize(action)
  }
  const rows: readonly (readonly [string, string])[] = [
    ['Name', fmri.stem],
    ['Summary', summary],
    ['Publisher', fmri.publisher ?? ''],
    ['Version', shown],
    ['Build Release', version.build],
    ['Branch', version.branch ?? 'None'],
    ['Packaging Date', packagingDate(version.timestamp)],
    ['Size', humanSize(size)],
    ['Compressed Size', humanSize(packed)],
    ['FMRI', formatFmri(fmri)],
  ]
  const table = rows.map(([label, value]) => `${label.padStart(15)}: ${value}\n`).join('')
  return `${table}\nLicense:\n${licences.join('\n\n')}\n`
}

/** `1536` -> `1.50 kB`: steps of 1024, two decimals. */
export function humanSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${value.toFixed(2)} ${units[unit]}`
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `20260101T130000Z` -> `Thu Jan  1 13:00:00 2026`, UTC. */
function packagingDate(timestamp: string | undefined): string {
  const fields = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp ?? '')
  if (fields === null) return 'Unknown'
  const [, year, month, day, hour, minute, second] = fields
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  const start = `${days[date.getUTCDay()]} ${months[Number(month) - 1]} ${String(Number(day)).padStart(2)}`
  return `${start} ${hour}:${minute}:${second} ${year}`
}
