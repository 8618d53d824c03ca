import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createDepotFacts } from '../../../repo/depot/depot-facts.ts'
import {
  type TemporaryFolder,
  temporaryFolder,
  writeSmallRepository,
} from '../../support/small-repository.ts'

let folder: TemporaryFolder
beforeEach(() => {
  folder = temporaryFolder()
  writeSmallRepository(folder.path, [])
})
afterEach(() => folder.remove())

/** Gives what is looked at a time of change, seconds since 1970-01-01 UTC. */
function changedAt(seconds: number): void {
  for (const name of ['pkg5.repository', 'publisher']) utimesSync(join(folder.path, name), seconds, seconds)
}
const publisher = (name: string) => join(folder.path, 'publisher', name)

it('are read once until the repository changes', async () => {
  changedAt(1000)
  const facts = createDepotFacts(folder.path, () => 1_010_000)
  const first = await facts()
  expect(first?.publishers).not.toContain('third.example')
  expect(await facts()).toBe(first)
  mkdirSync(publisher('third.example'))
  changedAt(1001)
  expect((await facts())?.publishers).toEqual([...(first?.publishers ?? []), 'third.example'])
})

it('are read each time while a change may not be seen', async () => {
  changedAt(1000)
  const facts = createDepotFacts(folder.path, () => 1_001_000)
  const first = await facts()
  expect(first).toBeDefined()
  expect(await facts()).not.toBe(first)
})

it('are none while the repository is away, or is none', async () => {
  changedAt(1000)
  const facts = createDepotFacts(folder.path, () => 1_010_000)
  const before = await facts()
  renameSync(folder.path, `${folder.path}.away`)
  expect(await facts()).toBeUndefined()
  renameSync(`${folder.path}.away`, folder.path)
  expect(await facts()).toEqual(before)
  rmSync(join(folder.path, 'publisher'), { recursive: true })
  writeFileSync(join(folder.path, 'pkg5.repository'), '[repository]\nversion = 3\n')
  expect(await facts()).toBeUndefined()
})
