import { join } from 'node:path'
import type { Action, Fmri, PublisherName, Result } from '#model'
import { err, fmriDirectoryPath, formatFmri, ok, parsePublisherName } from '#model'
import { isCatalogFileName } from '../catalog/catalog-name.ts'
import { catalogFilePaths } from '../layout/catalog-paths.ts'
import { checkManifestText } from '../layout/manifest-text.ts'
import type { RepositoryLayout } from '../layout/repository-layout.ts'
import {
  isSafeSegment,
  listPublishers,
  openLayout,
  publisherFolder,
  unreadable,
} from '../layout/repository-layout.ts'
import type { StoredFile } from '../layout/stored-file.ts'
import {
  pourStored,
  pourStoredGzip,
  readStored,
  readStoredGzip,
  streamStored,
} from '../layout/stored-file.ts'
import type { SizeLimits } from '../limits.ts'
import { expectPayload, payloadPath } from '../payload/payload.ts'
import { createPayloadCopier } from '../payload/payload-copy.ts'
import { savePayload } from '../payload/payload-save.ts'
import type { RepositoryProblem } from '../problems.ts'
import type { PieceSink, PublishedBy, RepositorySource } from '../source.ts'
import { bareInfo, parsePublisherInfo } from './publisher-info.ts'

/**
 * Reads a repository folder: version 4, or a folder that directly holds catalog files (then it knows catalogs only).
 * `root` is an absolute path, `uri` its name in problems. Only the layout of the folder is kept between calls, and it is read again
 * when something is missing. Source: repository-v4 §1, §7.
 */
