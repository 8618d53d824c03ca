import {
  describeProblem,
  err,
  type ImageKind,
  ok,
  parsePublisherName,
  type RepositoryLocation,
  type Result,
} from '#model'
import type {
  ConfiguredPublisher,
  ImageConfig,
  MediatorSetting,
  PropertyValue,
} from '../config/image-config.ts'
import { checkImageProperty, checkPublisherProperty, effectiveProperty } from '../config/properties.ts'
import { type ImageProblem, imageMessages } from '../problems.ts'
import { normaliseUri } from '../repository-uri.ts'
import { type IniSections, parseIni } from './ini-file.ts'
import { type PythonValue, parsePythonLiteral } from './python-literal.ts'

/** A configuration of pkg5 in this client's terms, and what had to be left out, a sentence each. */
export interface ForeignConfig {
  readonly config: ImageConfig
  readonly warnings: readonly string[]
}

/** Format versions of images that are read. */
const readVersions = ['4', '5']

type Section = ReadonlyMap<string, string>

/** Reads the text of a `pkg5.image`. The error says what is wrong with it. Source: image §4. */
export function readForeignConfig(text: string, kind: ImageKind): Result<ForeignConfig, string> {
  const sections = parseIni(text)
  if (typeof sections === 'string') return err(sections)
  const version = sections.get('image')?.get('version')
  if (version === undefined || !readVersions.includes(version))
    return err(`its image format is ${version ?? 'not stated'}; ${readVersions.join(' and ')} are read`)
  const warnings: string[] = []
  const properties = imageProperties(sections.get('property') ?? new Map(), warnings)
  const publishers = readPublishers(sections, properties.order, warnings)
  if (!publishers.ok) return publishers
  const facets = new Map<string, boolean>()
  for (const [name, value] of sections.get('facet') ?? []) {
    if (value !== 'True' && value !== 'False') return err(`facet ${name} is '${value}'`)
    facets.set(unquote(name), value === 'True')
  }
  if ((sections.get('inherited_facet')?.size ?? 0) > 0)
    warnings.push('facets that are inherited from a parent image are left out')
  if ([...sections.keys()].some((name) => name.startsWith('linked_')))
    warnings.push('links to child images are left out')
  const variants = new Map(
    [...(sections.get('variant') ?? [])].map(([name, value]) => [unquote(name), value]),
  )
  const mediators = readMediators(sections.get('mediators') ?? new Map())
  return ok({
    config: {
      kind,
      publishers: publishers.value,
      variants,
      facets,
      mediators,
      properties: properties.values,
    },
    warnings,
  })
}

