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

/** Locations (URIs or `*` for all) to be enabled or disabled. */
export interface LocationSwitch {
  readonly uris: readonly string[]
  readonly enabled: boolean
}

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
  readonly switchOrigins?: LocationSwitch
  /** The same for mirrors (`-e -m URI`, `-d -m URI`). */
  readonly switchMirrors?: LocationSwitch
  readonly setProperties?: ReadonlyMap<string, PropertyValue>
  readonly unsetProperties?: readonly string[]
  readonly addPropertyValues?: readonly { readonly name: string; readonly value: string }[]
  readonly removePropertyValues?: readonly { readonly name: string; readonly value: string }[]
  /** The publisher gets another client UUID. */
  readonly resetUuid?: boolean
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
  /** New origins, and origins that are enabled again. Each must be asked whether it serves the publisher. */
  readonly newOrigins: readonly RepositoryLocation[]
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

/** Parts of a change that a new publisher cannot have. */
const needsExisting = [
  'removeOrigins',
  'removeMirrors',
  'removePropertyValues',
  'switchOrigins',
  'switchMirrors',
] as const

/** Applies a change to a configuration. Pure. Problems: the publisher ones of image, `bad_publisher`, `bad_uri`, `bad_property`. */
export function editPublisher(
  config: ImageConfig,
  change: PublisherChange,
): Result<EditedPublishers, EditProblem> {
  const existing = findPublisher(config, change.name)
  const hasOrigins = change.addOrigins !== undefined || change.replaceOrigins !== undefined
  const mirrorsOnly = change.addMirrors !== undefined && !hasOrigins
  if (existing === undefined && (mirrorsOnly || needsExisting.some((part) => change[part] !== undefined)))
    return err({ code: 'ips::image_error::unknown_publisher', name: change.name })
  const name = existing === undefined ? parsePublisherName(change.name) : ok(existing.name)
  if (!name.ok) return name
  const before = withoutUuid(existing ?? newPublisher(name.value), change.resetUuid === true)
  const edited = editLocations('origin', before.name, {
    before: change.replaceOrigins === undefined ? before.origins : [],
    remove: change.removeOrigins,
    add: [...(change.replaceOrigins ?? []), ...(change.addOrigins ?? [])],
  })
  if (!edited.ok) return edited
  const origins = switchLocations(edited.value, change.switchOrigins)
  if (!origins.ok) return origins
  const editedMirrors = editLocations('mirror', before.name, {
    before: before.mirrors,
    remove: change.removeMirrors,
    add: change.addMirrors,
  })
  if (!editedMirrors.ok) return editedMirrors
  const mirrors = switchLocations(editedMirrors.value, change.switchMirrors)
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
  const placed = placePublisher(config.publishers, publisher, change.place)
  if (!placed.ok) return placed
  const usable = (list: readonly RepositoryLocation[]): string[] =>
    list.filter((origin) => origin.enabled).map((origin) => origin.uri)
  return ok({
    config: { ...config, publishers: placed.value },
    publisher: publisher.name,
    added: existing === undefined,
    newOrigins: publisher.origins.filter(
      ({ uri, enabled }) => !before.origins.some((other) => other.uri === uri && (other.enabled || !enabled)),
    ),
    originsChanged: usable(before.origins).join('\n') !== usable(publisher.origins).join('\n'),
  })
}

function withoutUuid(publisher: ConfiguredPublisher, reset: boolean): ConfiguredPublisher {
  const { clientUuid, ...rest } = publisher
  return reset || clientUuid === undefined ? rest : publisher
}

/** Gives each publisher that has none a client UUID. */
export function withClientUuids(config: ImageConfig, newUuid: () => string): ImageConfig {
  return {
    ...config,
    publishers: config.publishers.map((publisher) => ({ clientUuid: newUuid(), ...publisher })),
  }
}

/** Configuration without a publisher (prefix or alias). Its packages stay installed. Problem: `unknown_publisher`. */
export function dropPublisher(
  config: ImageConfig,
  name: string,
): Result<Pick<EditedPublishers, 'config' | 'publisher'>, ImageProblem> {
  const publisher = findPublisher(config, name)
  if (publisher === undefined) return err({ code: 'ips::image_error::unknown_publisher', name })
  return ok({
    config: { ...config, publishers: config.publishers.filter((other) => other !== publisher) },
    publisher: publisher.name,
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

/** Removes locations, then adds others. Problems: `bad_uri`, and of the kind of location `unknown` and `duplicate`. */
function editLocations(
  what: 'origin' | 'mirror',
  publisher: PublisherName,
  edit: {
    readonly before: readonly RepositoryLocation[]
    readonly remove: readonly string[] | undefined
    readonly add: readonly string[] | undefined
  },
): Result<readonly RepositoryLocation[], EditProblem> {
  let locations = edit.before
  const hasUri = (uri: string): boolean => locations.some((location) => location.uri === uri)
  for (const text of edit.remove ?? []) {
    const uri = text === '*' ? ok(text) : normaliseUri(text)
    if (!uri.ok) return uri
    if (text !== '*' && !hasUri(uri.value))
      return err({ code: `ips::image_error::unknown_${what}`, publisher, uri: uri.value })
    locations = text === '*' ? [] : locations.filter((location) => location.uri !== uri.value)
  }
  for (const text of edit.add ?? []) {
    const uri = normaliseUri(text)
    if (!uri.ok) return uri
    if (hasUri(uri.value))
      return err({ code: `ips::image_error::duplicate_${what}`, publisher, uri: uri.value })
    locations = [...locations, { uri: uri.value, enabled: true }]
  }
  return ok(locations)
}

function switchLocations(
  before: readonly RepositoryLocation[],
  change: LocationSwitch | undefined,
): Result<readonly RepositoryLocation[], EditProblem> {
  if (change === undefined) return ok(before)
  const { uris, enabled } = change
  let locations = before
  for (const text of uris) {
    const uri = text === '*' ? ok(text) : normaliseUri(text)
    if (!uri.ok) return uri
    const isMeant = (location: RepositoryLocation): boolean => text === '*' || location.uri === uri.value
    if (text !== '*' && !locations.some(isMeant)) locations = [...locations, { uri: uri.value, enabled }]
    else locations = locations.map((location) => (isMeant(location) ? { ...location, enabled } : location))
  }
  return ok(locations)
}

function editProperties(
  before: ConfiguredPublisher,
  change: PublisherChange,
): Result<ReadonlyMap<string, PropertyValue>, ImageProblem> {
  const properties = new Map(before.properties)
  const bad = (name: string, value: string, reason: string): Result<never, ImageProblem> =>
    err({ code: 'ips::image_error::bad_property', name, value, reason })
  for (const name of change.unsetProperties ?? []) properties.delete(name)
  for (const { name, value } of change.removePropertyValues ?? []) {
    const present = properties.get(name)
    if (!Array.isArray(present) || !present.includes(value))
      return bad(name, value, 'the property does not hold this value in a list')
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
    if (typeof present === 'string') return bad(name, value, 'the property is not a list')
    const checked = checkPublisherProperty(name, [...present, value])
    if (!checked.ok) return checked
    properties.set(name, checked.value)
  }
  return ok(properties)
}
