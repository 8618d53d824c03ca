import { describe, expect, it } from 'vitest'
import { withoutFlushing } from '#executor'
import { prove, proveFailures } from '../support/crash-proof.ts'
import { type DiskLayoutName, diskLayouts, onLayout } from '../support/disk-layouts.ts'
import { type ReferenceOperation, referenceOperations } from '../support/reference-operations.ts'
import { sampled } from '../support/sampling.ts'

/** A sample; `npm run faults` tries every place and every call. */
const sample = { seed: 20261122, random: 1, every: sampled(293, 41), recoveryEvery: sampled(1171, 160) }

describe.each(referenceOperations)('$name', (operation) => {
  it('is whole or not at all after power cuts', async () => {
    const proof = await prove(operation, sample)
    expect(proof.torn).toEqual([])
    expect(proof.sides.old).toBeGreaterThan(0)
    expect(proof.points).toBeGreaterThanOrEqual(8)
  })
  it('is whole or not at all when calls fail', async () => {
    const proof = await proveFailures(operation, { errnos: ['EIO'], every: sampled(239, 53), first: 17 })
    expect(proof.torn).toEqual([])
    expect(proof.outcomes.failed + proof.outcomes.done).toBeGreaterThan(0)
  })
})

const layouts = Object.keys(diskLayouts) as DiskLayoutName[]
const onDisks = referenceOperations
  .filter(({ name }) => /^(install over|update with edited|uninstall with salvage|downgrade)/.test(name))
  .flatMap((operation, index) =>
    layouts
      .filter((_, number) => number % sampled(layouts.length, 1) === (index * 2) % sampled(layouts.length, 1))
      .map((layout) => onLayout(operation, layout)),
  )

describe.each(onDisks)('$name', (operation) => {
  it('is whole or not at all after power cuts and failed calls', async () => {
    const proof = await prove(operation, sample)
    const failures = await proveFailures(operation, { errnos: ['EIO'], every: sampled(239, 53), first: 17 })
    expect([...proof.torn, ...failures.torn]).toEqual([])
    expect([proof.sides.old > 0, failures.failures > 0]).toEqual([true, true])
  })
})

/** As `--fsync none`. */
function unflushed(operation: ReferenceOperation): ReferenceOperation {
  return {
    ...operation,
    run: (host) => operation.run({ ...host, filesystem: withoutFlushing(host.filesystem) }),
  }
}

describe('an operation that waits for nothing', () => {
  const [install] = referenceOperations
  const options = { ...sample, every: sampled(40, 10), recoveryEvery: 0 }
  it('may be torn by a power cut', async () => {
    const proof = await prove(unflushed(install!), options)
    expect(proof.torn.length).toBeGreaterThan(10)
  })
  it('is whole or not at all when its process is killed', async () => {
    const proof = await prove(unflushed(install!), { ...options, only: ['everything'] })
    expect(proof.torn).toEqual([])
    expect([proof.sides.old > 0, proof.sides.new > 0]).toEqual([true, true])
  })
})
