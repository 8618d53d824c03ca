import { err, ok, type Result, type ValidationProblem } from '#model'
import { originChain, type RepositorySource } from '#repo'
import type { ConfiguredPublisher } from '../config/image-config.ts'
import type { ImageHost, Trust } from '../host.ts'

/** The repositories of an open image, each opened once. */
export type SourcePool = ReturnType<typeof sourcePool>

/** Makes a pool that has opened nothing yet; `trust` is asked at each opening. */
export function sourcePool(openSource: ImageHost['openSource'], trust: () => Trust) {
  const opened = new Map<string, RepositorySource>()
  const source = (uri: string): Result<RepositorySource, ValidationProblem> => {
    const trusted = trust()
    const key = `${uri}\n${trusted.caPath ?? ''}`
    const known = opened.get(key)
    if (known !== undefined) return ok(known)
    const made = openSource(uri, trusted)
    if (!made.ok) return err(made.error)
    opened.set(key, made.value)
    return made
  }
  const enabled = (locations: ConfiguredPublisher['origins']): readonly RepositorySource[] =>
    locations.flatMap((location) => {
      if (!location.enabled) return []
      const made = source(location.uri)
      return made.ok ? [made.value] : []
    })
  return {
    /** Problem: `bad_uri`. */
    source,
    /** Enabled origins of a publisher, in order; those that do not open are left out. */
    origins: (publisher: ConfiguredPublisher) => enabled(publisher.origins),
    /** Origins and mirrors as one. */
    chain: (publisher: ConfiguredPublisher) =>
      originChain(enabled(publisher.origins), { mirrors: enabled(publisher.mirrors) }),
    async close(): Promise<void> {
      const all = [...opened.values()]
      opened.clear()
      await Promise.all(all.map((one) => one.close()))
    },
  }
}
