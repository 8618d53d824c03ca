import { compareCodePoints, err, ok, type Result, settingFault, type WantedSettings } from '#model'
import type { ImageProblem } from '../problems.ts'
import type { ImageConfig } from './image-config.ts'

/** Input of `change-facet`, `change-variant` and the like. Absent settings stay as they are. */
export type SettingsChange = WantedSettings

/** A facet whose setting changes. Undefined: not set. */
export interface FacetChange {
  readonly name: string
  readonly old: boolean | undefined
  readonly new: boolean | undefined
}

/** A variant whose value changes. Undefined: not set. */
export interface VariantChange {
  readonly name: string
  readonly old: string | undefined
  readonly new: string | undefined
}

/** Differences between two configurations, each list sorted by name. */
export interface SettingsDifference {
  readonly facets: readonly FacetChange[]
  readonly variants: readonly VariantChange[]
}

/** Checks the names and values of a change. Problem: `bad_setting`, for the first names that are wrong. */
export function checkSettings(change: SettingsChange): Result<void, ImageProblem> {
  const fault = settingFault(change)
  return fault === undefined ? ok(undefined) : err({ code: 'ips::image_error::bad_setting', ...fault })
}

/** The configuration after a change; undefined where nothing differs. Pure. */
export function changedConfig(before: ImageConfig, change: SettingsChange): ImageConfig | undefined {
  const facets = new Map(before.facets)
  for (const [name, value] of change.facets ?? [])
    if (value === undefined) facets.delete(name)
    else facets.set(name, value)
  const after = { ...before, facets, variants: new Map([...before.variants, ...(change.variants ?? [])]) }
  const { facets: changedFacets, variants } = settingsDifference(before, after)
  return changedFacets.length + variants.length === 0 ? undefined : after
}

/** Compares the variants and facets of two configurations. Pure. */
export function settingsDifference(before: ImageConfig, after: ImageConfig): SettingsDifference {
  return {
    facets: mapDifference(before.facets, after.facets),
    variants: mapDifference(before.variants, after.variants),
  }
}

function mapDifference<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
): readonly { readonly name: string; readonly old: T | undefined; readonly new: T | undefined }[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .sort(compareCodePoints)
    .map((name) => ({ name, old: before.get(name), new: after.get(name) }))
}
