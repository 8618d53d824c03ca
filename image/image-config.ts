import type { ImageKind, Publisher } from '#model'

/** Format version of `pkg6.image.json` that this client reads and writes. */
export const configFormat = 1

/** Value of an image or publisher property: text, or a list. Booleans are the texts `True` and `False`, as pkg5 prints them. */
export type PropertyValue = string | readonly string[]

/** A publisher with what only the image cares about. The position in the list is its rank. */
export interface ConfiguredPublisher extends Publisher {
  /** Free-form and known properties by name, e.g. `signature-policy`. */
  readonly properties: ReadonlyMap<string, PropertyValue>
  /** Seconds between implicit refreshes, as the repository said; undefined: 14400. */
  readonly refreshSeconds: number | undefined
}

/** A mediator the administrator set; undefined halves are left to the system. */
export interface MediatorSetting {
  readonly name: string
  readonly version: string | undefined
  readonly implementation: string | undefined
  readonly implementationVersion: string | undefined
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
