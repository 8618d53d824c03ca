import type { PropertyValue } from './image-config.ts'

/** Place in the search order. */
export type SearchPlace =
  | { readonly kind: 'first' }
  | { readonly kind: 'before'; readonly publisher: string }
  | { readonly kind: 'after'; readonly publisher: string }

/** One `set-publisher`. Absent fields change nothing. Removals are applied before additions. Source: cli §6. */
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
  readonly removeMirrors?: readonly string[]
  /** Enables or disables these origins (URIs or `*`) and adds none (`-e -g URI`, `-d -g URI`). */
  readonly switchOrigins?: { readonly uris: readonly string[]; readonly enabled: boolean }
  readonly setProperties?: ReadonlyMap<string, PropertyValue>
  readonly unsetProperties?: readonly string[]
  readonly addPropertyValues?: readonly { readonly name: string; readonly value: string }[]
  readonly removePropertyValues?: readonly { readonly name: string; readonly value: string }[]
  /** Fetch the catalog before the change is saved (default of the command: true). */
  readonly refresh: boolean
}

/** One `set-publisher -p URI` or `image-create -p URI`. */
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

/** What an auto-configuration did; names in the order the repository lists them. */
export interface AutoConfigureReport {
  readonly added: readonly string[]
  readonly updated: readonly string[]
}
