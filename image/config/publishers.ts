import {
  err,
  ok,
  type PublisherName,
  parsePublisherName,
  type RepositoryLocation,
  type Result,
  type ValidationProblem,
} from '#model'
import type { ImageProblem } from '../problems.ts'
import { normaliseUri } from '../repository-uri.ts'
import type { ConfiguredPublisher, ImageConfig, PropertyValue } from './image-config.ts'
import { checkPublisherProperty } from './properties.ts'

/** Position of a publisher in the search order. */
export type SearchPlace =
  | { readonly kind: 'first' }
  | { readonly kind: 'before'; readonly publisher: string }
  | { readonly kind: 'after'; readonly publisher: string }

/** Input of `set-publisher`. Absent fields change nothing. Removals come before additions. Source: cli §6. */
export interface PublisherChange {
  /** Prefix or, for an existing publisher, its alias. */
  readonly name: string
  readonly enabled?: boolean
  readonly sticky?: boolean
  readonly alias?: string
  readonly place?: SearchPlace
  /** Replaces all origins (`-O`). */
  readonly replaceOrigins?: readonly string[]
  readonly addOrigins?: readonly string[]
  /** URIs, or `*` for all. */
  readonly removeOrigins?: readonly string[]
  readonly addMirrors?: readonly string[]
  /** URIs, or `*` for all. */
  readonly removeMirrors?: readonly string[]
  /** Enables or disables origins (URIs or `*`); a URI that is new is added in that state (`-e -g URI`, `-d -g URI`). */
  readonly switchOrigins?: { readonly uris: readonly string[]; readonly enabled: boolean }
  readonly setProperties?: ReadonlyMap<string, PropertyValue>
  readonly unsetProperties?: readonly string[]
  readonly addPropertyValues?: readonly { readonly name: string; readonly value: string }[]
  readonly removePropertyValues?: readonly { readonly name: string; readonly value: string }[]
  /** Fetch the catalog before the change is saved (default of the command: true). */
  readonly refresh: boolean
}

/** Input of `set-publisher -p URI` and `image-create -p URI`. */
export interface AutoConfigure {
  readonly uri: string
  /** Only this publisher of the repository; not served: `publisher_not_served`. */
  readonly only?: string
  readonly sticky?: boolean
  readonly place?: SearchPlace
  readonly addOrigins?: readonly string[]
  readonly addMirrors?: readonly string[]
  readonly setProperties?: ReadonlyMap<string, PropertyValue>
}

/** Publishers that an auto-configuration added or changed, each list sorted by name. */
export interface AutoConfigureReport {
  readonly added: readonly string[]
  readonly updated: readonly string[]
  /** Publishers that are not configured because their catalog cannot be fetched. */
  readonly failed: readonly string[]
}

/** A configuration after a change, not saved yet. */
export interface EditedPublishers {
  readonly config: ImageConfig
  readonly publisher: PublisherName
  readonly added: boolean
  /** Origins that were not there, or not enabled, before: to be asked whether they serve the publisher. */
  readonly newOrigins: readonly string[]
  /** The catalog as merged before is worth nothing now. */
  readonly originsChanged: boolean
}

type EditProblem = ImageProblem | ValidationProblem

/** Finds a configured publisher by prefix or alias. */
export function findPublisher(config: ImageConfig, name: string): ConfiguredPublisher | undefined {
  return (
    config.publishers.find((publisher) => publisher.name === name) ??
    config.publishers.find((publisher) => publisher.alias === name)
  )
}

