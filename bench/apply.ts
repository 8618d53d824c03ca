// One run of the executor on a generated tree, in a process of its own so that its memory can be told.
// Usage: node scripts/run.mjs bench/apply.ts install|remove|preview|verify TREE IMAGE [full|none]
// Prints one line of JSON: milliseconds of each phase, steps, peak memory in MiB.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type BulkFiles,
  chosenLinks,
  createFilesystemExecutor,
  createRecordingExecutor,
  type ExecutorTarget,
  type PackageManifest,
  planActions,
  verifyPackage,
  withoutFlushing,
  withoutFlushingMany,
} from '#executor'
import {
  attribute,
  createImageFilter,
  type Filesystem,
  type Manifest,
  manifestFmri,
  parseManifest,
} from '#model'
import { bulkWorkerPath, createBulkPool } from '../cli/platform/bulk-pool.ts'
import { createNodeFilesystem } from '../cli/platform/node-filesystem.ts'

/** What one run reports. */
export interface ApplyFigures {
  readonly parse: number
  readonly plan: number
  /** The run itself: carrying out, rehearsing or verifying. */
  readonly run: number
  /** Processor time of the run, all threads. */
  readonly processor: number
  readonly steps: number
  /** Largest resident size, MiB. */
  readonly peak: number
}

const filter = createImageFilter(new Map(), [])

function readPackages(tree: string): PackageManifest[] {
  const folder = join(tree, 'manifests')
  return readdirSync(folder).map((name) => {
    const read = (): Manifest => {
      const manifest = parseManifest(readFileSync(join(folder, name), 'utf8'))
      if (!manifest.ok) throw new Error(`${name}: bad manifest`)
      return manifest.value
    }
    const fmri = manifestFmri(read())
    if (fmri === undefined) throw new Error(`${name} names no package`)
    // As in an image: checked once, and read again when it is looked at.
    return {
      fmri,
      get manifest() {
        return read()
      },
    }
  })
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

function verifyAll(target: ExecutorTarget, packages: readonly PackageManifest[]): number {
  const linkChosen = chosenLinks(packages, filter, [])
  const directories = new Set(
    packages.flatMap(({ manifest }) =>
      manifest.actions.flatMap((action) => (action.type === 'dir' ? (attribute(action, 'path') ?? []) : [])),
    ),
  )
  const rest = {
    filter,
    linkChosen,
    overlaidBy: () => undefined,
    installedSet: { installed: () => undefined, avoided: new Set<string>() },
    isDirectory: (path: string) => directories.has(path),
  }
  for (const { fmri, manifest } of packages) {
    const [finding] = verifyPackage({ ...target, ...rest, fmri, manifest })
    if (finding !== undefined) throw new Error(`${finding.item}: ${finding.text}`)
  }
  return packages.reduce((sum, { manifest }) => sum + manifest.actions.length, 0)
}

function main([what = '', tree = '', image = '', fsync = 'full']: readonly string[]): ApplyFigures {
  const times = [performance.now()]
  const lap = (): void => void times.push(performance.now())
  const packages = readPackages(tree)
  lap()
  const target = targetOf(tree, image, fsync)
  const plan = planActions({
    base: 0,
    imageKind: 'full',
    metadataPath: 'var/pkg',
    kept: [],
    oldFilter: filter,
    newFilter: filter,
    mediators: [],
    changes: packages.map((each) =>
      what === 'remove' ? { from: each, to: undefined } : { from: undefined, to: each },
    ),
  })
  if (!plan.ok) throw new Error(JSON.stringify(plan.error))
  lap()
  const before = process.cpuUsage()
  let steps: number
  if (what === 'verify') steps = verifyAll(target, packages)
  else {
    const executor =
      what === 'preview' ? createRecordingExecutor(target) : createFilesystemExecutor(target, bulkOf(fsync))
    const report = executor.execute(plan.value, { commit: () => {} })
    if (!report.ok) throw new Error(JSON.stringify(report.error))
    steps = report.value.steps
  }
  const { user, system } = process.cpuUsage(before)
  lap()
  const [parse = 0, planned = 0, run = 0] = times.slice(1).map((time, index) => time - times[index]!)
  return {
    parse,
    plan: planned,
    run,
    processor: (user + system) / 1000,
    steps,
    peak: process.resourceUsage().maxRSS / 1024,
  }
}

process.stdout.write(`${JSON.stringify(main(process.argv.slice(2)))}\n`)
