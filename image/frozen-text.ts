import { formatVersion, type Version } from '#model'

/** Release, branch and timestamp: a build never counts, so it is not kept. */
export function frozenText(version: Version): string {
  const short = formatVersion(version, 'short')
  return version.timestamp === undefined ? short : `${short}:${version.timestamp}`
}
