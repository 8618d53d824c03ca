import * as fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { publishBulkRepository } from '../../scripts/bulk-repository.ts'
import { type CommandLine, commandLine, told } from '../support/command-line.ts'

vi.mock('node:fs', async (original) => {
  const actual = await original<typeof fs>()
  return { ...actual, fsyncSync: vi.fn(actual.fsyncSync) }
})

let line: CommandLine
beforeAll(async () => {
  line = commandLine()
  await publishBulkRepository(line.path('repository'), { parts: 1, filesPerPart: 5 })
  await line.pkg6('image-create', '-U', '-p', `bulk=file://${line.path('repository')}`, line.path('image'))
})
afterAll(() => line.remove())

async function flushes(...words: readonly string[]): Promise<number> {
  vi.mocked(fs.fsyncSync).mockClear()
  const ran = await line.pkg6('-R', line.path('image'), ...words)
  expect(told(ran)).toContain('(exit 0)')
  return vi.mocked(fs.fsyncSync).mock.calls.length
}

describe('--fsync', () => {
  it('none waits for nothing, full for every file', async () => {
    expect(await flushes('install', '--fsync=none', 'bulk/part-0')).toBe(0)
    expect(await flushes('verify')).toBe(0)
    expect(await flushes('uninstall', '--fsync', 'none', 'bulk/part-0')).toBe(0)
    // Five files and an editable one, their directories, the journal and the database.
    expect(await flushes('install', 'bulk/part-0')).toBeGreaterThan(10)
    expect(await flushes('uninstall', '--fsync=full', 'bulk/part-0')).toBeGreaterThan(5)
  })
  it.each(['install', 'uninstall', 'update', 'fix', 'revert', 'change-facet'])(
    '%s refuses other words',
    async (name) => {
      const ran = await line.pkg6('-R', line.path('image'), name, '--fsync=some', 'a')
      expect(ran).toMatchObject({ exit: 2, stdout: '' })
      expect(ran.stderr).toMatch(
        `pkg6 ${name}: Argument 'some' for option '--fsync' is invalid.\nSupported: full, none\nUsage:`,
      )
    },
  )
})
