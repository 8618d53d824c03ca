import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createDryRunExecutor } from '#executor'
import { parseFmri, parseManifest } from '#model'
import { deriveSteps } from '../../executor/apply/derive-steps.ts'
import { simulatePlan } from '../../executor/simulate/simulate-change.ts'
import { startSimulation } from '../../executor/simulate/simulation.ts'
import { createMemoryFilesystem } from '../support/memory-filesystem.ts'
import { sampled } from '../support/sampling.ts'
import {
  createSmallImage,
  goodPlan,
  inspectionOf,
  type PackageManifest,
  targetOf,
} from '../support/small-image.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const PACKAGES = sampled(100, 200)
const FILES_OF_PACKAGE = 200
const files = PACKAGES * FILES_OF_PACKAGE

/** Bytes that live after garbage was collected. */
function living(): { readonly heap: number; readonly beside: number } {
  // Buffers are let go of when their views have been.
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return { heap: heapUsed, beside: arrayBuffers }
}

/** Measures again, twice at most, what seems too much: meanwhile the engine may have kept something else, never less. */
function leastOf<T>(measure: () => T, isTooMuch: (measured: T) => boolean): T {
  let measured = measure()
  for (let again = 0; again < 2 && isTooMuch(measured); again += 1) measured = measure()
  return measured
}

/** Bytes for each file that a value keeps on the heap of the garbage collector. */
function heapOf<T>(make: () => T, most: number): { readonly bytes: number; readonly value: T } {
  const measure = () => {
    const before = living().heap
    const value = make()
    return { bytes: (living().heap - before) / files, value }
  }
  return leastOf(measure, ({ bytes }) => bytes >= most)
}

/** Bytes that a value of all files keeps for each file that one of half of them has not got: on the heap, and beside it. */
function growthOf(
  make: (packages: readonly PackageManifest[]) => unknown,
  most: { readonly heap: number; readonly beside: number },
  all = packages,
): { heap: number; beside: number } {
  const first = all.slice(0, all.length / 2)
  const taken = (of: readonly PackageManifest[]) => {
    const before = living()
    const value = make(of)
    const { heap, beside } = living()
    return { value, heap: heap - before.heap, beside: beside - before.beside }
  }
  // The first time the engine also keeps what it made of the code.
  taken(first)
  const measure = () => {
    const half = taken(first)
    const whole = taken(all)
    const each = (of: 'heap' | 'beside') => (2 * (whole[of] - half[of])) / (all.length * FILES_OF_PACKAGE)
    return { heap: each('heap'), beside: each('beside') }
  }
  return leastOf(measure, ({ heap, beside }) => heap >= most.heap || beside >= most.beside)
}

function textOf(number: number, version: number): string {
  const digest = (index: number): string =>
    (version * files + number * FILES_OF_PACKAGE + index).toString(16).padStart(40, '0')
  const lines = ['dir path=opt owner=root group=bin mode=0755']
  for (let folder = 0; folder < 20; folder++)
    lines.push(`dir path=opt/folder-${number}-${folder} owner=root group=bin mode=0755`)
  for (let index = 0; index < FILES_OF_PACKAGE; index++)
    lines.push(
      `file ${digest(index)} path=opt/folder-${number}-${index % 20}/file-${index} owner=root group=bin mode=0644 chash=${digest(index)} pkg.size=10 pkg.csize=20`,
    )
  return `${lines.join('\n')}\n`
}

/** A manifest that is read at each access, as in an image. All files of two versions differ. */
const packagesOf = (version: number): readonly PackageManifest[] =>
  Array.from({ length: PACKAGES }, (_, number) => {
    const fmri = parseFmri(`pkg://test/one-${number}@${version},5.11:20260101T000000Z`)
    if (!fmri.ok) throw new Error('it parses')
    return {
      fmri: fmri.value,
      get manifest() {
        const manifest = parseManifest(textOf(number, version))
        return manifest.ok ? manifest.value : expect.fail('it parses')
      },
    }
  })