export function createFileSource(uri: string, root: string, limits: SizeLimits): RepositorySource {
  const copier = createPayloadCopier()
  let opened: RepositoryLayout | undefined

  async function layout(): Promise<Result<RepositoryLayout, RepositoryProblem>> {
    if (opened !== undefined) return ok(opened)
    const found = await openLayout(root, uri)
    if (found.ok) opened = found.value
    return found
  }

  /** Something is missing: is it the object, or is the whole repository gone? */
  async function missing(problem: RepositoryProblem): Promise<RepositoryProblem> {
    if (problem.code !== 'ips::repository_error::not_found') return problem
    opened = undefined
    const again = await layout()
    return again.ok ? problem : again.error
  }

  const notFound = (object: string): RepositoryProblem => ({
    code: 'ips::repository_error::not_found',
    uri,
    object,
  })

  /** Path below a publisher's folder, or `not_found` for catalog-only folders and names that lead elsewhere. */
  async function locate(
    publisher: string,
    segments: readonly string[],
    object: string,
  ): Promise<Result<StoredFile, RepositoryProblem>> {
    const found = await layout()
    if (!found.ok) return found
    const folder = publisherFolder(root, publisher)
    const safe = segments.every(isSafeSegment)
    if (found.value.kind !== 'version-4' || folder === undefined || !safe) return err(notFound(object))
    return ok({ path: join(folder, ...segments), uri, object })
  }

  /** Possible paths of a catalog file, at least one. */
  async function catalogFiles(
    publisher: string,
    name: string,
  ): Promise<Result<readonly StoredFile[], RepositoryProblem>> {
    const found = await layout()
    if (!found.ok) return found
    const object = `catalog file ${name}`
    if (!isCatalogFileName(name)) return err(notFound(object))
    if (found.value.kind === 'catalog-only') return ok([{ path: join(root, name), uri, object }])
    const folder = publisherFolder(root, publisher)
    if (folder === undefined) return err(notFound(object))
    return ok(catalogFilePaths(folder, name).map((path) => ({ path, uri, object })))
  }

  /** Reads the first of the files that is there, plain or packed. */
  async function readCatalog(
    files: readonly StoredFile[],
    sink?: PieceSink,
  ): Promise<Result<Uint8Array, RepositoryProblem>> {
    const limit = limits.catalogFile
    for (const [index, file] of files.entries()) {
      const plain = await (sink === undefined ? readStored(file, limit) : pourStored(file, limit, sink))
      if (plain.ok || plain.error.code !== 'ips::repository_error::not_found') return plain
      const zipped = { ...file, path: `${file.path}.gz` }
      const packed = await (sink === undefined
        ? readStoredGzip(zipped, limit)
        : pourStoredGzip(zipped, limit, sink))
      if (packed.ok) return packed
      const isLast = index === files.length - 1
      if (isLast || packed.error.code !== 'ips::repository_error::not_found')
        return err(await missing(packed.error))
    }
    throw new RangeError('a catalog file has a place')
  }

  async function describePublisher(name: PublisherName): Promise<Result<PublishedBy, RepositoryProblem>> {
    const file = await locate(name, ['pub.p5i'], `publisher information of ${name}`)
    if (!file.ok) return file
    const bytes = await readStored(file.value, limits.statement)
    if (!bytes.ok) {
      return bytes.error.code === 'ips::repository_error::not_found' ? ok(bareInfo(name)) : bytes
    }
    const stated = parsePublisherInfo(Buffer.from(bytes.value).toString('utf8'), uri)
    if (!stated.ok) return stated
    return ok(stated.value.find((publisher) => publisher.name === name) ?? bareInfo(name))
  }

  return {
    uri,
    async fetchPublishers() {
      const found = await layout()
      if (!found.ok) return found
      if (found.value.kind === 'catalog-only') {
        const object = 'catalog file catalog.base.C'
        const base = await readCatalog([{ path: join(root, 'catalog.base.C'), uri, object }])
        return base.ok ? catalogPublishers(base.value, uri) : base
      }
      const names = await listPublishers(found.value)
      if (!names.ok) return err(unreadable(uri, join(root, 'publisher'), names.error))
      const publishers: PublishedBy[] = []
      for (const name of names.value) {
        const publisher = await describePublisher(name)
        if (!publisher.ok) return publisher
        publishers.push(publisher.value)
      }
      return ok(publishers)
    },
    async fetchCatalogFile(publisher, name, options) {
      const files = await catalogFiles(publisher, name)
      return files.ok ? readCatalog(files.value, options.sink) : files
    },
    async fetchManifest(publisher: PublisherName, fmri: Fmri, sha1: string | undefined) {
      const segments = ['pkg', ...fmriDirectoryPath(fmri).split('/')]
      const file = await locate(publisher, segments, `manifest ${formatFmri(fmri)}`)
      if (!file.ok) return file
      const bytes = await readStored(file.value, limits.manifest)
      if (!bytes.ok) return err(await missing(bytes.error))
      return checkManifestText(bytes.value, sha1, fmri, uri)
    },
    async fetchPayload(publisher: PublisherName, action: Action, destination: string) {
      const expected = expectPayload(action, uri)
      if (!expected.ok) return expected
      const stored = payloadPath(expected.value.name)
      const own = await locate(publisher, ['file', ...stored.split('/')], `payload ${expected.value.name}`)
      if (!own.ok) return own
      const bring = async (file: StoredFile): Promise<Result<void, RepositoryProblem>> => {
        const job = { expected: expected.value, destination, uri, limit: limits.payload }
        return (await copier.copy({ ...job, file })) ?? savePayload({ ...job, bytes: streamStored(file) })
      }
      const saved = await bring(own.value)
      if (saved.ok || saved.error.code !== 'ips::repository_error::not_found') return saved
      const shared = await bring({ ...own.value, path: join(root, 'file', stored) })
      return shared.ok ? shared : err(await missing(shared.error))
    },
    async payloadFolders(publisher: PublisherName) {
      const found = await layout()
      const folder = publisherFolder(root, publisher)
      if (!found.ok || found.value.kind !== 'version-4' || folder === undefined) return []
      return [join(folder, 'file'), join(root, 'file')]
    },
    async close() {},
  }
}

/** Publishers named in a base part; text that is no catalog is `not_a_repository` here, its signature is not looked at. */
function catalogPublishers(
  bytes: Uint8Array,
  uri: string,
): Result<readonly PublishedBy[], RepositoryProblem> {
  const refuse = (reason: string) =>
    err<RepositoryProblem>({ code: 'ips::repository_error::not_a_repository', uri, reason })
  let part: unknown
  try {
    part = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return refuse('The base part of its catalog is not JSON.')
    throw thrown
  }
  if (typeof part !== 'object' || part === null || Array.isArray(part)) {
    return refuse('The base part of its catalog is not an object.')
  }
  const publishers: PublishedBy[] = []
  for (const key of Object.keys(part).sort()) {
    const name = parsePublisherName(key)
    if (!key.startsWith('_') && name.ok) publishers.push(bareInfo(name.value))
  }
  return ok(publishers)
}
