import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import {
  err,
  type Filesystem,
  type ImageKind,
  makeDirectories,
  ok,
  type Publisher,
  parsePublisherName,
  type RepositoryLocation,
  type Result,
  replaceFile,
} from '#model'
import { parseJson } from '../json.ts'
import type { ImageProblem } from '../problems.ts'
import { attempt, attemptQuietly, readText } from '../storage.ts'
import type { StoredConfig, StoredPublisher } from './config-schema.ts'

/** Format version of `pkg6.image.json` that this client reads and writes. */
const configFormat = 1

/** Value of an image or publisher property: text, or a list. Booleans are the texts `True` and `False`, as pkg5 prints them. */
export type PropertyValue = string | readonly string[]

/** A publisher with what only the image cares about. The position in the list is its rank. */
export interface ConfiguredPublisher extends Publisher {
  /** Free-form and known properties by name, e.g. `signature-policy`. */
  readonly properties: ReadonlyMap<string, PropertyValue>
  /** Seconds between implicit refreshes, as the repository said; undefined: 14400. */
  readonly refreshSeconds: number | undefined
  /** Identifier of this image for the publisher, a UUID. It is shown and never sent. Absent: none was made. */
  readonly clientUuid?: string
}

/** A mediator the administrator set; undefined halves are left to the system. */
export interface MediatorSetting {
  readonly name: string
  /** Empty: explicitly none. */
  readonly version: string | undefined
  /** `impl`, `impl@` (explicitly without version), `impl@version`, or empty: explicitly none. */
  readonly implementation: string | undefined
}

/** What `pkg6.image.json` holds. Immutable; changes make a new one. */
export interface ImageConfig {
  readonly kind: ImageKind
  /** Highest rank first. */
  readonly publishers: readonly ConfiguredPublisher[]
  /** Full names (`variant.arch`) to values. */
  readonly variants: ReadonlyMap<string, string>
  /** Full names or globs (`facet.doc.*`) to values. */
  readonly facets: ReadonlyMap<string, boolean>
  readonly mediators: readonly MediatorSetting[]
  /** Only those that were set; defaults are in `defaultProperties`. */
  readonly properties: ReadonlyMap<string, PropertyValue>
}

/** The first thing wrong with the shape of a parsed file; undefined when it is right. */
export type ShapeCheck = (value: unknown) => string | undefined

/**
 * Reads a configuration. `path` is only named in problems: `corrupt_config`, `unsupported_format`. `checkShape` is
 * `configShapeError`, or for a text that has passed it before, nothing.
 */
export function parseConfig(
  text: string,
  path: string,
  checkShape: ShapeCheck,
): Result<ImageConfig, ImageProblem> {
  const corrupt = (reason: string): Result<ImageConfig, ImageProblem> =>
    err({ code: 'ips::image_error::corrupt_config', path, reason })
  const value = parseJson(text)
  if (value === undefined) return corrupt('it is not JSON')
  const format = (value as { format?: unknown } | null)?.format
  if (typeof format === 'number' && Number.isInteger(format) && format > configFormat)
    return err({ code: 'ips::image_error::unsupported_format', path, format })
  const shapeError = checkShape(value)
  if (shapeError !== undefined) return corrupt(shapeError)
  const stored = value as StoredConfig
  const names = new Set<string>()
  const publishers: ConfiguredPublisher[] = []
  for (const entry of stored.publishers) {
    const publisher = readPublisher(entry)
    if (publisher === undefined) return corrupt(`'${entry.name}' is not a publisher name`)
    for (const name of [publisher.name, publisher.alias]) {
      if (name === undefined) continue
      if (names.has(name)) return corrupt(`publisher '${name}' is listed twice`)
      names.add(name)
    }
    publishers.push(publisher)
  }
  return ok({
    kind: stored.kind,
    publishers,
    variants: new Map(Object.entries(stored.variants)),
    facets: new Map(Object.entries(stored.facets)),
    mediators: stored.mediators.map((mediator) => ({
      name: mediator.name,
      version: mediator.version,
      implementation: mediator.implementation,
    })),
    properties: new Map(Object.entries(stored.properties)),
  })
}

