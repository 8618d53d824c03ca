import { attribute, attributes, type ImageFilter, type PackageActuator, parseAction, parseFmri } from '#model'

/** Beginning of the names of package actuators. */
export const actuatorPrefix = 'pkg.additional-'

const effects: ReadonlyMap<string, PackageActuator['effect']> = new Map([
  [`${actuatorPrefix}update-on-uninstall`, 'update'],
  [`${actuatorPrefix}uninstall-on-uninstall`, 'uninstall'],
])

/** What the actions of an installed package ask for when it goes; values that are no FMRI are left out. Source: solver-semantics §3. */
export function actuatorsOf(catalogActions: string, filter: ImageFilter): readonly PackageActuator[] {
  if (!catalogActions.includes(actuatorPrefix)) return []
  return catalogActions.split('\n').flatMap((line) => {
    const action = line.includes(actuatorPrefix) ? parseAction(line) : undefined
    if (action?.ok !== true || !filter.actionApplies(action.value)) return []
    const effect = effects.get(attribute(action.value, 'name') ?? '')
    if (action.value.type !== 'set' || effect === undefined) return []
    return attributes(action.value, 'value').flatMap((text) => {
      const fmri = parseFmri(text)
      return fmri.ok ? [{ effect, fmri: fmri.value }] : []
    })
  })
}
