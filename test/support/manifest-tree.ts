import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type Action, attribute, attributes, parseManifest } from '#model'

/** An image of which the tree is to be judged by the manifests of what is installed. */
export interface JudgedImage {
  /** Absolute. */
  readonly root: string
  /** Relative to the root; nothing in it is judged but the licences. */
  readonly metadata: string
  /** Full FMRIs of the installed packages, each with the repository (a folder) it came from. */
  readonly packages: readonly { readonly fmri: string; readonly repository: string }[]
  /** Values by full name. */
  readonly variants: Readonly<Record<string, string>>
  /** Values by full name or by pattern with a trailing `*`; what is not named has its default. */
  readonly facets?: Readonly<Record<string, boolean>>
  /** False: owners are those of the tests, whatever the manifests say. */
  readonly owners: boolean
  /** What may differ, by path: content of an edited file, something that no manifest names, something missing. */
  readonly except?: ReadonlyMap<string, Exception>
}

/** In which way a path may differ from the manifests. */
export type Exception = 'content' | 'extra' | 'absent'

interface Expected {
  readonly action: Action | undefined
  readonly type: 'file' | 'dir' | 'link' | 'hardlink'
}

/**
 * Compares a tree with the manifests of the installed packages and returns a line for each difference: paths that are missing or of
 * another kind, modes, owners, link targets, contents by digest, licences, and everything that no manifest names. It knows
 * the rules of the formats only; nothing of the product but its manifest parser is used.
 */
export function compareWithManifests(image: JudgedImage): readonly string[] {
  const delivered = image.packages.flatMap((one) => deliveredBy(image, one))
  const expected = expectedPaths(image, delivered)
  const found = foundPaths(image)
  const differences: string[] = []
  const excepted = (path: string, what: Exception): boolean => image.except?.get(path) === what
  for (const [path, want] of expected) {
    if (excepted(path, 'absent')) {
      if (found.has(path)) differences.push(`${path}: is there`)
    } else if (!found.has(path)) differences.push(`${path}: missing ${want.type}`)
    else differences.push(...entryDifferences(image, path, want, excepted(path, 'content')))
  }
  for (const path of found)
    if (!expected.has(path) && !excepted(path, 'extra')) differences.push(`${path}: nobody delivers it`)
  for (const { stem, action } of delivered)
    if (action.type === 'license') differences.push(...licenseDifferences(image, stem, action))
  return differences.sort()
}

interface Delivered {
  readonly stem: string
  readonly action: Action
}

function deliveredBy(
  image: JudgedImage,
  { fmri, repository }: JudgedImage['packages'][number],
): readonly Delivered[] {
  const parts = /^pkg:\/\/([^/]+)\/([^@]+)@(.+)$/.exec(fmri)
  if (parts === null) throw new Error(`no full FMRI: ${fmri}`)
  const [, publisher, stem, version] = parts as unknown as [string, string, string, string]
  const folder = join(repository, 'publisher', publisher, 'pkg', encodeURIComponent(stem))
  // The file name has the build release, and the FMRI of a list lacks it, so the versions are compared without it.
  const file = readdirSync(folder).find((name) =>
    [version, version.replace(/,[^-:]*/, '')].includes(decodeURIComponent(name).replace(/,[^-:]*/, '')),
  )
  if (file === undefined) throw new Error(`${fmri} is not in ${repository}`)
  const manifest = parseManifest(readFileSync(join(folder, file), 'utf8'))
  if (!manifest.ok) throw new Error(`${fmri}: ${JSON.stringify(manifest.error)}`)
  return manifest.value.actions.filter((action) => applies(image, action)).map((action) => ({ stem, action }))
}

/** True if the image installs the action: every variant has its value, every facet with the value `all` is on, and of the others at least one. */
function applies(image: JudgedImage, action: Action): boolean {
  // A set action named `variant.X` declares the values that the package supports, and is itself never filtered.
  if (action.type === 'set') return true
  const some: boolean[] = []
  for (const name of action.attributes.keys()) {
    const values = attributes(action, name)
    if (name.startsWith('variant.') && !values.includes(image.variants[name] ?? 'false')) return false
    if (!name.startsWith('facet.')) continue
    const on = facetIsOn(image.facets ?? {}, name)
    if (values[0] !== 'all') some.push(on)
    else if (!on) return false
  }
  return some.length === 0 || some.includes(true)
}

function facetIsOn(settings: Readonly<Record<string, boolean>>, name: string): boolean {
  const exact = settings[name]
  if (exact !== undefined) return exact
  const pattern = Object.keys(settings)
    .filter((key) => key.endsWith('*') && name.startsWith(key.slice(0, -1)))
    .sort((a, b) => b.length - a.length)[0]
  if (pattern !== undefined) return settings[pattern] === true
  return !/^facet\.(optional|debug)\./.test(name)
}

/** Everything that has to be there, with the directories above. */
function expectedPaths(image: JudgedImage, delivered: readonly Delivered[]): ReadonlyMap<string, Expected> {
  const chosen = chosenMediations(delivered.map(({ action }) => action))
  const expected = new Map<string, Expected>()
  for (const { action } of delivered) {
    const path =
      action.type === 'legacy'
        ? `var/sadm/pkg/${attribute(action, 'pkg')}/pkginfo`
        : attribute(action, 'path')
    if (path === undefined) continue
    if (action.type === 'legacy') expected.set(path, { action: undefined, type: 'file' })
    else if (action.type === 'dir') expected.set(path, { action, type: 'dir' })
    else if (action.type === 'file') {
      if (!expected.has(path) || attribute(action, 'overlay') === 'true')
        expected.set(path, { action, type: 'file' })
    } else if (action.type === 'link' || action.type === 'hardlink') {
      const mediator = attribute(action, 'mediator')
      if (mediator === undefined || chosen.get(mediator) === mediationKey(action))
        expected.set(path, { action, type: action.type })
    }
  }
  for (const path of [...expected.keys(), image.metadata])
    for (let up = posix.dirname(path); up !== '.'; up = posix.dirname(up))
      if (!expected.has(up)) expected.set(up, { action: undefined, type: 'dir' })
  return expected
}