/** Names of variants and facets are stored percent-quoted. */
function unquote(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** Values that pkg5 stores instead of what they stand for. */
const standIn = 'DEFAULT'

function imageProperties(
  section: Section,
  warnings: string[],
): { readonly values: ReadonlyMap<string, PropertyValue>; readonly order: readonly string[] } {
  const values = new Map<string, PropertyValue>()
  for (const [name, text] of section) {
    if (name === 'publisher-search-order' || name === 'preferred-authority' || text === standIn) continue
    // Only its own commands may set this one, but what they did with pkg5 stays done.
    const value =
      name === 'dehydrated' ? ok(propertyValue(text)) : checkImageProperty(name, propertyValue(text))
    if (!value.ok) warnings.push(`property ${name} is left out: ${whyNot(value.error)}`)
    // What has its default is not stored, so that it follows the default.
    else if (!isDefault(name, value.value)) values.set(name, value.value)
  }
  if (section.get('use-system-repo') === 'True')
    warnings.push('publishers of the system repository are left out')
  return { values, order: textsOf(parsePythonLiteral(section.get('publisher-search-order') ?? '[]')) }
}

function whyNot(problem: ImageProblem): string {
  return problem.code === 'ips::image_error::unsupported_property'
    ? problem.why
    : describeProblem(imageMessages, problem)
}

const nothingSet: Pick<ImageConfig, 'properties'> = { properties: new Map() }

function isDefault(name: string, value: PropertyValue): boolean {
  const initial = effectiveProperty(nothingSet as ImageConfig, name)
  return initial !== undefined && JSON.stringify(initial) === JSON.stringify(value)
}

/** A text, or a list where the text is one. */
function propertyValue(text: string): PropertyValue {
  if (!text.startsWith('[')) return text
  const value = parsePythonLiteral(text)
  return Array.isArray(value) ? textsOf(value) : text
}

function textsOf(value: PythonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

function readPublishers(
  sections: IniSections,
  order: readonly string[],
  warnings: string[],
): Result<readonly ConfiguredPublisher[], string> {
  const found = new Map<string, ConfiguredPublisher>()
  for (const [name, section] of sections) {
    if (!name.startsWith('authority_')) continue
    const prefix = section.get('prefix') ?? name.slice('authority_'.length)
    const publisher = readPublisher(prefix, section, warnings)
    if (publisher === undefined) return err(`'${prefix}' is not a publisher name`)
    found.set(prefix, publisher)
  }
  // What the order does not name comes after it, by name.
  const names = [...new Set([...order, ...[...found.keys()].sort()])]
  return ok(names.flatMap((name) => found.get(name) ?? []))
}

function readPublisher(
  prefix: string,
  section: Section,
  warnings: string[],
): ConfiguredPublisher | undefined {
  const name = parsePublisherName(prefix)
  if (!name.ok) return undefined
  const alias = section.get('alias') ?? ''
  const seconds = section.get('repo.refresh_seconds') ?? ''
  const uuid = section.get('uuid') ?? ''
  const properties = new Map<string, PropertyValue>()
  for (const [key, text] of section) {
    if (!key.startsWith('property.')) continue
    const value = checkPublisherProperty(key.slice('property.'.length), propertyValue(text))
    if (value.ok && value.value.length > 0) properties.set(key.slice('property.'.length), value.value)
  }
  if ((section.get('ssl_key') ?? '') !== '' || (section.get('ssl_cert') ?? '') !== '')
    warnings.push(`the client certificate of publisher ${prefix} is left out`)
  return {
    name: name.value,
    alias: alias === '' || alias === 'None' ? undefined : alias,
    sticky: section.get('sticky') !== 'False',
    enabled: section.get('disabled') !== 'True',
    origins: locations(section, 'origin', prefix, warnings),
    mirrors: locations(section, 'mirror', prefix, warnings),
    properties,
    refreshSeconds: /^[0-9]{1,9}$/.test(seconds) ? Number(seconds) : undefined,
    ...(/^[0-9a-f-]{36}$/.test(uuid) ? { clientUuid: uuid } : {}),
  }
}

/** `origin_info` says more than `origins`; older clients wrote only the latter. */
function locations(
  section: Section,
  what: 'origin' | 'mirror',
  prefix: string,
  warnings: string[],
): readonly RepositoryLocation[] {
  const info = parsePythonLiteral(section.get(`${what}_info`) ?? '')
  const rows: readonly PythonValue[] = Array.isArray(info)
    ? info
    : textsOf(parsePythonLiteral(section.get(`${what}s`) ?? '')).map((uri) => ({ uri }))
  const found: RepositoryLocation[] = []
  for (const row of rows) {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) continue
    const { uri, proxy, disabled } = row as { readonly [key: string]: PythonValue }
    const normal = typeof uri === 'string' ? normaliseUri(uri) : undefined
    if (normal === undefined || !normal.ok) {
      warnings.push(`${what} ${String(uri)} of publisher ${prefix} is left out: it is not a usable URI`)
      continue
    }
    if (typeof proxy === 'string' && proxy !== '')
      warnings.push(`the proxy of ${what} ${normal.value} is left out`)
    found.push({ uri: normal.value, enabled: disabled !== 'true' })
  }
  return found
}

/** What was set by hand; the rest follows from the packages. */
function readMediators(section: Section): readonly MediatorSetting[] {
  const names = new Set([...section.keys()].map((key) => key.slice(0, key.lastIndexOf('.'))))
  const settings: MediatorSetting[] = []
  for (const name of [...names].sort()) {
    const local = (half: string): string | undefined =>
      section.get(`${name}.${half}-source`) === 'local' ? section.get(`${name}.${half}`) : undefined
    const implementation = local('implementation')
    const suffix = section.get(`${name}.implementation-version`)
    const version = local('version')
    if (version === undefined && implementation === undefined) continue
    settings.push({
      name,
      version,
      implementation:
        implementation === undefined || suffix === undefined || suffix === 'None'
          ? implementation
          : `${implementation}@${suffix}`,
    })
  }
  return settings
}
