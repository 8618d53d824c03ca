import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contractBackend } from '../../../solver/sat/contract.ts'
import { loadMinisatBackend } from '../../../solver/sat/minisat-wasm.ts'
import type { NewSatBackend, SatBackend } from '../../../solver/sat-backend.ts'
import { flat, hasModel } from '../../support/formula.ts'
import { tinyLimits } from '../../support/tiny-limits.ts'

const VARIABLES = 9

/** One call of the port. Where the state forbids a call, it is left out, so that every shrunk sequence is legal too. */
type Call =
  | { readonly kind: 'add'; readonly clauses: number[][] }
  | { readonly kind: 'solve'; readonly assumptions: number[]; readonly conflicts: number | undefined }
  | { readonly kind: 'stopped solve'; readonly assumptions: number[]; readonly looks: number }
  | { readonly kind: 'refuted' }
  | { readonly kind: 'core' }
  | { readonly kind: 'value'; readonly variable: number }
  | { readonly kind: 'phase'; readonly variable: number; readonly value: boolean }
  | { readonly kind: 'priority'; readonly variable: number; readonly priority: number }
  | { readonly kind: 'statistics' }

const variable = fc.integer({ min: 1, max: VARIABLES })
const literal = fc.tuple(variable, fc.boolean()).map(([v, positive]) => (positive ? v : -v))
const literals = fc.array(literal, { maxLength: 5 })
const clauses = fc.array(fc.array(literal, { minLength: 1, maxLength: 4 }), { maxLength: 12 })
const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), clauses }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('solve' as const),
      assumptions: literals,
      conflicts: fc.option(fc.nat(4), { nil: undefined }),
    }),
  },
  fc.record({ kind: fc.constant('stopped solve' as const), assumptions: literals, looks: fc.nat(2) }),
  fc.record({ kind: fc.constant('refuted' as const) }),
  fc.record({ kind: fc.constant('core' as const) }),
  fc.record({ kind: fc.constant('value' as const), variable }),
  fc.record({ kind: fc.constant('phase' as const), variable, value: fc.boolean() }),
  fc.record({ kind: fc.constant('priority' as const), variable, priority: fc.integer({ min: -3, max: 3 }) }),
  fc.record({ kind: fc.constant('statistics' as const) }),
)

/** Plays calls on an engine and checks answers on a truth table; the decorator checks the rest. */
function play(newBackend: NewSatBackend, calls: readonly Call[]): void {
  const backend = contractBackend(newBackend, { recheckCores: true })()
  const formula: number[][] = []
  let state = 'input'
  const settle = (answer: ReturnType<SatBackend['solve']>, assumptions: readonly number[]) => {
    state = answer === 'unknown' ? 'input' : answer
    if (answer === 'unknown') return
    expect(answer).toBe(hasModel(VARIABLES, formula, assumptions) ? 'sat' : 'unsat')
  }
  for (const next of calls) {
    switch (next.kind) {
      case 'add':
        formula.push(...next.clauses)
        backend.addClauses(flat(next.clauses))
        state = 'input'
        break
      case 'solve': {
        const { assumptions, conflicts } = next
        const before = backend.statistics().conflicts
        settle(
          backend.solve({
            assumptions: Int32Array.from(assumptions),
            ...(conflicts === undefined ? {} : { conflicts }),
          }),
          assumptions,
        )
        if (conflicts !== undefined) {
          expect(backend.statistics().conflicts - before).toBeLessThanOrEqual(conflicts)
        }
        break
      }
      case 'stopped solve': {
        let looks = next.looks
        const shouldStop = () => looks-- <= 0
        settle(
          backend.solve({ assumptions: Int32Array.from(next.assumptions), shouldStop }),
          next.assumptions,
        )
        break
      }
      case 'refuted':
        if (backend.isRefuted()) expect(hasModel(VARIABLES, formula, [])).toBe(false)
        state = 'input'
        break
      case 'core':
        if (state === 'unsat') expect(backend.core()).toEqual(backend.core())
        break
      case 'value':
        if (state === 'sat') backend.value(next.variable)
        break
      case 'phase':
        backend.setPhase(next.variable, next.value)
        state = 'input'
        break
      case 'priority':
        backend.setPriority(next.variable, next.priority)
        state = 'input'
        break
      case 'statistics':
        expect(backend.statistics().clauses).toBe(formula.length)
        break
    }
  }
  backend.dispose()
}

describe('any legal sequence of calls', () => {
  test.each([
    ['as it is', undefined],
    ['with tiny limits', tinyLimits],
  ])('%s', async (_, solver) => {
    const newBackend = await loadMinisatBackend(solver === undefined ? {} : { solver })
    fc.assert(
      fc.property(fc.array(call, { maxLength: 40, size: 'max' }), (calls) => play(newBackend, calls)),
      { numRuns: 600 },
    )
  })
})

