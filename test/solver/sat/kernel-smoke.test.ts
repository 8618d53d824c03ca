import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSolver } from 'minisat-wasm'
import { describe, expect, test } from 'vitest'
import { loadMinisatBackend } from '../../../solver/sat/minisat-wasm.ts'
import { SatCapacityError } from '../../../solver/sat-backend.ts'
import { projectRoot } from '../../support/shared-data.ts'

describe('the kernel behind the port', () => {
  test('answers, gives a model and a core', async () => {
    const backend = (await loadMinisatBackend())()
    backend.addClauses(Int32Array.from([1, 2, 0, -1, 3, 0]))
    expect(backend.solve({ assumptions: Int32Array.from([-2]) })).toBe('sat')
    expect([1, 2, 3].map((variable) => backend.value(variable))).toEqual([true, false, true])
    expect(backend.solve({ assumptions: Int32Array.from([4, -2, -3]) })).toBe('unsat')
    expect([...backend.core()].sort()).toEqual([-2, -3])
    backend.dispose()
  })

  test('takes the wasm as bytes, for bundles', async () => {
    const wasm = new Uint8Array(readFileSync(join(projectRoot, 'solver', 'minisat-wasm', 'minisat.wasm')))
    const backend = (await loadMinisatBackend({ wasm }))()
    backend.addClauses(Int32Array.from([1, 0, -1, 0]))
    expect(backend.solve({ assumptions: new Int32Array(0) })).toBe('unsat')
    expect(backend.core()).toEqual(new Int32Array(0))
  })

  test('a full memory is a capacity error', async () => {
    const backend = (await loadMinisatBackend({ solver: { maximumBytes: 1 << 20 } }))()
    expect(() => backend.addClauses(Int32Array.from([200_000, 0]))).toThrow(SatCapacityError)
    expect(() => backend.solve({ assumptions: new Int32Array(0) })).toThrow(SatCapacityError)
    backend.dispose()
  })

  test('decides true and false as told, false by default', async () => {
    const solver = await createSolver()
    solver.addClauses(Int32Array.from([1, 2, 3, 0]))
    solver.setPriority(3, 1)
    expect(solver.solve()).toBe('sat')
    expect([1, 2, 3].map((variable) => solver.value(variable))).toEqual([false, true, false])
    solver.setPhase(3, true)
    solver.setPhase(2, false)
    expect(solver.solve()).toBe('sat')
    expect([1, 2, 3].map((variable) => solver.value(variable))).toEqual([false, false, true])
  })
})
