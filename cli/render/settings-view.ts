import { type Image, type PreparedPlan, type SettingsDifference, settingsDifference } from '#image'
import { createImageFilter, type ImageFilter } from '#model'

/** What a plan does to variants and facets, to be shown. */
export interface SettingsView {
  readonly settings: SettingsDifference
  /** Decide over actions before and after. */
  readonly filters: { readonly before: ImageFilter; readonly after: ImageFilter }
}

/** Compares the configuration of the image, before the plan is carried out, with that of the plan. */
export function settingsView(image: Image, { newConfig }: PreparedPlan): SettingsView {
  const config = image.config()
  const before = image.filter()
  if (newConfig === undefined)
    return { settings: { facets: [], variants: [] }, filters: { before, after: before } }
  const facets = [...newConfig.facets].map(([name, value]) => ({ name, value, source: 'local' }) as const)
  const after = createImageFilter(newConfig.variants, facets)
  return { settings: settingsDifference(config, newConfig), filters: { before, after } }
}