const packages = packagesOf(0)
const nextPackages = packagesOf(1)

const planOf = (of: readonly PackageManifest[]) => goodPlan(of.map((to) => ({ from: undefined, to })))
const plan = () => planOf(packages)
const removalOf = (of: readonly PackageManifest[]) => goodPlan(of.map((from) => ({ from, to: undefined })))

describe('of each file', () => {
  it('a plan keeps next to nothing on the heap', () => {
    const most = 30
    plan()
    const { bytes, value } = heapOf(plan, most)
    expect(value.changes.length).toBe(files + PACKAGES * 21)
    expect(bytes).toBeLessThan(most)
  })

  it('a simulation keeps its share of a directory on the heap', () => {
    const most = 120
    const fs = createMemoryFilesystem()
    createSmallImage(fs)
    const made = plan()
    const { bytes, value } = heapOf(() => {
      const simulation = startSimulation(made, targetOf(fs))
      simulatePlan(simulation)
      return deriveSteps(simulation, true)
    }, most)
    let staged = 0
    for (const _ of value.staged) staged++
    expect(staged).toBe(files)
    expect(bytes).toBeLessThan(most)
  })

  it('an inspection keeps nothing, and no text of a manifest', () => {
    const most = 30
    const { bytes, value } = heapOf(() => inspectionOf(packages), most)
    expect(value.isDirectory('opt/folder-7-3')).toBe(true)
    expect(bytes).toBeLessThan(most)
  })

  it('more a plan keeps next to nothing on the heap, and its records beside it', () => {
    const most = { heap: 25, beside: 90 }
    const { heap, beside } = growthOf(planOf, most)
    expect(heap).toBeLessThan(most.heap)
    expect(beside).toBeLessThan(most.beside)
  })

  it('more a plan that takes away keeps as little', () => {
    const most = { heap: 25, beside: 90 }
    const { heap, beside } = growthOf(removalOf, most)
    expect(heap).toBeLessThan(most.heap)
    expect(beside).toBeLessThan(most.beside)
  })

  it('more a dry run keeps a row, and its share of a directory', () => {
    const most = { heap: 60, beside: 125 }
    const { heap, beside } = growthOf((of) => {
      const fs = createMemoryFilesystem()
      createSmallImage(fs)
      const report = createDryRunExecutor(targetOf(fs)).execute(planOf(of), { commit: () => {} })
      return report.ok ? report.value : expect.fail('it can be done')
    }, most)
    expect(heap).toBeLessThan(most.heap)
    expect(beside).toBeLessThan(most.beside)
  })

  it('more an update that replaces it keeps rows and steps, but no nodes', () => {
    const most = { heap: 600, beside: 290 }
    const some = packages.slice(0, PACKAGES / 2)
    const fs = createMemoryFilesystem()
    createSmallImage(fs)
    fs.makeDirectory('/image/opt', 0o755)
    for (let number = 0; number < some.length; number++) {
      for (let folder = 0; folder < 20; folder++)
        fs.makeDirectory(`/image/opt/folder-${number}-${folder}`, 0o755)
      for (let index = 0; index < FILES_OF_PACKAGE; index++) {
        const path = `/image/opt/folder-${number}-${index % 20}/file-${index}`
        fs.createFile(path, [], { mode: 0o644, fsync: false })
      }
    }
    const { heap, beside } = growthOf(
      (of) => {
        const changes = of.map((from, number) => ({ from, to: nextPackages[number] }))
        const simulation = startSimulation(goodPlan(changes), targetOf(fs))
        simulatePlan(simulation)
        const steps = deriveSteps(simulation, true)
        expect(steps.backups.length).toBe(of.length * FILES_OF_PACKAGE)
        expect(simulation.tree.onDisk.length).toBeLessThan(of.length * 25)
        return { simulation, steps }
      },
      most,
      some,
    )
    expect(heap).toBeLessThan(most.heap)
    expect(beside).toBeLessThan(most.beside)
  })
})
