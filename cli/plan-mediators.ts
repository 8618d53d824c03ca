import type { Image, PreparedPlan } from '#image'
import {
  chooseMediations,
  formatFmri,
  type ImageFilter,
  type Manifest,
  type Mediation,
  type MediatorChoice,
  type MediatorSetting,
  parseImplementation,
  parseMediation,
} from '#model'
import type { MediatorChange, MediatorHalf } from './plan-facts.ts'

/** Mediations of all links of some packages that apply to the image. */
function mediations(manifests: Iterable<Manifest>, filter: ImageFilter): readonly Mediation[] {
  const found: Mediation[] = []
  for (const manifest of manifests)
    for (const action of manifest.actions) {
      if (action.type !== 'link' && action.type !== 'hardlink') continue
      const parsed = parseMediation(action)
      if (parsed.ok && parsed.value !== undefined && filter.actionApplies(action)) found.push(parsed.value)
    }
  return found
}

/**
 * Mediators whose choice the plan changes, sorted by name. Only when a package of the plan has mediated links are the
 * manifests of the others read. Source: image-plan §8.
 */
export async function planMediators(
  image: Image,
  prepared: PreparedPlan,
): Promise<readonly MediatorChange[]> {
  const filter = image.filter()
  const touched = new Set(mediations(prepared.manifests.values(), filter).map((one) => one.mediator))
  if (touched.size === 0) return []
  const described = await image.describePackages({ patterns: [], scope: 'installed' })
  const installed = described.ok ? described.value.packages : []
  const { installPlan } = prepared
  const leaving = new Set(
    [...installPlan.remove, ...installPlan.update.map(({ from }) => from)].map((fmri) =>
      formatFmri(fmri, 'full'),
    ),
  )
  const coming = [...installPlan.add, ...installPlan.update.map(({ to }) => to)].flatMap(({ fmri }) => {
    const manifest = prepared.manifests.get(formatFmri(fmri, 'full'))
    return manifest === undefined ? [] : [manifest]
  })
  const staying = installed.filter((one) => !leaving.has(formatFmri(one.fmri, 'full')))
  const before = mediations(
    installed.map((one) => one.manifest),
    filter,
  )
  const after = mediations([...staying.map((one) => one.manifest), ...coming], filter)
  const settings: readonly MediatorSetting[] = image.config().mediators.map((one) => ({
    mediator: one.name,
    version: one.version,
    implementation: one.implementation === undefined ? undefined : parseImplementation(one.implementation),
  }))
  const old = chooseMediations(before, settings)
  const next = chooseMediations(after, settings)
  return [...touched].sort().flatMap((name) => changeOf(name, old.get(name), next.get(name)) ?? [])
}

function changeOf(
  name: string,
  old: MediatorChoice | undefined,
  next: MediatorChoice | undefined,
): MediatorChange | undefined {
  const half = (part: 'version' | 'implementation'): MediatorHalf => ({
    old: halfValue(old, part),
    oldSource: halfSource(old, part),
    new: halfValue(next, part),
    newSource: halfSource(next, part),
  })
  const version = half('version')
  const implementation = half('implementation')
  const same = (one: MediatorHalf): boolean => one.old === one.new && one.oldSource === one.newSource
  return same(version) && same(implementation) ? undefined : { name, version, implementation }
}

function halfValue(
  choice: MediatorChoice | undefined,
  part: 'version' | 'implementation',
): string | undefined {
  if (part === 'version') return choice?.version?.value
  const implementation = choice?.implementation?.value
  return implementation?.version === undefined
    ? implementation?.name
    : `${implementation.name}(@${implementation.version})`
}

/** A half without value has the source of the choice too. */
function halfSource(
  choice: MediatorChoice | undefined,
  part: 'version' | 'implementation',
): string | undefined {
  return (
    choice?.[part]?.source ??
    (choice?.chosen === undefined ? undefined : (choice.chosen.priority ?? 'system'))
  )
}
