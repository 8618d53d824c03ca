import type { Image, PreparedPlan } from '#image'
import { type Action, attribute, type Fmri, formatFmri } from '#model'
import type { LicenseRow } from '../../render/parsable.ts'

type PlannedLicense = PreparedPlan['actionPlan']['licenses'][number]
type Side = Pick<PlannedLicense, 'fmri' | 'name' | 'mustAccept' | 'mustDisplay'>

/** Texts of the licences of a plan. */
export interface LicenseTexts {
  /** What is shown before the plan; empty when nothing has to be. Source: cli §5.2. */
  readonly display: string
  /** Text by full FMRI and licence name. */
  readonly byLicense: (side: Side) => string
}

const key = (fmri: Fmri, name: string): string => `${formatFmri(fmri, 'full')}\n${name}`

function licenseAction(prepared: PreparedPlan, side: Side): Action | undefined {
  return prepared
    .manifestOf(side.fmri)
    ?.actions.find((action) => action.type === 'license' && attribute(action, 'license') === side.name)
}

/** Brings the texts that are to be shown: those that must be displayed, with `showAll` every one, with `parsable` every one and its predecessor. */
export async function licenseTexts(
  image: Image,
  prepared: PreparedPlan,
  showAll: boolean,
  parsable: boolean,
): Promise<LicenseTexts> {
  const texts = new Map<string, string>()
  let display = ''
  const bring = async (side: Side): Promise<string> => {
    const action = licenseAction(prepared, side)
    const found = action === undefined ? undefined : await image.licenseText(side.fmri, action)
    const text = found?.ok === true ? found.value : ''
    texts.set(key(side.fmri, side.name), text)
    return text
  }
  for (const license of prepared.actionPlan.licenses) {
    if (parsable) {
      await bring(license)
      if (license.replaces !== undefined) await bring(license.replaces)
    } else if (showAll || license.mustDisplay) {
      const text = await bring(license)
      display += `${'-'.repeat(60)}\nPackage: ${formatFmri(license.fmri, 'no-build')}\nLicense: ${license.name}\n\n${text}\n\n\n`
    }
  }
  return { display, byLicense: (side) => texts.get(key(side.fmri, side.name)) ?? '' }
}

/** Rows of the parsable form: package, licence before, licence after. */
export function licenseRows(
  prepared: PreparedPlan,
  textOf: LicenseTexts['byLicense'],
): readonly (readonly [string, LicenseRow | readonly [], LicenseRow | readonly []])[] {
  const row = (side: Side): LicenseRow => [
    formatFmri(side.fmri, 'full'),
    side.name,
    textOf(side),
    side.mustAccept,
    side.mustDisplay,
  ]
  return prepared.actionPlan.licenses.map((license) => [
    formatFmri(license.fmri, 'full'),
    license.replaces === undefined ? [] : row(license.replaces),
    row(license),
  ])
}
