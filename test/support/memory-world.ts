import { dirname } from 'node:path'
import initSqlJs from 'sql.js'
import { createImage, findImage, type Image, type OpenMode, openImage } from '#image'
import {
  err,
  type Filesystem,
  FilesystemError,
  fmriDirectoryPath,
  type ImageKind,
  type PublisherName,
  type Result,
} from '#model'
import type { RepositoryProblem } from '#repo'
import { loadBackend } from '#solver'
import { type TestHost, testHost, testProcess } from './image-host.ts'
import { imageOptions } from './image-options.ts'
import { createMemorySource, type MemoryPublisher } from './memory-source.ts'

/** Where the images of these worlds lie. */
export const worldRoot = '/image'

/** Files of repositories by URI, as `repositoryFiles` gives them. */
export type Repositories = ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>

const sql = initSqlJs()
const backend = loadBackend('cadical')

/** What one publisher has in the files of a repository. Manifests are found by their path, whatever they are asked as. */
function publisherIn(files: ReadonlyMap<string, Uint8Array>, name: string): MemoryPublisher {
  const publisher: MemoryPublisher = { catalog: new Map(), manifests: new Map(), payloads: new Map() }
  for (const [path, bytes] of files) {
    const [, owner, kind, ...rest] = path.split('/')
    if (owner !== name) continue
    if (kind === 'catalog') publisher.catalog.set(rest.join('/'), bytes)
    if (kind === 'pkg') publisher.manifests.set(rest.join('/'), Buffer.from(bytes).toString('utf8'))
    if (kind === 'file') publisher.payloads.set(rest.at(-1)!, bytes)
  }
  return publisher
}

/** A payload comes into the cache as the repositories write it: under another name, not flushed, then renamed. */
function savePayload(filesystem: Filesystem, destination: string, bytes: Uint8Array): void {
  const incoming = `${dirname(destination)}/.incoming`
  if (filesystem.lstat(incoming) !== undefined) filesystem.unlink(incoming)
  filesystem.createFile(incoming, [bytes], { mode: 0o644, fsync: false })
  filesystem.rename(incoming, destination)
}

/** A disk that fails is a problem of the repositories where they write to it. */
async function onDisk<T>(
  work: () => Promise<Result<T, RepositoryProblem>>,
): Promise<Result<T, RepositoryProblem>> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof FilesystemError)) throw error
    const { path, errno } = error.problem
    return err({ code: 'ips::repository_error::storage', path, errno })
  }
}

/** A host whose disk is given and whose repositories are in memory. Process 100, unless another one takes over. */
export function memoryHost(filesystem: Filesystem, repositories: Repositories, pid = 100): TestHost {
  return testHost(filesystem, {
    process: testProcess({ pid, userId: 0 }),
    loadSql: () => sql,
    loadBackend: () => backend,
    openSource(uri) {
      const files = repositories.get(uri.endsWith('/') ? uri.slice(0, -1) : uri)
      if (files === undefined)
        return err({ code: 'ips::validation_error::bad_uri', text: uri, reason: 'unknown' })
      const names = [
        ...new Set([...files.keys()].flatMap((path) => /^publisher\/([^/]+)/.exec(path)?.[1] ?? [])),
      ]
      const source = createMemorySource(uri, names, (to, bytes) => savePayload(filesystem, to, bytes))
      for (const name of names) source.publishers.set(name, publisherIn(files, name))
      return {
        ok: true,
        value: {
          ...source,
          fetchCatalogFile: (publisher, name, options) =>
            onDisk(() => source.fetchCatalogFile(publisher, name, options)),
          fetchPayload: (publisher, action, destination) =>
            onDisk(() => source.fetchPayload(publisher, action, destination)),
          async fetchManifest(publisher: PublisherName, fmri) {
            const text = source.publishers.get(publisher)?.manifests.get(fmriDirectoryPath(fmri))
            if (text !== undefined) return { ok: true, value: text }
            return err({ code: 'ips::repository_error::not_found', uri, object: fmri.stem })
          },
        },
      }
    },
  })
}

/** Makes an image of which the first repository serves everything. */
export async function makeMemoryImage(host: TestHost, kind: ImageKind, uri: string): Promise<Image> {
  const made = await createImage(host, imageOptions(worldRoot, { kind, publisher: { uri } }))
  if (!made.ok) throw new Error(JSON.stringify(made.error))
  return made.value.image
}

/** Opens the image of a world. */
export async function openMemoryImage(host: TestHost, mode: OpenMode = 'write') {
  const found = findImage(host.filesystem, {
    exactRoot: worldRoot,
    startDirectory: '/',
    walkUp: true,
    liveRoot: '/',
  })
  return found.ok ? openImage(host, found.value, mode) : found
}