function readPublisher(entry: StoredPublisher): ConfiguredPublisher | undefined {
  const name = parsePublisherName(entry.name)
  if (!name.ok) return undefined
  return {
    name: name.value,
    alias: entry.alias,
    sticky: entry.sticky,
    enabled: entry.enabled,
    origins: entry.origins.map(readLocation),
    mirrors: entry.mirrors.map(readLocation),
    properties: new Map(Object.entries(entry.properties)),
    refreshSeconds: entry.refreshSeconds,
    ...(entry.clientUuid === undefined ? {} : { clientUuid: entry.clientUuid }),
  }
}

function readLocation(location: RepositoryLocation): RepositoryLocation {
  return { uri: location.uri, enabled: location.enabled }
}

/** The file's text: same configuration, same bytes. `parseConfig` reads it back to an equal value. */
export function formatConfig(config: ImageConfig): string {
  const stored: StoredConfig = {
    format: configFormat,
    kind: config.kind,
    publishers: config.publishers.map((publisher) => ({
      name: publisher.name,
      ...(publisher.alias === undefined ? {} : { alias: publisher.alias }),
      sticky: publisher.sticky,
      enabled: publisher.enabled,
      origins: publisher.origins.map(readLocation),
      mirrors: publisher.mirrors.map(readLocation),
      properties: sortedObject(publisher.properties),
      ...(publisher.refreshSeconds === undefined ? {} : { refreshSeconds: publisher.refreshSeconds }),
      ...(publisher.clientUuid === undefined ? {} : { clientUuid: publisher.clientUuid }),
    })),
    variants: sortedObject(config.variants),
    facets: sortedObject(config.facets),
    // JSON leaves undefined members out.
    mediators: config.mediators.map((mediator) => ({ ...mediator })) as StoredConfig['mediators'],
    properties: sortedObject(config.properties),
  }
  return `${JSON.stringify(stored, undefined, 2)}\n`
}

function sortedObject<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  // fromEntries defines own properties, so a name like __proto__ stays a plain key.
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

/** A configuration and the text of the file that it was read from. */
export interface ReadConfig {
  readonly config: ImageConfig
  readonly text: string
}

/** Where the configuration lies, and who reads it. */
export interface ConfigPlace {
  readonly filesystem: Filesystem
  readonly path: string
  /** Disposable file that names the last text that was found right. */
  readonly checkedPath: string
  /** Version of the client: another one checks for itself. */
  readonly clientVersion: string
}

/**
 * Reads the configuration file. A text that passed before is not checked against the schema again: compiling the schema takes
 * longer than all the rest of a small command. Problems: `corrupt_config`, `unsupported_format`, `storage` and its kin.
 */
export async function readConfig(place: ConfigPlace): Promise<Result<ReadConfig, ImageProblem>> {
  const { filesystem, path, checkedPath, clientVersion } = place
  const text = attempt(() => readText(filesystem, path))
  if (!text.ok) return text
  if (text.value === undefined)
    return err({ code: 'ips::image_error::corrupt_config', path, reason: 'it is missing' })
  const mark = `${clientVersion} ${createHash('sha256').update(text.value).digest('hex')}\n`
  const checked = attempt(() => readText(filesystem, checkedPath))
  const isChecked = checked.ok && checked.value === mark
  const shapeError = isChecked ? () => undefined : (await import('./config-schema.ts')).configShapeError
  const config = parseConfig(text.value, path, shapeError)
  if (!config.ok) return config
  if (!isChecked)
    attemptQuietly(() => {
      makeDirectories(filesystem, dirname(checkedPath))
      replaceFile(filesystem, checkedPath, mark)
    })
  return ok({ config: config.value, text: text.value })
}

/** Replaces the configuration file atomically. Problems: `storage` and its kin; the old file is then still there. */
export function writeConfig(
  filesystem: Filesystem,
  path: string,
  config: ImageConfig,
): Result<void, ImageProblem> {
  const text = formatConfig(config)
  const written = attempt(() => replaceFile(filesystem, path, text))
  if (written.ok) return written
  // Replaced, and only the flush of the directory failed: done is done.
  const found = attempt(() => readText(filesystem, path))
  return found.ok && found.value === text ? ok(undefined) : written
}
