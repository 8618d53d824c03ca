import {
  type Action,
  attributes,
  type Dependency,
  type Fmri,
  formatFmri,
  isAtLeast,
  isInside,
  parseDependency,
} from '#model'

/** The installed packages, for the comparison of dependencies. */
export interface InstalledSet {
  /** The installed version of a stem. */
  readonly installed: (stem: string) => Fmri | undefined
  /** Stems that the image avoids: group dependencies do not require them. */
  readonly avoided: ReadonlySet<string>
}

/** Name of a depend action in reports. */
export function dependencyName(action: Action): string {
  return attributes(action, 'fmri').join(', ')
}

function isMet(present: Fmri | undefined, wanted: Fmri): boolean {
  if (present?.version === undefined) return false
  return wanted.version === undefined || isAtLeast(present.version, wanted.version)
}

function shown(fmri: Fmri): string {
  return formatFmri(fmri, fmri.publisher === undefined ? 'no-build' : 'full')
}

/** Present, and at least as new as asked. */
function checkRequired(type: string, wanted: Fmri, present: Fmri | undefined): string[] {
  if (present === undefined) return [`${type} dependency ${shown(wanted)} is not installed`]
  return isMet(present, wanted)
    ? []
    : [`${type} dependency ${shown(wanted)} is downrev (${formatFmri(present)})`]
}

function checkIncorporate(wanted: Fmri, present: Fmri | undefined): string[] {
  if (present?.version === undefined || wanted.version === undefined) return []
  if (isInside(present.version, wanted.version)) return []
  const direction = isAtLeast(present.version, wanted.version) ? 'uprev' : 'downrev'
  return [`incorporate dependency ${shown(wanted)} is ${direction} (${formatFmri(present)})`]
}

/** True for a type whose targets may be absent: targets that no publisher offers are left out without a message. */
export function isOnlyNoted(action: Action): boolean {
  return attributes(action, 'type').some((type) => type === 'group' || type === 'group-any')
}

function checkGroup(
  { type, targets }: Pick<Dependency, 'type' | 'targets'>,
  { installed, avoided }: InstalledSet,
): string[] {
  const asked = targets.filter(({ stem }) => !avoided.has(stem))
  if (asked.length === 0 || asked.some(({ stem }) => installed(stem) !== undefined)) return []
  return type === 'group'
    ? [`group dependency ${shown(asked[0]!)} is not installed`]
    : [`group-any dependency: none of ${asked.map(shown).join(', ')} is installed`]
}

/**
 * What is wrong with one dependency of an installed package, by the installed set alone: a missing group member that the image
 * avoids is fine. Empty when it holds; `isOnlyNoted` tells whether it is an error otherwise. Parents (there are none), and origins
 * of another image are not looked at. Source: fmri-and-version §4.1, image-plan §12.
 */
export function verifyDependency(action: Action, set: InstalledSet): string[] {
  const parsed = parseDependency(action)
  if (!parsed.ok) return ['the dependency cannot be read']
  const { type, targets, predicate, rootImage } = parsed.value
  const [target] = targets
  if (target === undefined) return []
  const present = set.installed(target.stem)
  switch (type) {
    case 'require':
      return checkRequired(type, target, present)
    case 'optional':
      return present === undefined ? [] : checkRequired(type, target, present)
    case 'origin':
      return rootImage || present === undefined ? [] : checkRequired(type, target, present)
    case 'conditional':
      return predicate !== undefined && isMet(set.installed(predicate.stem), predicate)
        ? checkRequired(type, target, present)
        : []
    case 'incorporate':
      return checkIncorporate(target, present)
    case 'exclude':
      return isMet(present, target)
        ? [`exclude dependency ${shown(target)} is installed (${formatFmri(present!)})`]
        : []
    case 'require-any':
      return targets.some((each) => isMet(set.installed(each.stem), each))
        ? []
        : [`require-any dependency: none of ${targets.map(shown).join(', ')} is installed`]
    case 'group':
    case 'group-any':
      return checkGroup(parsed.value, set)
    default:
      return []
  }
}
