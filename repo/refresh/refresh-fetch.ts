import { join } from 'node:path'
import {
  err,
  type FileContent,
  type Filesystem,
  FilesystemError,
  ok,
  type PublisherName,
  type Result,
  stagedPath,
} from '#model'
import { type CatalogAttributes, openAttributes } from '../catalog/catalog-attrs.ts'
import { isBasePart, openPart } from '../catalog/catalog-part.ts'
import { createPartScanner, type PartScanner } from '../catalog/catalog-scan.ts'
import type { RepositoryProblem } from '../problems.ts'
import type { PieceSink, RepositorySource } from '../source.ts'
import { usableParts } from './refresh-decision.ts'
import { onDisk, stagingSink, unstage } from './refresh-store.ts'

/** One origin of a publisher, and the place of its catalog. */
export interface OriginPlace {
  readonly publisher: PublisherName
  readonly source: RepositorySource
  readonly directory: string
  readonly filesystem: Filesystem
}

/** Result of a fetch. */
export type Fetched<T> = Result<T, RepositoryProblem>

/** Changed files of a local catalog, `catalog.attrs` among them, and its new attributes. */
export interface NewState {
  readonly files: ReadonlyMap<string, FileContent | 'staged'>
  readonly attributes: CatalogAttributes
  /** Publishers in the base part, when that was fetched or changed. */
  readonly publishers: readonly string[] | undefined
}

/** Attributes, and the file that they were read from. */
export interface FetchedAttributes {
  readonly attributes: CatalogAttributes
  readonly bytes: Uint8Array
}

function badCatalog(input: OriginPlace, file: string, reason: string): RepositoryProblem {
  return { code: 'ips::repository_error::bad_catalog', uri: input.source.uri, file, reason }
}

/** Fetches a file and reads it; content that does not verify is fetched once more past all caches. */
export async function fetchFile<T>(
  input: OriginPlace,
  name: string,
  revalidate: boolean,
  open: (bytes: Uint8Array) => Promise<T | string> | T | string,
): Promise<Fetched<{ bytes: Uint8Array; opened: T }>> {
  let problem: RepositoryProblem | undefined
  for (const past of revalidate ? [true, true] : [false, true]) {
    const bytes = await input.source.fetchCatalogFile(input.publisher, name, { revalidate: past })
    if (!bytes.ok) return bytes
    const opened = await open(bytes.value)
    if (typeof opened !== 'string') return ok({ bytes: bytes.value, opened })
    problem = badCatalog(input, name, opened)
  }
  return err(problem ?? badCatalog(input, name, 'it was not fetched'))
}

/** The attributes; problems: those of the source, `bad_catalog`. */
export async function fetchAttributes(
  input: OriginPlace,
  revalidate: boolean,
): Promise<Fetched<FetchedAttributes>> {
  const fetched = await fetchFile(input, 'catalog.attrs', revalidate, openAttributes)
  return fetched.ok ? ok({ attributes: fetched.value.opened, bytes: fetched.value.bytes }) : fetched
}

/**
 * Writes a part beside its place and checks it on the way; gives the publishers in it. `bad_catalog` when it is another
 * one than the attributes state.
 */
async function fetchPart(
  input: OriginPlace,
  name: string,
  attributes: CatalogAttributes,
  revalidate: boolean,
): Promise<Fetched<readonly string[]>> {
  const expected = attributes.parts.get(name)?.sha1
  const path = join(input.directory, name)
  const staging = stagingSink(input.filesystem, path)
  let problem: RepositoryProblem | undefined
  for (const past of revalidate ? [true, true] : [false, true]) {
    let check = startPartCheck(name)
    const sink: PieceSink = {
      begin() {
        check = startPartCheck(name)
        staging.begin()
      },
      take(piece) {
        staging.take(piece)
        check.scanner.take(piece)
      },
    }
    const fetched = await untilDiskFails(() =>
      input.source.fetchCatalogFile(input.publisher, name, { revalidate: past, sink }),
    )
    if (!fetched.ok) return fetched
    const checked = finishPartCheck(input, name, check)
    if (!checked.ok) return checked
    const found = checked.value
    if (typeof found !== 'string' && (expected === undefined || found.sha1 === expected)) {
      return ok(found.publishers)
    }
    const reason =
      typeof found === 'string' ? found : `its signature is ${found.sha1}, catalog.attrs says ${expected}`
    problem = badCatalog(input, name, reason)
  }
  return err(problem ?? badCatalog(input, name, 'it was not fetched'))
}

/** Turns a failed disk call in a fetch into `storage`. */
async function untilDiskFails<T>(fetch: () => Promise<Fetched<T>>): Promise<Fetched<T>> {
  try {
    return await fetch()
  } catch (error) {
    if (!(error instanceof FilesystemError)) throw error
    const { path, errno } = error.problem
    return err({ code: 'ips::repository_error::storage', path, errno })
  }
}

interface PartCheck {
  readonly scanner: PartScanner
  readonly publishers: string[]
}

function startPartCheck(name: string): PartCheck {
  const publishers: string[] = []
  const scanner = createPartScanner(isBasePart(name), {
    member: (member) => {
      if (!member.startsWith('_')) publishers.push(member)
    },
  })
  return { scanner, publishers }
}

/** Signature and publishers of a staged part, or its fault. A part that the scanner refuses is read as a whole. */
function finishPartCheck(
  { filesystem, directory }: OriginPlace,
  name: string,
  { scanner, publishers }: PartCheck,
): Fetched<{ readonly sha1: string; readonly publishers: readonly string[] } | string> {
  const scanned = scanner.finish()
  if (scanned !== undefined) return ok({ sha1: scanned.sha1, publishers })
  const bytes = onDisk(() => filesystem.readFile(stagedPath(join(directory, name))))
  if (!bytes.ok) return bytes
  const opened = openPart(name, bytes.value)
  if (typeof opened === 'string') return ok(opened)
  return ok({ sha1: opened.sha1, publishers: [...opened.part.publishers.keys()] })
}

/** The whole catalog. */
export async function fetchAll(input: OriginPlace, revalidate: boolean): Promise<Fetched<NewState>> {
  const fetched = await fetchAttributes(input, revalidate)
  if (!fetched.ok) return fetched
  const { attributes, bytes } = fetched.value
  return fetchParts(input, { attributes, bytes }, [...attributes.parts.keys()].filter(isUsable), revalidate)
}

function isUsable(name: string): boolean {
  return (usableParts as readonly string[]).includes(name)
}

/** Stages the named parts; removes them again on a problem. Problems: those of the source, `bad_catalog`, `storage`. */
export async function fetchParts(
  input: OriginPlace,
  remote: FetchedAttributes,
  names: readonly string[],
  revalidate: boolean,
): Promise<Fetched<NewState>> {
  const files = new Map<string, FileContent | 'staged'>()
  let publishers: readonly string[] | undefined
  for (const name of names) {
    const part = await fetchPart(input, name, remote.attributes, revalidate)
    if (!part.ok) {
      for (const begun of names) unstage(input.filesystem, join(input.directory, begun))
      return part
    }
    files.set(name, 'staged')
    if (name === 'catalog.base.C') publishers = part.value
  }
  files.set('catalog.attrs', remote.bytes)
  return ok({ files, attributes: remote.attributes, publishers })
}
