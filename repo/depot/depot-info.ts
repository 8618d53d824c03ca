import type { Fmri, Manifest } from '#model'
import {
  actionCompressedSize,
  actionSize,
  attribute,
  formatFmri,
  formatSize,
  manifestValues,
  parseTimestamp,
} from '#model'

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
    ['Size', formatSize(size)],
    ['Compressed Size', formatSize(packed)],
    ['FMRI', formatFmri(fmri)],
  ]
  const table = rows.map(([label, value]) => `${label.padStart(15)}: ${value}\n`).join('')
  return `${table}\nLicense:\n${licences.join('\n\n')}\n`
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `20260101T130000Z` -> `Thu Jan  1 13:00:00 2026`, UTC. */
function packagingDate(timestamp: string | undefined): string {
  const time = parseTimestamp(timestamp)
  if (time === undefined) return 'Unknown'
  const date = new Date(time)
  const day = String(date.getUTCDate()).padStart(2)
  const clock = date.toISOString().slice(11, 19)
  return `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${day} ${clock} ${date.getUTCFullYear()}`
}
