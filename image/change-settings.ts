import { compareCodePoints, err, ok, type Result } from '#model'
import type { ImageConfig } from './image-config.ts'
import type { ImageProblem } from './problems.ts'

/** What `change-facet`, `change-variant` and the like ask for. Names are full. What is absent stays. */
export interface SettingsChange {
  /** Undefined: no longer set. */
  readonly facets?: ReadonlyMap<string, boolean | undefined>
  readonly variants?: ReadonlyMap<string, string>
}

/** A facet whose setting differs; undefined: not set. */
export interface FacetChange {
  readonly name: string
  readonly old: boolean | undefined
  readonly new: boolean | undefined
}

/** A variant whose value differs; undefined: not set. */
export interface VariantChange {
  readonly name: string
  readonly old: string | undefined
  readonly new: string | undefined
}

/** What differs between two configurations; each list sorted by name. */
export interface SettingsDifference {
  readonly facets: readonly FacetChange[]
  readonly variants: readonly VariantChange[]
}

/** Facet that stands for all version locks at once; it cannot be set, only the locks one by one. Source: solver-semantics §2.1. */
const everyVersionLock = 'facet.version-lock.*'

/** Refuses what can never be set. Problem: `bad_setting`, for the first name that is wrong. Source: cli §5, solver-semantics §2.1. */
export function checkSettings(change: SettingsChange): Result<void, ImageProblem> {
  const names = [...(change.variants?.keys() ?? []), ...(change.facets?.keys() ?? [])]
  const blank = names.filter((name) => /\s/.test(name))
  if (blank.length > 0) return err({ code: 'ips::image_error::bad_setting', names: blank, why: 'blank' })
  const nameless = names.filter((name) => name === 'facet.' || name === 'variant.')
  if (nameless.length > 0)
    return err({ code: 'ips::image_error::bad_setting', names: nameless, why: 'empty' })
  const globs = [...(change.variants?.keys() ?? [])].filter((name) => /[*?]/.test(name))
  if (globs.length > 0) return err({ code: 'ips::image_error::bad_setting', names: globs, why: 'glob' })
  const lock = change.facets?.get(everyVersionLock)
  if (lock !== undefined)
    return err({
      code: 'ips::image_error::bad_setting',
      names: [everyVersionLock],
      why: lock ? 'every-lock-true' : 'every-lock-false',
    })
  return ok(undefined)
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

/** Variants and facets that two configurations do not have alike. Pure. */
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
