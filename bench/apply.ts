// One run of the executor on a generated tree, in a process of its own so that its memory can be told.
// Usage: node scripts/run.mjs bench/apply.ts install|remove|preview|verify TREE IMAGE [full|none]
// Prints one line of JSON: milliseconds of each phase, steps, peak memory in MiB.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type BulkFiles,
  createDryRunExecutor,
  createFilesystemExecutor,
  type ExecutorTarget,
  inspectPackages,
  type ManifestReader,
  planActions,
  verifyPackage,
  withoutFlushing,
  withoutFlushingMany,
} from '#executor'
import {
  createImageFilter,
  type Filesystem,
  type Fmri,
  formatFmri,
  manifestFmri,
  parseManifest,
  type Result,
  selectActions,
  type ValidationProblem,
} from '#model'
import { bulkWorkerPath, createBulkPool } from '../cli/platform/bulk-pool.ts'
import { createNodeFilesystem } from '../cli/platform/node-filesystem.ts'

/** What one run reports. */
export interface ApplyFigures {
  readonly parse: number
  readonly plan: number
  /** The run itself: installation, dry run or verification. */
  readonly run: number
  /** Processor time of the run, all threads. */
  readonly processor: number
  readonly steps: number
  /** Largest resident size, MiB. */
  readonly peak: number
}

const filter = createImageFilter(new Map(), [])

/** The packages of a tree, and their manifests. */
interface Packages {
  readonly fmris: readonly Fmri[]
  readonly manifests: ManifestReader<never>
}

/** Checks each manifest once, as an image does; later it is read again when it is needed. */
function readPackages(tree: string): Packages {
  const folder = join(tree, 'manifests')
  const good = <T>(result: Result<T, ValidationProblem>): Result<T, never> => {
    if (!result.ok) throw new Error(JSON.stringify(result.error))
    return result
  }
  const files = new Map<string, string>()
  const textOf = (fmri: Fmri): string => readFileSync(join(folder, files.get(formatFmri(fmri))!), 'utf8')
  const fmris = readdirSync(folder).map((name) => {
    const manifest = good(parseManifest(readFileSync(join(folder, name), 'utf8')))
    const fmri = manifest.ok ? manifestFmri(manifest.value) : undefined
    if (fmri === undefined) throw new Error(`${name} names no package`)
    files.set(formatFmri(fmri), name)
    return fmri
  })
  return {
    fmris,
    manifests: {
      read: (fmri) => good(parseManifest(textOf(fmri))),
      readWanted: (fmri, wants, visit) => good(selectActions(textOf(fmri), wants, visit)),
    },
  }
}

/** The fillings of the command line for a level of `--fsync`. */
function filesystemOf(fsync: string): Filesystem {
  return fsync === 'none' ? withoutFlushing(createNodeFilesystem()) : createNodeFilesystem()
}

function bulkOf(fsync: string): BulkFiles {
  const workerPath = bulkWorkerPath()
  if (workerPath === undefined) throw new Error('the code of the workers was not built')
  const bulk = createBulkPool(workerPath, filesystemOf(fsync))
  return fsync === 'none' ? withoutFlushingMany(bulk) : bulk
}

function targetOf(tree: string, image: string, fsync: string): ExecutorTarget {
  return {
    filesystem: filesystemOf(fsync),
    root: image,
    metadata: join(image, 'var', 'pkg'),
    payloadPath: ({ payload = '' }) => join(tree, 'payloads', payload.slice(0, 2), payload),
    now: Date.UTC(2026, 0, 1),
    asRoot: process.getuid?.() === 0,
  }
}

function verifyAll(target: ExecutorTarget, { fmris, manifests }: Packages): number {
  const inspected = inspectPackages(fmris, manifests, filter, [])
  if (!inspected.ok) return inspected.error
  const { linkChosen, overlaidBy, isDirectory, isDelivered } = inspected.value
  const installedSet = { installed: () => undefined, avoided: new Set<string>() }
  let actions = 0
  for (const fmri of fmris) {
    const manifest = manifests.read(fmri)
    if (!manifest.ok) return manifest.error
    const [finding] = verifyPackage({
      ...target,
      fmri,
      manifest: manifest.value,
      filter,
      linkChosen,
      overlaidBy: (path) => overlaidBy(path, fmri),
      installedSet,
      isDirectory,
      isDelivered,
    })
    if (finding !== undefined) throw new Error(`${finding.item}: ${finding.text}`)
    actions += manifest.value.actions.length
  }
  return actions
}

/** Plans and carries out; gives the number of steps. */
function applyAll(
  what: string,
  target: ExecutorTarget,
  { fmris, manifests }: Packages,
  { fsync, onPlanned }: { readonly fsync: string; readonly onPlanned: () => void },
): number {
  const plan = planActions({
    base: 0,
    imageKind: 'full',
    metadataPath: 'var/pkg',
    kept: [],
    manifests,
    oldFilter: filter,
    newFilter: filter,
    mediators: [],
    changes: fmris.map((fmri) =>
      what === 'remove' ? { from: fmri, to: undefined } : { from: undefined, to: fmri },
    ),
  })
  if (!plan.ok) throw new Error(JSON.stringify(plan.error))
  onPlanned()
  const executor =
    what === 'preview' ? createDryRunExecutor(target) : createFilesystemExecutor(target, bulkOf(fsync))
  const report = executor.execute(plan.value, { commit: () => {} })
  if (!report.ok) throw new Error(JSON.stringify(report.error))
  return report.value.steps
}

function main([what = '', tree = '', image = '', fsync = 'full']: readonly string[]): ApplyFigures {
  const started = performance.now()
  const packages = readPackages(tree)
  const parsed = performance.now()
  const target = targetOf(tree, image, fsync)
  let planned = parsed
  let before = process.cpuUsage()
  const onPlanned = (): void => {
    planned = performance.now()
    before = process.cpuUsage()
  }
  const steps =
    what === 'verify' ? verifyAll(target, packages) : applyAll(what, target, packages, { fsync, onPlanned })
  const { user, system } = process.cpuUsage(before)
  return {
    parse: parsed - started,
    plan: planned - parsed,
    run: performance.now() - planned,
    processor: (user + system) / 1000,
    steps,
    peak: process.resourceUsage().maxRSS / 1024,
  }
}

process.stdout.write(`${JSON.stringify(main(process.argv.slice(2)))}\n`)
