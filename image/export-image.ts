import { join } from 'node:path'
import { type ArchiveWriter, createArchiveExecutor, planTime, type TreeEntry } from '#executor'
import { append, err, ok, type Result } from '#model'
import type { AutoConfigure } from './config/publishers.ts'
import { createImage } from './create-image.ts'
import type { ImageHost } from './host.ts'
import type { Image } from './image.ts'
import { portableMetadata } from './operations/portable-metadata.ts'
import type { PreparedPlan } from './plan/prepared-plan.ts'
import type { OperationProblem } from './problems.ts'

/** Which packages to export, and how. */
export interface ExportRequest {
  /** At least one. */
  readonly publishers: readonly AutoConfigure[]
  readonly variants: ReadonlyMap<string, string>
  readonly facets: ReadonlyMap<string, boolean>
  readonly patterns: readonly string[]
  readonly reject: readonly string[]
  readonly acceptLicenses: boolean
  /** True: the archive also gets the image's own files, so that the tree can be managed later. */
  readonly withMetadata: boolean
}

/** What an export put into the archive. */
export interface Exported {
  readonly packages: number
  readonly entries: number
  /** Milliseconds since 1970-01-01 UTC: the time of the newest package, which the image's own files get too. */
  readonly time: number
  readonly warnings: readonly string[]
}

/**
 * Installs packages into an archive instead of onto the disk. The packages are solved and planned as for a new image in the empty
 * folder `scratch`. `onPlan` gets the plan before anything is written. Problems: those of `createImage` and of `Image.install`.
 */
export async function exportImage(
  host: ImageHost,
  request: ExportRequest,
  scratch: string,
  archive: ArchiveWriter,
  onPlan: (image: Image, prepared: PreparedPlan) => Promise<void>,
): Promise<Result<Exported, OperationProblem>> {
  let time: number | undefined
  let entries = 0
  const made = new Set<string>()
  const add = (entry: TreeEntry): void => {
    if (entry.type === 'directory') made.add(entry.path)
    entries += 1
    archive.add(entry)
  }
  // The same packages give the same bytes, and each copy of the archive is an image of its own.
  const { newUuid, ...portable } = host
  const exporting: ImageHost = {
    ...portable,
    // The archive must not depend on when it is made.
    clock: { now: () => time ?? host.clock.now() },
    newExecutor: (target) => createArchiveExecutor(target, { add }),
  }
  const [first, ...others] = request.publishers
  const created = await createImage(exporting, {
    root: scratch,
    kind: 'full',
    zone: false,
    force: false,
    variants: request.variants,
    facets: request.facets,
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
      { operation: 'install', patterns: request.patterns, reject: request.reject, ignoreMissing: false },
      {
        refresh: false,
        dryRun: false,
        acceptLicenses: request.acceptLicenses,
        decide: async (prepared) => {
          await onPlan(image, prepared)
          time = planTime(prepared.actionPlan.packages)
          return ok('apply')
        },
      },
    )
    if (!installed.ok) return installed
    const { applied, prepared } = installed.value
    const at = time ?? 0
    if (request.withMetadata) for (const entry of metadataEntries(host, image, at, made)) add(entry)
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
    append(missing, added.value.failed)
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
