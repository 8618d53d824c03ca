import type { PublisherName } from '#model'

/** Operations of a depot: versions by operation. */
export type OfferedVersions = ReadonlyMap<string, readonly number[]>

/** Reads the answer to `versions/0`; undefined when it is none. Source: repository-v4 §5.1. */
export function parseVersions(text: string): OfferedVersions | undefined {
  const offered = new Map<string, readonly number[]>()
  let isDepot = false
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue
    const [operation, ...versions] = line.trim().split(/[ \t]+/)
    if (operation === undefined || versions.length === 0) return undefined
    if (operation === 'pkg-server') {
      isDepot = true
      continue
    }
    if (!versions.every((version) => /^[0-9]{1,6}$/.test(version))) return undefined
    offered.set(operation, versions.map(Number))
  }
  if (offered.get('versions')?.includes(0)) isDepot = true
  return isDepot ? offered : undefined
}

/** Best version both sides know; `known` is in order of preference. */
export function chooseVersion(
  offered: OfferedVersions,
  operation: string,
  known: readonly number[],
): number | undefined {
  const versions = offered.get(operation) ?? []
  return known.find((version) => versions.includes(version))
}

/**
 * Where requests about a publisher go: below `PUBLISHER/` when the depot knows prefixes (`publisher` version 1) and the
 * address is not already that of the publisher. Source: repository-v4 §5.
 */
export function publisherBase(base: string, offered: OfferedVersions, publisher: PublisherName): string {
  const prefix = `${encodeURIComponent(publisher)}/`
  const prefixed = offered.get('publisher')?.includes(1) ?? false
  return prefixed && !base.endsWith(`/${prefix}`) ? `${base}${prefix}` : base
}
