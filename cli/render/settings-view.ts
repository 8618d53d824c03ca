import { type Image, type PreparedPlan, type SettingsDifference, settingsDifference } from '#image'
import { createImageFilter, type ImageFilter } from '#model'

/** The variants and facets that a plan changes. */
export interface SettingsView {
  readonly settings: SettingsDifference
  /** Filters of actions before and after the plan. */
  readonly filters: { readonly before: ImageFilter; readonly after: ImageFilter }
}

/** Compares the configuration of the image with that of the plan; call it before the plan is applied. */
export function settingsView(image: Image, { newConfig }: PreparedPlan): SettingsView {
  const config = image.config()
  const before = image.filter()
  if (newConfig === undefined)
    return { settings: { facets: [], variants: [] }, filters: { before, after: before } }
  const facets = [...newConfig.facets].map(([name, value]) => ({ name, value, source: 'local' }) as const)
  const after = createImageFilter(newConfig.variants, facets)
  return { settings: settingsDifference(config, newConfig), filters: { before, after } }
}
