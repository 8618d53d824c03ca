import type { PackageDescription } from '#image'
import {
  actionSize,
  attribute,
  attributes,
  formatFmri,
  formatSize,
  type ImageFilter,
  largest,
  type Manifest,
  manifestValues,
  parseTimestamp,
} from '#model'
import { dateText } from './time.ts'

/** Optional fields: attribute of the manifest and label. */
const furtherFields: readonly (readonly [name: string, label: string])[] = [
  ['info.keyword', 'Additional Keywords'],
  ['info.upstream', 'Project Contact'],
  ['info.maintainer', 'Project Maintainer'],
  ['info.maintainer-url', 'Project Maintainer URL'],
  ['info.upstream-url', 'Project URL'],
  ['info.repository-changeset', 'Repository Changeset'],
  ['info.repository-url', 'Source URL'],
]

/** Inputs of a record of `info` besides the package. */
export interface InfoView {
  readonly filter: ImageFilter
  readonly env: Readonly<Record<string, string | undefined>>
  /** True: a branch that the version lacks is not mentioned. */
  readonly terse: boolean
}

/** One record of `info`: right-aligned labels, values wrapped at 80 columns. Source: cli §7. */
export function packageInfo(described: PackageDescription, view: InfoView): string {
  const { filter, env, terse } = view
  const { fmri, manifest, installed } = described
  const { version } = fmri
  const values = (name: string): readonly string[] => manifestValues(manifest, name)
  const human = values('pkg.human-version')[0]
  const packaged = parseTimestamp(version?.timestamp)
  const fields: [string, readonly string[]][] = [
    ['Name', [fmri.stem]],
    ['Summary', values('pkg.summary').slice(0, 1)],
    ['Description', values('pkg.description').slice(0, 1)],
    ['Category', categories(values('info.classification'))],
    ['State', [state(described)]],
    ['Renamed to', described.renamed ? renamedTo(manifest, filter) : []],
    ['Publisher', [fmri.publisher ?? 'Unknown']],
    [
      'Version',
      version === undefined
        ? []
        : [
            human === undefined || human === version.release
              ? version.release
              : `${version.release} (${human})`,
          ],
    ],
    ['Branch', [version?.branch ?? (terse ? '' : 'None')]],
    ['Packaging Date', packaged === undefined ? [] : [dateText(packaged, env)]],
    ['Last Install Time', installed === undefined ? [] : [dateText(installed.installTime, env)]],
    ['Last Update Time', installed?.updateTime === undefined ? [] : [dateText(installed.updateTime, env)]],
    ['Size', [formatSize(deliveredSize(manifest, filter))]],
    ['FMRI', [formatFmri(fmri, 'no-build')]],
    ...furtherFields.map(([name, label]): [string, readonly string[]] => [label, values(name)]),
  ]
  const shown = fields.filter(([, lines]) => lines.some((line) => line !== ''))
  const width = largest(shown.map(([label]) => label.length))
  return shown.map(([label, lines]) => record(label.padStart(width), lines)).join('')
}

function record(label: string, values: readonly string[]): string {
  const indent = ' '.repeat(label.length + 2)
  const lines = values.flatMap((value) => wrap(value, 80 - indent.length))
  return `${label}: ${lines.join(`\n${indent}`)}\n`
}

/** Breaks lines at blanks; a longer word stays whole. */
function wrap(text: string, width: number): readonly string[] {
  if (text.length <= width && !/[\n\t]/.test(text)) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** `scheme:Section/Sub` as `Section/Sub`; if there are several categories, as `Section/Sub (scheme)`. A category without scheme is shown as it is. */
function categories(texts: readonly string[]): readonly string[] {
  return texts.map((text) => {
    const colon = text.indexOf(':')
    const scheme = colon <= 0 || texts.length === 1 ? '' : ` (${text.slice(0, colon)})`
    return text.slice(colon + 1) + scheme
  })
}

function state(described: PackageDescription): string {
  const base = described.unsupported
    ? 'Unsupported'
    : described.installed === undefined
      ? 'Not installed'
      : 'Installed'
  const notes = [
    ...(described.obsolete
      ? ['Obsolete']
      : described.renamed
        ? ['Renamed']
        : described.legacy
          ? ['Legacy']
          : []),
    ...(described.frozen ? ['Frozen'] : []),
    ...(described.installed?.manual === true ? ['Manually installed'] : []),
  ]
  return notes.length === 0 ? base : `${base} (${notes.join(', ')})`
}

function renamedTo(manifest: Manifest, filter: ImageFilter): readonly string[] {
  return manifest.actions
    .filter((action) => action.type === 'depend' && attribute(action, 'type') === 'require')
    .filter((action) => filter.actionApplies(action))
    .flatMap((action) => attributes(action, 'fmri'))
}

/** Bytes of the content of all actions that apply to the image. */
function deliveredSize(manifest: Manifest, filter: ImageFilter): number {
  let bytes = 0
  for (const action of manifest.actions) {
    if (filter.actionApplies(action)) bytes += actionSize(action)
  }
  return bytes
}
