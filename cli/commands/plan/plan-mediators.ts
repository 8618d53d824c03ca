import { type Image, type ImageConfig, mediationsOf, type PreparedPlan } from '#image'
import {
  chooseMediations,
  formatFmri,
  formatImplementation,
  type ImageFilter,
  type Manifest,
  type Mediation,
  type MediatorChoice,
  type MediatorSetting,
  readMediatorSetting,
} from '#model'
import type { MediatorChange, MediatorHalf } from '../../render/mediator-change.ts'
import { settingsView } from '../../render/settings-view.ts'

function mediations(manifests: Iterable<Manifest>, filter: ImageFilter): readonly Mediation[] {
  return [...manifests].flatMap((manifest) => mediationsOf(manifest, filter))
}

/** Settings before and after a plan. */
function settingsOf(config: Pick<ImageConfig, 'mediators'>): readonly MediatorSetting[] {
  return config.mediators.map(({ name, version, implementation }) =>
    readMediatorSetting({ mediator: name, version, implementation }),
  )
}

/** Names of mediators of which something else is fixed after the plan. */
function newlyFixed({ newConfig }: PreparedPlan, config: ImageConfig): readonly string[] {
  if (newConfig === undefined) return []
  const text = (one: ImageConfig, name: string): string =>
    JSON.stringify(one.mediators.find((setting) => setting.name === name) ?? null)
  const names = [...config.mediators, ...newConfig.mediators].map(({ name }) => name)
  return names.filter((name) => text(config, name) !== text(newConfig, name))
}

/**
 * Mediators whose choice the plan changes, sorted by name. Only when a package of the plan has mediated links are the
 * manifests of the others read. Source: image-plan §8.
 */
export async function planMediators(
  image: Image,
  prepared: PreparedPlan,
): Promise<readonly MediatorChange[]> {
  const { before: filter, after: newFilter } = settingsView(image, prepared).filters
  const touched = new Set([...prepared.actionPlan.mediators, ...newlyFixed(prepared, image.config())])
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
    const manifest = prepared.manifestOf(fmri)
    return manifest === undefined ? [] : [manifest]
  })
  const staying = installed.filter((one) => !leaving.has(formatFmri(one.fmri, 'full')))
  const before = mediations(
    installed.map((one) => one.manifest),
    filter,
  )
  const after = mediations([...staying.map((one) => one.manifest), ...coming], newFilter)
  const old = chooseMediations(before, settingsOf(image.config()))
  const next = chooseMediations(after, settingsOf(prepared.newConfig ?? image.config()))
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
  // Explicitly nothing is nothing as well; only the source tells.
  if (part === 'version') return choice?.version?.value || undefined
  const implementation = choice?.implementation
  return implementation === undefined
    ? undefined
    : formatImplementation(implementation.value, implementation.versionFollows) || undefined
}

/** A half without value has the source of the choice too. */
function halfSource(
  choice: MediatorChoice | undefined,
  part: 'version' | 'implementation',
): string | undefined {
  return choice && (choice[part]?.source ?? choice.chosen?.priority ?? 'system')
}
