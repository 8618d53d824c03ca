import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { formatFmri, type InstallPlan } from '#model'
import { loadBackend, type NewSatBackend } from '#solver'
import { readPlanCatalog, withInstalled } from '../../../../cli/commands/preview/plan-catalog.ts'
import { planJson } from '../../../../cli/commands/preview/plan-json.ts'
import { readRequestFile } from '../../../../cli/commands/preview/request-file.ts'
import { solveRequest } from '../../../../cli/commands/preview/solve-request.ts'
import { exitCode } from '../../../../cli/exit-codes.ts'
import { sampled } from '../../../support/sampling.ts'
import { projectRoot, sharedData } from '../../../support/shared-data.ts'

const data = sharedData('data', 'requests')
const sets = [
  ['oi-hipster', ['oi-hipster', 'oi-hipster-encumbered']],
  ['debian-bookworm', ['debian-bookworm']],
] as const

interface Expectation {
  readonly expect: { readonly outcome: string; readonly empty?: boolean }
}

interface Link {
  readonly kind: string
  readonly by?: string
}
interface Answer {
  readonly outcome: string
  readonly proof: string | null
  readonly reasons: readonly { readonly package: string; readonly chain: readonly Link[] }[]
  readonly explanation: { readonly sentences: readonly string[]; readonly message: string } | null
}

let newBackend: NewSatBackend
beforeAll(async () => {
  newBackend = await loadBackend('minisat-wasm')
})

/** A chain ends where nothing else has to be asked. */
const roots = ['asked-for', 'newer-version', 'rejected', 'obsoleted-by']

describe.skipIf(data === undefined).each(sets)('recorded requests of %s', (folder, catalogs) => {
  it('come out as recorded, every change with a chain to its root', async () => {
    const path = (...parts: string[]) => join(data ?? '', ...parts)
    // The index that the other tests of these requests keep: to make it takes longer than to solve them all.
    const kept = join(projectRoot, 'build', 'bench-index')
    mkdirSync(kept, { recursive: true })
    const read = await readPlanCatalog({
      folders: catalogs.map((name) => path('..', 'catalogs', name)),
      index: join(kept, `${catalogs.join('+')}.index`),
    })
    if (!read.ok) throw new Error(read.error.code)
    const recorded = readdirSync(path(folder)).filter((one) => one.endsWith('.json'))
    for (const name of recorded.filter((_, index) => index % sampled(3, 1) === 0)) {
      const file = await readRequestFile(path(folder, name), '/')
      if (!file.ok) throw new Error(`${name}: ${JSON.stringify(file.error)}`)
      const { snapshot, request } = file.value
      const installed = snapshot.installed.map(({ fmri }) => fmri)
      const solved = solveRequest({
        snapshot,
        request,
        newBackend,
        catalog: withInstalled(read.value.catalog, installed),
        deadline: undefined,
        now: () => 0,
        export: undefined,
      })
      const wanted = (JSON.parse(readFileSync(path(folder, name), 'utf8')) as Expectation).expect
      const answer = planJson(solved, { index: 'kept', before: new Map(), peakMemory: 0 }) as Answer
      expect(answer.outcome, name).toBe(wanted.outcome)
      if (solved.answer.ok) {
        expect(answer.proof, name).toBe('optimal')
        checkChains(name, solved.answer.value.plan, answer, wanted.empty === true)
      } else {
        expect([1, 9], name).toContain(exitCode(solved.answer.error))
        expect(answer.explanation?.message.length, name).toBeGreaterThan(20)
      }
    }
  })
})

function checkChains(name: string, plan: InstallPlan, { reasons }: Answer, empty: boolean): void {
  const changes = plan.add.length + plan.remove.length + plan.update.length
  expect(changes === 0, name).toBe(empty)
  expect(reasons, name).toHaveLength(changes)
  const gone = new Set(plan.remove.map((fmri) => formatFmri(fmri)))
  for (const { package: changed, chain } of reasons) {
    const kinds = chain.map(({ kind }) => kind)
    expect(roots, `${name} ${changed} ${kinds.join(' ')}`).toContain(kinds.at(-1))
    expect(kinds.slice(0, -1).some((kind) => kind === 'asked-for' || kind === 'newer-version')).toBe(false)
    for (const { kind, by } of chain) if (kind === 'required-by') expect(gone.has(by ?? ''), name).toBe(false)
  }
}