test('what unit propagation alone refutes is known without a decision', async () => {
  const newBackend = contractBackend(await loadMinisatBackend())
  const backend = newBackend()
  backend.addClauses(Int32Array.of(1, 0, -1, 2, 0, -2, 3, 4, 0, -3, 0))
  expect(backend.isRefuted()).toBe(false)
  backend.addClauses(Int32Array.of(-2, -4, 0))
  expect(backend.isRefuted()).toBe(true)
  expect(backend.solve({ assumptions: new Int32Array(0) })).toBe('unsat')
  const open = newBackend()
  // Impossible, but only a decision shows it.
  open.addClauses(Int32Array.of(1, 2, 0, 1, -2, 0, -1, 2, 0, -1, -2, 0))
  expect(open.isRefuted()).toBe(false)
  expect(open.statistics().decisions).toBe(0)
  expect(open.solve({ assumptions: new Int32Array(0) })).toBe('unsat')
})

describe('the decorator notices', () => {
  const none = new Int32Array(0)
  const fake = (changes: Partial<SatBackend>): SatBackend =>
    contractBackend(
      () => ({
        addClauses: () => {},
        solve: () => 'sat',
        isRefuted: () => false,
        value: () => false,
        model: () => new Uint8Array(0),
        core: () => Int32Array.of(),
        setPhase: () => {},
        setPriority: () => {},
        statistics: () => ({
          variables: 0,
          clauses: 0,
          solves: 0,
          conflicts: 0,
          decisions: 0,
          propagations: 0,
        }),
        dispose: () => {},
        ...changes,
      }),
      { recheckCores: true },
    )()

  test.each<{
    name: string
    engine?: Partial<SatBackend>
    calls: (backend: SatBackend) => void
    says: string
  }>([
    { name: 'a value without a model', calls: (b) => b.value(1), says: 'value in state input' },
    { name: 'a core without a failure', calls: (b) => b.core(), says: 'core in state input' },
    { name: 'an open clause', calls: (b) => b.addClauses(Int32Array.of(1, 2)), says: 'not ended' },
    {
      name: 'a zero assumption',
      calls: (b) => b.solve({ assumptions: Int32Array.of(0) }),
      says: 'no variable',
    },
    {
      name: 'a huge literal',
      calls: (b) => b.addClauses(Int32Array.of(-0x7fffffff, 0)),
      says: 'no variable',
    },
    {
      name: 'a negative limit',
      calls: (b) => b.solve({ assumptions: none, conflicts: -1 }),
      says: 'no limit',
    },
    { name: 'a priority that is no number', calls: (b) => b.setPriority(1, Number.NaN), says: 'no priority' },
    {
      name: 'a look at the model after a setter',
      calls: (b) => {
        b.solve({ assumptions: none })
        b.setPhase(1, true)
        b.value(1)
      },
      says: 'value in state input',
    },
    {
      name: 'a call after the end',
      calls: (b) => {
        b.dispose()
        b.statistics()
      },
      says: 'state disposed',
    },
    {
      name: 'a call from inside a search',
      engine: {
        solve: ({ shouldStop }) => {
          shouldStop?.()
          return 'sat'
        },
      },
      calls: (b) => b.solve({ assumptions: none, shouldStop: () => b.value(1) }),
      says: 'state solving',
    },
    {
      name: 'a model that breaks a clause',
      calls: (b) => {
        b.addClauses(Int32Array.of(1, 2, 0))
        b.solve({ assumptions: none })
      },
      says: 'breaks clause 1 2',
    },
    {
      name: 'a model that breaks an assumption',
      calls: (b) => b.solve({ assumptions: Int32Array.of(3) }),
      says: 'breaks assumption 3',
    },
    {
      name: 'a core that was not assumed',
      engine: { solve: () => 'unsat', core: () => Int32Array.of(4) },
      calls: (b) => {
        b.solve({ assumptions: Int32Array.of(3) })
        b.core()
      },
      says: '4 in core was not assumed',
    },
    {
      name: 'a core that does not fail',
      engine: {
        solve: ({ assumptions }) => (assumptions.length > 1 ? 'unsat' : 'sat'),
        core: () => Int32Array.of(3),
      },
      calls: (b) => {
        b.solve({ assumptions: Int32Array.of(3, 4) })
        b.core()
      },
      says: 'core 3 is sat',
    },
    {
      name: 'a refutation of what has an answer',
      engine: { isRefuted: () => true },
      calls: (b) => b.isRefuted(),
      says: 'has an answer',
    },
    {
      name: 'giving up for no reason',
      engine: { solve: () => 'unknown' },
      calls: (b) => b.solve({ assumptions: none }),
      says: 'unknown without a limit',
    },
  ])('$name', ({ engine, calls, says }) => {
    expect(() => calls(fake(engine ?? {}))).toThrow(says)
  })
})
