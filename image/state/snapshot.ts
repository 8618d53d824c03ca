import {
  createImageFilter,
  type FacetSetting,
  type ImageFilter,
  type ImageSnapshot,
  type PublisherName,
  type PublisherRank,
} from '#model'
import type { ImageConfig } from '../config/image-config.ts'
import type { InstalledState } from '../installed-state.ts'
import { actuatorsOf } from './actuators.ts'

/** What the solver may know: configuration and installed state as one value. Pure. */
export function makeSnapshot(config: ImageConfig, state: InstalledState): ImageSnapshot {
  const filter = imageFilter(config)
  return {
    generation: state.generation,
    installed: state.packages.map(({ fmri, manual, catalogActions }) => {
      const actuators = actuatorsOf(catalogActions, filter)
      return actuators.length === 0 ? { fmri, manual } : { fmri, manual, actuators }
    }),
    publishers: rankPublishers(config, state),
    variants: config.variants,
    facets: facetSettings(config),
    frozen: state.frozen,
    avoided: state.avoided,
    parent: undefined,
  }
}

/** Configured publishers in order, then those that only have installed packages, by name. Source: solver-semantics §2. */
function rankPublishers(config: ImageConfig, state: InstalledState): readonly PublisherRank[] {
  const configured: PublisherRank[] = config.publishers.map(({ name, sticky, enabled }) => ({
    name,
    sticky,
    enabled,
  }))
  const known = new Set<PublisherName>(configured.map(({ name }) => name))
  const orphans = new Set<PublisherName>()
  for (const { fmri } of state.packages)
    if (fmri.publisher !== undefined && !known.has(fmri.publisher)) orphans.add(fmri.publisher)
  const removed = [...orphans].sort().map((name) => ({ name, sticky: false, enabled: false }))
  return [...configured, ...removed]
}

/** The image's action filter. Pure. */
export function imageFilter(config: ImageConfig): ImageFilter {
  return createImageFilter(config.variants, facetSettings(config))
}

function facetSettings(config: ImageConfig): readonly FacetSetting[] {
  return [...config.facets].map(([name, value]) => ({ name, value, source: 'local' }))
}
