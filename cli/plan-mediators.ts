import type { Image, MediatorSetting, PreparedPlan } from '#image'
import { type Action, attribute, compareVersions, formatFmri, type Manifest, parseVersion } from '#model'
import type { MediatorChange, MediatorHalf } from './plan-facts.ts'

/** What a link offers for its mediator. */
interface Offer {
  readonly priority: string | undefined
  readonly version: string | undefined
  readonly implementation: string | undefined
  readonly implementationVersion: string | undefined
}

/** The choice for one mediator with the source of each half. */
interface Choice {
  readonly version: string | undefined
  readonly versionSource: string | undefined
  readonly implementation: string | undefined
  readonly implementationSource: string | undefined
}

function offerOf(action: Action): Offer | undefined {
  const version = attribute(action, 'mediator-version')
  const implementation = attribute(action, 'mediator-implementation')
  if (version === undefined && implementation === undefined) return undefined
  return { priority: attribute(action, 'mediator-priority'), version, ...splitImplementation(implementation) }
}

/** `name`, `name@version`, or `name@` for explicitly none. */
function splitImplementation(
  text: string | undefined,
): Pick<Offer, 'implementation' | 'implementationVersion'> {
  const at = text?.indexOf('@') ?? -1
  return at < 0
    ? { implementation: text, implementationVersion: undefined }
    : { implementation: text?.slice(0, at), implementationVersion: text?.slice(at + 1) }
}

function compareDotted(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  const left = parseVersion(a)
  const right = parseVersion(b)
  if (left.ok && right.ok) return compareVersions(left.value, right.value)
  return a < b ? -1 : Number(a > b)
}

/** site, vendor, none; version descending; implementation ascending; its version descending. Source: image-plan §8. */
function compareOffers(a: Offer, b: Offer): number {
  const rank = (offer: Offer): number => (offer.priority === 'site' ? 0 : offer.priority === 'vendor' ? 1 : 2)
  const names =
    (a.implementation ?? '') < (b.implementation ?? '') ? -1 : Number(a.implementation !== b.implementation)
  return (
    rank(a) - rank(b) ||
    compareDotted(b.version, a.version) ||
    names ||
    compareDotted(b.implementationVersion, a.implementationVersion)
  )
}

function choose(offers: readonly Offer[], setting: MediatorSetting | undefined): Choice | undefined {
  const wanted = splitImplementation(setting?.implementation)
  const chosen = [...offers]
    .sort(compareOffers)
    .find(
      (offer) =>
        (setting?.version === undefined || setting.version === offer.version) &&
        (wanted.implementation === undefined || wanted.implementation === offer.implementation) &&
        (wanted.implementationVersion === undefined ||
          offer.implementationVersion === undefined ||
          wanted.implementationVersion === offer.implementationVersion),
    )
  if (chosen === undefined && setting === undefined) return undefined
  const source = chosen?.priority ?? 'system'
  return {
    version: setting?.version ?? chosen?.version,
    versionSource: setting?.version === undefined ? source : 'local',
    implementation: setting?.implementation ?? chosen?.implementation,
    implementationSource: setting?.implementation === undefined ? source : 'local',
  }
}

function gather(manifests: Iterable<Manifest>, into: Map<string, Offer[]>, image: Image): void {
  const filter = image.filter()
  for (const manifest of manifests)
    for (const action of manifest.actions) {
      if (action.type !== 'link' && action.type !== 'hardlink') continue
      const name = attribute(action, 'mediator')
      const offer = name === undefined ? undefined : offerOf(action)
      if (name === undefined || offer === undefined || !filter.actionApplies(action)) continue
      into.set(name, [...(into.get(name) ?? []), offer])
    }
}

/**
 * Mediators whose choice the plan changes, sorted by name. Only when a package of the plan has such links are the
 * manifests of the others read.
 */
export async function planMediators(
  image: Image,
  prepared: PreparedPlan,
): Promise<readonly MediatorChange[]> {
  const touched = new Map<string, Offer[]>()
  gather(prepared.manifests.values(), touched, image)
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
  const before = new Map<string, Offer[]>()
  gather(
    installed.map((one) => one.manifest),
    before,
    image,
  )
  const after = new Map<string, Offer[]>()
  gather(
    installed.filter((one) => !leaving.has(formatFmri(one.fmri, 'full'))).map((one) => one.manifest),
    after,
    image,
  )
  gather(coming, after, image)
  const settings = image.config().mediators
  return [...touched.keys()].sort().flatMap((name) => {
    const setting = settings.find((one) => one.name === name)
    const change = compare(
      name,
      before.has(name) ? choose(before.get(name) ?? [], setting) : undefined,
      after.has(name) ? choose(after.get(name) ?? [], setting) : undefined,
    )
    return change === undefined ? [] : [change]
  })
}

function compare(
  name: string,
  old: Choice | undefined,
  next: Choice | undefined,
): MediatorChange | undefined {
  const version: MediatorHalf = {
    old: old?.version,
    oldSource: old?.versionSource,
    new: next?.version,
    newSource: next?.versionSource,
  }
  const implementation: MediatorHalf = {
    old: old?.implementation,
    oldSource: old?.implementationSource,
    new: next?.implementation,
    newSource: next?.implementationSource,
  }
  const same = (half: MediatorHalf): boolean => half.old === half.new && half.oldSource === half.newSource
  return same(version) && same(implementation) ? undefined : { name, version, implementation }
}
