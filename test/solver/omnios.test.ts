import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Catalog } from '#model'
import { type Formula, loadBackend, type NewSatBackend } from '#solver'
import { compareForeign, installedSolvers, solveForeign } from '../../bench/cudf-solvers.ts'
import { readPlanCatalog, withInstalled } from '../../cli/commands/preview/plan-catalog.ts'
import { type RequestFile, readRequestFile } from '../../cli/commands/preview/request-file.ts'
import { type Solved, solveRequest } from '../../cli/commands/preview/solve-request.ts'
import { readWorld } from '../support/checked-world.ts'
import { findFaults, resultOf } from '../support/plan-checker.ts'
import { objectivesOf } from '../support/plan-objectives.ts'
import { projectRoot, sharedData } from '../support/shared-data.ts'

interface Expectation {
  readonly outcome: 'solution' | 'no-solution'
  /** Packages that come, go and change. */
  readonly changes?: readonly [number, number, number]
  /** Values that are not 0. */
  readonly objectives?: Readonly<Record<string, number>>
  readonly code?: string
}

/** What takes longer, ms, is left to the benchmarks. */
const PATIENCE = 1500

const folder = join(projectRoot, 'test', 'fixtures', 'omnios', 'requests')
const names = readdirSync(folder).sort()
const data =
  sharedData('data', 'catalogs', 'omnios') === undefined ? undefined : sharedData('data', 'catalogs')
const foreign = installedSolvers()
if (foreign.length === 0) process.stderr.write('skipped: neither mccs nor aspcud is installed\n')

let offered: Catalog
let engines: readonly NewSatBackend[]
beforeAll(async () => {
  engines = [await loadBackend('minisat-wasm'), await loadBackend('cadical')]
  if (data === undefined) return
  const read = await readPlanCatalog({ folders: ['omnios', 'omnios-extra'].map((name) => join(data, name)) })
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  offered = read.value.catalog
})

function solve(file: RequestFile, catalog: Catalog, newBackend: NewSatBackend) {
  let formula: Formula | undefined
  const solved: Solved = solveRequest({
    ...file,
    catalog,
    newBackend,
    deadline: undefined,
    now: () => 0,
    export: (found) => {
      formula = found
    },
  })
  return { answer: solved.answer, formula }
}

describe.skipIf(data === undefined)('requests on images of OmniOS', () => {
  it.each(names)(
    '%s',
    async (name) => {
      const path = join(folder, name)
      const { expect: wanted } = JSON.parse(readFileSync(path, 'utf8')) as { expect: Expectation }
      const file = await readRequestFile(path, '/')
      if (!file.ok) throw new Error(JSON.stringify(file.error))
      const { snapshot, request } = file.value
      const catalog = withInstalled(
        offered,
        snapshot.installed.map(({ fmri }) => fmri),
      )
      const [first, second] = engines.map((newBackend) => solve(file.value, catalog, newBackend))
      const { answer, formula } = first!
      if (!answer.ok) {
        expect({ outcome: 'no-solution', code: answer.error.code }).toEqual(wanted)
        expect(second!.answer).toMatchObject({ ok: false, error: { code: wanted.code } })
        return
      }
      const { plan } = answer.value
      expect({
        outcome: 'solution',
        changes: [plan.add.length, plan.remove.length, plan.update.length],
        objectives: Object.fromEntries(
          plan.objectives.filter(({ value }) => value > 0).map(({ id, value }) => [id, value]),
        ),
      }).toEqual(wanted)
      expect(second!.answer.ok && second!.answer.value.plan).toEqual(plan)
      if (file.value.unneeded === undefined) {
        const world = readWorld(catalog, snapshot, request)
        const result = resultOf(world, plan)
        expect(findFaults(world, result)).toEqual([])
        for (const [id, value] of objectivesOf(world, result))
          expect([id, value]).toEqual([id, plan.objectives.find((one) => one.id === id)?.value ?? 0])
      }
      if (formula === undefined || formula.objectives.length === 0) return
      for (const [solver, found] of solveForeign(formula, foreign, undefined, PATIENCE).cudf)
        expect(['same values', 'not in time'], solver).toContain(compareForeign(found, answer.value))
    },
    60_000,
  )
})