/** Applies a change to a configuration. Pure. Problems: the publisher ones of image, `bad_publisher`, `bad_uri`, `bad_property`. */
export function editPublisher(
  config: ImageConfig,
  change: PublisherChange,
): Result<EditedPublishers, EditProblem> {
  const existing = findPublisher(config, change.name)
  if (existing === undefined) {
    const needsExisting =
      change.removeOrigins !== undefined ||
      change.removeMirrors !== undefined ||
      change.addMirrors !== undefined ||
      change.removePropertyValues !== undefined ||
      change.switchOrigins !== undefined
    if (needsExisting) return err({ code: 'ips::image_error::unknown_publisher', name: change.name })
  }
  const name = existing === undefined ? parsePublisherName(change.name) : ok(existing.name)
  if (!name.ok) return name
  const before = existing ?? newPublisher(name.value)
  const origins = editOrigins(before, change)
  if (!origins.ok) return origins
  const mirrors = editMirrors(before, change)
  if (!mirrors.ok) return mirrors
  const properties = editProperties(before, change)
  if (!properties.ok) return properties
  const publisher: ConfiguredPublisher = {
    ...before,
    alias: change.alias ?? before.alias,
    sticky: change.sticky ?? before.sticky,
    enabled: change.enabled ?? before.enabled,
    origins: origins.value,
    mirrors: mirrors.value,
    properties: properties.value,
  }
  const taken = config.publishers.find(
    (other) =>
      other.name !== publisher.name &&
      publisher.alias !== undefined &&
      (other.alias === publisher.alias || other.name === publisher.alias),
  )
  if (taken !== undefined)
    return err({
      code: 'ips::image_error::bad_property',
      name: 'alias',
      value: publisher.alias ?? '',
      reason: `publisher '${taken.name}' has that name`,
    })
  const others = config.publishers.filter((other) => other.name !== publisher.name)
  if (
    before.enabled &&
    !publisher.enabled &&
    existing !== undefined &&
    !others.some((other) => other.enabled)
  )
    return err({ code: 'ips::image_error::last_publisher', publisher: publisher.name })
  const placed = placePublisher(config.publishers, publisher, change.place)
  if (!placed.ok) return placed
  const usable = (list: readonly RepositoryLocation[]): string[] =>
    list.filter((origin) => origin.enabled).map((origin) => origin.uri)
  const usableBefore = usable(before.origins)
  const usableAfter = usable(publisher.origins)
  return ok({
    config: { ...config, publishers: placed.value },
    publisher: publisher.name,
    added: existing === undefined,
    newOrigins: publisher.origins
      .filter((origin) => !before.origins.some((other) => other.uri === origin.uri))
      .map((origin) => origin.uri),
    originsChanged: usableBefore.join('\n') !== usableAfter.join('\n'),
  })
}

/** Configuration without a publisher (prefix or alias). Its packages stay installed. Problem: `unknown_publisher`. */
export function dropPublisher(config: ImageConfig, name: string): Result<EditedPublishers, ImageProblem> {
  const publisher = findPublisher(config, name)
  if (publisher === undefined) return err({ code: 'ips::image_error::unknown_publisher', name })
  return ok({
    config: { ...config, publishers: config.publishers.filter((other) => other !== publisher) },
    publisher: publisher.name,
    added: false,
    newOrigins: [],
    originsChanged: true,
  })
}

/** A publisher nobody has said anything about: sticky, enabled, no origin. */
export function newPublisher(name: PublisherName): ConfiguredPublisher {
  return {
    name,
    alias: undefined,
    sticky: true,
    enabled: true,
    origins: [],
    mirrors: [],
    properties: new Map(),
    refreshSeconds: undefined,
  }
}

function placePublisher(
  publishers: readonly ConfiguredPublisher[],
  publisher: ConfiguredPublisher,
  place: SearchPlace | undefined,
): Result<readonly ConfiguredPublisher[], ImageProblem> {
  const others = publishers.filter((other) => other.name !== publisher.name)
  if (place === undefined) {
    const known = publishers.some((other) => other.name === publisher.name)
    if (!known) return ok([...others, publisher])
    return ok(publishers.map((other) => (other.name === publisher.name ? publisher : other)))
  }
  if (place.kind === 'first') return ok([publisher, ...others])
  if (place.publisher === publisher.name || place.publisher === publisher.alias)
    return err({ code: 'ips::image_error::bad_search_place', publisher: publisher.name })
  const index = others.findIndex((other) => other.name === place.publisher || other.alias === place.publisher)
  if (index < 0) return err({ code: 'ips::image_error::unknown_publisher', name: place.publisher })
  const at = place.kind === 'before' ? index : index + 1
  return ok([...others.slice(0, at), publisher, ...others.slice(at)])
}

