import { join } from 'node:path'
import { createArchiveExecutor, planTime, type TreeEntry } from '#executor'
import {
  type AutoConfigure,
  createImage,
  type Image,
  type ImageHost,
  type OperationProblem,
  portableMetadata,
} from '#image'
import { err, ok, type Result } from '#model'
import type { TarWriter } from '../../platform/tar-writer.ts'
import { licenseTexts } from '../plan/plan-licenses.ts'
import type { ExportOptions } from './export-options.ts'

/** What an export put into the archive. */
export interface Exported {
  readonly packages: number
  readonly entries: number
  /** Milliseconds since 1970-01-01 UTC: the newest package's, and that of the image's own files. */
  readonly time: number
  readonly warnings: readonly string[]
}

/**
 * Installs packages into nothing: solved and planned as for an image of their own in the empty folder `scratch`, and carried out into the
 * archive instead of onto the disk. `show` gets the licences to show, before anything is written. Problems: those of creating an image and of an installation.
 */
export async function exportImage(
  host: ImageHost,
  options: ExportOptions,
  scratch: string,
  archive: TarWriter,
  show: (licenses: string) => void,
): Promise<Result<Exported, OperationProblem>> {
  let time: number | undefined
  let entries = 0
  const made = new Set<string>()
  const add = (entry: TreeEntry): void => {
    if (entry.type === 'directory') made.add(entry.path)
    entries += 1
    archive.add(entry)
  }
  const exporting: ImageHost = {
    ...host,
    // The plan is made now, but what is made of it must not tell when.
    clock: { now: () => time ?? host.clock.now() },
    newExecutor: (target) => createArchiveExecutor(target, { add }),
  }
  const [first, ...others] = options.publishers
  const created = await createImage(exporting, {
    root: scratch,
    kind: 'full',
    zone: false,
    force: false,
    variants: options.variants,
    facets: options.facets,
    properties: new Map(),
    publisher: first,
    refresh: true,
  })
  if (!created.ok) return created
  const { image, failed } = created.value
  try {
    const added = await addPublishers(image, failed, others)
    if (!added.ok) return added
    const installed = await image.install(
      { operation: 'install', patterns: options.patterns, reject: options.reject, ignoreMissing: false },
      {
        refresh: false,
        dryRun: false,
        acceptLicenses: options.acceptLicenses,
        decide: async (prepared) => {
          show((await licenseTexts(image, prepared, options.showLicenses, false)).display)
          time = planTime(prepared.actionPlan.packages)
          return ok('apply')
        },
      },
    )
    if (!installed.ok) return installed
    const { applied, prepared } = installed.value
    const at = time ?? 0
    if (options.withMetadata) for (const entry of metadataEntries(host, image, at, made)) add(entry)
    archive.end()
    return ok({
      packages: prepared.installPlan.add.length,
      entries,
      time: at,
      warnings: applied?.report.warnings ?? [],
    })
  } finally {
    await image.close()
  }
}

async function addPublishers(
  image: Image,
  failed: readonly string[],
  others: readonly AutoConfigure[],
): Promise<Result<undefined, OperationProblem>> {
  const missing = [...failed]
  for (const publisher of others) {
    const added = await image.autoConfigure(publisher)
    if (!added.ok) return added
    missing.push(...added.value.failed)
  }
  const [name] = missing
  return name === undefined
    ? ok(undefined)
    : err({ code: 'ips::repository_error::no_origin', publisher: name })
}

/** The image's own files as entries, with the folders that the packages did not bring. */
function* metadataEntries(
  host: ImageHost,
  image: Image,
  time: number,
  made: ReadonlySet<string>,
): Generator<TreeEntry> {
  const owned = { uid: 0, gid: 0, mtime: time }
  const directories = new Set(made)
  const base = image.metadata.slice(image.root.length + 1)
  for (const file of portableMetadata(host.filesystem, image.metadata)) {
    const path = join(base, file.path)
    const parts = path.split('/')
    for (let depth = 1; depth < parts.length; depth++) {
      const directory = parts.slice(0, depth).join('/')
      if (directories.has(directory)) continue
      directories.add(directory)
      yield { ...owned, type: 'directory', path: directory, mode: 0o755 }
    }
    yield { ...owned, type: 'file', path, mode: 0o644, content: file.content }
  }
}