const mediationKey = (action: Action): string =>
  JSON.stringify(
    ['mediator-priority', 'mediator-version', 'mediator-implementation'].map(
      (name) => attribute(action, name) ?? '',
    ),
  )

const dotted = (text: string): number[] => text.split('.').map(Number)

function compareDotted(a: string, b: string): number {
  const [left, right] = [dotted(a), dotted(b)]
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? -1) - (right[at] ?? -1)
    if (difference !== 0) return difference
  }
  return 0
}

/** Of each mediator: site before vendor before none, the highest version, the first name. */
function chosenMediations(actions: readonly Action[]): ReadonlyMap<string, string> {
  const best = new Map<string, Action>()
  const rank = (action: Action): number =>
    ['site', 'vendor'].indexOf(attribute(action, 'mediator-priority') ?? '') >>> 0
  const better = (one: Action, other: Action): boolean => {
    const byVersion = compareDotted(
      attribute(one, 'mediator-version') ?? '-1',
      attribute(other, 'mediator-version') ?? '-1',
    )
    if (rank(one) !== rank(other)) return rank(one) < rank(other)
    if (byVersion !== 0) return byVersion > 0
    return (
      (attribute(one, 'mediator-implementation') ?? '') < (attribute(other, 'mediator-implementation') ?? '')
    )
  }
  for (const action of actions) {
    const mediator = attribute(action, 'mediator')
    if (mediator === undefined) continue
    const known = best.get(mediator)
    if (known === undefined || better(action, known)) best.set(mediator, action)
  }
  return new Map([...best].map(([mediator, action]) => [mediator, mediationKey(action)]))
}

function foundPaths(image: JudgedImage): ReadonlySet<string> {
  const found = new Set<string>()
  const walk = (folder: string): void => {
    for (const name of readdirSync(join(image.root, folder))) {
      const path = posix.join(folder, name)
      if (path === image.metadata) continue
      found.add(path)
      if (lstatSync(join(image.root, path)).isDirectory()) walk(path)
    }
  }
  walk('')
  return found
}

function entryDifferences(
  image: JudgedImage,
  path: string,
  { action, type }: Expected,
  contentMayDiffer: boolean,
): readonly string[] {
  const full = join(image.root, path)
  const status = lstatSync(full)
  const kind = status.isSymbolicLink()
    ? 'link'
    : status.isDirectory()
      ? 'dir'
      : status.isFile()
        ? 'file'
        : 'other'
  if (kind !== (type === 'hardlink' ? 'file' : type)) return [`${path}: is a ${kind}, not a ${type}`]
  const differences: string[] = []
  const same = (what: string, found: unknown, expected: unknown): void => {
    if (found !== expected) differences.push(`${path}: ${what} is ${String(found)}, not ${String(expected)}`)
  }
  if (action === undefined) {
    // Nobody says what it has to look like, but for directories that are only there because something lies in them.
    if (type === 'dir') same('mode', octal(status.mode), '0755')
    return differences
  }
  if (type === 'link') same('target', readlinkSync(full), attribute(action, 'target'))
  else if (type === 'hardlink') {
    const target = attribute(action, 'target') ?? ''
    const other = target.startsWith('/') ? target : posix.join(posix.dirname(path), target)
    const linked = join(image.root, other)
    same('inode', status.ino, existsSync(linked) ? lstatSync(linked).ino : 'missing')
  } else {
    same('mode', octal(status.mode), octal(Number.parseInt(attribute(action, 'mode') ?? '', 8)))
    same(
      'owner',
      status.uid,
      image.owners ? idOf(image, 'passwd', attribute(action, 'owner')) : process.geteuid?.(),
    )
    same(
      'group',
      status.gid,
      image.owners ? idOf(image, 'group', attribute(action, 'group')) : process.getegid?.(),
    )
  }
  if (type === 'file' && !contentMayDiffer) {
    same('content', digest('sha1', full), action.payload)
    const stated = attributes(action, 'pkg.content-hash').find((value) =>
      value.startsWith('file:sha512t_256:'),
    )
    if (stated !== undefined) same('content', digest('sha512-256', full), stated.split(':')[2])
    same('size', String(status.size), attribute(action, 'pkg.size'))
  }
  return differences
}

function licenseDifferences(image: JudgedImage, stem: string, action: Action): readonly string[] {
  const name = `license.${encodeURIComponent(attribute(action, 'license') ?? '')}`
  const path = join(image.root, image.metadata, 'license', encodeURIComponent(stem), name)
  if (!existsSync(path)) return [`licence ${stem} ${name}: missing`]
  return digest('sha1', path) === action.payload ? [] : [`licence ${stem} ${name}: other content`]
}

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0')

function digest(algorithm: string, path: string): string {
  return createHash(algorithm).update(readFileSync(path)).digest('hex')
}

/** The number of a name in the image's own database, else in that of the system around it. */
function idOf(
  image: JudgedImage,
  database: 'passwd' | 'group',
  name: string | undefined,
): number | undefined {
  for (const path of [join(image.root, 'etc', database), join('/etc', database)]) {
    if (!existsSync(path)) continue
    const line = readFileSync(path, 'utf8')
      .split('\n')
      .find((text) => text.startsWith(`${name}:`))
    if (line !== undefined) return Number(line.split(':')[2])
  }
  return undefined
}