function editOrigins(
  before: ConfiguredPublisher,
  change: PublisherChange,
): Result<readonly RepositoryLocation[], EditProblem> {
  const publisher = before.name
  const unknown = (uri: string): ImageProblem => ({
    code: 'ips::image_error::unknown_origin',
    publisher,
    uri,
  })
  const duplicate = (uri: string): ImageProblem => ({
    code: 'ips::image_error::duplicate_origin',
    publisher,
    uri,
  })
  const base = change.replaceOrigins === undefined ? before.origins : []
  const removed = removeLocations(base, change.removeOrigins ?? [], unknown)
  if (!removed.ok) return removed
  const additions = [...(change.replaceOrigins ?? []), ...(change.addOrigins ?? [])]
  const added = addLocations(removed.value, additions, duplicate)
  if (!added.ok || change.switchOrigins === undefined) return added
  return switchLocations(added.value, change.switchOrigins.uris, change.switchOrigins.enabled)
}

function editMirrors(
  before: ConfiguredPublisher,
  change: PublisherChange,
): Result<readonly RepositoryLocation[], EditProblem> {
  const publisher = before.name
  const removed = removeLocations(before.mirrors, change.removeMirrors ?? [], (uri) => ({
    code: 'ips::image_error::unknown_mirror',
    publisher,
    uri,
  }))
  if (!removed.ok) return removed
  return addLocations(removed.value, change.addMirrors ?? [], (uri) => ({
    code: 'ips::image_error::duplicate_mirror',
    publisher,
    uri,
  }))
}

function removeLocations(
  locations: readonly RepositoryLocation[],
  texts: readonly string[],
  unknown: (uri: string) => ImageProblem,
): Result<readonly RepositoryLocation[], EditProblem> {
  let left = locations
  for (const text of texts) {
    if (text === '*') {
      left = []
      continue
    }
    const uri = normaliseUri(text)
    if (!uri.ok) return uri
    if (!left.some((location) => location.uri === uri.value)) return err(unknown(uri.value))
    left = left.filter((location) => location.uri !== uri.value)
  }
  return ok(left)
}

function addLocations(
  locations: readonly RepositoryLocation[],
  texts: readonly string[],
  duplicate: (uri: string) => ImageProblem,
): Result<readonly RepositoryLocation[], EditProblem> {
  const all = [...locations]
  for (const text of texts) {
    const uri = normaliseUri(text)
    if (!uri.ok) return uri
    if (all.some((location) => location.uri === uri.value)) return err(duplicate(uri.value))
    all.push({ uri: uri.value, enabled: true })
  }
  return ok(all)
}

function switchLocations(
  locations: readonly RepositoryLocation[],
  texts: readonly string[],
  enabled: boolean,
): Result<readonly RepositoryLocation[], EditProblem> {
  let all = [...locations]
  for (const text of texts) {
    if (text === '*') {
      all = all.map((location) => ({ ...location, enabled }))
      continue
    }
    const uri = normaliseUri(text)
    if (!uri.ok) return uri
    const known = all.some((location) => location.uri === uri.value)
    all = known
      ? all.map((location) => (location.uri === uri.value ? { ...location, enabled } : location))
      : [...all, { uri: uri.value, enabled }]
  }
  return ok(all)
}

function editProperties(
  before: ConfiguredPublisher,
  change: PublisherChange,
): Result<ReadonlyMap<string, PropertyValue>, ImageProblem> {
  const properties = new Map(before.properties)
  for (const name of change.unsetProperties ?? []) properties.delete(name)
  for (const { name, value } of change.removePropertyValues ?? []) {
    const present = properties.get(name)
    if (!Array.isArray(present) || !present.includes(value))
      return err({
        code: 'ips::image_error::bad_property',
        name,
        value,
        reason: 'the property does not hold this value in a list',
      })
    properties.set(
      name,
      present.filter((item) => item !== value),
    )
  }
  for (const [name, value] of change.setProperties ?? []) {
    const checked = checkPublisherProperty(name, value)
    if (!checked.ok) return checked
    properties.set(name, checked.value)
  }
  for (const { name, value } of change.addPropertyValues ?? []) {
    const present = properties.get(name) ?? []
    if (typeof present === 'string')
      return err({
        code: 'ips::image_error::bad_property',
        name,
        value,
        reason: 'the property is not a list',
      })
    const checked = checkPublisherProperty(name, [...present, value])
    if (!checked.ok) return checked
    properties.set(name, checked.value)
  }
  return ok(properties)
}
