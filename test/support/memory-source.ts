import { attributes, err, formatFmri, ok, type PublisherName, type Result } from '#model'
import type { PublishedBy, RepositoryProblem, RepositorySource } from '#repo'

/** What a memory source serves for one publisher; change the maps between calls to change the repository. */
export interface MemoryPublisher {
  readonly catalog: Map<string, Uint8Array>
  /** By full FMRI. */
  readonly manifests: Map<string, string>
  /** Stored gzip files by their SHA-1 name. */
  readonly payloads: Map<string, Uint8Array>
}

export interface MemorySource extends RepositorySource {
  readonly publishers: Map<string, MemoryPublisher>
  /** Names of the catalog files asked for, `!` behind those asked for past caches. */
  readonly requests: string[]
  /** Fails the next requests of a catalog file, or replaces what is sent; undefined lets it pass. */
  intercept: (name: string, bytes: Uint8Array | undefined) => Uint8Array | RepositoryProblem | undefined
}

/** A repository in memory, for tests. `save` receives payloads; without it none can be fetched. */
export function createMemorySource(
  uri: string,
  names: readonly string[],
  save?: (destination: string, bytes: Uint8Array) => void,
): MemorySource {
  const publishers = new Map<string, MemoryPublisher>(
    names.map((name) => [name, { catalog: new Map(), manifests: new Map(), payloads: new Map() }]),
  )
  const requests: string[] = []
  const missing = (object: string) => err({ code: 'ips::repository_error::not_found', uri, object } as const)
  return {
    uri,
    publishers,
    requests,
    intercept: () => undefined,
    async fetchPublishers() {
      return ok(
        names.map(
          (name): PublishedBy => ({
            name: name as PublisherName,
            alias: undefined,
            origins: [],
            mirrors: [],
            refreshSeconds: 14400,
          }),
        ),
      )
    },
    async fetchCatalogFile(
      publisher,
      name,
      { revalidate, sink },
    ): Promise<Result<Uint8Array, RepositoryProblem>> {
      requests.push(revalidate ? `${name}!` : name)
      const bytes = publishers.get(publisher)?.catalog.get(name)
      const instead = this.intercept(name, bytes)
      if (instead !== undefined && !(instead instanceof Uint8Array)) return err(instead)
      const sent = instead ?? bytes
      if (sent === undefined) return missing(name)
      if (sink === undefined) return ok(sent)
      sink.begin()
      for (let at = 0; at < sent.length; at += 100) sink.take(sent.subarray(at, at + 100))
      return ok(new Uint8Array(0))
    },
    async fetchManifest(publisher, fmri) {
      const text = publishers.get(publisher)?.manifests.get(formatFmri(fmri))
      return text === undefined ? missing(formatFmri(fmri)) : ok(text)
    },
    async fetchPayload(publisher, action, destination) {
      const bytes = publishers.get(publisher)?.payloads.get(action.payload ?? '')
      if (bytes === undefined || save === undefined) return missing(attributes(action, 'path').join())
      save(destination, bytes)
      return ok(undefined)
    },
    payloadFolders: async () => [],
    async close() {},
  }
}
