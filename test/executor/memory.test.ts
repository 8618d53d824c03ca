import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { type KeptPackage, surveyPackages } from '#executor'
import { parseFmri, parseManifest } from '#model'
import { deriveSteps } from '../../executor/derive-steps.ts'
import { simulatePlan } from '../../executor/simulate-change.ts'
import { startSimulation } from '../../executor/simulation.ts'
import { createMemoryFilesystem } from '../support/memory-filesystem.ts'
import { createSmallImage, goodPlan, plainFilter, targetOf } from '../support/small-image.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const PACKAGES = 100
const FILES_OF_PACKAGE = 200
const files = PACKAGES * FILES_OF_PACKAGE

/** Bytes for each file that a value keeps on the heap of the garbage collector. */
function heapOf<T>(make: () => T): { readonly bytes: number; readonly value: T } {
  collect()
  const before = process.memoryUsage().heapUsed
  const value = make()
  collect()
  return { bytes: (process.memoryUsage().heapUsed - before) / files, value }
}

function textOf(number: number): string {
  const digest = (index: number): string => (number * FILES_OF_PACKAGE + index).toString(16).padStart(40, '0')
  const lines = ['dir path=opt owner=root group=bin mode=0755']
  for (let folder = 0; folder < 20; folder++)
    lines.push(`dir path=opt/folder-${number}-${folder} owner=root group=bin mode=0755`)
  for (let index = 0; index < FILES_OF_PACKAGE; index++)
    lines.push(
      `file ${digest(index)} path=opt/folder-${number}-${index % 20}/file-${index} owner=root group=bin mode=0644 chash=${digest(index)} pkg.size=10 pkg.csize=20`,
    )
  return `${lines.join('\n')}\n`
}

/** As in an image: read whenever it is looked at. */
const packages = Array.from({ length: PACKAGES }, (_, number): KeptPackage => {
  const fmri = parseFmri(`pkg://test/one-${number}@1,5.11:20260101T000000Z`)
  if (!fmri.ok) throw new Error('it parses')
  return {
    fmri: fmri.value,
    get manifest() {
      const manifest = parseManifest(textOf(number))
      return manifest.ok ? manifest.value : expect.fail('it parses')
    },
  }
})

const plan = () => goodPlan(packages.map((to) => ({ from: undefined, to })))

describe('of each file', () => {
  it('a plan keeps next to nothing on the heap', () => {
    plan()
    const { bytes, value } = heapOf(plan)
    expect(value.changes.length).toBe(files + PACKAGES * 21)
    expect(bytes).toBeLessThan(30)
  })

  it('a simulation keeps its share of a directory on the heap', () => {
    const fs = createMemoryFilesystem()
    createSmallImage(fs)
    const made = plan()
    const { bytes, value } = heapOf(() => {
      const simulation = startSimulation(made, targetOf(fs))
      simulatePlan(simulation)
      return deriveSteps(simulation, true)
    })
    let staged = 0
    for (const _ of value.staged) staged++
    expect(staged).toBe(files)
    expect(bytes).toBeLessThan(120)
  })

  it('a survey keeps nothing, and no text of a manifest', () => {
    const { bytes, value } = heapOf(() => surveyPackages(packages, plainFilter, []))
    expect(value.isDirectory('opt/folder-7-3')).toBe(true)
    expect(bytes).toBeLessThan(30)
  })
})
