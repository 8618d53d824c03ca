import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFilesystemExecutor, recoverInterrupted, verifyPackage } from '#executor'
import { Crash, createFaultyFilesystem } from '../support/faulty-filesystem.ts'
import { createMemoryFilesystem, type MemoryFilesystem } from '../support/memory-filesystem.ts'
import { sampled } from '../support/sampling.ts'
import {
  change,
  createSmallImage,
  inspectionOf,
  type ManifestChange,
  type PackageManifest,
  packageOf,
  plainFilter,
  planOf,
  targetOf,
} from '../support/small-image.ts'

const directories = ['a', 'b', 'a/c', 'd']
const names = ['f', 'g', 'h']
const paths = directories.flatMap((directory) => names.map((name) => `${directory}/${name}`))
const texts = ['one', 'two', 'three']
// Not install-only: such a file may rightly be missing after it went from one package to another.
const preserves = ['', 'preserve=true', 'preserve=renameold', 'preserve=renamenew', 'preserve=legacy']

const pathOf = fc.constantFrom(...paths)
const lineOf = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        pathOf,
        fc.constantFrom(...texts),
        fc.constantFrom(...preserves),
        fc.constantFrom('0644', '0600'),
      )
      .map(([path, text, preserve, mode]) => `file content=${text} path=${path} mode=${mode} ${preserve}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(pathOf, fc.constantFrom('f', 'g'))
      .map(([path, target]) => `link path=${path} target=${target}`),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(pathOf, pathOf).map(([path, target]) => `hardlink path=${path} target=/${target}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...directories, ...paths), fc.constantFrom('0755', '0700'))
      .map(([path, mode]) => `dir path=${path} mode=${mode}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(pathOf, fc.constantFrom('p', 'q'), pathOf)
      .map(
        ([path, stem, from]) => `file content=moved path=${path} preserve=true original_name=${stem}:${from}`,
      ),
  },
)
const manifestOf = fc.uniqueArray(lineOf, {
  maxLength: 7,
  selector: (line) => / path=([^ ]+)/.exec(line)?.[1],
})

interface Damage {
  readonly kind: 'edit' | 'remove' | 'directory' | 'link' | 'file'
  readonly path: string
}
const damageOf: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom(
    'edit' as const,
    'remove' as const,
    'directory' as const,
    'link' as const,
    'file' as const,
  ),
  path: fc.constantFrom(...paths, 'a/unpackaged', 'd/unpackaged/deep'),
})

function remove(fs: MemoryFilesystem, path: string): void {
  const status = fs.lstat(path)
  if (status?.type !== 'directory') {
    if (status !== undefined) fs.unlink(path)
    return
  }
  for (const name of fs.readDirectory(path)) remove(fs, `${path}/${name}`)
  fs.removeDirectory(path)
}

/** What an administrator may have done; parents that are no directories stop it. */
function inflict(fs: MemoryFilesystem, { kind, path }: Damage): void {
  const here = `/image/${path}`
  for (let at = here.lastIndexOf('/'); at > 6; at = here.lastIndexOf('/', at - 1)) {
    const parent = fs.lstat(here.slice(0, at))
    if (parent !== undefined && parent.type !== 'directory') return
  }
  const status = fs.lstat(here)
  if (kind === 'edit') {
    if (status?.type === 'file') fs.appendFile(here, Buffer.from(' edited'), { fsync: false })
    return
  }
  remove(fs, here)
  if (kind === 'directory') fs.plant(`${here}/inside`, 'mine')
  if (kind === 'link') fs.plantLink(here, '/elsewhere')
  if (kind === 'file') fs.plant(here, 'mine')
}

function visible(fs: MemoryFilesystem): string {
  return fs.listing('/image').join('\n')
}

type Versions = readonly (PackageManifest | undefined)[]

function packagesOf(manifests: readonly (readonly string[])[]): Versions[] {
  return ['p', 'q'].map((stem, index) => [
    undefined,
    packageOf(`${stem}@1`, manifests[index * 2]!),
    packageOf(`${stem}@2`, manifests[index * 2 + 1]!),
  ])
}

function execute(
  fs: MemoryFilesystem,
  changes: readonly ManifestChange[],
  kept: readonly PackageManifest[],
  crashAt?: number,
): string {
  const plan = planOf(changes, { kept })
  if (!plan.ok) return plan.error.code
  const faulty = createFaultyFilesystem(
    fs,
    crashAt === undefined ? { kind: 'none' } : { kind: 'crash', at: crashAt, torn: true },
  )
  let committed = false
  try {
    const done = createFilesystemExecutor(targetOf(faulty)).execute(plan.value, {
      commit() {
        faulty.sync('/image')
        committed = true
        return undefined
      },
    })
    return done.ok ? `ok ${faulty.calls()}` : done.error.code
  } catch (error) {
    if (!(error instanceof Crash)) throw error
    return committed ? 'crash after' : 'crash before'
  }
}

/** True for a hard link to what no package delivers as a file any more, directly or through other links. */
function isOrphan(
  action: PackageManifest['manifest']['actions'][number],
  present: readonly PackageManifest[],
): boolean {
  const all = present.flatMap(({ manifest }) => manifest.actions)
  const seen = new Set<unknown>()
  let at: typeof action | undefined = action
  while (at?.type === 'hardlink' && !seen.has(at)) {
    seen.add(at)
    const target = String(at.attributes.get('target')).slice(1)
    at = all.find((other) => other.attributes.get('path') === target)
  }
  return action.type === 'hardlink' && at?.type !== 'file'
}

/** Steps: wanted version of each package (0 = not installed). */
const stepOf = fc.tuple(fc.nat(2), fc.nat(2))

interface Run {
  readonly manifests: string[][]
  readonly steps: [number, number][]
}
const runOf = fc.record({
  manifests: fc.array(manifestOf, { minLength: 4, maxLength: 4 }),
  steps: fc.array(stepOf, { minLength: 1, maxLength: 4 }),
})

/** Walks the steps; what cannot be installed is left out. */
function walk(
  { manifests, steps }: Run,
  visit: (fs: MemoryFilesystem, changes: ManifestChange[], kept: PackageManifest[], index: number) => boolean,
): { fs: MemoryFilesystem; installed: (PackageManifest | undefined)[] } {
  const versions = packagesOf(manifests)
  const fs = createMemoryFilesystem()
  createSmallImage(fs)
  let installed: (PackageManifest | undefined)[] = [undefined, undefined]
  for (const [index, step] of steps.entries()) {
    const wanted = versions.map((each, at) => each[step[at]!])
    const changes = versions.flatMap((_, at) =>
      installed[at] === wanted[at] ? [] : [change(installed[at], wanted[at])],
    )
    const kept = installed.filter(
      (each, at) => each !== undefined && each === wanted[at],
    ) as PackageManifest[]
    if (visit(fs, changes, kept, index)) installed = wanted
  }
  return { fs, installed }
}

describe('random plans', () => {
  it('leave installed packages that verify, and nothing when all are gone', () => {
    let applied = 0
    fc.assert(
      fc.property(runOf, (run) => {
        const { fs, installed } = walk(run as Run, (disk, changes, kept) => {
          const done = execute(disk, changes, kept).startsWith('ok')
          if (done) applied++
          return done
        })
        const present = installed.filter((each) => each !== undefined)
        for (const package_ of present) {
          const findings = verifyPackage({
            ...targetOf(fs),
            ...package_,
            filter: plainFilter,
            linkChosen: inspectionOf(present).linkChosen,
            installedSet: { installed: () => undefined, avoided: new Set() },
            isDirectory: () => false,
            isDelivered: () => false,
            overlaidBy: () => undefined,
          })
          expect(
            findings
              // A hard link into another package may outlive its target there.
              .filter(({ level, action }) => level === 'error' && !isOrphan(action, present))
              .map(({ item, text }) => `${item} ${text}`),
          ).toEqual([])
        }
        expect(
          execute(
            fs,
            present.map((package_) => change(package_, undefined)),
            [],
          ),
        ).toMatch(/^ok/)
        // Files that `preserve` keeps also keep their directories in lost+found.
        expect(fs.listing('/image', (path) => path === 'var/pkg/lost+found')).toEqual([
          '0755 0 0 dir var',
          '0755 0 0 dir var/pkg',
        ])
      }),
      { numRuns: sampled(150, 400) },
    )
    expect(applied).toBeGreaterThan(sampled(75, 200))
  })
  it('on damaged images are old or new after a crash', () => {
    let crashes = 0
    fc.assert(
      fc.property(
        runOf,
        fc.array(damageOf, { maxLength: 5 }),
        fc.integer({ min: 1, max: 1000 }),
        (run, damages, seed) => {
          walk(run as Run, (disk, changes, kept, index) => {
            if (index > 0) for (const damage of damages) inflict(disk, damage)
            const before = visible(disk)
            const finished = disk.clone()
            const outcome = execute(finished, changes, kept)
            if (!outcome.startsWith('ok')) {
              expect(visible(finished), outcome).toBe(before)
              return false
            }
            const calls = Number(outcome.slice(3))
            for (let at = 1 + (seed % 17); at <= calls; at += 17) {
              const crashed = disk.clone()
              const side = execute(crashed, changes, kept, at)
              const committedGeneration = side === 'crash after' ? 1 : 0
              crashes++
              recoverInterrupted({ ...targetOf(crashed), metadataFiles: [], committedGeneration })
              expect(visible(crashed), `${side} at ${at}`).toBe(
                committedGeneration === 1 ? visible(finished) : before,
              )
            }
            return execute(disk, changes, kept).startsWith('ok')
          })
        },
      ),
      { numRuns: sampled(45, 120) },
    )
    expect(crashes).toBeGreaterThan(sampled(110, 300))
  })
})
